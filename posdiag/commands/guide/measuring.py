"""Run the checks for the guide, repeatedly where something needs time to return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import monotonic, sleep
from typing import TYPE_CHECKING

from posdiag.commands.shared.machine import machine
from posdiag.commands.shared.orders import order_for
from posdiag.guide.seen import Seen, seen_of

if TYPE_CHECKING:
    from posdiag.engine.session import Order
    from posdiag.guide.walk.steps import Measure
    from posdiag.model import Report, Result
    from posdiag.model.questions.base import System
    from posdiag.model.site import Site
    from posdiag.texts.catalogue import Catalogue
    from posdiag.texts.lang import Lang

AT_LEAST = 30.0  # seconds until an action counts as no help
AT_MOST = 60.0  # seconds that a scripted run waits
PAUSE = 2.0  # seconds between two runs


@dataclass(slots=True)
class Measurer:
    """Runs the order on a system that `system` gives afresh each time. `patience` is
    how long a re-check repeats, `last` the newest report."""

    order: Order
    catalogue: Catalogue
    system: Callable[[], System]
    progress: Callable[[int, int], None] = lambda done, all: None
    patience: float = AT_LEAST
    longest: float = AT_MOST
    last: Report | None = None
    runs: int = field(default=0)

    def __call__(self, request: Measure) -> Seen:
        begin = monotonic()
        seen = self._run(self.order.deadline)
        while request.settles and not self._is_gone(request, seen):
            spent = monotonic() - begin
            if seen.interrupted or spent >= self.patience:
                break
            sleep(min(PAUSE, max(self.patience - spent, 0.0)))
            left = self.longest - (monotonic() - begin)
            seen = self._run(min(self.order.deadline, max(left, 1.0)))
        return seen

    @staticmethod
    def _is_gone(request: Measure, seen: Seen) -> bool:
        """Is the cause gone, and nothing else in its place?"""
        return seen.verdict != "broken" and not set(request.causes) & set(seen.causes)

    def _run(self, seconds: float) -> Seen:
        from posdiag.engine.session import conduct
        from posdiag.system.process.signals import Stop

        order = replace(self.order, deadline=seconds)
        done = 0

        def count(result: Result) -> None:
            nonlocal done
            done += 1
            self.progress(done, len(order.to_run))

        with Stop() as stop:
            self.last = conduct(order, self.system(), count, stop)
        self.runs += 1
        return seen_of(self.last, self.catalogue)


def measurer(
    site: Site,
    lang: Lang,
    plan: str,
    seconds: float,
    consent: frozenset[str] = frozenset(),
    system: str | None = None,
) -> Measurer:
    """What runs all registered checks on this machine."""
    order, catalogue = order_for(
        site, lang, plan=plan, seconds=seconds, consent=consent
    )
    machine(system, None, None, lang)  # refuses one that cannot run here
    return Measurer(order, catalogue, lambda: machine(system, None, None, lang)[0])
