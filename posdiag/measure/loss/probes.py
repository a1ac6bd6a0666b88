"""Single probes to a host at a given pace, and their results in its sample.

A lost SYN or FIN is recognised by its retransmission (RFC 6298); an answered one counts
as a probe like an echo. Times are seconds.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from time import monotonic

from posdiag.measure.loss.samples import HostSample
from posdiag.measure.tasks import Background, first_result
from posdiag.model import Context
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wire import Connect, Connection, Echoes, Ping

UNKNOWN_RTT_TIMEOUT = 1.6  # for an echo while the RTT is not known
FIRST_ECHOES = (0.0, 0.03, 0.06, 0.4, 0.45, 0.5)
"""When the echoes of `first_reply` are sent; the later ones only if the first have not
been answered by then."""
CONNECT_INTERVAL = {"loss": 0.1, "segment": 0.03}
SYN_TIMEOUT = {"loss": 1.5, "segment": 1.0}
"""A SYN is retransmitted after 1 s (RFC 6298 section 2), so is lost by then."""
SYN_TIMER = 0.99  # seconds (RFC 6298: 1 s), less a tick of the kernel
FIN_TIMEOUT = 1.2  # a FIN is retransmitted after 0.2 s or more

ANSWERED = ("ok", "refused", "closed")  # outcomes of a connect
Answer = Echoes | Connection | Unknown
Paced = Iterable[tuple[Ping | Connect, float]]
"""Questions, each with the pause after it."""


def answer_again(rtt: float) -> float:
    """Seconds after which an answer must be that to the SYN's retransmission, which is
    sent after 1 s (RFC 6298 section 2)."""
    return rtt + 0.7


def echo_timeout(rtts: Sequence[float]) -> float:
    """How long to wait for an echo, given these RTTs: TCP's minimum retransmission
    timeout (RFC 6298 section 2.4), or several RTTs."""
    return max(1.0, 0.3 + 3 * max(rtts)) if rtts else UNKNOWN_RTT_TIMEOUT


def reply_timeout(rtt: float) -> float:
    """How long `first_reply` waits for a host at most `rtt` away: for the last of its
    echoes, with a margin for jitter."""
    return FIRST_ECHOES[-1] + 1.5 * rtt + 0.3


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


async def reply_or_mute(
    ctx: Context, address: str, connecting: "asyncio.Task[float | None]", longest: float
) -> tuple[float, ...]:
    """RTT of an echo, () for none. `connecting` gives the RTT of a connect, None where
    the port is silent. A host whose port answers, and which has not answered an echo in
    the time that its RTT takes, ignores them."""
    begun = monotonic()
    with Background() as tasks:
        echo = tasks.start(first_reply(ctx, address, longest))
        await asyncio.wait({echo}, timeout=UNKNOWN_RTT_TIMEOUT)
        if not echo.done() and not connecting.done():
            await asyncio.wait({echo, connecting}, return_when=asyncio.FIRST_COMPLETED)
        if not echo.done() and connecting.done():
            rtt = connecting.result()
            if rtt is None:
                return ()
            left = begun + reply_timeout(rtt) - monotonic()
            await asyncio.wait({echo}, timeout=max(0.0, left))
            return echo.result() if echo.done() else ()
        return await echo


def connections(
    address: str,
    port: int,
    count: int,
    series: str,
    rtt: float = 0.0,
    check_fin: bool = True,
) -> Paced:
    """Connections of one SYN each, paced."""
    one = connection(address, port, series, rtt, check_fin)
    pause = CONNECT_INTERVAL[series]
    return [(replace(one, number=number), pause) for number in range(count)]


def connection(
    address: str, port: int, series: str, rtt: float = 0.0, check_fin: bool = True
) -> Connect:
    """One of these, the first."""
    timeout = max(SYN_TIMEOUT[series], 0.3 + 1.5 * rtt)
    fin = FIN_TIMEOUT if check_fin else 0.0
    return Connect(address, port, 1, timeout=timeout, check_fin=fin, series=series)


async def paced(
    ctx: Context, questions: Paced
) -> AsyncIterator[tuple[Ping | Connect, Answer]]:
    """Ask each question after the pause of the one before, without waiting for answers;
    yield them in order, with their answers. Pending ones are dropped with the iterator.
    """
    asked: list[tuple[Ping | Connect, asyncio.Task[Answer]]] = []
    taken = 0
    with Background() as tasks:
        for question, pause in questions:
            asked.append((question, tasks.start(ask(ctx, question))))
            await asyncio.sleep(pause)
            while taken < len(asked) and asked[taken][1].done():
                taken += 1
                yield asked[taken - 1][0], asked[taken - 1][1].result()
        for question, task in asked[taken:]:
            yield question, await task


async def ask(ctx: Context, question: Ping | Connect) -> Answer:
    """The answer of either question."""
    if isinstance(question, Ping):
        return await ctx.system.ask(question)
    return await ctx.system.ask(question)


def extended(sampled: HostSample, answer: Answer) -> HostSample:
    """The sample with the result of this probe."""
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
    """A retransmitted SYN was a lost one, although the connection was established."""
    if answer.outcome in ANSWERED:
        lost = is_resent(sampled, answer)
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


def is_resent(sampled: HostSample, answer: Connection) -> bool:
    """Was a SYN or its answer lost, and sent again? On a long path the second SYN is
    sent before the answer to the first arrives, which is then too early to be its own.
    The host's timer may fire before ours."""
    again = answer.retransmits > 0 or answer.seconds >= SYN_TIMER
    return again and answer.seconds >= answer_again(sampled.usual)
