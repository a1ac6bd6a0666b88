"""The kernel's neighbour table: its entries, and how they are probed again."""

import errno
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from posdiag.system.link.interfaces import IFF_UP, Message, attribute
from posdiag.system.link.netlink import dump

# linux/neighbour.h
REACHABLE, STALE, DELAY, PROBE, FAILED = 0x02, 0x04, 0x08, 0x10, 0x20
NOARP, PERMANENT = 0x40, 0x80
NOT_NEEDED = NOARP | PERMANENT
VALID = REACHABLE | STALE | DELAY | PROBE
# linux/if.h
IFF_LOOPBACK, IFF_POINTOPOINT, IFF_NOARP = 0x8, 0x10, 0x80
TICKS = 100  # USER_HZ, in which the kernel counts ages


@dataclass(frozen=True, slots=True)
class Link:
    """`resolves`: addresses on it have MACs that must be resolved."""

    index: int
    up: bool
    resolves: bool
    own: frozenset[str]


@dataclass(frozen=True, slots=True)
class Entry:
    """`state` 0: no entry. `age`: seconds since the neighbour was last confirmed."""

    state: int = 0
    mac: str = ""
    age: float = float("inf")


async def look_up_link(route: Any, name: str) -> Link | None:
    for link in await dump(route.get_links()):
        if attribute(link, "IFLA_IFNAME") == name:
            index, flags = link["index"], link["flags"]
            carrier = attribute(link, "IFLA_CARRIER")
            own = (
                str(attribute(a, "IFA_LOCAL") or attribute(a, "IFA_ADDRESS"))
                for a in await dump(route.get_addr())
                if a["index"] == index
            )
            return Link(
                index,
                bool(flags & IFF_UP) and carrier != 0,
                not flags & (IFF_LOOPBACK | IFF_POINTOPOINT | IFF_NOARP),
                frozenset(own),
            )
    return None


def entry(message: Message) -> Entry:
    """One RTM_NEWNEIGH."""
    cache = attribute(message, "NDA_CACHEINFO") or {}
    confirmed = cache.get("ndm_confirmed")
    return Entry(
        int(message["state"]),
        str(attribute(message, "NDA_LLADDR") or ""),
        float("inf") if confirmed is None else confirmed / TICKS,
    )


async def look_up_table(route: Any, index: int) -> dict[str, Entry]:
    """The entries of one interface, by address."""
    found: dict[str, Entry] = {}
    for family in (socket.AF_INET, socket.AF_INET6):
        for message in await dump(route.get_neighbours(family=family)):
            if message["ifindex"] == index:
                found[str(attribute(message, "NDA_DST"))] = entry(message)
    return found


async def probe_again(route: Any, index: int, addresses: Iterable[str]) -> bool:
    """Have the kernel probe known neighbours now. False: no rights, or no such entry.

    Deleting the entry would do as well, but would drop packets of other probes.
    """
    from pyroute2.netlink.exceptions import NetlinkError

    done = True
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            await route.neigh(
                "change", dst=address, ifindex=index, state=PROBE, family=family
            )
        except NetlinkError as error:
            done = False
            if error.code in (errno.EPERM, errno.EACCES):
                break
    return done
