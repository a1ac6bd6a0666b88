"""Does this machine itself keep back, or lead astray, what it sends to an address?

Its routes are compared with the way to the router, and an answer to a packet that is
handed to the router directly (`Knock`), or sent by that one interface, tells whether
the network would have carried it. Times are seconds.
"""

import asyncio
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
# What becomes of packets that pass this machine's routes and filters by: the host
# answers them, or this machine drops even those; "" for neither.
Bypass = Literal["", "answered", "kept"]

ANSWERED = ("ok", "closed")
TRIES = 5  # connections, and knocks, that are compared
BOUND = 3  # connections by one interface
SPACE = 0.4  # seconds between two of each
KNOCK = 1.2  # seconds that one is waited for
PATIENCE = 2.6  # seconds for all ordinary ones


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
    if to.barred or to.interface is None:
        # No route at all beside a default one: a "throw", or a rule that skips it.
        return Detour("forbidden", to.barred or "unreachable")
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


def works(reply: Connection | DnsReply) -> bool:
    """Is there nothing wrong with the way? A DNS server that refuses was reached."""
    if isinstance(reply, DnsReply):
        return bool(reply.rcode)
    return reply.outcome in ANSWERED


async def compare(
    ctx: Context, up: Uplink, target: Target, way: Detour | None
) -> tuple[Connection | DnsReply | Unknown, Bypass]:
    """How the target answers any program of this machine, and what becomes of packets
    that are handed to the router of `up` directly where it does not answer those.
    Without the rights for that, a socket of the one interface tells as much of the
    routes.

    Silence is compared by five tries each, over the same time: at a loss of a half on
    the way there and back, chance makes a difference of it in 4 of 1,000 cases. A reset
    counts only where the program's connection was not reset.
    """
    with Background() as background:
        plain = background.start(ordinary(ctx, target))
        knocking = background.start(_knocks(ctx, up, target))
        binding = background.start(_bound(ctx, up, target)) if way else None
        reply = await plain
        if isinstance(reply, Unknown) or works(reply):
            return reply, ""
        enough = ("open",) if reply.outcome == "refused" else ("open", "refused")
        replies = await knocking
        if replies is not None:
            # A queue that is full drops one of them, and not each for two seconds.
            if replies.count("kept") == TRIES:
                return reply, "kept"
            answered = sum(h in enough for h in replies)
            least = TRIES - 1 if reply.outcome == "silent" else 1
            return reply, "answered" if answered >= least else ""
        bound = await binding if binding else ()
        carried = len(bound) == BOUND and all(b in enough for b in bound)
        return reply, "answered" if carried else ""


async def ordinary(ctx: Context, target: Target) -> Connection | DnsReply | Unknown:
    """How the target answers as any program of this machine would ask it."""
    if target.dns:
        asked = Lookup(target.address, "localhost", timeout=PATIENCE, again=SPACE)
        return await ctx.system.ask(asked)
    return await ctx.system.ask(
        Connect(
            target.address, target.port, tries=TRIES, stagger=SPACE, timeout=PATIENCE
        )
    )


async def _knocks(ctx: Context, up: Uplink, target: Target) -> list[str] | None:
    """What answers each knock, "" for nothing; ends early where two met with silence.
    None without the rights, or without a router to hand them to."""
    there: Neighbour | Unknown | None
    if _on_link(up, target.address):
        asked = AskNeighbour(target.address, up.interface.name)
        there = await ctx.system.ask(asked)
    else:
        there = await neighbour(ctx, up)
    own = up.address
    if own is None or not isinstance(there, Neighbour):
        return None
    if there.state == "failed":
        return []
    replies: list[str] = []
    for number in range(TRIES):
        answer = await ctx.system.ask(
            Knock(
                up.interface.name,
                there.mac,
                own.address,
                target.address,
                target.port,
                target.dns,
                tries=1,
                timeout=KNOCK,
                number=number,
            )
        )
        if isinstance(answer, Unknown):
            return None
        replies.append("" if answer.reply == "silent" else answer.reply)
        if replies.count("") > 1:
            break
        await asyncio.sleep(SPACE if replies[-1] else 0)
    return replies


async def _bound(ctx: Context, up: Uplink, target: Target) -> list[str]:
    """What answers each of some tries by a socket of the one interface."""
    replies: list[str] = []
    for number in range(BOUND):
        replies.append(await _bound_once(ctx, up, target, number))
        if not replies[-1]:
            break
    return replies


async def _bound_once(ctx: Context, up: Uplink, target: Target, number: int) -> str:
    device, name = up.interface.name, target.address
    reply: Connection | DnsReply | Unknown
    if target.dns:
        reply = await ctx.system.ask(
            Lookup(name, "localhost", timeout=KNOCK, device=device, number=number)
        )
    else:
        reply = await ctx.system.ask(
            Connect(
                name, target.port, tries=1, timeout=KNOCK, device=device, number=number
            )
        )
    if isinstance(reply, Unknown):
        return ""
    if works(reply):
        return "open"
    error = isinstance(reply, Connection) and reply.error is not None
    return "refused" if reply.outcome == "refused" and not error else ""
