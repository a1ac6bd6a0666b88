"""Sample loss and RTT of one host by ICMP echo or by TCP.

A lost SYN or FIN is recognised by its retransmission (RFC 6298); an answered one counts
as a probe like an echo. Times are seconds.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

from posdiag.measure.loss.samples import (
    MAX_CONNECTIONS,
    HostSample,
    hypotheses,
    is_slow,
)
from posdiag.measure.statistics import Hypotheses, clean_sample_size, decide
from posdiag.measure.tasks import Background, first_result
from posdiag.model import Context
from posdiag.model.limits import Plan
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wire import Connect, Connection, Echoes, Ping

ECHO_INTERVAL = 0.03  # 72 echoes without loss fit in 2.2 s
SEGMENT_INTERVAL = 0.02  # where a loss is proven and only its place is sought
BATCH = 12  # echoes in one question
UNKNOWN_RTT_TIMEOUT = 1.6  # for an echo while the RTT is not known
FIRST_ECHOES = (0.0, 0.03, 0.06, 0.4, 0.45, 0.5)
"""When the echoes of `first_reply` are sent; the later ones only where the first have
not come back by then."""
SUSPECT = 2  # lost probes that make a sample suspect
TRIALS = 2  # of one connection: its SYN and its FIN
CONNECT_INTERVAL = {"loss": 0.06, "segment": 0.03}
SYN_TIMEOUT = {"loss": 1.5, "segment": 1.0}
"""A SYN is retransmitted after 1 s (RFC 6298 section 2), so is lost by then."""
FIN_TIMEOUT = 1.2  # a FIN is retransmitted after 0.2 s or more

Answer = Echoes | Connection | Unknown
Paced = Sequence[tuple[Ping | Connect, float]]
"""Questions, each with the pause after it."""
OnSuspicion = Callable[[HostSample], object]
"""Called once, as soon as a sample begins to look bad, so that what will be measured if
it is bad can be measured meanwhile."""


def _ignore(sampled: HostSample) -> None:
    pass


def echo_timeout(rtts: Sequence[float]) -> float:
    """How long to wait for an echo where these RTTs were seen: TCP's minimum
    retransmission timeout (RFC 6298 section 2.4), or several RTTs."""
    return max(1.0, 0.3 + 3 * max(rtts)) if rtts else UNKNOWN_RTT_TIMEOUT


async def first_reply(
    ctx: Context,
    address: str,
    timeout: float = UNKNOWN_RTT_TIMEOUT,
    series: str = "first-reply",
) -> tuple[float, ...]:
    """RTT of the first of six echoes to be answered, () if none is within `timeout`."""

    async def echo(number: int, at: float) -> tuple[float, ...] | None:
        await asyncio.sleep(at)
        answer = await ctx.system.ask(
            Ping(address, 1, timeout=timeout - at, series=series, number=number)
        )
        return None if isinstance(answer, Unknown) else answer.answered or None

    return await first_result(echo(i, at) for i, at in enumerate(FIRST_ECHOES)) or ()


async def sample_icmp(
    ctx: Context, address: str, on_suspicion: OnSuspicion = _ignore
) -> HostSample:
    """Sample a host by ICMP echo until loss is decided or the plan's cap is reached.

    Method "" after `UNKNOWN_RTT_TIMEOUT` where it does not answer at all.
    """
    rtts = await first_reply(ctx, address)
    if not rtts:
        return HostSample(address, "")
    return await sample_responding(ctx, address, rtts, on_suspicion)


async def sample_responding(
    ctx: Context,
    address: str,
    rtts: Sequence[float],
    on_suspicion: OnSuspicion = _ignore,
) -> HostSample:
    """The same of a host that is known to answer echoes, with these RTTs."""
    sizes = _batches(hypotheses(ctx.limits, ctx.plan, "icmp"))
    timeout = echo_timeout(rtts)
    pings = [
        (
            Ping(address, size, ECHO_INTERVAL, timeout, series="loss", number=number),
            size * ECHO_INTERVAL,
        )
        for number, size in enumerate(sizes)
    ]
    found = await _until_decided(ctx, HostSample(address, "icmp"), pings, on_suspicion)
    return found if found.answered else replace(found, rtts=tuple(rtts))


async def sample_tcp(
    ctx: Context, address: str, port: int, on_suspicion: OnSuspicion = _ignore
) -> HostSample:
    """The same by TCP, with at most `MAX_CONNECTIONS`."""
    connects = _connects(address, port, MAX_CONNECTIONS, "loss")
    return await _until_decided(ctx, HostSample(address, "tcp"), connects, on_suspicion)


async def sample_echoes(
    ctx: Context,
    address: str,
    count: int,
    timeout: float = UNKNOWN_RTT_TIMEOUT,
    series: str = "segment",
) -> HostSample:
    """A sample of at least `count` echoes, in whole batches; method "" if none is
    answered."""
    pings = [
        (
            Ping(address, BATCH, SEGMENT_INTERVAL, timeout, series=series, number=n),
            BATCH * SEGMENT_INTERVAL,
        )
        for n in range(-(-count // BATCH))
    ]
    sampled = HostSample(address, "icmp")
    async for answer in _paced(ctx, pings):
        sampled = _extended(sampled, answer)
    return sampled if sampled.answered else HostSample(address, "")


async def sample_connections(
    ctx: Context, address: str, ports: tuple[int, ...], trials: int
) -> HostSample:
    """A sample of about `trials` SYNs and FINs, to the first port that answers at all;
    method "" if none does."""
    port = await _answering_port(ctx, address, ports)
    if port is None:
        return HostSample(address, "")
    connects = _connects(address, port, -(-trials // TRIALS), "segment")
    sampled = HostSample(address, "tcp")
    async for answer in _paced(ctx, connects):
        sampled = _extended(sampled, answer)
    return sampled


def _connects(address: str, port: int, count: int, series: str) -> Paced:
    timeout, pause = SYN_TIMEOUT[series], CONNECT_INTERVAL[series]
    one = Connect(address, port, 1, timeout=timeout, check_fin=FIN_TIMEOUT)
    numbered = (replace(one, series=series, number=n) for n in range(count))
    return [(question, pause) for question in numbered]


async def _answering_port(
    ctx: Context, address: str, ports: tuple[int, ...]
) -> int | None:
    """The port that answers first; a refusal is an answer."""

    async def answering(port: int) -> int | None:
        answer = await ctx.system.ask(Connect(address, port, tries=4, timeout=2.2))
        alive = isinstance(answer, Connection) and answer.outcome in ("ok", "refused")
        return port if alive else None

    return await first_result(answering(port) for port in ports)


def _batches(between: Hypotheses) -> list[int]:
    """Echoes in each question: the sample size of a path without loss in equal parts,
    then full batches up to the cap."""
    clean = clean_sample_size(between)
    parts = -(-clean // BATCH)
    sizes = [clean // parts + (i < clean % parts) for i in range(parts)]
    more = (between.cap - clean) // BATCH
    return sizes + [BATCH] * max(0, more)


async def _until_decided(
    ctx: Context, sampled: HostSample, questions: Paced, on_suspicion: OnSuspicion
) -> HostSample:
    between = hypotheses(ctx.limits, ctx.plan, sampled.method)
    budget = _byte_budget(ctx)
    suspect = False
    async for answer in _paced(ctx, questions):
        sampled = _extended(sampled, answer)
        slow = is_slow(sampled, ctx.limits)
        if not suspect and (slow or sampled.sample.k >= SUSPECT):
            suspect = True
            on_suspicion(sampled)
        if decide(sampled.sample, between) != "open":
            break
        if budget is not None and ctx.system.meter.total >= budget:
            return replace(sampled, over_budget=True)
    return sampled


def _byte_budget(ctx: Context) -> float | None:
    """Bytes that the whole run may cost on a metered connection, else None."""
    if not ctx.site.metered:
        return None
    quick = ctx.plan is Plan.QUICK
    return ctx.limits["budget.quick" if quick else "budget.default"]


async def _paced(ctx: Context, questions: Paced) -> AsyncIterator[Answer]:
    """Ask each question after the pause of the one before, without waiting for answers;
    yield the answers in order. Pending questions are dropped with the iterator."""
    asked: list[asyncio.Task[Answer]] = []
    taken = 0
    with Background() as tasks:
        for question, pause in questions:
            asked.append(tasks.start(_ask(ctx, question)))
            await asyncio.sleep(pause)
            while taken < len(asked) and asked[taken].done():
                taken += 1
                yield asked[taken - 1].result()
        for task in asked[taken:]:
            yield await task


async def _ask(ctx: Context, question: Ping | Connect) -> Answer:
    if isinstance(question, Ping):
        return await ctx.system.ask(question)
    return await ctx.system.ask(question)


def _extended(sampled: HostSample, answer: Answer) -> HostSample:
    if isinstance(answer, Connection):
        return _with_connection(sampled, answer)
    if isinstance(answer, Unknown):
        return sampled
    return replace(
        sampled,
        sample=sampled.sample.plus(trip is None for trip in answer.trips),
        rtts=sampled.rtts + answer.answered,
        trips=sampled.trips + answer.trips,
    )


def _with_connection(sampled: HostSample, answer: Connection) -> HostSample:
    """A retransmitted SYN was a lost one, though the connection was established."""
    if answer.outcome in ("ok", "refused", "closed"):
        lost = answer.retransmits > 0
    elif answer.outcome == "silent":
        lost = True
    else:
        return sampled
    rtts = () if lost else (answer.seconds,)
    trials = [lost] if answer.fin_acked is None else [lost, not answer.fin_acked]
    return replace(
        sampled,
        sample=sampled.sample.plus(trials),
        rtts=sampled.rtts + rtts,
        trips=sampled.trips + (rtts or (None,)),
    )
