"""What a text read from the terminal's screen or menu says: a response code, an
address, a mask, a gateway, a name server. Pure; any text is taken, none raises."""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv4Interface, IPv4Network

from posdiag.texts.response_codes import lookup, normal

NONE = ("", "-", "none", "0.0.0.0")  # noqa: S104 - an address as a terminal shows it
LINK_LOCAL = IPv4Network("169.254.0.0/16")

FAMILY = {
    "approved": "approved",
    "card": "card",
    "account": "account",
    "limit": "limit",
    "operation": "operation",
    "terminal-state": "terminal",
    "beyond-merchant": "beyond",
}
#: Codes that speak of the shop itself, not of the customer: the acquirer is asked.
OF_THE_SHOP = frozenset(("03", "23", "12", "40", "58", "64", "93", "25"))
MOST = 40  # characters of a text from a screen
DOTTED = re.compile(r"[0-9./ ]{1,40}|none|-", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Lan:
    """The network that was measured: this machine's address with prefix, its router,
    and the settings that the profile wants; "" where not known."""

    address: str = ""
    gateway: str = ""
    dns: tuple[str, ...] = ()


def legal(kind: str, text: str) -> bool:
    """Can this be an answer to a fact of this kind?"""
    if kind == "code":
        return 0 < len(text.strip()) <= MOST
    return bool(DOTTED.fullmatch(text.strip()))


def read(kind: str, text: str, lan: Lan) -> str | None:
    """The answer that `text` amounts to; None where nothing can be said."""
    text = text.strip().lower()
    if kind == "code":
        return code_family(text)
    if kind == "address":
        return _address(text, lan)
    if kind == "mask":
        return _mask(text, lan)
    if kind == "gateway":
        return _gateway(text, lan)
    return _dns(text, lan)


def code_family(text: str) -> str | None:
    """The family of a response code; None: not a code, or of no public table."""
    code = normal(text)
    known = lookup(code) if code else None
    if known is None:
        return "private" if code else None
    return FAMILY[known.family]


def _parsed(text: str) -> IPv4Address | None:
    try:
        return IPv4Address(text)
    except (AddressValueError, ValueError):
        return None


def _network(lan: Lan) -> IPv4Network | None:
    try:
        network = IPv4Interface(lan.address).network
    except (AddressValueError, ValueError):
        return None
    return network if network.prefixlen < 31 else None


def _address(text: str, lan: Lan) -> str | None:
    if text in NONE:
        return "none"
    address = _parsed(text.partition("/")[0])
    if address is None:
        return "wrong"
    if address in LINK_LOCAL:
        return "none"
    if address.is_multicast or address.is_loopback or address.is_reserved:
        return "wrong"
    network = _network(lan)
    if network is None:
        return None
    if address not in network:
        return "other"
    own = lan.address.partition("/")[0]
    taken = {str(network.network_address), str(network.broadcast_address)}
    return "wrong" if text in {*taken, lan.gateway, own} else "fits"


def _mask(text: str, lan: Lan) -> str | None:
    length = text.removeprefix("/")
    if length.isascii() and length.isdigit() and 0 < int(length) <= 32:
        bits = "1" * int(length) + "0" * (32 - int(length))
    elif (mask := _parsed(text)) is not None:
        bits = f"{int(mask):032b}"
    else:
        return "wrong"
    if "01" in bits or bits[0] == "0":  # ones, then zeros (RFC 950, RFC 4632)
        return "wrong"
    network = _network(lan)
    if network is None:
        return None
    return "fits" if network.prefixlen == bits.count("1") else "wrong"


def _gateway(text: str, lan: Lan) -> str | None:
    if text in NONE:
        return "wrong"
    gateway = _parsed(text)
    if gateway is None:
        return "wrong"
    if lan.gateway:
        if text == lan.gateway:
            return "fits"
        network = _network(lan)
        return "other" if network and gateway not in network else "wrong"
    return None


def _dns(text: str, lan: Lan) -> str | None:
    if text in NONE:
        return "wrong"
    server = _parsed(text)
    if server is None or server.is_multicast or server.is_loopback:
        return "wrong"
    if lan.dns:
        return "fits" if text in lan.dns else "wrong"
    network = _network(lan)
    if text == lan.gateway or not server.is_private:
        return "fits"
    return None if network is None or server in network else "wrong"
