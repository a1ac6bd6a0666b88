"""Which checks would be skipped on this machine? Predicted without sending anything.

The checks are run, but only questions that this machine answers from its own settings
reach the system; all others are answered with `Unknown`.
"""

import asyncio
from collections.abc import Mapping, Sequence

from posdiag.engine import run as engine
from posdiag.model import Check, Context, Status
from posdiag.model.check import CORE
from posdiag.model.limits import Limits
from posdiag.model.questions.base import A, Question, System, Unknown
from posdiag.model.questions.machine import (
    AskInterfaces,
    AskResolvers,
    AskRoutes,
    AskRouteTo,
)
from posdiag.model.questions.wifi import AskRadio, AskWifiLink
from posdiag.model.site import Site
from posdiag.system.core.dispatch import Layer

LOCAL = (AskInterfaces, AskRoutes, AskRouteTo, AskResolvers, AskRadio, AskWifiLink)
LONGEST = 4.0  # seconds in all
IDLE = 0.5  # seconds without a question or a result: the rest measures over time

FORESEEN = {
    "skip.not-configured",
    "skip.not-applicable",
    "skip.no-consent",
    "skip.not-asked-for",
    "skip.metered",
    "skip.no-tool",
    "skip.no-wifi",
    "skip.one-uplink",
    "skip.radio-off",
    "skip.thorough",
}
"""Reasons that the site and this machine's settings alone decide."""


class LocalOnly(Layer):
    """A system that sends nothing: it answers from this machine's settings alone.
    `idle` is set when nothing was asked or answered for a while."""

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.idle = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None

    async def ask(self, question: Question[A]) -> A | Unknown:
        self.restart_timer()
        if type(question) not in LOCAL:
            return Unknown("not-asked")
        answer = await self._system.ask(question)
        self.restart_timer()
        return answer

    def restart_timer(self, result: object = None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(IDLE, self.idle.set)


def foresee(checks: Sequence[Check], site: Site, system: System) -> Mapping[str, str]:
    """The reason (`skip.*`) for each check of the core that would be skipped."""
    own = [check for check in checks if check.package == CORE]
    return asyncio.run(_look(own, site, LocalOnly(system)))


async def _look(
    checks: Sequence[Check], site: Site, local: LocalOnly
) -> dict[str, str]:
    from posdiag.system.core.cache import Cached

    # Checks that are left behind may still raise.
    asyncio.get_running_loop().set_exception_handler(lambda _loop, _context: None)
    cached = Cached(local)
    context = Context(cached, site, Limits(site.thresholds))
    local.restart_timer()
    try:
        results = await engine.run(
            checks,
            context,
            deadline=LONGEST,
            observer=local.restart_timer,
            stop=local.idle,
        )
    finally:
        await cached.close()
    return {
        result.check: result.finding.code
        for result in results
        if result.finding.status is Status.SKIP and result.finding.code in FORESEEN
    }
