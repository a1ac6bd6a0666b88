"""Which addresses are on the LAN, and which beyond it?"""

from ipaddress import IPv4Address, IPv4Interface, ip_address

from posdiag.formats.address import is_private


class Lan:
    """The subnet in use (CIDR, "" for not known) and its router; a lease tells what
    nothing else did."""

    def __init__(self, network: str, router: str) -> None:
        self._network = IPv4Interface(network).network if network else None
        self.router = router

    @property
    def network(self) -> str:
        return str(self._network) if self._network else ""

    def granted(self, address: str, mask: str, router: str) -> None:
        """A device of the LAN was given this address."""
        if self._network is None and mask:
            try:
                self._network = IPv4Interface(f"{address}/{mask}").network
            except ValueError:
                return
            self.router = self.router or router

    def known(self, address: str) -> bool:
        """Is it certain that this IPv4 address is one of the LAN?"""
        return self._network is not None and self.inside(address)

    def inside(self, address: str) -> bool:
        """Is this an address of the LAN? Private ones are, where it is not known."""
        if ":" in address:
            return ip_address(address).is_link_local
        found = IPv4Address(address)
        if self._network is not None:
            return found in self._network or found.is_link_local
        return is_private(address)

    def beyond(self, address: str) -> bool:
        """Is this a single host beyond the LAN?"""
        found = ip_address(address)
        group = found.is_multicast or address == "255.255.255.255"
        return not (group or self.inside(address) or found.is_unspecified)
