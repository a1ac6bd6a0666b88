"""ICMP echo, TCP connections, DNS, HTTP, traceroute and network time.

Answers first, then the questions that they answer. Times are seconds, sizes bytes.
`device` binds a probe to one interface.
"""

from dataclasses import dataclass
from typing import Literal

from posdiag.model.questions.base import Question, Repeatable

Outcome = Literal[
    "ok",  # answered as expected
    "refused",  # TCP reset, or ICMP port unreachable from the host itself
    "silent",  # nothing came back in the time given
    "unreachable",  # no route, by a router's ICMP (3/0, 3/1...)
    "prohibited",  # by a firewall's ICMP (3/9, 3/10, 3/13)
    "closed",  # the peer closed or reset an open connection
    "malformed",  # something came back that is not the expected protocol
    "not-sent",  # by this machine itself: no route, a local packet filter
]


@dataclass(frozen=True, slots=True)
class IcmpError:
    """An ICMP error about one of our packets (RFC 792, RFC 1812).

    Those of ICMPv6 have the type and code of their ICMPv4 counterpart.
    """

    type: int
    code: int
    by: str  # address of its sender

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

    `fin_acked`: our FIN was acknowledged at once (True) or retransmitted (False); None
    where it was not tested or this system has no `tcp_info`. "not-sent" with an error
    of this machine's own address: a local packet filter rejects.
    """

    outcome: Outcome
    seconds: float = 0.0
    tries: int = 0
    retransmits: int = 0
    error: IcmpError | None = None
    local: str = ""
    fin_acked: bool | None = None


@dataclass(frozen=True, slots=True)
class DnsReply:
    """`rcode` is the text of RFC 1035 (`NOERROR`, `NXDOMAIN`...), "" without answer.
    `truncated`: an answer came by UDP that was cut short, and the rest not by TCP."""

    outcome: Outcome
    rcode: str = ""
    addresses: tuple[str, ...] = ()
    seconds: float = 0.0
    tries: int = 1
    error: IcmpError | None = None
    texts: tuple[str, ...] = ()
    truncated: bool = False


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
    by: str | None  # sender of the answer; None: no answer
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


KnockReply = Literal["open", "refused", "silent", "kept"]


@dataclass(frozen=True, slots=True)
class Knocked:
    """What was received: "open" (a SYN-ACK, or a DNS reply), "refused" (a reset) or
    nothing. "kept": a filter of this machine below packet sockets (nftables' netdev
    egress, tc) dropped each of them."""

    reply: KnockReply
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Speed:
    """Throughput in bits a second; None: that direction was not measured. `server` is
    the other end, `sent` and `received` are the bytes that it cost."""

    down: float | None
    up: float | None
    server: str = ""
    seconds: float | None = None  # round trip
    sent: int = 0
    received: int = 0


@dataclass(frozen=True, slots=True)
class Ping(Repeatable[Echoes]):
    """ICMP echo: `count` requests, `interval` apart, `size` bytes of payload.

    `ttl` 0 is the system's default. With `whole` the packet may not be fragmented and
    the cached path MTU is ignored (RFC 4821 probing).
    """

    address: str
    count: int = 1
    interval: float = 0.2
    timeout: float = 1.0
    size: int = 0
    ttl: int = 0
    whole: bool = False
    device: str = ""


@dataclass(frozen=True, slots=True)
class Connect(Repeatable[Connection]):
    """TCP connect. Up to `tries` attempts start `stagger` apart; the first answer ends
    it. `watch`: seconds to wait for the peer to close the connection.
    `check_fin`: seconds to wait for the ACK of our FIN, a second round trip on the same
    connection in which packet loss shows. `ttl`: hop limit of the SYN, 0 for the
    system's default."""

    address: str
    port: int
    tries: int = 5
    stagger: float = 0.7
    timeout: float = 4.0
    watch: float = 0.0
    check_fin: float = 0.0
    device: str = ""
    ttl: int = 0


@dataclass(frozen=True, slots=True)
class Lookup(Repeatable[DnsReply]):
    """One DNS query to one server, repeated every `again` until `timeout`."""

    server: str
    name: str
    kind: str = "A"  # A, AAAA, TXT
    chaos: bool = False  # class CH instead of IN
    tcp: bool = False
    timeout: float = 4.0
    again: float = 0.6
    port: int = 53
    device: str = ""


@dataclass(frozen=True, slots=True)
class Fetch(Question[HttpReply]):
    """HTTP GET of `url` from `address`; redirects are never followed."""

    url: str
    address: str
    timeout: float = 4.0
    device: str = ""


@dataclass(frozen=True, slots=True)
class Trace(Question[Hops]):
    """The routers that answer packets to `address` with TTL `first`..`last`."""

    address: str
    first: int = 1
    last: int = 4
    tries: int = 2
    timeout: float = 1.2
    device: str = ""


@dataclass(frozen=True, slots=True)
class AskNetworkTime(Question[TimeReply]):
    """SNTP (RFC 4330): one request to one server."""

    address: str
    timeout: float = 1.5


@dataclass(frozen=True, slots=True)
class MeasureSpeed(Question[Speed]):
    """Transfer data both ways: with the iperf3 server `host`:`port`, else by
    speedtest.net. It costs at most `SPEED_COST` bytes and saturates the line."""

    host: str = ""
    port: int = 5201
    timeout: float = 25.0


SPEED_COST = 16_000_000
"""Bytes of one speed test: 10 MB down and 5 MB up, with headers."""


@dataclass(frozen=True, slots=True)
class Knock(Repeatable[Knocked]):
    """Send a raw SYN, or with `dns` a DNS query by UDP, to the hardware address `mac`,
    bypassing this machine's routes, IPsec policies and packet filters (raw rights), up
    to `tries` times within `timeout`. `source` is this machine's address on
    `interface`; of one family."""

    interface: str
    mac: str
    source: str
    address: str
    port: int
    dns: bool = False
    tries: int = 3
    timeout: float = 2.0
