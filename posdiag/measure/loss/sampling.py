"""Sample loss and RTT of one host by ICMP echo or by TCP. Times are seconds."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import inf

from posdiag.measure.loss.probes import (
    ANSWERED,
    UNKNOWN_RTT_TIMEOUT,
    Answer,
    Paced,
    connection,
    connections,
    echo_timeout,
    extended,
    is_resent,
    paced,
)
from posdiag.measure.loss.samples import (
    MAX_CONNECTIONS,
    HostSample,
    hypotheses,
    is_slow,
)
from posdiag.measure.statistics import clean_sample_size, decide
from posdiag.measure.tasks import first_result
from posdiag.model import Context
from posdiag.model.limits import Plan
from posdiag.model.questions.wire import Connect, Connection, Echoes, Ping

ECHO_INTERVAL = 0.05
"""72 probes without loss span 3.55 s, as long as a run takes for other checks anyway:
an outage of 1.5 s in every 5 s leaves 3.5 s, so no sample fits between two."""
SEGMENT_INTERVAL = 0.02  # where a loss is proven and has to be located
BATCH = 12  # echoes in one question
CONNECTIONS = 5
"""Of a sample by echo. With that of the handshake six SYNs: where three in ten
are lost, one of them is in 88 of 100 runs."""
LONGEST_CONNECT = 0.5  # RTT; on a longer path a SYN may be resent (RFC 6298: 1 s)
SUSPECT = 2  # lost probes that make a sample suspect
HEADERS = 28  # bytes of IPv4 and ICMP
FULL = 1500  # bytes of an Ethernet packet; a card's own smaller MTU is kept
PAYMENT = 640
"""Bytes of a payment packet at its longest: ISO 8583 in TLS, 300 to 600 and headers."""
RESERVED = 3000  # bytes of a metered run's budget for what follows the first echoes
TRIALS = 2  # of one connection: its SYN and its FIN
ECHO_COST, TRIAL_COST = 56, 140  # bytes at the IP layer
AlivePort = Callable[[], int | None]
"""A TCP port of the host that is known to answer by now, None for none."""
OnSuspicion = Callable[[HostSample], object]
"""Called as soon as a sample looks bad, and after each probe from then on, so that what
a bad one requires can be measured meanwhile."""


async def sample_icmp(
    ctx: Context,
    address: str,
    rtts: Sequence[float],
    on_suspicion: OnSuspicion,
    mtu: int,
    port: AlivePort = lambda: None,
) -> HostSample:
    """Sample a host by ICMP echo until loss is decided or the plan's cap is reached.
    `rtts` are those of echoes that it has answered."""
    begun = HostSample(address, "icmp", usual=max(rtts))
    spread = _spread(ctx, begun, mtu, port)
    found = await _until_decided(ctx, begun, spread, on_suspicion)
    return found if found.answered else replace(found, rtts=tuple(rtts))


def _spread(ctx: Context, path: HostSample, mtu: int, port: AlivePort) -> Paced:
    """The sample size of a path without loss in equal batches of small echoes, with the
    long ones and connections between them; then full batches up to the cap. These wait
    for the answers of the clean sample, which decides on most lines."""
    between = hypotheses(ctx.limits, ctx.plan, "icmp")
    one = Ping(
        path.address, 1, ECHO_INTERVAL, echo_timeout((path.usual,)), series="loss"
    )
    long, clean, asked = long_echoes(ctx, path, mtu), clean_sample_size(between), 0
    parts = -(-(clean - len(long)) // BATCH)
    for part in range(parts):
        rest = clean - asked - max(0, len(long) - part)
        size = -(-rest // (parts - part))
        pause = size * ECHO_INTERVAL
        if part == parts - 1:
            pause += 1.25 * path.usual
        yield replace(one, count=size, number=part), pause
        among: list[Ping | Connect] = [
            *long[part : part + 1],
            *_connection(ctx, path, part, port),
        ]
        for question in among:
            yield question, ECHO_INTERVAL
        asked += size + len(among)
    for number in range(parts, parts + (between.cap - clean) // BATCH):
        yield replace(one, count=BATCH, number=number), BATCH * ECHO_INTERVAL


def _connection(
    ctx: Context, path: HostSample, part: int, port: AlivePort
) -> Sequence[Connect]:
    """The connection after that batch, if any. `sale` asks the same questions and so
    makes those that are not made here."""
    alive = port()
    if alive is None or path.usual > LONGEST_CONNECT:
        return ()
    return first_connections(ctx, path.address, alive)[part : part + 1]


def first_connections(ctx: Context, address: str, port: int) -> Sequence[Connect]:
    """The connections of every sample, if the run's byte budget permits."""
    if ctx.plan is Plan.QUICK or bytes_left(ctx) <= 0:
        return ()
    one = connection(address, port, "loss", check_fin=False)
    return [replace(one, number=number) for number in range(CONNECTIONS)]


def long_echoes(ctx: Context, path: HostSample, mtu: int) -> tuple[Ping, ...]:
    """The echoes of a sample in the size of a full segment and of a payment, as many as
    the run's byte budget permits. One that is answered counts as any other; one that is
    lost does not, as some hosts ignore long ones (`sale` examines it)."""
    quick = ctx.plan is Plan.QUICK
    wanted = (PAYMENT,) if quick else (mtu, PAYMENT, PAYMENT)
    one = Ping(path.address, 1, timeout=echo_timeout((path.usual,)), series="long")
    room = bytes_left(ctx) - RESERVED
    fit = [s for n, s in enumerate(wanted) if 2 * sum(wanted[: n + 1]) <= room]
    return tuple(replace(one, size=s - HEADERS, number=n) for n, s in enumerate(fit))


def _counts(sampled: HostSample, question: Ping | Connect, answer: Answer) -> bool:
    """Does this probe count? In a sample of echoes, long echoes and connections count
    only if they were answered; `sale` examines lost ones."""
    if isinstance(question, Ping) and question.size > 0:
        return isinstance(answer, Echoes) and bool(answer.answered)
    if sampled.method == "icmp" and isinstance(answer, Connection):
        return answer.outcome in ANSWERED and not is_resent(sampled, answer)
    return True


async def sample_tcp(
    ctx: Context, address: str, port: int, rtt: float, on_suspicion: OnSuspicion
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
    batches; it ends early once `enough` is set. Method "" if none is answered."""
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
    """The RTT of a connect, 0 where a SYN was retransmitted."""
    if not isinstance(answer, Connection) or answer.retransmits or answer.tries:
        return 0.0
    return answer.seconds


async def _until_decided(
    ctx: Context, sampled: HostSample, questions: Paced, on_suspicion: OnSuspicion
) -> HostSample:
    between = hypotheses(ctx.limits, ctx.plan, sampled.method)
    async for question, answer in paced(ctx, questions):
        if _counts(sampled, question, answer):
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
    """May a sample continue beyond the byte budget? A suspect one has a reserve of its
    own, whatever else the run has cost; a clean one continues to a quick plan's
    size."""
    if not sampled.sample.k:
        quick = hypotheses(ctx.limits, Plan.QUICK, sampled.method)
        return sampled.sample.n < clean_sample_size(quick)
    cost = ECHO_COST if sampled.method == "icmp" else TRIAL_COST
    return sampled.sample.n * cost < ctx.limits["budget.reserve"]


def bytes_left(ctx: Context) -> float:
    """The rest of the run's byte budget on a metered connection; infinity on others."""
    if not ctx.site.metered:
        return inf
    quick = ctx.plan is Plan.QUICK
    budget = ctx.limits["budget.quick" if quick else "budget.default"]
    return budget - ctx.system.meter.total
