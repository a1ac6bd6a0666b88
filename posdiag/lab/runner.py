"""How do the trials of one bench go, and of several at once?

Healthy before, fault, expected cause, restored, healthy after: `restore` runs whatever
happens, by the guardian where this process is killed. The run that shows a bench
healthy after one trial is the run before the next.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from time import monotonic

from posdiag.lab.found import parsed
from posdiag.lab.inventory import Bench, Fault
from posdiag.lab.outcome import HEALTHY, Look, Outcome, judge
from posdiag.lab.plan import Trial
from posdiag.system.process.guardian import Guardian
from posdiag.system.process.hook import (
    REPORTED,
    CommandResult,
    RunContext,
    posdiag,
    shell,
)
from posdiag.system.process.lock import Holder, Lock, take
from posdiag.texts.clean import clean

TICK = 0.5  # seconds between two tries at a lock
LONGEST = 300  # characters of what a command said
CUT = CommandResult(None, err="the lab run ended")

Observer = Callable[[Outcome], None]
Waiting = Callable[[Bench, Holder], None]
LeftOn = Callable[[Bench, str], None]


@dataclass(slots=True)
class Lab:
    """What all benches of one run share. `ends`: time.monotonic() at which nothing new
    begins; `wait` is how long a bench that another runner holds is waited for."""

    folder: Path
    ends: float = float("inf")
    wait: float = 0.0
    observe: Observer = lambda outcome: None
    waiting: Waiting = lambda bench, holder: None
    left_on: LeftOn = lambda bench, why: None
    stop: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def over(self) -> bool:
        return self.stop.is_set() or monotonic() >= self.ends

    @property
    def left(self) -> float:
        return max(self.ends - monotonic(), 0.0)


async def conduct(trials: Sequence[Trial], jobs: int, lab: Lab) -> list[Outcome]:
    """Carry out all trials, those of one bench one after another and at most `jobs`
    benches at once. The outcomes are in the order of the trials."""
    free = asyncio.Semaphore(jobs)
    # Trials of one bench stand together.
    parts = [list(part) for _, part in groupby(trials, key=lambda trial: trial.bench)]

    async def one(part: list[Trial]) -> list[Outcome]:
        async with free:
            return await _bench(part, lab)

    found = await asyncio.gather(*(one(part) for part in parts))
    return [outcome for part in found for outcome in part]


async def _bench(trials: Sequence[Trial], lab: Lab) -> list[Outcome]:
    bench = trials[0].bench
    outcomes: list[Outcome] = []

    def settle(outcome: Outcome) -> None:
        outcomes.append(outcome)
        lab.observe(outcome)

    def leave(rest: Sequence[Trial], why: str, detail: str = "") -> None:
        for trial in rest:
            settle(Outcome(trial, "untried", why, detail))

    try:
        lock = await _locked(bench, lab)
    except OSError as trouble:
        leave(trials, "no-lock", str(trouble))
        return outcomes
    if isinstance(lock, Holder):
        leave(trials, "held", str(lock))
        return outcomes
    try:
        with Guardian(lab.folder, bench.hook_timeout, lock.handle) as guardian:
            await _Bench(bench, lab, guardian, lock.handle, settle, leave).all(trials)
    finally:
        lock.release()
    return outcomes


async def _locked(bench: Bench, lab: Lab) -> Lock | Holder:
    until = monotonic() + min(lab.wait, lab.left)
    found = take(bench.name)
    if isinstance(found, Holder) and monotonic() < until:
        lab.waiting(bench, found)
    while isinstance(found, Holder) and monotonic() < until and not lab.over:
        await asyncio.sleep(TICK)
        found = take(bench.name)
    return found


@dataclass(slots=True)
class _Bench:
    """One bench while this runner holds it."""

    bench: Bench
    lab: Lab
    guardian: Guardian
    lock: int
    settle: Callable[[Outcome], None]
    leave: Callable[..., None]
    healthy: Look | None = None  # the latest run, if it showed the bench healthy
    spoilt: str = ""  # a restore that failed, in its own words

    async def all(self, trials: Sequence[Trial]) -> None:
        power = self.bench.power
        if power and power.off:
            self.guardian.add(power.off)
        on = await self.make(power.on) if power and power.on else None
        if on is CUT:
            self.leave(trials, "over")
        elif on is not None and on.code != 0:
            self.leave(trials, "power", _words(on))
        else:
            await self.each(trials)
        if power and power.off:
            off = await self.undo(power.off)
            if off.code != 0:
                self.lab.left_on(self.bench, _words(off))

    async def each(self, trials: Sequence[Trial]) -> None:
        for at, trial in enumerate(trials):
            if self.lab.over:
                self.leave(trials[at:], "over")
                return
            if self.spoilt:
                self.leave(trials[at:], "spoilt", self.spoilt)
                return
            self.settle(await self.trial(trial))

    async def trial(self, trial: Trial) -> Outcome:
        if trial.fault is None:
            look = await self.look()
            self.healthy = look if look.verdict == HEALTHY else None
            return _counted(trial, look)
        before, self.healthy = self.healthy or await self.look(), None
        if before.verdict != HEALTHY:
            return _not_healthy(trial, before, "not-healthy-before")
        injected, look, restored = await self.made(trial.fault)
        self.spoilt = "" if restored.code == 0 else _words(restored)
        if injected is CUT and not self.spoilt:
            return Outcome(trial, "invalid", "over", "", look, before)
        if injected.code != 0 or self.spoilt:
            why = "restore" if injected.code == 0 else "inject"
            told = self.spoilt if injected.code == 0 else _words(injected)
            invalid = Outcome(trial, "invalid", why, told, look, before)
            return replace(invalid, broken=self.spoilt)
        if self.lab.stop.is_set():
            return Outcome(trial, "invalid", "over", "", look, before)
        after = await self.look()
        if after.verdict != HEALTHY:
            found = _not_healthy(trial, after, "not-healthy-after")
            return replace(found, look=look, before=before, after=after)
        self.healthy = after
        return replace(_counted(trial, look), before=before, after=after)

    async def made(self, fault: Fault) -> tuple[CommandResult, Look, CommandResult]:
        """Make the fault, look at it, and restore the bench whatever happens."""
        look = Look()
        self.guardian.add(fault.restore)
        try:
            injected = await self.make(fault.inject)
            if injected.code == 0:
                await self.pause(fault.settle)
                if not self.lab.stop.is_set():
                    look = await self.look()
        finally:
            restored = await self.undo(fault.restore)
        await self.pause(fault.settle)
        return injected, look, restored

    async def make(self, command: str) -> CommandResult:
        """Change the bench, unless all is to end; that something has been changed by
        halves is for `undo`."""
        return await self.unless_over(self.hook(command))

    async def undo(self, command: str) -> CommandResult:
        ended = await self.hook(command)
        self.guardian.remove(command)
        return ended

    async def hook(self, command: str) -> CommandResult:
        bench = self.bench
        return await shell(
            command, bench.hook_timeout, self.place(), bench.hook_silence
        )

    def place(self, *handles: int) -> RunContext:
        watch, prefix = self.guardian, self.bench.prefix
        return RunContext(self.lab.folder, handles, prefix, watch.track, watch.untrack)

    async def pause(self, seconds: float) -> None:
        """Settle, unless all is to end."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self.lab.stop.wait(), seconds)

    async def look(self) -> Look:
        """Run posdiag once. It holds the bench's lock as long as it lives."""
        begin = monotonic()
        options = ("run", *self.bench.options)
        place = self.place(self.lock)
        running = posdiag(options, self.bench.run_timeout, place)
        ended = await self.unless_over(running)
        seconds = monotonic() - begin
        if ended.code not in REPORTED:
            trouble = _words(ended) or f"exit code {ended.code}"
            return Look({}, seconds, trouble, ended is CUT)
        if (report := parsed(ended.out)) is None:
            return Look({}, seconds, f"no JSON report, exit code {ended.code}")
        return Look(report, seconds)

    async def unless_over(self, running: Awaitable[CommandResult]) -> CommandResult:
        """The result; what still runs when all is to end is killed."""
        task = asyncio.ensure_future(running)
        stop = asyncio.ensure_future(self.lab.stop.wait())
        ends = None if self.lab.ends == float("inf") else self.lab.left
        try:
            await asyncio.wait(
                (task, stop), timeout=ends, return_when=asyncio.FIRST_COMPLETED
            )
            if task.done():
                return task.result()
            return CUT
        finally:
            stop.cancel()
            task.cancel()
            await asyncio.wait((task, stop))


def _counted(trial: Trial, look: Look) -> Outcome:
    if look.cut:
        return Outcome(trial, "invalid", "over", look=look)
    why = "no-report" if look.trouble else ""
    return Outcome(trial, judge(trial, look), why, look.trouble, look)


def _not_healthy(trial: Trial, look: Look, why: str) -> Outcome:
    """A trial that counts for nothing, because the bench was not shown healthy."""
    if look.cut:
        return Outcome(trial, "invalid", "over", before=look)
    found = look.causes or look.report.get("unproven") or ()
    detail = look.trouble or ", ".join(map(str, found)) or look.verdict
    return Outcome(trial, "invalid", why, detail, before=look)


def _words(ended: CommandResult) -> str:
    """What a command said last, on one line."""
    output = (ended.err or ended.out).strip().splitlines()
    last = clean(output[-1], LONGEST) if output else ""
    return last if ended.code is None or last else f"exit code {ended.code}"
