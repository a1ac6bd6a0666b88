"""Of what is a demonstration's network made, and how far does a packet come in it?

Pure values: segments with loss and delay, hosts with services, the machine's settings.
Servers, pings and hops all consult the same `World`. Times are seconds, sizes bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

from posdiag.model.questions.lan import Offer
from posdiag.model.questions.machine import Interface, Route
from posdiag.model.questions.wire import IcmpError

NET_UNREACHABLE = (3, 0)  # ICMP type and code (RFC 792)


@dataclass(frozen=True, slots=True)
class Segment:
    """One stretch of the way. `end` is the machine at its far side, "" for the host
    itself; `delay` and `loss` are of a round trip. `damage` is the share of frames that
    arrive broken; they are lost as well. Packets above `largest` vanish silently.
    """

    end: str = ""
    delay: float = 0.001
    loss: float = 0.0
    damage: float = 0.0
    largest: int = 1500
    state: Literal["open", "swallows", "refused"] = "open"  # by the machine before it


@dataclass(frozen=True, slots=True)
class Filtered:
    """Packets to this port vanish; or the machine `by` says that it forbids them."""

    by: str = ""


@dataclass(frozen=True, slots=True)
class Mute:
    """Accepts and never says a word."""


@dataclass(frozen=True, slots=True)
class HangUp:
    """Accepts and closes at once."""


@dataclass(frozen=True, slots=True)
class OldTls:
    """Speaks only versions of TLS that nobody takes any more."""


@dataclass(frozen=True, slots=True)
class Page:
    """A web server with one answer to everything."""

    status: int = 204
    body: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True)
class Payment:
    """Answers an ISO 8583 echo with this response code."""

    code: str = "00"


@dataclass(frozen=True, slots=True)
class Tls:
    """A host behind TLS. `certificate` is one of `certificates.KINDS`; `says` is what
    follows the handshake, a payment host's by default."""

    certificate: str = "good"
    wants_client: bool = False
    says: Payment | Page | Mute = Payment()


@dataclass(frozen=True, slots=True)
class Dns:
    """A name server over UDP and TCP. `names` stand over the world's own; None: there
    is no such name. With `rcode` it answers every question so."""

    names: Mapping[str, str | None] = field(default_factory=dict)
    rcode: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """An SNTP server that keeps the world's time."""


Service = Filtered | Mute | HangUp | OldTls | Tls | Page | Dns | Clock
Services = Mapping[int, Service]


@dataclass(frozen=True, slots=True)
class Host:
    """One machine. `link` is our interface where it is a neighbour, "" where it is far;
    `via` are the segments from the last router that all ways share; `uplink` are those
    behind a router, () for a machine that does not forward."""

    address: str
    services: Services = field(default_factory=dict)
    mac: str = ""
    link: str = ""
    via: tuple[str, ...] = ()
    uplink: tuple[str, ...] = ()
    pings: bool = True


@dataclass(frozen=True, slots=True)
class Way:
    """How far packets to one address come, and over which segments.

    `state`: "reached"; "not-sent": this machine has no way; "unresolved": nobody on
    the link has the address of the next hop; "silent"; "refused": `by` says so.
    """

    state: Literal["reached", "not-sent", "unresolved", "silent", "refused"]
    segments: tuple[Segment, ...] = ()
    host: Host | None = None
    by: str = ""

    @property
    def delay(self) -> float:
        return sum(segment.delay for segment in self.segments)

    @property
    def largest(self) -> int:
        return min((segment.largest for segment in self.segments), default=1500)

    @property
    def error(self) -> IcmpError | None:
        """What the machine that turns packets down says."""
        return IcmpError(*NET_UNREACHABLE, self.by) if self.state == "refused" else None


@dataclass(frozen=True, slots=True)
class World:
    """The machine's settings and all that is around it. `clock` is how far the world's
    time is ahead of this machine's, in seconds. `air` names what the Wi-Fi adapter
    answers (`devices.wifi`), `equipment` the modem, printer or other device
    (`devices.equipment`), `terminal` what a watch of the LAN sees of the terminal
    (`devices.surveys`), "" where there is none."""

    interfaces: tuple[Interface, ...]
    routes: tuple[Route, ...]
    resolvers: tuple[str, ...]
    offers: tuple[Offer, ...]
    segments: Mapping[str, Segment]
    hosts: tuple[Host, ...]
    names: Mapping[str, str]
    clock: float = 0.0
    air: str = ""
    equipment: str = ""
    terminal: str = ""

    def interface(self, name: str) -> Interface | None:
        return next((i for i in self.interfaces if i.name == name), None)

    def route(self, address: str, device: str = "") -> Route | None:
        """The route that this machine takes: the narrowest, then the cheapest."""
        ip = IPv4Address(address)
        fitting = [
            (-network.prefixlen, route.metric, route)
            for route in self.routes
            if not device or route.interface == device
            for network in [_network(route)]
            if ip in network
        ]
        return min(fitting, key=lambda f: f[:2])[2] if fitting else None

    def own_address(self, interface: str) -> str:
        found = self.interface(interface)
        addresses = found.addresses if found else ()
        return next((a.address for a in addresses if a.family == 4), "")

    def near(self, address: str, link: str) -> Host | None:
        """Who has this address on the link of that interface?"""
        found = self.interface(link)
        if found is None or not found.enabled or not found.carrier:
            return None
        same = (h for h in self.hosts if h.link == link and h.address == address)
        return next(same, None)

    def way(self, address: str, device: str = "") -> Way:
        """Follow a packet to `address`; with `device` out of that interface."""
        try:
            route = self.route(address, device)
        except ValueError:
            return Way("not-sent")
        link = self.interface(route.interface) if route else None
        if route is None or link is None or not link.enabled or not link.carrier:
            return Way("not-sent")
        lan = self.segments[f"lan.{link.name}"]
        next_hop = self.near(route.gateway or address, link.name)
        if next_hop is None:
            return Way("unresolved", (lan,))
        if next_hop.address == address:
            return _walk([lan], next_hop)
        if not next_hop.uplink:
            return Way("silent", (replace(lan, end=""),))
        target = next((h for h in self.hosts if h.address == address and h.via), None)
        beyond = (*next_hop.uplink, *(target.via if target else ("core",)))
        return _walk([lan, *(self.segments[name] for name in beyond)], target)

    def upstream(self, host: Host) -> bool:
        """Has a name server a way to the names of the world?"""
        return all(self.segments[name].state == "open" for name in host.uplink)


def _walk(segments: list[Segment], target: Host | None) -> Way:
    passed: list[Segment] = []
    for segment in segments:
        if segment.state == "refused":
            return Way("refused", tuple(passed), None, passed[-1].end)
        if segment.state == "swallows":
            return Way("silent", tuple(passed))
        passed.append(segment)
    return Way("reached" if target else "silent", tuple(passed), target)


def _network(route: Route) -> IPv4Network:
    return IPv4Network(
        "0.0.0.0/0" if route.destination == "default" else route.destination
    )
