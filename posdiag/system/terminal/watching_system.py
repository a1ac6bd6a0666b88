"""The machine while a terminal is watched: one system around another.

It runs the watch, and while it only listens it keeps the LAN quiet: what would
broadcast (sweeps, ARP probes, DHCP) is left out, so that the capture holds no traffic
of ours but a few ARP requests.
"""

import asyncio
from collections.abc import Callable

from posdiag.model.questions.base import A, Question, System, Unknown
from posdiag.model.questions.lan import AskSweep, DiscoverDhcp, ProbeArp
from posdiag.model.questions.terminal import EndWatch, TerminalSurvey, WatchTerminal
from posdiag.system.core.dispatch import Layer
from posdiag.system.terminal.watch import Watcher

POLL = 0.1  # seconds between two polls of `stopped`
BROADCASTING = (AskSweep, DiscoverDhcp, ProbeArp)


class WatchingSystem(Layer):
    """`on_survey` gets each survey as the watch goes on, which ends early once
    `stopped` is true. With `known`, that survey is the answer and nothing is
    watched."""

    def __init__(
        self,
        system: System,
        on_survey: Callable[[TerminalSurvey], None],
        stopped: Callable[[], bool],
        *,
        quiet: bool = False,
        known: TerminalSurvey | None = None,
    ) -> None:
        super().__init__(system)
        self._watcher = Watcher(self._publish)
        self._on_survey, self._stopped = on_survey, stopped
        self._quiet = quiet
        self.survey = known
        self._known = known

    def _publish(self, survey: TerminalSurvey) -> None:
        self.survey = survey
        self._on_survey(survey)

    async def ask(self, question: Question[A]) -> A | Unknown:
        answer: object
        if isinstance(question, WatchTerminal):
            answer = self._known or await self._watch(question)
            if isinstance(answer, TerminalSurvey):
                self._publish(answer)
        elif isinstance(question, EndWatch):
            answer = await self._watcher.end(question, self.meter)
        elif self._quiet and isinstance(question, BROADCASTING):
            answer = Unknown("unsupported")
        else:
            return await self._system.ask(question)
        found: A | Unknown = answer  # type: ignore[assignment]  # by the question's type
        return found

    async def _watch(self, question: WatchTerminal) -> TerminalSurvey | Unknown:
        """Also when the user ends it early, what was observed until then is the
        answer."""
        ending = asyncio.create_task(self._end_when_stopped())
        try:
            return await self._watcher.watch(question, self.meter)
        finally:
            ending.cancel()

    async def _end_when_stopped(self) -> None:
        while not self._stopped():  # noqa: ASYNC110 - set by a signal's handler
            await asyncio.sleep(POLL)
        await self._watcher.end(EndWatch(0.0), self.meter)

    async def close(self) -> None:
        await self._watcher.close()
        await self._system.close()
