"""The questions. Each says what is done on the wire, in which units.

Times are seconds, sizes bytes. `device` binds the probe to one interface. A question
that must be asked anew within a run carries a different `moment` or `batch`.
"""

from dataclasses import dataclass, field
from typing import Literal

from posdiag.system import Question
from posdiag.system.answers import (
    ArpReplies,
    Connection,
    Damage,
    DnsReply,
    Echoes,
    Hops,
    HttpReply,
    Interfaces,
    LocalName,
    Neighbour,
    Offers,
    Resolvers,
    Routes,
    RouteTo,
    Sweep,
    TimeReply,
    WallClock,
)
from posdiag.system.peer_answers import Exchanged, Handshake, Quiet, TlcpReply


@dataclass(frozen=True, slots=True)
class AskInterfaces(Question[Interfaces]):
    """All interfaces with their state, addresses and counters."""

    moment: int = 0


@dataclass(frozen=True, slots=True)
class AskDamage(Question[Damage]):
    """Counters of packets with a wrong checksum, by protocol."""

    moment: int = 0


@dataclass(frozen=True, slots=True)
class AskRoutes(Question[Routes]):
    """Routes of the main table, default routes first, by metric."""


@dataclass(frozen=True, slots=True)
class AskRouteTo(Question[RouteTo]):
    """The route that the system would take to one address."""

    address: str


@dataclass(frozen=True, slots=True)
class AskNeighbour(Question[Neighbour]):
    """Make the system resolve a neighbour (ARP, NDP) and tell how it ended.

    Waits up to `timeout` for the answer. Sends one empty datagram to the discard port
    to set it going; needs no rights.
    """

    address: str
    interface: str
    timeout: float = 3.5


@dataclass(frozen=True, slots=True)
class AskSweep(Question[Sweep]):
    """Which addresses of a network (at most a /24) are alive on the link."""

    network: str
    interface: str
    timeout: float = 2.5


@dataclass(frozen=True, slots=True)
class AskResolvers(Question[Resolvers]):
    """The DNS servers that this machine is set to use."""


@dataclass(frozen=True, slots=True)
class AskLocalName(Question[LocalName]):
    """What the hosts file says of a name."""

    name: str


@dataclass(frozen=True, slots=True)
class AskTime(Question[WallClock]):
    """The machine's own wall clock."""

    moment: int = 0


@dataclass(frozen=True, slots=True)
class Ping(Question[Echoes]):
    """ICMP echo: `count` requests, `interval` apart, `size` bytes of payload.

    `ttl` 0 is the system's own. With `whole` the packet may not be fragmented and the
    system's remembered path MTU is ignored (RFC 4821 probing).
    """

    address: str
    count: int = 1
    interval: float = 0.2
    timeout: float = 1.0
    size: int = 0
    ttl: int = 0
    whole: bool = False
    device: str = ""
    batch: int = 0


@dataclass(frozen=True, slots=True)
class Connect(Question[Connection]):
    """TCP connect. Up to `tries` attempts start `stagger` apart; the first to be
    answered ends it. `watch`: how long to see whether the peer closes at once. `part`:
    how long to see whether our FIN is acknowledged; a second exchange that packet loss
    can be told from, on the same connection."""

    address: str
    port: int
    tries: int = 5
    stagger: float = 0.7
    timeout: float = 4.0
    watch: float = 0.0
    part: float = 0.0
    device: str = ""
    batch: int = 0


@dataclass(frozen=True, slots=True)
class Shake(Question[Handshake]):
    """TCP connect, then a TLS handshake, step by step, then close.

    `verify` false asks only what is presented. `mss` clamps the TCP segment size in
    both directions (0: the system's own). `padding` enlarges the ClientHello by that
    many bytes. `server_name` empty sends no SNI; `host` is what the certificate must be
    for.
    """

    address: str
    port: int
    host: str
    server_name: str = ""
    verify: bool = True
    ca_file: str = ""
    client_cert: str = ""
    client_key: str = ""
    mss: int = 0
    padding: int = 0
    tries: int = 5
    stagger: float = 0.7
    connect_timeout: float = 4.0
    timeout: float = 5.0
    device: str = ""
    batch: int = 0


@dataclass(frozen=True, slots=True)
class AskTlcp(Question[TlcpReply]):
    """Connect, send one ClientHello of TLCP (GB/T 38636, national cryptography) and see
    whether a ServerHello comes back. `timeout` is for all of it."""

    address: str
    port: int
    timeout: float = 2.5


@dataclass(frozen=True, slots=True)
class Lookup(Question[DnsReply]):
    """One DNS question to one server, sent again every `again` until `timeout`."""

    server: str
    name: str
    kind: str = "A"  # A, AAAA, TXT
    chaos: bool = False  # class CH instead of IN
    tcp: bool = False
    timeout: float = 4.0
    again: float = 0.6
    port: int = 53
    device: str = ""
    batch: int = 0


@dataclass(frozen=True, slots=True)
class Fetch(Question[HttpReply]):
    """HTTP GET of `url` from `address`; redirects are never followed."""

    url: str
    address: str
    timeout: float = 4.0
    device: str = ""


@dataclass(frozen=True, slots=True)
class Trace(Question[Hops]):
    """Who answers for packets to `address` that die after `first`..`last` hops."""

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
class DiscoverDhcp(Question[Offers]):
    """Broadcast a DHCPDISCOVER and collect offers for `seconds` (raw rights).

    Some servers ping an address for 3 s before they offer it (dnsmasq's default).
    """

    interface: str
    seconds: float = 3.5


@dataclass(frozen=True, slots=True)
class ProbeArp(Question[ArpReplies]):
    """Ask who has each of `addresses` with ARP probes (RFC 5227; raw rights).

    With `beyond`, each that answers is also asked whether it forwards: it is handed an
    ICMP echo to that address that dies after one hop.
    """

    interface: str
    addresses: tuple[str, ...]
    seconds: float = 1.2
    beyond: str = ""


@dataclass(frozen=True, slots=True)
class Exchange(Question[Exchanged]):
    """Send one message to a payment host and read one frame of at most 4 KB.

    `through` says how to get there: `Connect` for plain TCP, `Shake` for TLS. The reply
    is read as `dialect`, `length`, `tpdu` (hexadecimal) and `header` (its bytes) say.
    Listens for `timeout` seconds; once something has come, at most `gap` seconds for
    each further piece. `payload` (hexadecimal) holds the shop's numbers, so it is
    neither recorded nor printed, and what is compared is everything else.
    """

    through: Connect | Shake
    dialect: Literal["ascii", "unionpay"]
    length: Literal["binary2", "ascii4"] = "binary2"
    tpdu: str = ""
    header: int = 0
    payload: str = field(
        default="", repr=False, compare=False, metadata={"recorded": False}
    )
    timeout: float = 7.0
    gap: float = 2.0


@dataclass(frozen=True, slots=True)
class StayQuiet(Question[Quiet]):
    """Connect, say nothing for `seconds`, then ask by TCP keep-alive whether the
    connection still stands. The peer's program sees nothing of it."""

    address: str
    port: int
    seconds: float = 65.0
    device: str = ""
