"""Neighbours, ARP probes and DHCP servers of the LAN.

Answers first, then the questions that they answer. Times are seconds, sizes bytes.
`device` binds a probe to one interface.
"""

from dataclasses import dataclass
from typing import Literal

from posdiag.model.questions.base import Question

MAX_SWEEP = 256  # addresses of one `AskSweep`


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
    forwards: bool | None = None  # None: not tested or not known


@dataclass(frozen=True, slots=True)
class ArpReplies:
    all: tuple[ArpReply, ...] = ()


@dataclass(frozen=True, slots=True)
class AskNeighbour(Question[Neighbour]):
    """Make the system resolve a neighbour (ARP, NDP) and report the result.

    Waits up to `timeout` for the answer. Sends one empty datagram to the discard port
    to set it going; needs no rights.
    """

    address: str
    interface: str
    timeout: float = 3.5


@dataclass(frozen=True, slots=True)
class AskSweep(Question[Sweep]):
    """The live addresses of a network (at most a /24) on the link."""

    network: str
    interface: str
    timeout: float = 2.5


@dataclass(frozen=True, slots=True)
class DiscoverDhcp(Question[Offers]):
    """Broadcast a DHCPDISCOVER and collect offers for `seconds` (raw rights).

    Some servers ping an address for 3 s before they offer it (dnsmasq's default).
    """

    interface: str
    seconds: float = 3.5


@dataclass(frozen=True, slots=True)
class ProbeArp(Question[ArpReplies]):
    """Send ARP probes for `addresses` (RFC 5227; raw rights).

    With `beyond`, each host that answers is tested for forwarding: it is sent an ICMP
    echo to that address with a TTL of 1.
    """

    interface: str
    addresses: tuple[str, ...]
    seconds: float = 1.2
    beyond: str = ""
