"""IP addresses as text (RFC 4291, scopes by RFC 4007)."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

LONGEST = 64  # characters: 39 of IPv6, "%", and the name of an interface


def parse_address(text: str) -> IPv4Address | IPv6Address | None:
    """The address that a text is, None for anything else."""
    if len(text) > LONGEST or not (text.isascii() and text.isprintable()):
        return None
    try:
        return ip_address(text)
    except ValueError:
        return None


def is_address(text: str) -> bool:
    return parse_address(text) is not None


def is_host_address(text: str) -> bool:
    """May this be the address of another host? Not the unspecified address, loopback,
    multicast, link-local or reserved ones."""
    found = parse_address(text)
    if found is None:
        return False
    return not (
        found.is_unspecified
        or found.is_loopback
        or found.is_multicast
        or found.is_link_local
        or (isinstance(found, IPv4Address) and found.is_reserved)
    )


def bare(text: str) -> str:
    """An address in the form that is compared: without scope, and as IPv4 where it is
    IPv4 mapped into IPv6. Anything else is left as it is."""
    found = parse_address(text.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found or text)


PRIVATE = tuple(
    IPv4Network(n)
    for n in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16")
)
SHARED = IPv4Network("100.64.0.0/10")


def is_private(address: str) -> bool:
    """Is it an address for use inside a site (RFC 1918, RFC 3927, RFC 4193)? Python's
    `is_private` holds for documentation and other special ranges as well."""
    found = ip_address(address)
    if isinstance(found, IPv4Address):
        return any(found in network for network in PRIVATE)
    return found.is_link_local or found in IPv6Network("fc00::/7")
