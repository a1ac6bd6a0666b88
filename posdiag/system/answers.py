"""What the machine and the network answer: frozen values of plain types, so that they
can be kept and replayed. What a server says once it is reached: `peer_answers`."""

from dataclasses import dataclass, field
from typing import Literal

Outcome = Literal[
    "ok",  # answered as asked
    "refused",  # TCP reset, or ICMP port unreachable from the host itself
    "silent",  # nothing came back in the time given
    "unreachable",  # a router says that there is no way (ICMP 3/0, 3/1...)
    "prohibited",  # a firewall says so (ICMP 3/9, 3/10, 3/13)
    "closed",  # the peer closed or reset an open connection
    "malformed",  # something came back that is not the protocol asked for
    "not-sent",  # this machine did not let the packet out: no route, a local filter
]


@dataclass(frozen=True, slots=True)
class Counters:
    """Frames since the interface came up."""

    rx_packets: int = 0
    tx_packets: int = 0
    rx_errors: int = 0
    tx_errors: int = 0
    rx_crc: int = 0
    collisions: int = 0


@dataclass(frozen=True, slots=True)
class Address:
    address: str
    prefix: int
    family: int  # 4 or 6
    scope: Literal["global", "link", "host"]
    flags: tuple[str, ...] = ()  # "dynamic", "tentative", "dadfailed", "deprecated"


@dataclass(frozen=True, slots=True)
class Interface:
    """One network interface. None: the system does not tell."""

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
    """Packets thrown away for a wrong checksum, and packets received, since boot."""

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
    onlink: bool = False
    dead: bool = False  # the system itself marks it dead or linkdown


@dataclass(frozen=True, slots=True)
class Routes:
    all: tuple[Route, ...]

    @property
    def defaults(self) -> tuple[Route, ...]:
        found = (r for r in self.all if r.destination == "default")
        return tuple(sorted(found, key=lambda r: (r.family, r.metric)))


@dataclass(frozen=True, slots=True)
class RouteTo:
    """The chosen route; `interface` is None where the system has no way at all."""

    interface: str | None
    gateway: str | None = None
    source: str | None = None
    mtu: int | None = None


@dataclass(frozen=True, slots=True)
class Neighbour:
    address: str
    state: Literal["alive", "failed", "pending", "not-needed"]
    mac: str = ""


@dataclass(frozen=True, slots=True)
class Sweep:
    alive: tuple[Neighbour, ...]
    asked: int


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
class IcmpError:
    type: int
    code: int
    by: str  # who says so

    @property
    def prohibited(self) -> bool:
        return self.type == 3 and self.code in (9, 10, 13)


@dataclass(frozen=True, slots=True)
class Echoes:
    """`trips` has one entry per request, in order: seconds, or None for no answer."""

    address: str
    trips: tuple[float | None, ...]
    errors: tuple[IcmpError, ...] = ()
    too_big: int | None = None  # next-hop MTU that a router or this machine announced
    method: str = ""  # raw, socket, command

    @property
    def sent(self) -> int:
        return len(self.trips)

    @property
    def lost(self) -> int:
        return sum(trip is None for trip in self.trips)

    @property
    def answered(self) -> tuple[float, ...]:
        return tuple(trip for trip in self.trips if trip is not None)


@dataclass(frozen=True, slots=True)
class Connection:
    """How a TCP connect ended. `tries` counts the SYNs that got no answer at all.

    `parted`: our FIN was acknowledged at once (True) or had to be sent again (False);
    None where that was not asked for or the system does not tell.
    """

    outcome: Outcome
    seconds: float = 0.0
    tries: int = 0
    retransmits: int = 0
    error: IcmpError | None = None
    local: str = ""
    parted: bool | None = None


@dataclass(frozen=True, slots=True)
class DnsReply:
    """`rcode` is the text of RFC 1035 (`NOERROR`, `NXDOMAIN`...), "" without answer."""

    outcome: Outcome
    rcode: str = ""
    addresses: tuple[str, ...] = ()
    seconds: float = 0.0
    tries: int = 1
    error: IcmpError | None = None
    texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HttpReply:
    """`date` is the Date header in seconds since 1970; `body` its length, capped."""

    outcome: Outcome
    status: int = 0
    location: str = ""
    date: float | None = None
    body: int = 0
    seconds: float = 0.0
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Hop:
    ttl: int
    by: str | None  # who answered; None: nobody
    seconds: float | None = None
    kind: Literal["expired", "unreachable", "reached", "silent"] = "silent"
    error: IcmpError | None = None


@dataclass(frozen=True, slots=True)
class Hops:
    all: tuple[Hop, ...]


@dataclass(frozen=True, slots=True)
class TimeReply:
    """`offset` is the server's clock minus ours, in seconds; None: no valid answer."""

    offset: float | None
    stratum: int = 0


@dataclass(frozen=True, slots=True)
class Offer:
    """One DHCPOFFER (RFC 2131)."""

    server: str
    address: str
    mask: str = ""
    routers: tuple[str, ...] = ()
    dns: tuple[str, ...] = ()
    lease: int | None = None
    portal: str = ""  # option 114, RFC 8910
    mac: str = ""


@dataclass(frozen=True, slots=True)
class Offers:
    all: tuple[Offer, ...]
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ArpReply:
    address: str
    mac: str
    forwards: bool | None = None  # None: not asked or not known


@dataclass(frozen=True, slots=True)
class ArpReplies:
    all: tuple[ArpReply, ...] = field(default=())
