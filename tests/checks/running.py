"""Carry out a check on a shop as the engine does, in virtual time.

A silent host costs as many seconds of the event loop's clock as it would on the wire,
and none of ours.
"""

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from posdiag.engine import causes, proof, registry, scope
from posdiag.engine import run as engine
from posdiag.model import Cause, Check, Context, Facts, Finding, Result, Status, Verdict
from posdiag.model.limits import Limits, LimitValue, Plan
from posdiag.model.questions.base import A, Question, System, Unknown
from posdiag.model.questions.lan import (
    AskNeighbour,
    AskSweep,
    DiscoverDhcp,
    Neighbour,
    ProbeArp,
)
from posdiag.model.questions.machine import AskTime
from posdiag.model.questions.tls import Handshake, Shake
from posdiag.model.questions.wire import Echoes, Ping, Trace
from posdiag.model.site import Site
from posdiag.system.core.cache import Cached
from posdiag.system.core.replay import Replay
from posdiag.texts.catalogue import Catalogue
from tests.checks.machine import SITE, Answers, shop

T = TypeVar("T")
TICK = 1e-6  # seconds that even a busy loop takes for a round
OK, WARN, FAIL, SKIP = Status.OK, Status.WARN, Status.FAIL, Status.SKIP


class _Jump(selectors.DefaultSelector):
    """Instead of waiting, tells how long would have been waited."""

    def __init__(self, waited: Callable[[float], None]) -> None:
        super().__init__()
        self._waited = waited

    def select(self, timeout: float | None = None) -> Any:
        assert timeout is not None, "everybody waits for something that never comes"
        self._waited(timeout)
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in which waiting takes no time."""

    def __init__(self) -> None:
        self._now = 0.0
        super().__init__(_Jump(self._wait))

    def time(self) -> float:
        return self._now

    def _wait(self, seconds: float) -> None:
        self._now += max(TICK, seconds)  # a clock that stands still ends no wait


def play(coroutine: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(coroutine)


class Wire:
    """Answers as late as the wire would: silence lasts until the time limit."""

    name = "replay"

    def __init__(self, known: Replay) -> None:
        self.replay = known
        self.meter = known.meter

    async def close(self) -> None:
        pass

    async def ask(self, question: Question[A]) -> A | Unknown:
        answer = await self.replay.ask(question)
        await asyncio.sleep(_lasts(question, answer))
        return answer


def _lasts(question: Any, answer: Any) -> float:
    silent = getattr(answer, "outcome", "") == "silent"
    match question, answer:
        case AskNeighbour(), Neighbour(state="failed" | "pending"):
            return min(question.timeout, 3.0)
        case Shake(), Handshake(outcome="silent"):
            up = answer.tcp.outcome == "ok"
            return question.timeout if up else question.connect_timeout
        case Ping(), Echoes():
            late = question.timeout if answer.lost else max(answer.answered)
            return question.interval * (question.count - 1) + late
        case ((Trace() | AskSweep()), _):
            return float(question.timeout)
        case ((DiscoverDhcp() | ProbeArp()), _):
            return float(question.seconds)
        case AskTime(), _:
            return 0.01
        case _:
            late = float(getattr(question, "timeout", 0.01)) if silent else 0.01
            return max(late, float(getattr(answer, "seconds", 0.0) or 0.0) % 60)


@dataclass
class Case:
    """One row of a table: a shop, and what the check must say of it."""

    name: str
    status: Status
    code: str = ""
    variant: str = ""
    change: Answers = field(default_factory=dict)
    facts: Facts = field(default_factory=dict)
    check: Check | None = None
    site: Site = SITE
    plan: Plan = Plan.DEFAULT
    limits: Mapping[str, LimitValue] = field(default_factory=dict)
    seen: Mapping[str, Finding] = field(default_factory=dict)
    judged: Callable[[], Finding | None] | None = None
    rivals: tuple[str, ...] | None = None
    consent: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return self.name.replace(" ", "-")

    @cached_property
    def found(self) -> Finding:
        if self.judged is not None:
            finding = self.judged()
            assert finding is not None, "no verdict"
            return finding
        assert self.check is not None
        return probe(self)

    def verify(self) -> None:
        found = self.found
        got = (found.status, found.code, found.variant)
        wanted = (self.status, self.code, self.variant)
        assert got == wanted, f"{found.facts}"
        reported = found.reported()
        told = {name: reported.get(name) for name in self.facts}
        assert told == dict(self.facts)
        assert self.rivals is None or found.rivals == self.rivals


UNOPENED = {
    "busy": "skip.busy",
    "no-rights": "skip.port-rights",
    "unfit": "skip.no-serial-port",
    "trouble": "skip.trouble",
}
"""Why a port cannot be opened, and what each check that has one says then."""


def of(check: Check) -> Callable[..., Case]:
    """Makes rows for one check: name, status, code, variant, keywords of `Case`."""

    def row(
        name: str, status: Status, code: str = "", variant: str = "", **more: Any
    ) -> Case:
        return Case(name, status, code, variant, check=check, **more)

    return row


def diagnose(
    change: Answers, at: Site = SITE, plan: Plan = Plan.DEFAULT
) -> tuple[list[Result], tuple[Cause, ...], Verdict]:
    """The whole run: every core check, its causes ranked, the verdict."""
    checks = registry.core()

    async def run() -> list[Result]:
        cached = Cached(Wire(shop(change)))
        try:
            context = Context(cached, at, Limits(), plan)
            return await engine.run(checks, context, deadline=600.0)
        finally:
            await cached.close()

    results = play(run())
    ranked, _ = scope.judge(at, checks, results, Catalogue(checks))
    missing = proof.unproven(
        proof.required(at, frozenset()),
        checks,
        frozenset(c.id for c in checks),
        results,
    )
    return results, ranked, causes.verdict(ranked, missing)


def probe(case: Case) -> Finding:
    """Carry out a check as the engine does, in virtual time."""
    assert case.check is not None
    system: System = Wire(shop(case.change))

    async def attempt() -> Finding:
        assert case.check is not None
        cached = Cached(system)
        limits = Limits(case.limits)
        context = Context(cached, case.site, limits, case.plan, consent=case.consent)
        done = {id: Result(id, finding) for id, finding in case.seen.items()}
        try:
            return (await engine.attempt(case.check, context, done)).finding
        finally:
            await cached.close()

    return play(attempt())


def timed(check: Check, change: Answers, at: Site = SITE) -> tuple[Finding, float]:
    """What a check says, and how many seconds it takes on the wire to say it."""

    async def attempt() -> tuple[Finding, float]:
        cached = Cached(Wire(shop(change)))
        try:
            context = Context(cached, at, Limits())
            result = await engine.attempt(check, context, {})
            return result.finding, asyncio.get_running_loop().time()
        finally:
            await cached.close()

    return play(attempt())
