"""Of several uplinks, is a dead one preferred, or one leg of a multipath route?"""

import asyncio

from posdiag.formats.address import is_address
from posdiag.measure.names import anchor_resolvers, known_servers, useful_name
from posdiag.measure.tasks import Background
from posdiag.measure.uplink import carries
from posdiag.model import Context, Finding, check, fail, known, ok, skip
from posdiag.model.questions.base import Unknown, ask_all
from posdiag.model.questions.lan import AskNeighbour, Neighbour
from posdiag.model.questions.machine import AskInterfaces, AskRoutes, Route
from posdiag.model.questions.wire import Connect, Lookup, Ping

PATIENCE = 1.0  # seconds of silence before the other uplinks are tried as well


@check("path.redundancy", order=20, timeout=16)
async def path_redundancy(ctx: Context) -> Finding:
    routes = known(await ctx.system.ask(AskRoutes())).defaults
    uplinks = distinct(routes)
    if ctx.site.connection.interface:
        return skip("skip.not-applicable")
    if len(uplinks) < 2:
        return skip("skip.one-uplink" if uplinks else "skip.nothing-to-test")
    preferred, others = uplinks[0], uplinks[1:]
    if preferred.shared:
        return await _spread(ctx, [r for r in uplinks if r.shared])
    with Background() as tasks:
        trying = [tasks.start(works_through(ctx, preferred))]
        await asyncio.wait(trying, timeout=PATIENCE)
        if not trying[0].done() or not trying[0].result():
            trying += [tasks.start(works_through(ctx, o)) for o in others]
        if await trying[0]:
            return ok(uplinks=tuple(r.interface for r in uplinks))
        for other, works in zip(others, trying[1:], strict=True):
            if await works:
                return fail(
                    "path.dead-uplink",
                    interface=preferred.interface,
                    gateway=preferred.gateway or "",
                    other=other.interface,
                )
        return skip("skip.nothing-to-test")


async def _spread(ctx: Context, legs: list[Route]) -> Finding:
    """Traffic is spread over all of them (multipath), so each has to work."""
    working = await asyncio.gather(*(works_through(ctx, leg) for leg in legs))
    alive = [leg for leg, works in zip(legs, working, strict=True) if works]
    dead = [leg for leg, works in zip(legs, working, strict=True) if not works]
    if not alive:
        return skip("skip.nothing-to-test")
    if not dead:
        return ok(uplinks=tuple(r.interface for r in legs))
    return fail(
        "path.dead-uplink",
        variant="spread",
        interface=dead[0].interface,
        gateway=dead[0].gateway or "",
        other=alive[0].interface,
        other_gateway=alive[0].gateway or "",
        rivals=("host.route",),
    )


def distinct(routes: tuple[Route, ...]) -> list[Route]:
    """IPv4 default routes by preference, one per interface and gateway."""
    routes_by_uplink: dict[tuple[str, str | None], Route] = {}
    for route in routes:
        if route.family == 4 and route.interface:
            routes_by_uplink.setdefault((route.interface, route.gateway), route)
    return list(routes_by_uplink.values())


async def works_through(ctx: Context, route: Route) -> bool:
    """Does anything beyond this uplink answer probes that are bound to it?"""
    interfaces = known(await ctx.system.ask(AskInterfaces()))
    port = [i for i in interfaces.all if i.name == route.interface]
    if not port or not carries(port[0]):
        return False
    if route.gateway:
        there = await ctx.system.ask(AskNeighbour(route.gateway, route.interface))
        if isinstance(there, Neighbour) and there.state == "failed":
            return False
    addresses = await _far_addresses(ctx, route.interface)
    return await _any_answers(ctx, addresses, route.interface)


async def _any_answers(ctx: Context, addresses: list[str], device: str) -> bool:
    port = ctx.site.acquirer.port
    echoes = [Ping(a, count=3, timeout=1.5, device=device) for a in addresses]
    connecting = [Connect(a, port, device=device) for a in addresses]
    pings, connects = await asyncio.gather(
        ask_all(ctx.system, echoes), ask_all(ctx.system, connecting)
    )
    if any(not isinstance(e, Unknown) and e.answered for e in pings):
        return True
    return any(
        not isinstance(c, Unknown) and c.outcome in ("ok", "refused", "closed")
        for c in connects
    )


async def _far_addresses(ctx: Context, device: str) -> list[str]:
    """Addresses to probe through one uplink; names are resolved through it."""
    servers, host = await known_servers(ctx), ctx.site.acquirer.host
    found: list[str] = []
    if host and is_address(host):
        found.append(host)
    name = useful_name(ctx)
    asking = (Lookup(s, name or "", timeout=1.5, device=device) for s in servers)
    for reply in await ask_all(ctx.system, asking if name else ()):
        if not isinstance(reply, Unknown) and reply.addresses:
            found += reply.addresses[:1]
            break
    if not found:
        found += anchor_resolvers(ctx)[:1]
    return list(dict.fromkeys(found))
