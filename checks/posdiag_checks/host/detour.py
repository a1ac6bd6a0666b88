"""Does this machine itself drop, or misroute, packets to an address?

Its routes are compared with the path to the router. An answer to a raw packet to the
router (`Knock`), or to one bound to that interface, shows that the network would have
carried it. Times are seconds.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
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

DetourKind = Literal[
    "forbidden", "own-address", "tunnel", "ipsec", "network", "hop", "source"
]
# What becomes of packets that pass this machine's routes and filters by: the host
# answers them, or this machine drops even those; "" for neither.
Bypass = Literal["", "answered", "kept"]

ANSWERED = ("ok", "closed")
TRIES = 5  # connections and raw probes that are compared
BOUND = 3  # connections bound to one interface
SPACE = 0.4  # seconds between two probes
KNOCK = 1.2  # seconds to wait for the answer to one
PATIENCE = 2.6  # seconds for all ordinary connections


@dataclass(frozen=True, slots=True)
class Target:
    """A host and port beyond the router; with `dns` a DNS query is sent by UDP."""

    address: str
    port: int
    dns: bool = False


@dataclass(frozen=True, slots=True)
class Detour:
    """A route of this machine that does not lead to its router: one that rejects (`by`:
    its type), the address as one of its own, a tunnel or the network of another
    interface (`by`: its name), an IPsec policy, another next hop (`by`), or the right
    one with another sender's address than this network's (`by`)."""

    kind: DetourKind
    by: str


@dataclass(frozen=True, slots=True)
class Own:
    """This machine's interfaces and routes."""

    interfaces: Sequence[Interface]
    routes: Sequence[Route]

    def interface(self, name: str | None) -> Interface | None:
        return next((i for i in self.interfaces if i.name == name), None)


def detour(up: Uplink, to: RouteTo, own: Own, address: str) -> Detour | None:
    """What diverts packets to `address` from the router of `up`; None for nothing."""
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
        own_source = up.address.address if up.address else None
        strange = to.gateway and to.source and to.source != own_source
        return Detour("source", to.source or "") if strange else None
    if port.kind == "tunnel":
        return Detour("tunnel", port.name)
    if to.gateway:
        return Detour("hop", to.gateway)
    return None if _on_link(up, address) else Detour("network", port.name)


def _on_link(up: Uplink, address: str) -> bool:
    """Is it in a network of the uplink's own addresses?"""
    ip = ip_address(address)
    return any(
        ip in ip_network(f"{a.address}/{a.prefix}", strict=False)
        for a in up.interface.addresses
        if a.family == ip.version
    )


def leg(up: Uplink, to: RouteTo, own: Own) -> Uplink:
    """The uplink, or the next hop of a multipath default route that this route uses."""
    for route in own.routes:
        same = (route.interface, route.gateway) == (to.interface, to.gateway)
        if route.shared and same:
            return Uplink(own.interface(route.interface) or up.interface, route)
    return up


def works(reply: Connection | DnsReply) -> bool:
    """Was the target reached? A DNS server that refuses, or cannot finish, was."""
    if isinstance(reply, DnsReply):
        return bool(reply.rcode) or reply.truncated
    return reply.outcome in ANSWERED


async def compare(
    ctx: Context, up: Uplink, target: Target, way: Detour | None
) -> tuple[Connection | DnsReply | Unknown, Bypass]:
    """The target's answer to an ordinary program of this machine and, if it gives none,
    the fate of raw packets to the router of `up`. Without the rights for these, a
    socket bound to the interface proves as much about the routes.

    Silence is compared by five tries each, over the same time: at 50 % round-trip loss
    they differ by chance in 4 of 1,000 cases. A reset counts only where the program's
    connection was not reset.
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
    """The target's answer to an ordinary program of this machine."""
    if target.dns:
        asked = Lookup(target.address, "localhost", timeout=PATIENCE, again=SPACE)
        return await ctx.system.ask(asked)
    host, port = target.address, target.port
    return await ctx.system.ask(
        Connect(host, port, tries=TRIES, stagger=SPACE, timeout=PATIENCE)
    )


async def _knocks(ctx: Context, up: Uplink, target: Target) -> list[str] | None:
    """The answer to each raw probe, "" for none; ends early after two without. None
    without the rights, or without a router to send them to."""
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
    one = Knock(
        up.interface.name,
        there.mac,
        own.address,
        target.address,
        target.port,
        target.dns,
        tries=1,
        timeout=KNOCK,
    )
    for number in range(TRIES):
        answer = await ctx.system.ask(replace(one, number=number))
        if isinstance(answer, Unknown):
            return None
        replies.append("" if answer.reply == "silent" else answer.reply)
        if replies.count("") > 1:
            break
        await asyncio.sleep(SPACE if replies[-1] else 0)
    return replies


async def _bound(ctx: Context, up: Uplink, target: Target) -> list[str]:
    """The answer to each probe of a socket bound to the interface; ends at silence."""
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
        one = Connect(name, target.port, tries=1, timeout=KNOCK, device=device)
        reply = await ctx.system.ask(replace(one, number=number))
    if isinstance(reply, Unknown):
        return ""
    if works(reply):
        return "open"
    error = isinstance(reply, Connection) and reply.error is not None
    return "refused" if reply.outcome == "refused" and not error else ""
