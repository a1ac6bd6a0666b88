"""How much is lost on the way to the acquirer, how late is it, and where does that
begin?

The whole path is tested first; nearer segments only when it shows something. Loss and
delay are charged to the first segment that shows them: LAN, ISP, acquirer. Sampling
begins as soon as the acquirer's address is known; whether anything else answers from
beyond the router is not waited for.
"""

import asyncio
from dataclasses import replace

from posdiag.measure.acquirer import connect
from posdiag.measure.frame_errors import frames_since_start, judge_frames
from posdiag.measure.internet import KNOWN, gather
from posdiag.measure.lan import ROUTER_PORTS
from posdiag.measure.loss.rate_limits import borne_out, confirmed
from posdiag.measure.loss.sampling import (
    Measured,
    first_reply,
    hypotheses,
    measure_icmp,
    measure_known,
    measure_tcp,
)
from posdiag.measure.loss.segments import (
    FEW,
    MANY,
    Ahead,
    Segments,
    is_slow,
    references,
    sample_lan,
    segments,
)
from posdiag.measure.names import acquirer, ask_again, useful_name
from posdiag.measure.statistics import (
    Decision,
    at_least,
    decide,
    nearly_all,
    shows,
    telling,
)
from posdiag.measure.uplink import Uplink, uplink
from posdiag.model import Context, Facts, Finding, Status, check, fail, ok, skip, warn
from posdiag.model.limits import Limits, Plan
from posdiag.model.questions.base import Unknown

HEAVY = 0.2  # loss of which a segment need not show more
LEAST = 36  # probes: of 1 % at most two are lost in 199 of 200 runs
ANSWERED = ("ok", "refused", "closed")


@check(
    "acquirer.loss", evidence=("loss",), order=30, needs=("router.reach",), timeout=20
)
async def acquirer_loss(ctx: Context) -> Finding:
    up = await uplink(ctx)
    ahead = Ahead(ctx, up)
    again = asyncio.create_task(_again(ctx))
    try:
        whole = await _whole_path(ctx, up, ahead)
        if whole is None:
            lan, whole = await asyncio.gather(
                _lan_only(ctx, up), _once_more(ctx, up, ahead, again)
            )
            if whole is None or lan.status is Status.FAIL:
                return lan
        return await _place(ctx, up, whole, ahead)
    finally:
        ahead.end()
        again.cancel()


async def _place(ctx: Context, up: Uplink, whole: Measured, ahead: Ahead) -> Finding:
    """What is wrong with the whole path, and from where on."""
    if _decided(ctx, whole) != "bad":
        return await _delayed(ctx, up, whole, ahead)
    real = asyncio.create_task(_confirmed(ctx, up, whole))
    parts = asyncio.create_task(_parts(ctx, whole, ahead, real))
    try:
        sure = await real
        if sure is None:
            return skip("skip.limited", target=whole.address)
        decided = _decided(ctx, sure)
        found = await parts if decided != "good" else Segments()
        if decided != "bad" and not borne_out(ctx, sure, found.all):
            return await _delayed(ctx, up, sure, ahead)
    finally:
        real.cancel()
        parts.cancel()
    return await _charged(ctx, sure, found)


async def _charged(ctx: Context, whole: Measured, found: Segments) -> Finding:
    """A real loss, charged to a segment, or to damage: by now many packets came in."""
    damaged = judge_frames(await frames_since_start(ctx), ctx.limits)
    if damaged.code == "link.errors":
        return damaged
    told = damaged.status is not Status.SKIP
    return judge_loss(whole, replace(found, damage_told=told), ctx.limits)


async def _delayed(ctx: Context, up: Uplink, whole: Measured, ahead: Ahead) -> Finding:
    """Nothing is lost that would be too much. Is it late?"""
    if not is_slow(whole, ctx.limits):
        return await _slow_lan(ctx, up, whole) or passed(whole, _decided(ctx, whole))
    near = await ahead.begin(whole)
    return judge_delay(whole, await segments(ctx, near, FEW), ctx.limits)


def _decided(ctx: Context, whole: Measured) -> Decision:
    return decide(whole.sample, hypotheses(ctx.limits, ctx.plan, whole.method))


async def _parts(
    ctx: Context, whole: Measured, ahead: Ahead, real: asyncio.Task[Measured | None]
) -> Segments:
    near = await ahead.begin(whole)
    count = max(LEAST, min(MANY, telling(at_least(whole.sample))))
    return await segments(ctx, near, count, real)


async def _confirmed(ctx: Context, up: Uplink, whole: Measured) -> Measured | None:
    port = dict(await references(ctx, up)).get(whole.address)
    return await confirmed(ctx, whole, (port or ctx.site.acquirer.port,))


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


async def _whole_path(ctx: Context, up: Uplink, ahead: Ahead) -> Measured | None:
    """To the acquirer; where there is none or it is dead, to what else is known."""
    resolved = await acquirer(ctx)
    if not resolved or not resolved.found:
        return await _elsewhere(ctx, up, ahead)
    address = resolved.addresses[0]
    whole = await measure_icmp(ctx, address, ahead.begin)
    if whole.heard:
        return whole
    connecting = asyncio.create_task(_answers_tcp(ctx, address))
    await asyncio.wait({connecting}, timeout=KNOWN)
    elsewhere = (
        None
        if connecting.done() and connecting.result()
        else asyncio.create_task(_elsewhere(ctx, up, ahead))
    )
    try:
        if await connecting:
            port = ctx.site.acquirer.port
            whole = await measure_tcp(ctx, address, port, ahead.begin)
        if whole.heard:
            return whole
        return await (elsewhere or _elsewhere(ctx, up, ahead))
    finally:
        if elsewhere:
            elsewhere.cancel()


async def _elsewhere(ctx: Context, up: Uplink, ahead: Ahead) -> Measured | None:
    """To the first reference that answers."""
    others = [address for address, _ in await references(ctx, up)]
    heard = await asyncio.gather(*(first_reply(ctx, address) for address in others))
    for address, trips in zip(others, heard, strict=True):
        if trips:
            return await measure_icmp(ctx, address, ahead.begin)
    return None


async def _again(ctx: Context) -> tuple[str, ...]:
    """The acquirer's addresses, asked for anew as soon as nobody has told them: where
    other hosts are tried meanwhile, that takes no time of its own."""
    name = ctx.site.acquirer.host or useful_name(ctx)
    return await ask_again(ctx, name) if name else ()


async def _once_more(
    ctx: Context, up: Uplink, ahead: Ahead, again: asyncio.Task[tuple[str, ...]]
) -> Measured | None:
    """Nothing at all came back from beyond the router: is the line dead, or has heavy
    loss eaten it all? Other packets may have more luck."""
    if (await gather(ctx, up)).heard:
        return None
    for address in (await again)[:1]:
        trips = await first_reply(ctx, address, series="second-try")
        if trips:
            return await measure_known(ctx, address, trips, ahead.begin)
    return None


async def _answers_tcp(ctx: Context, address: str) -> bool:
    """Many connections are not made to a port that none gets to."""
    answer = await connect(ctx, address)
    return not isinstance(answer, Unknown) and answer.outcome in ANSWERED


async def _lan_only(ctx: Context, up: Uplink) -> Finding:
    """Nothing answers from beyond: is it a lossy LAN that swallows it all?"""
    lan = await sample_lan(ctx, up, 40)
    between = hypotheses(ctx.limits, Plan.QUICK, "icmp")
    if lan is not None and decide(lan.sample, between) == "bad":
        lan = await confirmed(ctx, lan, ROUTER_PORTS)
    if lan is None or decide(lan.sample, between) != "bad":
        return skip("skip.nothing-to-test")
    return await _charged(ctx, lan, Segments(lan=lan))


async def _slow_lan(ctx: Context, up: Uplink, whole: Measured) -> Finding | None:
    """A path that is fast enough as a whole may still have a sick LAN."""
    if whole.rtt is None or whole.rtt < ctx.limits["delay.slow_lan"]:
        return None
    lan = await sample_lan(ctx, up, FEW)
    if lan is None or lan.rtt is None or lan.rtt < ctx.limits["delay.slow_lan"]:
        return None
    return _delay("router.slow", whole, lan)


def judge_loss(whole: Measured, found: Segments, limits: Limits) -> Finding:
    """Charge the loss to the first segment that shows it, or a good part of it: loss
    comes and goes, and a segment is not to be cleared because it was worse before."""
    loss = min(HEAVY, at_least(whole.sample))
    lan = found.lan
    if lan is not None and shows(lan.sample, loss):
        rivals = () if found.damage_told else ("link.errors",)
        return _loss("router.packet-loss", whole, lan, limits, rivals)
    lossy = [m for m in found.isp if shows(m.sample, loss)]
    if lossy:
        return _loss("isp.packet-loss", whole, lossy[0], limits)
    if found.isp or found.last_hop:
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
    found = make(
        code,
        target=whole.address,
        lost=whole.sample.k,
        sent=whole.sample.n,
        low=low,
        high=high,
        burst=whole.sample.longest,
        method=whole.method,
        where=where.address,
        confidence=0.6 if rivals else 0.95,
        rivals=rivals,
    )
    return replace(found, loss=whole.sample.ratio)


def judge_delay(whole: Measured, found: Segments, limits: Limits) -> Finding:
    """Charge the delay to the first segment that has more than half of it."""
    total = whole.rtt or 0.0
    lan = found.lan
    if lan and lan.rtt and lan.rtt >= max(total / 2, limits["delay.slow_lan"]):
        return _delay("router.slow", whole, lan)
    late = [m for m in found.isp if m.rtt and m.rtt >= total / 2]
    if late:
        return _delay("isp.slow", whole, late[0])
    if found.isp or found.last_hop:
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
