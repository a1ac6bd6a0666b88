"""Sample loss and RTT of one host by ICMP echo or by TCP.

A lost SYN or FIN is recognised by its retransmission (RFC 6298); an answered one counts
as a probe like an echo. Times are seconds.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from math import inf

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

ECHO_INTERVAL = 0.046
"""72 echoes without loss take 3.3 s, in which an outage of 1.5 s in every 5 s is seen
nine times in ten, and one of 0.3 s in every 2 s always."""
SEGMENT_INTERVAL = 0.02  # where a loss is proven and only its place is sought
BATCH = 12  # echoes in one question
UNKNOWN_RTT_TIMEOUT = 1.6  # for an echo while the RTT is not known
FIRST_ECHOES = (0.0, 0.03, 0.06, 0.4, 0.45, 0.5)
"""When the echoes of `first_reply` are sent; the later ones only where the first have
not come back by then."""
SUSPECT = 2  # lost probes that make a sample suspect
HEADERS = 28  # bytes of IPv4 and ICMP
FULL = 1500  # bytes of an Ethernet packet; a card's own smaller MTU is kept
PAYMENT = 640
"""Bytes of a payment packet at its longest: ISO 8583 in TLS, 300 to 600 and headers."""
RESERVED = 3000  # bytes of a metered run's budget for what follows the first echoes
TRIALS = 2  # of one connection: its SYN and its FIN
ECHO_COST, TRIAL_COST = 56, 140  # bytes at the IP layer
CONNECT_INTERVAL = {"loss": 0.1, "segment": 0.03}
SYN_TIMEOUT = {"loss": 1.5, "segment": 1.0}
"""A SYN is retransmitted after 1 s (RFC 6298 section 2), so is lost by then."""
FIN_TIMEOUT = 1.2  # a FIN is retransmitted after 0.2 s or more

Answer = Echoes | Connection | Unknown
Paced = Sequence[tuple[Ping | Connect, float]]
"""Questions, each with the pause after it."""
OnSuspicion = Callable[[HostSample], object]
"""Called as soon as a sample begins to look bad, and with all that follows, so that
what will be measured if it is bad can be measured meanwhile."""


def _ignore(sampled: HostSample) -> None:
    pass


def answer_again(rtt: float) -> float:
    """Seconds after which the answer to a SYN is that to its retransmission: it is sent
    after 1 s (RFC 6298 section 2)."""
    return rtt + 0.7


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
    ctx: Context, address: str, on_suspicion: OnSuspicion = _ignore, mtu: int = FULL
) -> HostSample:
    """Sample a host by ICMP echo until loss is decided or the plan's cap is reached.

    Method "" after `UNKNOWN_RTT_TIMEOUT` where it does not answer at all.
    """
    rtts = await first_reply(ctx, address)
    if not rtts:
        return HostSample(address, "")
    return await sample_responding(ctx, address, rtts, on_suspicion, mtu)


async def sample_responding(
    ctx: Context,
    address: str,
    rtts: Sequence[float],
    on_suspicion: OnSuspicion = _ignore,
    mtu: int = FULL,
) -> HostSample:
    """The same of a host that is known to answer echoes, with these RTTs."""
    begun = HostSample(address, "icmp", usual=max(rtts))
    long = [(ping, ECHO_INTERVAL) for ping in long_echoes(ctx, begun, mtu)]
    sizes = _batches(hypotheses(ctx.limits, ctx.plan, "icmp"), len(long))
    one = Ping(address, 1, ECHO_INTERVAL, echo_timeout(rtts), series="loss")
    pings: list[tuple[Ping | Connect, float]] = []
    for number, size in enumerate(sizes):
        pings.append((replace(one, count=size, number=number), size * ECHO_INTERVAL))
        pings += long[number : number + 1]
    found = await _until_decided(ctx, begun, pings, on_suspicion)
    return found if found.answered else replace(found, rtts=tuple(rtts))


def long_echoes(ctx: Context, path: HostSample, mtu: int) -> tuple[Ping, ...]:
    """The echoes of a sample that are as long as a full segment and as a payment, as
    many as the run's budget has room for. One that is answered counts as any other; one
    that is lost does not: some hosts take no long ones (`sale` looks into it)."""
    quick = ctx.plan is Plan.QUICK
    wanted = (PAYMENT,) if quick else (mtu, PAYMENT, PAYMENT)
    one = Ping(path.address, 1, timeout=echo_timeout((path.usual,)), series="long")
    room = bytes_left(ctx) - RESERVED
    fit = [s for n, s in enumerate(wanted) if 2 * sum(wanted[: n + 1]) <= room]
    return tuple(replace(one, size=s - HEADERS, number=n) for n, s in enumerate(fit))


def _is_long(question: Ping | Connect) -> bool:
    return isinstance(question, Ping) and question.size > 0


async def sample_tcp(
    ctx: Context,
    address: str,
    port: int,
    rtt: float,
    on_suspicion: OnSuspicion = _ignore,
) -> HostSample:
    """The same by TCP, with at most `MAX_CONNECTIONS`; `rtt` is that of a connect."""
    connects = connections(address, port, MAX_CONNECTIONS, "loss", rtt)
    begun = HostSample(address, "tcp", usual=rtt)
    return await _until_decided(ctx, begun, connects, on_suspicion)


async def sample_echoes(
    ctx: Context,
    address: str,
    count: int,
    timeout: float = UNKNOWN_RTT_TIMEOUT,
    series: str = "segment",
    pace: float = SEGMENT_INTERVAL,
    size: int = HEADERS,
    enough: asyncio.Event | None = None,
) -> HostSample:
    """A sample of at least `count` echoes in IP packets of `size` bytes, in whole
    batches, or of fewer once `enough` is set; method "" if none is answered."""
    one = Ping(address, BATCH, pace, timeout, size=size - HEADERS, series=series)
    pings = [(replace(one, number=n), BATCH * pace) for n in range(-(-count // BATCH))]
    sampled = HostSample(address, "icmp")
    async for _, answer in paced(ctx, pings):
        sampled = extended(sampled, answer)
        if enough is not None and enough.is_set():
            break
    return sampled if sampled.answered else HostSample(address, "")


async def sample_connections(
    ctx: Context,
    address: str,
    ports: tuple[int, ...],
    trials: int,
    check_fin: bool = True,
) -> HostSample:
    """A sample of about `trials` SYNs and FINs, or of SYNs alone, to the first port
    that answers at all; method "" if none does."""
    port, rtt = await _answering_port(ctx, address, ports) or (None, 0.0)
    if port is None:
        return HostSample(address, "")
    count = -(-trials // TRIALS) if check_fin else trials
    connects = connections(address, port, count, "segment", rtt, check_fin)
    sampled = HostSample(address, "tcp", usual=rtt)
    async for _, answer in paced(ctx, connects):
        sampled = extended(sampled, answer)
    return sampled


def connections(
    address: str,
    port: int,
    count: int,
    series: str,
    rtt: float = 0.0,
    check_fin: bool = True,
) -> Paced:
    """Connections of one SYN each, paced."""
    pause = CONNECT_INTERVAL[series]
    timeout = max(SYN_TIMEOUT[series], 0.3 + 1.5 * rtt)
    fin = FIN_TIMEOUT if check_fin else 0.0
    one = Connect(address, port, 1, timeout=timeout, check_fin=fin)
    numbered = (replace(one, series=series, number=n) for n in range(count))
    return [(question, pause) for question in numbered]


async def _answering_port(
    ctx: Context, address: str, ports: tuple[int, ...]
) -> tuple[int, float] | None:
    """The port that answers first, and its RTT; a refusal is an answer."""

    async def answering(port: int) -> tuple[int, float] | None:
        answer = await ctx.system.ask(Connect(address, port, tries=4, timeout=2.2))
        alive = isinstance(answer, Connection) and answer.outcome in ("ok", "refused")
        return (port, _rtt_of(answer)) if alive else None

    return await first_result(answering(port) for port in ports)


def _rtt_of(answer: Answer) -> float:
    """The RTT that a connect showed, 0 where a SYN was sent again."""
    if not isinstance(answer, Connection) or answer.retransmits or answer.tries:
        return 0.0
    return answer.seconds


def _batches(between: Hypotheses, long: int) -> list[int]:
    """Echoes in each question: the sample size of a path without loss, less the long
    ones beside them, in equal parts; then full batches up to the cap."""
    clean = clean_sample_size(between) - long
    parts = -(-clean // BATCH)
    sizes = [clean // parts + (i < clean % parts) for i in range(parts)]
    more = (between.cap - clean) // BATCH
    return sizes + [BATCH] * max(0, more)


async def _until_decided(
    ctx: Context, sampled: HostSample, questions: Paced, on_suspicion: OnSuspicion
) -> HostSample:
    between = hypotheses(ctx.limits, ctx.plan, sampled.method)
    async for question, answer in paced(ctx, questions):
        if not _is_long(question) or (isinstance(answer, Echoes) and answer.answered):
            sampled = extended(sampled, answer)
        slow = is_slow(sampled, ctx.limits)
        if slow or sampled.sample.k >= SUSPECT:
            on_suspicion(sampled)
        if decide(sampled.sample, between) != "open":
            break
        if bytes_left(ctx) <= 0 and not _has_reserve(ctx, sampled):
            return replace(sampled, over_budget=True)
    return sampled


def _has_reserve(ctx: Context, sampled: HostSample) -> bool:
    """May a sample go on beyond the byte budget? One in doubt has a reserve of its own,
    whatever else the run has cost; a clean one goes on to what a quick plan asks."""
    if not sampled.sample.k:
        quick = hypotheses(ctx.limits, Plan.QUICK, sampled.method)
        return sampled.sample.n < clean_sample_size(quick)
    cost = ECHO_COST if sampled.method == "icmp" else TRIAL_COST
    return sampled.sample.n * cost < ctx.limits["budget.reserve"]


def bytes_left(ctx: Context) -> float:
    """Of what the whole run may cost on a metered connection; infinity on any other."""
    if not ctx.site.metered:
        return inf
    quick = ctx.plan is Plan.QUICK
    budget = ctx.limits["budget.quick" if quick else "budget.default"]
    return budget - ctx.system.meter.total


async def paced(
    ctx: Context, questions: Paced
) -> AsyncIterator[tuple[Ping | Connect, Answer]]:
    """Ask each question after the pause of the one before, without waiting for answers;
    yield them in order, with their answers. Pending ones are dropped with the iterator.
    """
    asked: list[asyncio.Task[Answer]] = []
    taken = 0
    with Background() as tasks:
        for question, pause in questions:
            asked.append(tasks.start(ask(ctx, question)))
            await asyncio.sleep(pause)
            while taken < len(asked) and asked[taken].done():
                taken += 1
                yield questions[taken - 1][0], asked[taken - 1].result()
        for (question, _), task in zip(questions[taken:], asked[taken:], strict=True):
            yield question, await task


async def ask(ctx: Context, question: Ping | Connect) -> Answer:
    """The answer of either question."""
    if isinstance(question, Ping):
        return await ctx.system.ask(question)
    return await ctx.system.ask(question)


def extended(sampled: HostSample, answer: Answer) -> HostSample:
    """The sample with what this answer adds."""
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
    """A retransmitted SYN was a lost one, though the connection was established; unless
    it was answered before the answer to a retransmitted one can have come: over a long
    way the SYN is sent again while its answer is still on the way."""
    if answer.outcome in ("ok", "refused", "closed"):
        lost = answer.retransmits > 0 and answer.seconds >= answer_again(sampled.usual)
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
