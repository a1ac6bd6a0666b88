"""Sampling loss and delay to one host, until the evidence suffices."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace

from posdiag.measure.statistics import Hypotheses, Sample, decide, middle, quickest
from posdiag.model import Context
from posdiag.model.limits import Limits, Plan
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wire import Connect, Connection, Echoes, Ping

PACE = 0.03  # seconds between two echoes: 72 clean ones fit in 2.2 s
BRISK = 0.02  # the same where a loss is already proven and only its place is sought
BATCH = 12
PATIENT = 1.6  # seconds for an echo while the round trip is not known
KNOCKS = (0.0, 0.03, 0.06, 0.4, 0.45, 0.5)
"""When the echoes are sent, in seconds, that tell whether a host answers ping at all:
the later ones only where the first have not come back by then."""
DOUBT = 2  # lost probes after which a sample is looked at with suspicion
TRIALS = 2  # that one connection gives: its SYN and its FIN
TCP_PACE = 0.06
TCP_MOST = 26
"""Connections for one test: with those that other checks make, at most 30 a run. Each
gives two trials, the SYN and the FIN."""
FIN_WAIT = (
    1.2  # seconds for a FIN to be acknowledged; it is sent again after 0.2 s or more
)
LOST = 1.0  # seconds after which a SYN is sent again (RFC 6298 section 2), so was lost

NOTHING = Sample()


@dataclass(frozen=True, slots=True)
class Measured:
    """A sample with its round trips. `method` is icmp or tcp, "" for no answer."""

    address: str
    method: str
    sample: Sample = NOTHING
    trips: tuple[float, ...] = ()

    @property
    def heard(self) -> bool:
        return bool(self.trips)

    @property
    def rtt(self) -> float | None:
        return middle(self.trips)


Paced = Sequence[tuple[Ping | Connect, float]]
"""Questions, each with the seconds to pause after it."""

OnDoubt = Callable[[Measured], object]


def hypotheses(limits: Limits, plan: Plan, method: str) -> Hypotheses:
    """What this plan separates (CONTRACT section 5)."""
    suffix = {Plan.QUICK: "_quick", Plan.THOROUGH: "_thorough"}.get(plan, "")
    bad = limits["loss.bad" + suffix]
    cap = int(limits["loss.cap" + suffix])
    if method == "tcp":
        bad, cap = max(bad, limits["loss.bad_tcp"]), 2 * TCP_MOST
    minimum = int(limits["loss.minimum"])
    return Hypotheses(limits["loss.good"], bad, limits["loss.error"], minimum, cap)


async def first_reply(
    ctx: Context, address: str, wait: float = PATIENT, series: str = "first-reply"
) -> tuple[float, ...]:
    """RTT of the first of six echoes to be answered, () if none is within `wait`."""
    asking = [
        asyncio.create_task(
            _after(
                at,
                ctx,
                Ping(address, 1, timeout=wait - at, series=series, number=i),
            )
        )
        for i, at in enumerate(KNOCKS)
    ]
    try:
        for ended in asyncio.as_completed(asking):
            answer = await ended
            if isinstance(answer, Echoes) and answer.answered:
                return answer.answered
    finally:
        for task in asking:
            task.cancel()
    return ()


async def _after(seconds: float, ctx: Context, question: Ping) -> Echoes | Unknown:
    await asyncio.sleep(seconds)
    return await ctx.system.ask(question)


async def measure_icmp(
    ctx: Context, address: str, on_doubt: OnDoubt = lambda measured: None
) -> Measured:
    """Sample a host by ping. Ends after `PATIENT` where it does not answer that.

    `on_doubt` is called once, when the sample begins to look bad: what will be asked
    if it is can then be asked meanwhile.
    """
    trips = await first_reply(ctx, address)
    if not trips:
        return Measured(address, "")
    return await measure_known(ctx, address, trips, on_doubt)


async def measure_known(
    ctx: Context, address: str, trips: Sequence[float], on_doubt: OnDoubt
) -> Measured:
    """The same of a host that is known to answer, with those round trips."""
    between = hypotheses(ctx.limits, ctx.plan, "icmp")
    questions = [
        (
            Ping(address, size, PACE, patience(trips), series="loss", number=b),
            size * PACE,
        )
        for b, size in enumerate(batches(between))
    ]
    found = await _until_enough(ctx, Measured(address, "icmp"), questions, on_doubt)
    return found if found.heard else replace(found, trips=tuple(trips))


async def measure_tcp(
    ctx: Context, address: str, port: int, on_doubt: OnDoubt = lambda measured: None
) -> Measured:
    """The same by TCP, with few connections."""
    questions = [
        (
            Connect(
                address,
                port,
                1,
                timeout=1.5,
                check_fin=FIN_WAIT,
                series="loss",
                number=b,
            ),
            TCP_PACE,
        )
        for b in range(TCP_MOST)
    ]
    return await _until_enough(ctx, Measured(address, "tcp"), questions, on_doubt)


def patience(trips: Sequence[float]) -> float:
    """How long an echo may take on a way whose round trips are known: the least that
    TCP waits before it sends again (RFC 6298), or several of them."""
    return max(1.0, 0.3 + 3 * max(trips)) if trips else PATIENT


async def sample_fixed(
    ctx: Context,
    address: str,
    count: int,
    wait: float = PATIENT,
    series: str = "segment",
) -> Measured:
    """A sample of a size set beforehand, by ICMP alone; for comparing segments."""
    measured = Measured(address, "icmp")
    pings = [
        (Ping(address, BATCH, BRISK, wait, series=series, number=b), BATCH * BRISK)
        for b in range(-(-count // BATCH))
    ]
    async for answer in _paced(ctx, pings):
        measured = _with(measured, answer)
    return measured if measured.heard else Measured(address, "")


async def sample_tcp(
    ctx: Context, address: str, ports: tuple[int, ...], count: int
) -> Measured:
    """About `count` trials by TCP, to the first port that answers at all."""
    port = await _open_port(ctx, address, ports)
    measured = Measured(address, "tcp")
    if port is None:
        return Measured(address, "")
    connects = [
        (
            Connect(
                address,
                port,
                1,
                timeout=LOST,
                check_fin=FIN_WAIT,
                series="segment",
                number=b,
            ),
            PACE,
        )
        for b in range(-(-count // TRIALS))
    ]
    async for reply in _paced(ctx, connects):
        measured = _with(measured, reply)
    return measured


async def _open_port(ctx: Context, address: str, ports: tuple[int, ...]) -> int | None:
    """The port that answers first; a refusal is an answer."""

    async def one(port: int) -> int | None:
        knocked = await ctx.system.ask(Connect(address, port, tries=4, timeout=2.2))
        heard = isinstance(knocked, Connection) and knocked.outcome in ("ok", "refused")
        return port if heard else None

    asking = [asyncio.create_task(one(port)) for port in ports]
    try:
        for ended in asyncio.as_completed(asking):
            port = await ended
            if port is not None:
                return port
    finally:
        for task in asking:
            task.cancel()
    return None


def batches(between: Hypotheses) -> list[int]:
    """Echoes to send at a time: what a clean line needs to the last one, cut into equal
    parts, then more of the same up to the cap."""
    clean = quickest(between)
    parts = -(-clean // BATCH)
    sizes = [clean // parts + (i < clean % parts) for i in range(parts)]
    more = (between.cap - clean) // BATCH
    return sizes + [BATCH] * max(0, more)


async def _until_enough(
    ctx: Context, measured: Measured, questions: Paced, on_doubt: OnDoubt
) -> Measured:
    between = hypotheses(ctx.limits, ctx.plan, measured.method)
    doubted = False
    async for answer in _paced(ctx, questions):
        measured = _with(measured, answer)
        late = measured.rtt is not None and measured.rtt >= ctx.limits["delay.slow"]
        if not doubted and (late or measured.sample.k >= DOUBT):
            doubted = True
            on_doubt(measured)
        if _enough(ctx, measured, between):
            break
    return measured


def _enough(ctx: Context, measured: Measured, between: Hypotheses) -> bool:
    metered = ctx.site.connection.metered
    budget = "budget.quick" if ctx.plan is Plan.QUICK else "budget.default"
    if metered and ctx.system.meter.total >= ctx.limits[budget]:
        return True
    return decide(measured.sample, between) != "open"


async def _paced(
    ctx: Context, questions: Paced
) -> AsyncIterator[Echoes | Connection | Unknown]:
    """Ask each question and pause as long as it says, without waiting for answers; give
    the answers in order. Those under way are left alone when the reader has enough."""
    tasks: list[asyncio.Task[Echoes | Connection | Unknown]] = []
    taken = 0
    try:
        for question, pause in questions:
            tasks.append(asyncio.create_task(_ask(ctx, question)))
            await asyncio.sleep(pause)
            while taken < len(tasks) and tasks[taken].done():
                taken += 1
                yield tasks[taken - 1].result()
        for task in tasks[taken:]:
            yield await task
    finally:
        for task in tasks:
            task.cancel()


async def _ask(ctx: Context, question: Ping | Connect) -> Echoes | Connection | Unknown:
    if isinstance(question, Ping):
        return await ctx.system.ask(question)
    return await ctx.system.ask(question)


def _with(measured: Measured, answer: Echoes | Connection | Unknown) -> Measured:
    if isinstance(answer, Connection):
        return _with_connection(measured, answer)
    return _with_echoes(measured, answer) if isinstance(answer, Echoes) else measured


def _with_echoes(measured: Measured, answer: Echoes) -> Measured:
    return Measured(
        measured.address,
        measured.method,
        measured.sample.plus(trip is None for trip in answer.trips),
        measured.trips + answer.answered,
    )


def _with_connection(measured: Measured, answer: Connection) -> Measured:
    """A SYN that had to be sent again was a lost one, though the connection stood."""
    if answer.outcome in ("ok", "refused", "closed"):
        lost, trip = answer.retransmits > 0, (answer.seconds,)
        trips = measured.trips + (() if lost else trip)
    elif answer.outcome == "silent":
        lost, trips = True, measured.trips
    else:
        return measured
    trials = [lost] if answer.fin_acked is None else [lost, not answer.fin_acked]
    return Measured(
        measured.address, measured.method, measured.sample.plus(trials), trips
    )
