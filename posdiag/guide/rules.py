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
    "network": "network",
}
#: Codes that speak of the shop itself, not of the customer: the acquirer is asked.
OF_THE_SHOP = frozenset(("03", "23", "12", "40", "58", "64", "93", "25"))
#: Codes with which the sale stops and the acquirer says what is done with the card.
STOP = frozenset(("04", "07", "34", "35", "36", "37", "41", "43"))
MOST = 40  # characters of a text from a screen
#: Some terminals fill up with zeros or blanks: 192.168.001.060, 192.168. 1. 60.
DOTTED = re.compile(r"\.".join([r"\s*([0-9]{1,3})\s*"] * 4), re.ASCII)
LENGTH = re.compile(r"/?([0-9]{1,2})", re.ASCII)


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
    text = text.strip().lower()
    if text in NONE or (kind == "mask" and _length(text)):
        return text != ""
    address, slash, length = text.partition("/")
    bounded = not slash or (kind == "address" and _length(length) is not None)
    return bounded and _parsed(address) is not None


def read(kind: str, text: str, lan: Lan) -> str | None:
    """The answer that `text` amounts to; None where nothing can be said."""
    text = text.strip().lower()
    if kind == "code":
        return code_family(text)
    readers = {"address": _address, "mask": _mask, "gateway": _gateway, "dns": _dns}
    return readers[kind](text, lan)


def code_family(text: str) -> str | None:
    """The family of a response code; None: not a code, or of no public table."""
    code = normal(text)
    known = lookup(code) if code else None
    if known is None:
        return "private" if code else None
    return FAMILY[known.family]


def is_unlisted(text: str) -> bool:
    """Has no public table this response code?"""
    return lookup(text) is None


def may_have_charged(text: str) -> bool:
    """Is it a code with which the money may have moved although the sale failed? So
    may one of no public table."""
    known = lookup(text)
    if known is None:
        return normal(text) is not None
    return known.query_first and known.family != "approved"


def _parsed(text: str) -> IPv4Address | None:
    found = DOTTED.fullmatch(text)
    parts = [int(part) for part in found.groups()] if found else [256]
    return None if max(parts) > 255 else IPv4Address(bytes(parts))


def _length(text: str) -> int | None:
    """The length of a prefix, 1 to 32."""
    found = LENGTH.fullmatch(text)
    return int(found[1]) if found and 1 <= int(found[1]) <= 32 else None


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
    taken = {network.network_address, network.broadcast_address}
    others = {_parsed(lan.address.partition("/")[0]), _parsed(lan.gateway)}
    return "wrong" if address in taken | others else "fits"


def _mask(text: str, lan: Lan) -> str | None:
    if (length := _length(text)) is not None:
        bits = "1" * length + "0" * (32 - length)
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
    gateway = None if text in NONE else _parsed(text)
    if gateway is None:
        return "wrong"
    if not lan.gateway:
        return None
    if gateway == _parsed(lan.gateway):
        return "fits"
    network = _network(lan)
    return "other" if network and gateway not in network else "wrong"


def _dns(text: str, lan: Lan) -> str | None:
    server = None if text in NONE else _parsed(text)
    if server is None or server.is_multicast or server.is_loopback:
        return "wrong"
    if lan.dns:
        return "fits" if server in map(_parsed, lan.dns) else "wrong"
    network = _network(lan)
    if server == _parsed(lan.gateway) or not server.is_private:
        return "fits"
    return None if network is None or server in network else "wrong"
