"""Run checks in dependency order, and blame skipped ones on the failure upstream."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import monotonic

from posdiag.model import (
    Check,
    Context,
    Finding,
    Result,
    Status,
    Unmeasured,
    unmeasured,
)
from posdiag.model.check import CORE

GRACE = 0.3  # seconds that a cancelled check has to clean up before it is left behind

Observer = Callable[[Result], None]


async def run(
    checks: Sequence[Check],
    context: Context,
    *,
    deadline: float,
    observer: Observer = lambda result: None,
    stop: asyncio.Event | None = None,
) -> list[Result]:
    """Run every check; never raise for a check's fault, never outlast `deadline`.

    Independent checks overlap. A check that is not finished when `deadline` seconds are
    over or `stop` is set gets an error, `tool.deadline` or `tool.interrupted`.
    """
    done: dict[str, Result] = {}
    ready = {c.id: asyncio.Event() for c in checks}
    waits = waiting(checks, context.consent)
    others = _Others(checks)
    context = replace(context, others_done=others.done)

    def settle(result: Result) -> None:
        if result.check not in done:
            done[result.check] = result
            ready[result.check].set()
            observer(result)
            others.ended(result.check)

    async def one(check: Check) -> None:
        for other in waits[check.id]:
            if other in ready:
                await ready[other].wait()
        result = blame(check, context, done) or await attempt(check, context, done)
        settle(_blamed_on_need(result, check, context, done))

    tasks = {asyncio.create_task(one(c), name=c.id) for c in checks}
    reason = await _until(tasks, deadline, stop or asyncio.Event())
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=GRACE)
    for check in checks:
        if check.id not in done:
            settle(Result(check.id, Finding(Status.ERROR, reason)))
    return [done[c.id] for c in checks]


class _Others:
    """Tracks the checks beside which others (`Check.beside`) run."""

    def __init__(self, checks: Sequence[Check]) -> None:
        self.done = asyncio.Event()
        self._left = {c.id for c in checks} - beside_others(checks)
        self.ended("")

    def ended(self, check: str) -> None:
        self._left.discard(check)
        if not self._left:
            self.done.set()


def waiting(
    checks: Sequence[Check], consent: frozenset[str]
) -> Mapping[str, Sequence[str]]:
    """The checks that each one waits for. A disturbing check waits for all that are
    not; all others but its needs wait for a check that runs alone."""
    waits = _declared(checks)
    disturbing = {c.id for c in checks if c.disturbing}
    beside = beside_others(checks)
    spoiled = [
        c.id
        for c in checks
        if c.package == CORE
        and c.id not in beside
        and disturbing.isdisjoint({c.id, *upstream(c.id, waits)})
    ]
    for id in disturbing:
        waits[id] = (*waits[id], *spoiled)
    for first in (c.id for c in checks if c.alone and c.alone in consent):
        spared = {first, *upstream(first, waits)}
        for other in waits:
            if other not in spared:
                waits[other] = (*waits[other], first)
    return waits


def _declared(checks: Sequence[Check]) -> dict[str, Sequence[str]]:
    return {c.id: (*c.needs, *c.after) for c in checks}


def beside_others(checks: Sequence[Check]) -> set[str]:
    """The checks that run beside all others, and those that wait for one of these."""
    waits = _declared(checks)
    beside = {c.id for c in checks if c.beside}
    return {
        c.id for c in checks if not beside.isdisjoint({c.id, *upstream(c.id, waits)})
    }


def upstream(id: str, waits: Mapping[str, Sequence[str]]) -> set[str]:
    """Every check that `id` waits for, directly or not."""
    found: set[str] = set()
    rest = list(waits.get(id, ()))
    while rest:
        one = rest.pop()
        if one not in found:
            found.add(one)
            rest += waits.get(one, ())
    return found


async def _until(
    tasks: set[asyncio.Task[None]], deadline: float, stop: asyncio.Event
) -> str:
    """Wait for all tasks, the deadline or a stop; the code for unfinished checks."""
    stopped = asyncio.create_task(stop.wait())
    ends = monotonic() + deadline
    pending: set[asyncio.Task[None]] = set(tasks)
    while pending and not stop.is_set() and monotonic() < ends:
        _, waiting = await asyncio.wait(
            {*pending, stopped},
            timeout=max(0.0, ends - monotonic()),
            return_when=asyncio.FIRST_COMPLETED,
        )
        pending = {task for task in pending if task in waiting}
    reason = "tool.interrupted" if stop.is_set() else "tool.deadline"
    stopped.cancel()
    return reason


def blame(check: Check, context: Context, done: Mapping[str, Result]) -> Result | None:
    """A skip blamed on the first failure upstream, however far up it is.

    Our own inability upstream (an error, a skip of its own) does not block.
    """
    for need in check.needs:
        result = done.get(need)
        if result is None or (check.unless and check.unless(context.site, need)):
            continue
        if result.finding.status is Status.FAIL:
            return _skipped(check, need)
        if result.blamed_on:
            return _skipped(check, result.blamed_on)
    return None


def _blamed_on_need(
    result: Result, check: Check, context: Context, done: Mapping[str, Result]
) -> Result:
    """A check that ran despite a failed need (`unless`) and reports `skip.blocked` is
    blamed on that need."""
    if result.finding.code != "skip.blocked" or result.blamed_on:
        return result
    blocked = blame(replace(check, unless=None), context, done)
    return replace(result, blamed_on=blocked.blamed_on if blocked else None)


def _skipped(check: Check, root: str) -> Result:
    return Result(check.id, Finding(Status.SKIP, "skip.blocked"), blamed_on=root)


async def attempt(check: Check, context: Context, done: Mapping[str, Result]) -> Result:
    """Run one check within its time limit; any exception becomes an `error` finding."""
    asked = (*check.needs, *check.after)
    seen = {n: done[n].finding for n in asked if n in done}
    start = monotonic()
    task = asyncio.ensure_future(check.probe(replace(context, seen=seen)))
    late = Finding(Status.ERROR, "tool.timeout", {"seconds": check.timeout})
    try:
        finished, _ = await asyncio.wait({task}, timeout=check.timeout)
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=GRACE)
    finding = _finding(task) if finished else late
    return Result(check.id, finding, round(monotonic() - start, 3))


def _finding(task: "asyncio.Future[Finding]") -> Finding:
    try:
        finding = task.result()
    except asyncio.CancelledError:
        return _bug("cancelled itself")
    except Unmeasured as trouble:
        return unmeasured(trouble.unknown)
    except Exception as trouble:  # whatever a check raises is a bug of ours
        return _bug(f"{type(trouble).__name__}: {trouble}")
    if isinstance(finding, Finding):
        return finding
    return _bug(f"returned {type(finding).__name__}")


def _bug(what: str) -> Finding:
    return Finding(Status.ERROR, "tool.bug", {"what": what[:300]})
