"""Probe the hosts beyond the router: the acquirer, the resolvers, the connectivity URL
and the other targets, then hops and public resolvers. Times are seconds."""

import asyncio
from collections.abc import Coroutine, Iterable
from ipaddress import ip_address
from typing import Any

from posdiag.measure.acquirer import connect
from posdiag.measure.internet.evidence import Clue, Evidence
from posdiag.measure.internet.pages import fetch_connectivity
from posdiag.measure.names import (
    anchor_resolvers,
    known_servers,
    needed_name,
    resolve,
    resolve_acquirer,
    useful_name,
)
from posdiag.measure.tasks import Background, wait_until
from posdiag.measure.uplink import Uplink, is_far
from posdiag.model import Context
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wire import Connect, Connection, Hop, Lookup, Trace

PATIENCE = 1.5  # seconds of silence before hops and public resolvers are probed, too
HOP_TIMEOUT = 3.4  # seconds: a router sends ARP three times before "host unreachable"
LIMIT = 5.0  # seconds after which what has not answered counts as silent
FAR = 0.6  # RTT in seconds of a line (satellite, GPRS) on which more time is given:
ROUND_TRIPS = 4.0  # for a name, its second server, a connect and a request
KNOWN = 0.05  # seconds that a cached answer takes


async def probe_internet(ctx: Context, up: Uplink) -> Evidence:
    """Probe every host that this site knows; stop at the first answer. Hops and public
    resolvers follow only after `PATIENCE`; `LIMIT` ends it."""
    asking = [_acquirer(ctx, up), _connectivity(ctx, up), *_targets(ctx, up)]
    asking += await _resolvers(ctx, up)
    with Background() as background:
        tasks = [background.start(a) for a in asking]
        clues = await _wait(tasks, PATIENCE)
        if any(c.answered for c in clues):
            return Evidence(clues)
        tasks += [background.start(a) for a in _anchors(ctx, up)]
        trace = background.start(_hops(ctx, up))
        clues = await _wait(tasks, LIMIT - PATIENCE)
        if any(c.answered for c in clues):
            return Evidence(clues)
        hops = await trace
        if (far := longest_rtt(hops or ())) >= FAR:
            clues = await _wait(tasks, ROUND_TRIPS * far)
        return Evidence(clues, hops or (), hops is not None)


def longest_rtt(hops: Iterable[Hop]) -> float:
    """The longest RTT of a hop beyond the router, 0 for none."""
    return max((h.seconds or 0.0 for h in hops if h.ttl > 1), default=0.0)


async def _wait(
    tasks: list[asyncio.Task[Clue | None]], seconds: float
) -> tuple[Clue, ...]:
    """Wait until one has answered, all have ended, or the time is over."""

    def ended() -> tuple[Clue, ...]:
        return tuple(c for t in tasks if t.done() and (c := t.result()) is not None)

    await wait_until(tasks, lambda: any(c.answered for c in ended()), seconds)
    return ended()


async def _acquirer(ctx: Context, up: Uplink) -> Clue | None:
    resolved = await resolve_acquirer(ctx)
    if resolved is None or not resolved.found:
        return None
    address = resolved.addresses[0]
    if resolved.source == "hosts" and ip_address(address).is_loopback:
        return None  # this machine itself
    answer = await connect(ctx, address)
    port = ctx.site.acquirer.port
    return _clue("acquirer", f"{ctx.site.acquirer.host}:{port}", address, answer)


def _clue(
    role: str, what: str, address: str, answer: Connection | Unknown
) -> Clue | None:
    if isinstance(answer, Unknown):
        return None
    # A refusal is an answer only if it comes from the host itself.
    by_host = answer.error is None or answer.error.by == address
    answered = answer.outcome in ("ok", "closed") or (
        answer.outcome in ("refused", "prohibited") and by_host
    )
    return Clue(role, what, address, answered, max(1, answer.tries), answer.error)


async def _connectivity(ctx: Context, up: Uplink) -> Clue | None:
    reply = await fetch_connectivity(ctx)
    if reply is None:
        return None
    url, address, answer = reply
    if not is_far(address, up):
        return None
    answered = answer.outcome in ("ok", "malformed", "closed")
    return Clue("connectivity", url, address, answered, max(1, answer.tries))


def _targets(ctx: Context, up: Uplink) -> list[Coroutine[Any, Any, Clue | None]]:
    async def one(host: str, port: int) -> Clue | None:
        resolved = await resolve(ctx, host)
        if not resolved.found or not is_far(resolved.addresses[0], up):
            return None
        address = resolved.addresses[0]
        answer = await ctx.system.ask(Connect(address, port))
        return _clue("target", f"{host}:{port}", address, answer)

    # Where there is an acquirer, target.connect alone pays for the bytes.
    wanted = () if ctx.site.acquirer.host else ctx.site.target[:3]
    return [one(t.host, t.port) for t in wanted]


async def _resolvers(
    ctx: Context, up: Uplink
) -> list[Coroutine[Any, Any, Clue | None]]:
    far = [s for s in await known_servers(ctx) if is_far(s, up)]
    name = needed_name(ctx) or useful_name(ctx)
    timeout = ctx.limits["dns.silent"]
    return [_resolver(ctx, "resolver", s, name, timeout) for s in far[:3] if name]


async def _resolver(
    ctx: Context, role: str, server: str, name: str, timeout: float
) -> Clue | None:
    reply = await ctx.system.ask(Lookup(server, name, timeout=timeout))
    if isinstance(reply, Unknown):
        return None
    by_host = reply.error is None or reply.error.by == server
    answered = bool(reply.rcode) or (reply.outcome == "refused" and by_host)
    return Clue(role, server, server, answered, reply.tries, reply.error)


def _anchors(ctx: Context, up: Uplink) -> list[Coroutine[Any, Any, Clue | None]]:
    name = useful_name(ctx) or "example.com"
    timeout = LIMIT - PATIENCE - 0.5
    servers = anchor_resolvers(ctx, up.family)[:2]
    return [_resolver(ctx, "anchor", server, name, timeout) for server in servers]


async def _hops(ctx: Context, up: Uplink) -> tuple[Hop, ...] | None:
    """The hops towards a host beyond the router; None where they cannot be traced."""
    target = await _far_address(ctx, up)
    if target is None:
        return ()
    hops = await ctx.system.ask(Trace(target, last=5, timeout=HOP_TIMEOUT))
    return None if isinstance(hops, Unknown) else hops.all


async def _far_address(ctx: Context, up: Uplink) -> str | None:
    """The acquirer's address if its name has resolved by now; the name is waited for
    only where no other address is known."""
    with Background() as tasks:
        resolving = tasks.start(resolve_acquirer(ctx))
        await asyncio.wait({resolving}, timeout=KNOWN)
        others = (*await known_servers(ctx), *anchor_resolvers(ctx, up.family)[:1])
        usable = [a for a in others if _traceable(a, up)]
        if usable and not resolving.done():
            return usable[0]
        resolved = await resolving
        found = resolved.addresses if resolved else ()
        return next((a for a in (*found, *usable) if _traceable(a, up)), None)


def _traceable(address: str, up: Uplink) -> bool:
    return is_far(address, up) and (":" in address) == (up.family == 6)
