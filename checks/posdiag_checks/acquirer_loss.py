"""How much is lost on the way to the acquirer, how late is it, and where does that
begin?

The whole path is tested first; nearer segments only when it shows something. Loss and
delay are charged to the first segment that shows them: LAN, ISP, acquirer. A hop is
asked for itself (echo), because routers limit the rate at which they complain about
dying packets, and that is not loss.
"""

import asyncio
from dataclasses import dataclass, replace
from ipaddress import ip_address
from urllib.parse import urlsplit

from posdiag.limits import Limits, Plan
from posdiag.model import Context, Facts, Finding, Status, check, fail, ok, skip, warn
from posdiag.stats import at_least, decide, nearly_all, shows
from posdiag.system import Unknown
from posdiag.system.questions import Ping, Trace
from posdiag_checks._beyond import first_fetch, is_far
from posdiag_checks._lan import Uplink, uplink
from posdiag_checks._loss import (
    TCP_MOST,
    Measured,
    hypotheses,
    measure,
    sample_fixed,
    sample_tcp,
)
from posdiag_checks._names import acquirer, servers
from posdiag_checks.link_errors import since_start
from posdiag_checks.router_reach import PORTS, gateway_ping

FEW = 12  # echoes that are enough to compare delays
MANY = 80  # and losses: of 5 % all pass in 2 runs of 100, of 10 % in none of 1000


@dataclass(frozen=True, slots=True)
class Segments:
    """What the nearer parts of the path showed. None: they could not be asked."""

    lan: Measured | None = None
    isp: tuple[Measured, ...] = ()  # hops beyond the router, other Internet hosts
    last_hop: bool = False  # the acquirer is the very next machine after the router
    damage_told: bool = True  # the system counts damaged packets, and there are none


@check("acquirer.loss", needs=("router.reach",), after=("isp.reach",), timeout=20)
async def acquirer_loss(ctx: Context) -> Finding:
    up = await uplink(ctx)
    reach = ctx.seen.get("isp.reach")
    if reach is not None and reach.status is Status.FAIL:
        return await _lan_only(ctx, up)
    whole = await _whole_path(ctx, up)
    if whole is None:
        return skip("skip.nothing-to-test")
    lossy = decide(whole.sample, hypotheses(ctx.limits, ctx.plan, whole.method))
    slow = is_slow(whole, ctx.limits)
    if lossy != "bad" and not slow:
        return await _slow_lan(ctx, up, whole) or passed(whole, lossy)
    if lossy != "bad":
        segments = await _segments(ctx, up, whole, FEW)
        return judge_delay(whole, segments, ctx.limits)
    segments = await _segments(ctx, up, whole, MANY)
    damaged = await since_start(ctx)  # now that many packets have come in
    if damaged.code == "link.errors":
        return damaged
    told = damaged.status is not Status.SKIP
    return judge_loss(whole, replace(segments, damage_told=told), ctx.limits)


def is_slow(whole: Measured, limits: Limits) -> bool:
    return whole.rtt is not None and whole.rtt >= limits["delay.slow"]


def passed(whole: Measured, lossy: str) -> Finding:
    if lossy == "good":
        variant = "coarse" if whole.method == "tcp" else ""
    else:
        variant = "undecided"
    return ok(
        variant=variant,
        target=whole.address,
        lost=whole.sample.k,
        sent=whole.sample.n,
        below=whole.sample.interval()[1],
        method=whole.method,
        rtt=whole.rtt,
        p95=nearly_all(whole.trips),
    )


async def _whole_path(ctx: Context, up: Uplink) -> Measured | None:
    """To the acquirer; where there is none or it is dead, to what else is known."""
    resolved = await acquirer(ctx)
    if resolved and resolved.found:
        whole = await measure(ctx, resolved.addresses[0], ctx.site.acquirer.port)
        if whole.heard:
            return whole
    for address, _ in await _references(ctx, up):
        whole = await measure(ctx, address, None)
        if whole.heard:
            return whole
    return None


async def _references(ctx: Context, up: Uplink) -> list[tuple[str, int]]:
    """Other hosts beyond the router that this run talks to anyway, with a TCP port."""
    found: list[tuple[str, int]] = []
    fetched = await first_fetch(ctx)
    if fetched:
        found.append((fetched[1], urlsplit(fetched[0]).port or 80))
    told = await servers(ctx)
    found += [] if isinstance(told, Unknown) else [(s, 53) for s in told]
    resolved = await acquirer(ctx)
    not_these = resolved.addresses if resolved else ()
    usable = {a: p for a, p in found if a not in not_these and is_far(a, up)}
    return list(usable.items())[:2]


async def _segment(ctx: Context, address: str, port: int, count: int) -> Measured:
    """One nearer host, by ping or, where it ignores that, by TCP."""
    knock = await ctx.system.ask(Ping(address, 3, interval=0.1, timeout=0.8))
    if not port or (not isinstance(knock, Unknown) and knock.answered):
        return await sample_fixed(ctx, address, count)
    return await sample_tcp(ctx, address, (port,), min(count, TCP_MOST))


async def _segments(ctx: Context, up: Uplink, whole: Measured, count: int) -> Segments:
    """Ask router, first hops and other hosts, all at the same time."""
    hops = await ctx.system.ask(Trace(whole.address))
    reached = 0
    near: list[str] = []
    if not isinstance(hops, Unknown):
        reached = next((h.ttl for h in hops.all if h.kind == "reached"), 0)
        near = [
            h.by
            for h in hops.all
            if h.ttl > 1 and h.by and h.kind == "expired" and h.by != up.gateway
        ]
    wanted = {a: 0 for a in near[:2]}
    wanted |= {a: p for a, p in await _references(ctx, up) if a != whole.address}
    lan, *isp = await asyncio.gather(
        _gateway(ctx, up, count),
        *(_segment(ctx, a, p, count) for a, p in wanted.items()),
    )
    heard = tuple(m for m in isp if m.heard)
    return Segments(lan if lan.heard else None, heard, reached == 2)


async def _gateway(ctx: Context, up: Uplink, count: int) -> Measured:
    gateway = up.gateway
    if gateway is None or ip_address(gateway).version != 4:
        return Measured("", "")
    known = await gateway_ping(
        ctx, up
    )  # asked before; a quiet router is not waited for
    if not isinstance(known, Unknown) and known.answered:
        return await sample_fixed(ctx, gateway, count)
    return await sample_tcp(ctx, gateway, PORTS, count)


async def _lan_only(ctx: Context, up: Uplink) -> Finding:
    """Nothing answers from beyond: is it a lossy LAN that swallows it all?"""
    lan = await _gateway(ctx, up, 40)
    if (
        not lan.heard
        or decide(lan.sample, hypotheses(ctx.limits, Plan.QUICK, "icmp")) != "bad"
    ):
        return skip("skip.nothing-to-test")
    return judge_loss(lan, Segments(lan=lan), ctx.limits)


async def _slow_lan(ctx: Context, up: Uplink, whole: Measured) -> Finding | None:
    """A path that is fast enough as a whole may still have a sick LAN."""
    if whole.rtt is None or whole.rtt < ctx.limits["delay.slow_lan"]:
        return None
    lan = await _gateway(ctx, up, FEW)
    if lan.rtt is None or lan.rtt < ctx.limits["delay.slow_lan"]:
        return None
    return _delay("router.slow", whole, lan)


def judge_loss(whole: Measured, segments: Segments, limits: Limits) -> Finding:
    """Charge the loss to the first segment that shows it."""
    loss = at_least(whole.sample)
    lan = segments.lan
    if lan is not None and shows(lan.sample, loss):
        rivals = () if segments.damage_told else ("link.errors",)
        return _loss("router.packet-loss", whole, lan, limits, rivals)
    lossy = [m for m in segments.isp if shows(m.sample, loss)]
    if lossy:
        return _loss("isp.packet-loss", whole, lossy[0], limits)
    if segments.isp or segments.last_hop:
        return _loss("acquirer.packet-loss", whole, whole, limits)
    return _loss(
        "isp.packet-loss",
        whole,
        whole,
        limits,
        rivals=("acquirer.packet-loss",)
        if lan is not None
        else ("router.packet-loss", "acquirer.packet-loss"),
    )


def _loss(
    code: str,
    whole: Measured,
    where: Measured,
    limits: Limits,
    rivals: tuple[str, ...] = (),
) -> Finding:
    low, high = whole.sample.interval()
    make = fail if whole.sample.ratio >= limits["loss.broken"] else warn
    return make(
        code,
        target=whole.address,
        lost=whole.sample.k,
        sent=whole.sample.n,
        loss=whole.sample.ratio,
        low=low,
        high=high,
        burst=whole.sample.longest,
        method=whole.method,
        where=where.address,
        confidence=0.6 if rivals else 0.95,
        rivals=rivals,
    )


def judge_delay(whole: Measured, segments: Segments, limits: Limits) -> Finding:
    """Charge the delay to the first segment that has more than half of it."""
    total = whole.rtt or 0.0
    lan = segments.lan
    if lan and lan.rtt and lan.rtt >= max(total / 2, limits["delay.slow_lan"]):
        return _delay("router.slow", whole, lan)
    late = [m for m in segments.isp if m.rtt and m.rtt >= total / 2]
    if late:
        return _delay("isp.slow", whole, late[0])
    if segments.isp or segments.last_hop:
        return _delay("acquirer.slow", whole, whole)
    return _delay("isp.slow", whole, whole, rivals=("acquirer.slow",))


def _delay(
    code: str, whole: Measured, where: Measured, rivals: tuple[str, ...] = ()
) -> Finding:
    facts: Facts = {
        "target": whole.address,
        "rtt": whole.rtt,
        "where": where.address,
        "where_rtt": where.rtt,
        "method": whole.method,
    }
    return warn(code, facts, rivals=rivals, confidence=0.6 if rivals else 0.93)
