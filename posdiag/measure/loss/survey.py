"""The survey of loss and delay on the path to the acquirer, segment by segment.

The whole path is sampled first, as soon as the acquirer's address is known; nearer
segments only where it is lossy or slow. A judge interprets the samples.
"""

import asyncio
from dataclasses import replace
from functools import partial

from posdiag.measure.acquirer import connect
from posdiag.measure.frame_errors import frames_since_start
from posdiag.measure.internet import KNOWN, probe_internet
from posdiag.measure.lan import ROUTER_PORTS, gateway_ping
from posdiag.measure.loss.probes import ANSWERED, first_reply, reply_or_mute
from posdiag.measure.loss.rate_limits import exclude_rate_limiting
from posdiag.measure.loss.sale import full_size, sample_sale
from posdiag.measure.loss.samples import HostSample, LossSurvey, Segments, is_slow
from posdiag.measure.loss.sampling import OnSuspicion, sample_icmp, sample_tcp
from posdiag.measure.loss.segments import (
    FEW,
    MANY,
    HostFinder,
    references,
    sample_router,
    sample_sale_segments,
    sample_segments,
)
from posdiag.measure.names import resolve_acquirer, resolve_again, useful_name
from posdiag.measure.statistics import proven_loss, sample_size_for
from posdiag.measure.tasks import Background
from posdiag.measure.uplink import Uplink, uplink
from posdiag.model import Context
from posdiag.model.limits import Plan
from posdiag.model.questions.base import Unknown

MINIMUM = 36  # probes of a segment: 1 % loses at most two of them in 199 of 200 samples
LAN_PROBES = 40
LONGEST_RTT = 3.4  # seconds that an echo is waited for: GPRS, two satellites


async def survey_loss(ctx: Context) -> LossSurvey | None:
    """Sample the path to the acquirer and, where it is lossy or slow, its segments.

    None where nothing beyond the router answers and the LAN is not lossy. Raises
    `Unmeasured` where the machine does not tell its interfaces.
    """
    up = await uplink(ctx)
    with Background() as tasks:
        finder = HostFinder(ctx, up, tasks)
        retry = tasks.start(_resolve_again(ctx))
        path = await _sample_path(ctx, up, finder.start)
        if path is None:
            lan, path = await asyncio.gather(
                _survey_lan(ctx, up), _second_try(ctx, up, finder.start, retry)
            )
            if path is None or (lan and _breaks_payments(ctx, lan)):
                return lan
        return await _survey_path(ctx, up, path, finder)


async def _survey_path(
    ctx: Context, up: Uplink, path: HostSample, finder: HostFinder
) -> LossSurvey:
    plan = Plan.QUICK if path.over_budget else ctx.plan  # what so few can separate
    survey = LossSurvey(plan, path)
    if survey.decision(ctx.limits) != "bad" and path.method == "icmp":
        survey = await _with_sale(ctx, up, survey, finder)
    if survey.decision(ctx.limits) == "bad":
        survey = await _verify(ctx, up, replace(survey, sale=None), finder)
    if survey.rate_limiting == "not-separable":
        return survey
    if survey.is_lossy(ctx.limits) or survey.sale:
        return replace(survey, frames=await frames_since_start(ctx))
    return await _with_delays(ctx, up, survey, finder)


async def _with_sale(
    ctx: Context, up: Uplink, survey: LossSurvey, finder: HostFinder
) -> LossSurvey:
    """Small echoes pass: do full segments and connections, and if not, from which
    segment on? Small echoes sent along with these extend the sample of the path."""
    path = survey.path
    port = await _port(ctx, up, path)
    sampled = await sample_sale(ctx, up, path, port)
    sample = path.sample.plus(sampled.echoes.sample.lost)
    path = replace(path, sample=sample, trips=path.trips + sampled.echoes.trips)
    survey = replace(survey, path=path)
    sale = sampled.found
    if sale is None or survey.decision(ctx.limits) == "bad":
        return survey
    if sale.decision == "bad":
        near = await finder.found(path)
        segments = await sample_sale_segments(ctx, near, sale)
        sale = replace(sale, segments=segments)
    return replace(survey, sale=sale)


async def _port(ctx: Context, up: Uplink, path: HostSample) -> int | None:
    """A TCP port that the path's host is known for."""
    resolved = await resolve_acquirer(ctx)
    if resolved and path.address in resolved.addresses:
        alive = await _answers_tcp(ctx, path.address)
        return ctx.site.acquirer.port if alive is not None else None
    return dict(await references(ctx, up)).get(path.address)


async def _verify(
    ctx: Context, up: Uplink, survey: LossSurvey, finder: HostFinder
) -> LossSurvey:
    """Exclude rate limiting, and sample the segments meanwhile."""
    with Background() as tasks:
        verifying = tasks.start(_exclude_rate_limiting(ctx, up, survey.path))
        sampling = tasks.start(_lossy_segments(ctx, survey.path, finder, verifying))
        verified = await verifying
        if verified is None:
            return replace(survey, rate_limiting="not-separable")
        survey = replace(survey, path=verified, rate_limiting="excluded")
        if survey.decision(ctx.limits) == "good":
            return survey
        return replace(survey, segments=await sampling)


async def _exclude_rate_limiting(
    ctx: Context, up: Uplink, path: HostSample
) -> HostSample | None:
    port = dict(await references(ctx, up)).get(path.address)
    return await exclude_rate_limiting(ctx, path, (port or ctx.site.acquirer.port,))


async def _lossy_segments(
    ctx: Context,
    path: HostSample,
    finder: HostFinder,
    verifying: asyncio.Task[HostSample | None],
) -> Segments:
    near = await finder.found(path)
    count = max(MINIMUM, min(MANY, sample_size_for(proven_loss(path.sample))))
    if path.sample.comes_in_outages:
        return await finder.outages(path, verifying)
    return await sample_segments(ctx, near, count, verifying)


async def _with_delays(
    ctx: Context, up: Uplink, survey: LossSurvey, finder: HostFinder
) -> LossSurvey:
    """Without loss: sample the delay of segments if the path is slow, and of the LAN
    alone if the path is not but the LAN may be."""
    path = survey.path
    if is_slow(path, ctx.limits):
        near = await finder.found(path)
        return replace(survey, delays=await sample_segments(ctx, near, FEW))
    slow_lan = ctx.limits["delay.slow_lan"]
    if path.rtt is None or path.rtt < slow_lan or await _lan_is_quick(ctx, up):
        return survey
    router = await sample_router(ctx, up, FEW)
    return replace(survey, delays=Segments(router))


async def _lan_is_quick(ctx: Context, up: Uplink) -> bool:
    """Did both echoes of the router's own check take less than half of what is slow?"""
    if up.gateway is None:
        return False
    pinged = await gateway_ping(ctx, up)
    if isinstance(pinged, Unknown) or pinged.lost or not pinged.answered:
        return False
    return max(pinged.answered) < ctx.limits["delay.slow_lan"] / 2


async def _survey_lan(ctx: Context, up: Uplink) -> LossSurvey | None:
    """Nothing beyond the router answers: the LAN's survey if it is lossy, else None.

    So few probes separate only what a quick plan does.
    """
    sampled = await sample_router(ctx, up, LAN_PROBES)
    if sampled is None:
        return None
    survey = LossSurvey(Plan.QUICK, sampled)
    if survey.decision(ctx.limits) != "bad":
        return None
    verified = await exclude_rate_limiting(ctx, sampled, ROUTER_PORTS)
    if verified is None:
        return None
    survey = LossSurvey(Plan.QUICK, verified, "excluded", Segments(verified))
    if survey.decision(ctx.limits) != "bad":
        return None
    return replace(survey, frames=await frames_since_start(ctx))


def _breaks_payments(ctx: Context, lan: LossSurvey) -> bool:
    return lan.path.sample.ratio >= ctx.limits["loss.broken"]


async def _sample_path(
    ctx: Context, up: Uplink, on_suspicion: OnSuspicion
) -> HostSample | None:
    """To the acquirer; where its address is not known or dead, to a reference host."""
    resolved = await resolve_acquirer(ctx)
    if not resolved or not resolved.found:
        return await _sample_reference(ctx, up, on_suspicion)
    address, reference = resolved.addresses[0], (ctx, up, on_suspicion)
    with Background() as tasks:
        connecting = tasks.start(_answers_tcp(ctx, address))

        def alive_port() -> int | None:
            known = connecting.done() and connecting.result() is not None
            return ctx.site.acquirer.port if known else None

        rtts = await reply_or_mute(ctx, address, connecting, LONGEST_RTT)
        if rtts:
            mtu = full_size(up)
            return await sample_icmp(ctx, address, rtts, on_suspicion, mtu, alive_port)
        await asyncio.wait({connecting}, timeout=KNOWN)
        alive = alive_port() is not None
        trying = None if alive else tasks.start(_sample_reference(*reference))
        rtt = await connecting
        if rtt is not None:
            path = await _sample_mute(ctx, up, address, rtt, on_suspicion)
            if path.answered:
                return path
        return await (trying or _sample_reference(*reference))


async def _sample_mute(
    ctx: Context, up: Uplink, address: str, rtt: float, on_suspicion: OnSuspicion
) -> HostSample:
    """By TCP, as echoes were not answered. They are sent once more meanwhile, as the
    first ones may have fallen into an outage."""
    port, mtu = ctx.site.acquirer.port, full_size(up)
    seen = HostSample(address, "tcp", rtts=(rtt,))
    if is_slow(seen, ctx.limits):
        on_suspicion(seen)
    with Background() as tasks:
        echo = tasks.start(first_reply(ctx, address, 1.0 + 2 * rtt, "again"))
        sampling = tasks.start(sample_tcp(ctx, address, port, rtt, on_suspicion))
        await asyncio.wait({echo, sampling}, return_when=asyncio.FIRST_COMPLETED)
        if echo.done() and (rtts := echo.result()):
            return await sample_icmp(ctx, address, rtts, on_suspicion, mtu)
        return await sampling


async def _sample_reference(
    ctx: Context, up: Uplink, on_suspicion: OnSuspicion
) -> HostSample | None:
    """To the first reference that answers echoes."""
    found = await references(ctx, up)
    replies = await asyncio.gather(*(first_reply(ctx, a) for a, _ in found))
    for (address, port), rtts in zip(found, replies, strict=True):
        if rtts:
            mtu = full_size(up)
            return await sample_icmp(
                ctx, address, rtts, on_suspicion, mtu, partial(int, port)
            )
    return None


async def _resolve_again(ctx: Context) -> tuple[str, ...]:
    """The acquirer's addresses, looked up again as soon as no server has answered, in
    parallel to the other hosts that are tried."""
    name = ctx.site.acquirer.host or useful_name(ctx)
    return await resolve_again(ctx, name) if name else ()


async def _second_try(
    ctx: Context,
    up: Uplink,
    on_suspicion: OnSuspicion,
    retry: asyncio.Task[tuple[str, ...]],
) -> HostSample | None:
    """Nothing beyond the router has answered: more packets decide between a dead line
    and heavy loss."""
    if (await probe_internet(ctx, up)).answered:
        return None
    for address in (await retry)[:1]:
        rtts = await first_reply(ctx, address, series="second-try")
        if rtts:
            mtu = full_size(up)
            return await sample_icmp(ctx, address, rtts, on_suspicion, mtu)
    return None


async def _answers_tcp(ctx: Context, address: str) -> float | None:
    """The RTT of a connect, 0 where a SYN was retransmitted. None where the port does
    not answer: it gets no series of connections."""
    answer = await connect(ctx, address)
    if isinstance(answer, Unknown) or answer.outcome not in ANSWERED:
        return None
    return 0.0 if answer.tries else answer.seconds
