"""Sampling loss and delay to one host, until the evidence suffices."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from posdiag.limits import Limits, Plan
from posdiag.model import Context
from posdiag.stats import Hypotheses, Sample, decide, middle, quickest
from posdiag.system import Unknown, ask_all
from posdiag.system.answers import Connection, Echoes
from posdiag.system.questions import Connect, Ping

PACE = 0.03  # seconds between two echoes: 72 clean ones fit in 2.2 s
BRISK = 0.02  # the same where a loss is already proven and only its place is sought
BATCH = 12
PATIENT = 1.6  # seconds for an echo while the round trip is not known
KNOCK = 3  # echoes that tell whether this host answers ping at all
TCP_PACE = 0.06
TCP_MOST = 26
"""Connections for one test: with those that other checks make, at most 30 a run. Each
gives two trials, the SYN and the FIN."""
PART = 1.2  # seconds for a FIN to be acknowledged; it is sent again after 0.2 s or more
METERED = ("cellular", "hotspot")


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


def hypotheses(limits: Limits, plan: Plan, method: str) -> Hypotheses:
    """What this plan separates (CONTRACT section 5)."""
    suffix = {Plan.QUICK: "_quick", Plan.THOROUGH: "_thorough"}.get(plan, "")
    bad = limits["loss.bad" + suffix]
    cap = int(limits["loss.cap" + suffix])
    if method == "tcp":
        bad, cap = max(bad, limits["loss.bad_tcp"]), 2 * TCP_MOST
    minimum = int(limits["loss.minimum"])
    return Hypotheses(limits["loss.good"], bad, limits["loss.error"], minimum, cap)


async def measure(ctx: Context, address: str, port: int | None) -> Measured:
    """Sample a host by ICMP, or by TCP to `port` where it ignores ICMP."""
    knock = await ctx.system.ask(Ping(address, KNOCK, PACE, PATIENT, batch=1000))
    if isinstance(knock, Echoes) and knock.answered:
        return await _sequential(ctx, Measured(address, "icmp"), knock, port)
    if port is None:
        return Measured(address, "")
    return await _sequential(ctx, Measured(address, "tcp"), None, port)


async def sample_fixed(ctx: Context, address: str, count: int) -> Measured:
    """A sample of a size set beforehand, by ICMP alone; for comparing segments."""
    batches = range(2000, 2000 + -(-count // BATCH))
    measured = Measured(address, "icmp")
    pings = [Ping(address, BATCH, BRISK, PATIENT, batch=b) for b in batches]
    async for answer in _paced(ctx, pings, BATCH * BRISK):
        measured = _with_echoes(measured, answer)
    return measured if measured.heard else Measured(address, "")


async def sample_tcp(
    ctx: Context, address: str, ports: tuple[int, ...], count: int
) -> Measured:
    """The same by TCP, to the first port that answers at all: for our own router."""
    knocks = await ask_all(
        ctx.system, (Connect(address, p, tries=3, timeout=2.0) for p in ports)
    )
    for port, knock in zip(ports, knocks, strict=True):
        if isinstance(knock, Connection) and knock.outcome in ("ok", "refused"):
            measured = Measured(address, "tcp")
            connects = [
                Connect(address, port, 1, timeout=1.5, part=PART, batch=2000 + b)
                for b in range(count)
            ]
            async for reply in _paced(ctx, connects, PACE):
                measured = _with_connection(measured, reply)
            return measured
    return Measured(address, "")


def batches(between: Hypotheses) -> list[int]:
    """Echoes to send at a time: what a clean line needs to the last one, cut into equal
    parts, then more of the same up to the cap."""
    clean = quickest(between) - KNOCK
    parts = -(-clean // BATCH)
    sizes = [clean // parts + (i < clean % parts) for i in range(parts)]
    more = (between.cap - KNOCK - clean) // BATCH
    return sizes + [BATCH] * max(0, more)


async def _sequential(
    ctx: Context, measured: Measured, knock: Echoes | None, port: int | None
) -> Measured:
    between = hypotheses(ctx.limits, ctx.plan, measured.method)
    if knock is not None:
        measured = _with_echoes(measured, knock)
        wait = max(1.0, 0.3 + 3 * max(knock.answered))
        pings = [
            Ping(measured.address, size, PACE, wait, batch=b)
            for b, size in enumerate(batches(between))
        ]
        async for answer in _paced(ctx, pings, BATCH * PACE):
            measured = _with_echoes(measured, answer)
            if _enough(ctx, measured, between):
                break
        return measured
    connects = [
        Connect(measured.address, port or 0, 1, timeout=1.5, part=PART, batch=b + 1)
        for b in range(TCP_MOST)
    ]
    async for reply in _paced(ctx, connects, TCP_PACE):
        measured = _with_connection(measured, reply)
        if _enough(ctx, measured, between):
            break
    return measured


def _enough(ctx: Context, measured: Measured, between: Hypotheses) -> bool:
    metered = ctx.site.connection.kind in METERED
    budget = "budget.quick" if ctx.plan is Plan.QUICK else "budget.default"
    if metered and ctx.system.meter.total >= ctx.limits[budget]:
        return True
    return decide(measured.sample, between) != "open"


async def _paced(
    ctx: Context, questions: list[Ping] | list[Connect], pace: float
) -> AsyncIterator[Echoes | Connection | Unknown]:
    """Ask one question every `pace` seconds without waiting for answers; give the
    answers in order. Those under way are left alone when the reader has enough."""
    tasks: list[asyncio.Task[Echoes | Connection | Unknown]] = []
    taken = 0
    try:
        for question in questions:
            tasks.append(asyncio.create_task(_ask(ctx, question)))
            await asyncio.sleep(pace)
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


def _with_echoes(measured: Measured, answer: Echoes | Connection | Unknown) -> Measured:
    if not isinstance(answer, Echoes):
        return measured
    return Measured(
        measured.address,
        measured.method,
        measured.sample.plus(trip is None for trip in answer.trips),
        measured.trips + answer.answered,
    )


def _with_connection(
    measured: Measured, answer: Echoes | Connection | Unknown
) -> Measured:
    """A SYN that had to be sent again was a lost one, though the connection stood."""
    if not isinstance(answer, Connection):
        return measured
    if answer.outcome in ("ok", "refused", "closed"):
        lost, trip = answer.retransmits > 0, (answer.seconds,)
        trips = measured.trips + (() if lost else trip)
    elif answer.outcome == "silent":
        lost, trips = True, measured.trips
    else:
        return measured
    trials = [lost] if answer.parted is None else [lost, not answer.parted]
    return Measured(
        measured.address, measured.method, measured.sample.plus(trials), trips
    )
