"""Interfaces, addresses, routes, resolvers and the clock of this machine.

Answers first, then the questions that they answer. Times are seconds, sizes bytes.
`device` binds a probe to one interface.
"""

from dataclasses import dataclass
from typing import Literal

from posdiag.model.questions.base import Question, Repeatable


@dataclass(frozen=True, slots=True)
class Counters:
    """Frames since the interface came up. Receive errors include bad checksums
    (CRC)."""

    rx_packets: int = 0
    tx_packets: int = 0
    rx_errors: int = 0
    collisions: int = 0


@dataclass(frozen=True, slots=True)
class Address:
    address: str
    prefix: int
    family: int  # 4 or 6
    scope: Literal["global", "link", "host"]
    flags: tuple[str, ...] = ()  # "dynamic", "tentative", "dadfailed", "deprecated"
    peer: str = ""  # the other end of a point-to-point link


@dataclass(frozen=True, slots=True)
class Interface:
    """One network interface. None: not reported by the system."""

    name: str
    kind: Literal["ethernet", "wifi", "cellular", "tunnel", "loopback", "virtual"]
    enabled: bool
    carrier: bool | None
    mtu: int
    mac: str = ""
    addresses: tuple[Address, ...] = ()
    speed_mbps: int | None = None
    duplex: Literal["full", "half"] | None = None
    carrier_changes: int | None = None
    counters: Counters | None = None


@dataclass(frozen=True, slots=True)
class Interfaces:
    all: tuple[Interface, ...]


@dataclass(frozen=True, slots=True)
class Damage:
    """Packets dropped for a bad checksum, and packets received, since boot."""

    damaged: int
    received: int


@dataclass(frozen=True, slots=True)
class Route:
    """`destination` is "default" or a CIDR."""

    destination: str
    gateway: str | None
    interface: str
    metric: int = 0
    family: int = 4
    dead: bool = False  # flagged dead or linkdown by the kernel
    shared: bool = False  # one next hop of a multipath route


@dataclass(frozen=True, slots=True)
class Routes:
    all: tuple[Route, ...]

    @property
    def defaults(self) -> tuple[Route, ...]:
        found = (r for r in self.all if r.destination == "default")
        return tuple(sorted(found, key=lambda r: (r.family, r.metric)))


@dataclass(frozen=True, slots=True)
class RouteTo:
    """The chosen route; `interface` is None without a route, and for one that rejects
    packets, whose type is `barred`. `ipsec` is the outgoing IPsec policy that covers
    the address ("" for none, and where the rights to see it are missing)."""

    interface: str | None
    gateway: str | None = None
    source: str | None = None
    mtu: int | None = None
    barred: Literal["", "blackhole", "unreachable", "prohibit"] = ""
    ipsec: Literal["", "protect", "block"] = ""


@dataclass(frozen=True, slots=True)
class Resolvers:
    servers: tuple[str, ...]
    search: tuple[str, ...] = ()
    source: str = ""


@dataclass(frozen=True, slots=True)
class LocalName:
    addresses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WallClock:
    """Seconds since 1970, UTC."""

    seconds: float


@dataclass(frozen=True, slots=True)
class AskInterfaces(Repeatable[Interfaces]):
    """All interfaces with their state, addresses and counters."""


@dataclass(frozen=True, slots=True)
class AskDamage(Repeatable[Damage]):
    """Counters of packets with a wrong checksum, by protocol."""


@dataclass(frozen=True, slots=True)
class AskRoutes(Question[Routes]):
    """Routes of the main table, default routes first, by metric."""


@dataclass(frozen=True, slots=True)
class AskRouteTo(Question[RouteTo]):
    """The route that the system would take to one address."""

    address: str


@dataclass(frozen=True, slots=True)
class AskResolvers(Question[Resolvers]):
    """The DNS servers that this machine is set to use."""


@dataclass(frozen=True, slots=True)
class AskLocalName(Question[LocalName]):
    """The entry for a name in the hosts file."""

    name: str


@dataclass(frozen=True, slots=True)
class AskTime(Repeatable[WallClock]):
    """The machine's own wall clock."""
