"""Does this machine itself keep back, or lead astray, what it sends to an address?

Its routes are compared with the way to the router, and an answer to a packet that is
handed to the router directly (`Knock`), or sent by that one interface, tells whether
the network would have carried it. Times are seconds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Literal

from posdiag.measure.lan import neighbour
from posdiag.measure.tasks import Background
from posdiag.measure.uplink import Uplink
from posdiag.model import Context
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.lan import AskNeighbour, Neighbour
from posdiag.model.questions.machine import Interface, Route, RouteTo
from posdiag.model.questions.wire import Connect, Connection, DnsReply, Knock, Lookup

DetourKind = Literal["forbidden", "own-address", "tunnel", "ipsec", "network", "hop"]

ANSWERED = ("ok", "closed")
CONFIRM = 5  # connections, and knocks, that confirm
KNOCK_AGAIN = 1.2  # seconds that each of these knocks is waited for
PATIENCE = 2.5  # seconds for an ordinary connection; a neighbour that is gone takes 3


@dataclass(frozen=True, slots=True)
class Target:
    """A host and port beyond the router; with `dns` it is asked a name by UDP."""

    address: str
    port: int
    dns: bool = False


@dataclass(frozen=True, slots=True)
class Detour:
    """A way of this machine that is not the one by its router: a route that forbids
    (`by`: its kind), the address taken for its own, a tunnel or the network of another
    interface (`by`: its name), an IPsec policy, or another next hop (`by`)."""

    kind: DetourKind
    by: str


@dataclass(frozen=True, slots=True)
class Own:
    """What this machine has: its interfaces and its routes."""

    interfaces: Sequence[Interface]
    routes: Sequence[Route]

    def interface(self, name: str | None) -> Interface | None:
        return next((i for i in self.interfaces if i.name == name), None)


def detour(up: Uplink, to: RouteTo, own: Own, address: str) -> Detour | None:
    """What leads `address` elsewhere than to the router of `up`; None: nothing does."""
    if to.barred:
        return Detour("forbidden", to.barred)
    port = own.interface(to.interface)
    if port is None:
        return None
    if port.kind == "loopback":
        loopback = ip_address(address).is_loopback
        return None if loopback else Detour("own-address", port.name)
    if to.ipsec:
        return Detour("ipsec", to.ipsec)
    if (port.name, to.gateway) == (up.interface.name, up.gateway):
        return None
    if port.kind == "tunnel":
        return Detour("tunnel", port.name)
    if to.gateway:
        return Detour("hop", to.gateway)
    return None if _on_link(up, address) else Detour("network", port.name)


def _on_link(up: Uplink, address: str) -> bool:
    """Is it in a network that the uplink's own interface has an address of?"""
    ip = ip_address(address)
    return any(
        ip in ip_network(f"{a.address}/{a.prefix}", strict=False)
        for a in up.interface.addresses
        if a.family == ip.version
    )


def leg(up: Uplink, to: RouteTo, own: Own) -> Uplink:
    """The uplink, or that next hop of a default route with several which takes packets
    of this route."""
    for route in own.routes:
        if route.shared and (route.interface, route.gateway) == (
            to.interface,
            to.gateway,
        ):
            return Uplink(own.interface(route.interface) or up.interface, route)
    return up


async def ordinary(
    ctx: Context, target: Target, series: str = ""
) -> Connection | DnsReply | Unknown:
    """How the target answers as any program of this machine would ask it."""
    if target.dns:
        seconds = PATIENCE / 2
        asked = Lookup(target.address, "localhost", timeout=seconds, series=series)
        return await ctx.system.ask(asked)
    tries = CONFIRM if series else 3
    return await ctx.system.ask(
        Connect(
            target.address,
            target.port,
            tries=tries,
            stagger=PATIENCE / (tries + 1),
            timeout=PATIENCE,
            series=series,
        )
    )


def works(reply: Connection | DnsReply) -> bool:
    """Is there nothing wrong with the way? A DNS server that refuses was reached."""
    if isinstance(reply, DnsReply):
        return bool(reply.rcode)
    return reply.outcome in ANSWERED


async def reaches(
    ctx: Context, up: Uplink, target: Target, outcome: str, way: Detour | None
) -> bool:
    """Does the target answer what is handed to the router of `up` directly, though an
    ordinary connection ended as `outcome`? Where a route leads elsewhere, a socket of
    that interface is tried as well. A reset counts only where that one was not reset.

    What silence says is confirmed, as a lossy line may have lost the one and not the
    other.
    """
    enough = ("open",) if outcome == "refused" else ("open", "refused")
    with Background() as background:
        knocking = background.start(_knock(ctx, up, target))
        binding = background.start(_bound(ctx, up, target)) if way else None
        if await knocking in enough:
            return outcome != "silent" or await _confirmed(ctx, up, target)
        return binding is not None and await binding in enough


async def _confirmed(ctx: Context, up: Uplink, target: Target) -> bool:
    """Once more, and more often: at a loss of a half, all of these connections fail and
    all but one of these knocks succeed in 4 of 1,000 cases."""
    with Background() as background:
        plain = background.start(ordinary(ctx, target, series="confirm"))
        heard = 0
        for number in range(1, CONFIRM + 1):
            heard += bool(await _knock(ctx, up, target, number))
            if number - heard > 1:
                return False
        reply = await plain
    return not isinstance(reply, Unknown) and not works(reply)


async def _knock(ctx: Context, up: Uplink, target: Target, number: int = 0) -> str:
    """What answers a knock; "" for nothing. `number` 0: whatever one of three finds."""
    there: Neighbour | Unknown | None
    if _on_link(up, target.address):
        asked = AskNeighbour(target.address, up.interface.name)
        there = await ctx.system.ask(asked)
    else:
        there = await neighbour(ctx, up)
    own = up.address
    if own is None or not isinstance(there, Neighbour) or there.state == "failed":
        return ""
    answer = await ctx.system.ask(
        Knock(
            up.interface.name,
            there.mac,
            own.address,
            target.address,
            target.port,
            target.dns,
            tries=1 if number else 3,
            timeout=KNOCK_AGAIN if number else 2.0,
            number=number,
        )
    )
    if isinstance(answer, Unknown) or answer.heard == "silent":
        return ""
    return answer.heard


async def _bound(ctx: Context, up: Uplink, target: Target) -> str:
    """The same without rights, as far as routes go: a socket of one interface."""
    device = up.interface.name
    reply: Connection | DnsReply | Unknown
    if target.dns:
        reply = await ctx.system.ask(
            Lookup(target.address, "localhost", timeout=1.5, device=device)
        )
    else:
        reply = await ctx.system.ask(
            Connect(
                target.address, target.port, tries=3, timeout=PATIENCE, device=device
            )
        )
    if isinstance(reply, Unknown):
        return ""
    if works(reply):
        return "open"
    error = isinstance(reply, Connection) and reply.error is not None
    return "refused" if reply.outcome == "refused" and not error else ""
