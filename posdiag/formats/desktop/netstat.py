"""Parse `netstat -rn` and `arp -a` of Linux, macOS, the BSDs and Windows.

Pure. Columns are found by their headings where these are fixed names (Unix), by the
form of a row where they are translated (Windows). What is not a row is skipped.
"""

import re
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from posdiag.model.questions.machine import Route

MAX_LINES = 5_000
MAX_LINE = 300

IPV4 = re.compile(r"(?<![\w.])(\d{1,3}(?:\.\d{1,3}){3})(?![\w.])", re.ASCII)
MAC = re.compile(
    r"(?<![\w:-])([0-9a-f]{1,2}(?:[:-][0-9a-f]{1,2}){5})(?![\w:-])",
    re.ASCII | re.IGNORECASE,
)
ON = re.compile(r"\son (\S{1,40})")
# " 12...00 1c 42 aa bb cc ......Intel(R) Ethernet Connection"
CARD = re.compile(r"^\s*(\d{1,6})\.{3}((?:[0-9a-f]{2} ){6})", re.ASCII | re.IGNORECASE)

INTERFACE = ("Iface", "Netif", "Interface", "If")
METRIC = ("Metric", "Met")


def _lines(text: str) -> list[str]:
    return [line[:MAX_LINE] for line in text.splitlines()[:MAX_LINES]]


def unix_routes(text: str) -> tuple[Route, ...]:
    """Routes of `netstat -rn` on Linux, macOS and the BSDs, in the order of the table.

    Where the table has no metric, the place among the default routes of the same
    family stands in for it: these systems list the preferred one first.
    """
    found: list[Route] = []
    columns: dict[str, int] = {}
    family = 4
    for line in _lines(text):
        words = line.replace("Next Hop", "Gateway").split()
        if words[:1] == ["Destination"]:
            columns = {word: index for index, word in enumerate(words)}
        elif line.startswith(("Internet", "Kernel")):
            family = 6 if "6" in line else 4
        elif columns and words:
            rank = sum(r.destination == "default" and r.family == family for r in found)
            route = _unix_route(words, columns, family, rank)
            if route is not None:
                found.append(route)
    return tuple(found)


def _unix_route(
    words: list[str], columns: Mapping[str, int], family: int, rank: int
) -> Route | None:
    def cell(*names: str) -> str:
        index = next((columns[name] for name in names if name in columns), len(words))
        return words[index] if index < len(words) else ""

    flags = cell("Flags", "Flag")
    # BSD: rejecting, black hole, or what is really an ARP entry. Linux: rejecting, or
    # its own addresses.
    linux = "Genmask" in columns or "Flag" in columns
    if set(flags) & set("!n" if linux else "RBL"):
        return None
    destination = _network(cell("Destination"), cell("Genmask"), family)
    interface = cell(*INTERFACE)
    if destination is None or not interface:
        return None
    metric = cell(*METRIC)
    return Route(
        destination,
        _gateway(cell("Gateway")),
        interface,
        _small(metric) if metric else (rank if destination == "default" else 0),
        family,
    )


def _small(digits: str) -> int:
    return (
        int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0
    )


def _network(destination: str, mask: str, family: int) -> str | None:
    """A destination as CIDR, `default` for everything, None for what is neither."""
    if destination == "default":
        return destination
    head, _, prefix = destination.partition("/")
    head = head.strip("[]").partition("%")[0]
    if family == 4:
        parts = head.split(".")
        # BSD leaves out trailing zeros: "10" is 10.0.0.0/8, "192.168.1" a /24.
        prefix = mask or prefix or str(8 * len(parts))
        head = ".".join((parts + ["0"] * 3)[:4]) if len(parts) < 4 else head
    try:
        network = ip_network(f"{head}/{prefix or 128}", strict=False)
    except ValueError:
        return None
    if network.version != family or network.is_multicast:
        return None
    return "default" if network.prefixlen == 0 else str(network)


def _gateway(word: str) -> str | None:
    """A gateway's address; None for `link#4`, a hardware address, 0.0.0.0, On-link."""
    try:
        address = ip_address(word.partition("%")[0])
    except ValueError:
        return None
    return None if address.is_unspecified else str(address)


def windows_routes(text: str, owners: Mapping[str, str]) -> tuple[Route, ...]:
    """Active routes of `netstat -rn` on Windows, in any language.

    Windows names an interface by its address (IPv4) or number (IPv6); `owners` gives
    its name by address or hardware address.
    """
    cards: dict[str, str] = {}
    found: list[Route] = []
    for line in _lines(text):
        card = CARD.match(line)
        if card:
            cards[card[1]] = ":".join(card[2].lower().split())
            continue
        route = _windows_route(line.split(), cards, owners)
        if route is not None:
            found.append(route)
    return tuple(found)


def _windows_route(
    words: list[str], cards: Mapping[str, str], owners: Mapping[str, str]
) -> Route | None:
    if len(words) == 5:  # 0.0.0.0  0.0.0.0  192.168.1.1  192.168.1.23  25
        destination, mask, gateway, own, metric = words
        network = _network(destination, mask, 4) if IPV4.fullmatch(mask) else None
        if network is None or not IPV4.fullmatch(own) or not metric.isdecimal():
            return None
        interface = owners.get(own, own)
        return Route(network, _gateway(gateway), interface, _small(metric), 4)
    if len(words) == 4:  # 12  281  ::/0  fe80::1
        number, metric, destination, gateway = words
        if ":" not in destination or not (number + metric).isdecimal():
            return None
        network = _network(destination, "", 6)
        name = owners.get(cards.get(number, ""))
        if network is None or name is None:
            return None
        return Route(network, _gateway(gateway), name, _small(metric), 6)
    return None


class Entry(NamedTuple):
    """One line of the ARP table; `interface` is "" if it is not printed."""

    address: str
    mac: str
    interface: str


def neighbours(text: str) -> tuple[Entry, ...]:
    """Resolved entries of `arp -a`: the lines with a hardware address.

    Incomplete entries, broadcast and multicast are left out.
    """
    entries: list[Entry] = []
    for line in _lines(text):
        address = IPV4.search(line.replace("(", " ").replace(")", " "))
        found = MAC.search(line)
        if address is None or found is None:
            continue
        octets = [int(part, 16) for part in re.split("[:-]", found[1])]
        if any(octets) and not octets[0] & 1:  # the lowest bit marks a group address
            mac = ":".join(f"{octet:02x}" for octet in octets)
            where = ON.search(line)
            entries.append(Entry(address[1], mac, where[1] if where else ""))
    return tuple(entries)
