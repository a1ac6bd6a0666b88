"""All silent hosts are routed through a tunnel of this machine: is the line below it
dead as well?"""

import asyncio
from collections.abc import Sequence

from posdiag.measure.internet import HOP_TIMEOUT, Evidence
from posdiag.measure.names import anchor_resolvers, resolve_acquirer
from posdiag.measure.uplink import Uplink
from posdiag.model import Context
from posdiag.model.questions.base import Unknown, ask_all
from posdiag.model.questions.machine import AskInterfaces, AskRouteTo
from posdiag.model.questions.wire import Connect, Lookup, Trace

MOST_ROUTES = 8  # that are looked up


async def through_tunnel(ctx: Context, up: Uplink, evidence: Evidence) -> bool:
    """Are all silent hosts routed through a tunnel? Then their silence proves nothing
    about the line that the tunnel runs over."""
    tunnels = await _tunnels(ctx)
    if not evidence.silent or not tunnels - {up.interface.name}:
        return False
    ways = await ask_all(
        ctx.system, (AskRouteTo(c.address) for c in evidence.silent[:MOST_ROUTES])
    )
    taken = {w.interface for w in ways if not isinstance(w, Unknown)}
    return taken <= tunnels and up.interface.name not in taken


async def dead_below(ctx: Context, up: Uplink, evidence: Evidence) -> bool:
    """Does the router answer through its own interface, and nothing beyond it?"""
    far = evidence.silent[:MOST_ROUTES]
    acquirers = [c.address for c in far if c.role == "acquirer"]
    return await _dead_below(ctx, up, [c.address for c in far[:1]], acquirers)


async def ask_below(ctx: Context, up: Uplink) -> None:
    """The same for the acquirer, early, so that the answers are there when needed."""
    resolved = await resolve_acquirer(ctx)
    if resolved and resolved.found and await _tunnels(ctx) - {up.interface.name}:
        await _dead_below(ctx, up, resolved.addresses[:1], resolved.addresses[:1])


async def _tunnels(ctx: Context) -> set[str]:
    interfaces = await ctx.system.ask(AskInterfaces())
    if isinstance(interfaces, Unknown):
        return set()
    return {i.name for i in interfaces.all if i.kind == "tunnel"}


async def _dead_below(
    ctx: Context, up: Uplink, far: Sequence[str], acquirers: Sequence[str]
) -> bool:
    device, port = up.interface.name, ctx.site.acquirer.port
    hops, tcp, dns = await asyncio.gather(
        ask_all(
            ctx.system,
            (Trace(a, last=3, timeout=HOP_TIMEOUT, device=device) for a in far),
        ),
        ask_all(
            ctx.system, (Connect(a, port, tries=3, device=device) for a in acquirers)
        ),
        ask_all(
            ctx.system,
            (
                Lookup(server, "localhost", timeout=2.0, device=device)
                for server in anchor_resolvers(ctx)[:2]
            ),
        ),
    )
    seen = {h.by for t in hops if not isinstance(t, Unknown) for h in t.all if h.by}
    answered = any(
        isinstance(r, Unknown) or r.outcome not in ("silent", "unreachable")
        for r in (*tcp, *dns)
    )
    return seen == {up.gateway} and not answered
