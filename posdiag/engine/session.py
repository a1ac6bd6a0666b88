"""One run, from the order to the report.

`session` is the run itself. `conduct` runs it in a second thread, so that the main
thread can be interrupted and print a report at any time, even if a measurement blocks
the event loop against the rules.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import wait
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Protocol

from posdiag import __version__
from posdiag.engine import causes, proof, scope
from posdiag.engine import run as engine
from posdiag.engine.causes import Relations
from posdiag.model import (
    Check,
    Context,
    Finding,
    LeftOut,
    Report,
    Result,
    Status,
    Traffic,
)
from posdiag.model.limits import Limits, Plan
from posdiag.model.questions.base import System
from posdiag.model.questions.terminal import WatchTerminal
from posdiag.model.site import Site

GRACE = 1.5  # seconds past its end that the event loop gets to hand over its report
TICK = 0.1  # seconds between two looks at whether we were interrupted

Observer = Callable[[Result], None]


@dataclass(frozen=True, slots=True)
class Order:
    """What to run. `deadline` is in seconds for the whole run; `left_out` are plugins
    that cannot be used, `selected` the checks that the user named, None for all.
    `watch` is how the terminal is to be watched. `needed` are the kinds of evidence
    that a healthy verdict requires, None for those of the site, and `proof_groups` the
    groups of checks that give it, () for all."""

    checks: tuple[Check, ...]
    chosen: frozenset[str]
    site: Site
    relations: Relations
    plan: Plan = Plan.DEFAULT
    consent: frozenset[str] = frozenset()
    deadline: float = 30.0
    notes: tuple[str, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    selected: frozenset[str] | None = None
    watch: WatchTerminal | None = None
    needed: tuple[str, ...] | None = None
    proof_groups: tuple[str, ...] = ()

    @property
    def proving(self) -> frozenset[str]:
        """Ids of the checks from which a proof is asked."""
        groups = self.proof_groups
        return frozenset(
            id for id in self.chosen if not groups or id.partition(".")[0] in groups
        )

    @property
    def to_run(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.id in self.chosen)


def local_time() -> datetime:
    """Now, in this machine's time zone; UTC where its setting is invalid."""
    try:
        return datetime.now().astimezone()
    except (ValueError, OverflowError):  # TZ=XXX-24 is taken as an offset of a day
        return datetime.now(UTC)


class Stopping(Protocol):
    """Tells whether the run should end early."""

    @property
    def asked(self) -> bool: ...


async def session(
    order: Order,
    system: System,
    *,
    observer: Observer = lambda result: None,
    stop: asyncio.Event | None = None,
) -> Report:
    """Carry out the order on the system and report."""
    from posdiag.system.core.cache import Cached

    started = local_time()
    begin = monotonic()
    stop = stop or asyncio.Event()
    cached = Cached(system)
    context = Context(
        cached,
        order.site,
        Limits(order.site.thresholds),
        order.plan,
        consent=order.consent,
        ends=asyncio.get_running_loop().time() + order.deadline,
        watch=order.watch,
    )
    try:
        results = await engine.run(
            order.to_run, context, deadline=order.deadline, observer=observer, stop=stop
        )
    finally:
        await cached.close()
    return report(
        order,
        system,
        results,
        started=started,
        seconds=monotonic() - begin,
        interrupted=stop.is_set(),
    )


def report(
    order: Order,
    system: System,
    results: Iterable[Result],
    *,
    started: datetime,
    seconds: float,
    interrupted: bool,
) -> Report:
    """The report of what was measured. Pure but for reading the meter."""
    found = {result.check: result for result in results}
    missing = "tool.interrupted" if interrupted else "tool.deadline"
    for check in order.to_run:
        found.setdefault(check.id, Result(check.id, Finding(Status.ERROR, missing)))
    measured = [found[check.id] for check in order.to_run]
    ranked, beside = scope.judge(order.site, order.checks, measured, order.relations)
    needed = order.needed
    if needed is None:
        needed = proof.required(order.site, order.consent)
    missing_proof = proof.unproven(
        needed, order.checks, order.proving, measured, order.selected
    )
    unselected = Finding(Status.SKIP, "skip.not-selected")
    found |= {r.check: r for r in causes.reblame(measured, (*ranked, *beside))}
    shown = (found.get(c.id, Result(c.id, unselected)) for c in order.checks)
    return Report(
        version=__version__,
        started_at=started.isoformat(timespec="seconds"),
        seconds=round(seconds, 3),
        site=order.site,
        verdict=causes.verdict(ranked, missing_proof),
        unproven=missing_proof,
        causes=ranked,
        beside=beside,
        results=tuple(shown),
        traffic=Traffic(system.meter.sent, system.meter.received),
        notes=(*notes(order.site, system, measured), *order.notes),
        left_out=order.left_out,
        interrupted=interrupted,
    )


def notes(site: Site, system: System, results: Iterable[Result]) -> tuple[str, ...]:
    """Keys of the remarks about the run as a whole (words.toml, `note`)."""
    codes = {result.finding.code for result in results}
    remarks = {
        # The acquirer of a terminal that dials is its number.
        "no-acquirer": site.acquirer.host is None and site.connection.kind != "pstn",
        "no-rights": "skip.no-rights" in codes,
        "portable": system.name == "portable",
        "deadline": "tool.deadline" in codes,
        "metered": site.metered,
    }
    return tuple(key for key, holds in remarks.items() if holds)


def conduct(order: Order, system: System, observer: Observer, stop: Stopping) -> Report:
    """Carry out the order; back at the latest `GRACE` after its deadline.

    Raises only for a bug of ours.
    """
    started, begin = local_time(), monotonic()
    ends = begin + order.deadline + GRACE
    seen: list[Result] = []

    def observe(result: Result) -> None:
        seen.append(result)
        observer(result)

    loop = asyncio.new_event_loop()
    loop.set_exception_handler(_log)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asked = asyncio.Event()
    run = session(order, system, observer=observe, stop=asked)
    future = asyncio.run_coroutine_threadsafe(run, loop)
    stopping = False
    while not future.done() and monotonic() < ends:
        if stop.asked and not stopping:
            stopping = True
            loop.call_soon_threadsafe(asked.set)
            ends = min(ends, monotonic() + GRACE)
        wait((future,), timeout=TICK)
    if future.done():
        _close(loop, thread)
        return future.result()
    return report(
        order,
        system,
        tuple(seen),
        started=started,
        seconds=monotonic() - begin,
        interrupted=stop.asked,
    )


def _close(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    """End what still runs in the loop, and the loop; leave it if it will not end."""
    ending = asyncio.run_coroutine_threadsafe(_cancel_rest(), loop)
    wait((ending,), timeout=GRACE)
    loop.call_soon_threadsafe(loop.stop)
    thread.join(GRACE)
    if not thread.is_alive():
        loop.close()


async def _cancel_rest() -> None:
    rest = asyncio.all_tasks() - {asyncio.current_task()}
    for task in rest:
        task.cancel()
    if rest:
        await asyncio.wait(rest, timeout=GRACE / 2)
    await asyncio.get_running_loop().shutdown_asyncgens()


def _log(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Exceptions of stray callbacks go to the log, not into the middle of a report."""
    logging.getLogger("posdiag").debug("%s", context.get("message"))
