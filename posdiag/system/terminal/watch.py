"""What does the terminal send and receive? Observed by a child process (`child`).

One watch at a time. `on_survey` is called with each survey as the watch goes on, for a
live display; it must not block.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from posdiag.formats.traffic import signs
from posdiag.model.limits import Limits
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.terminal import (
    EndWatch,
    TerminalSurvey,
    WatchEnded,
    WatchTerminal,
)
from posdiag.system.core import codec
from posdiag.system.core.rights import RUN_AS_ROOT
from posdiag.system.process.json_child import JsonChild
from posdiag.system.terminal.config import configure
from posdiag.system.terminal.hotspot import Hotspot
from posdiag.system.terminal.passt import PACKAGE, Passt

MODULE = "posdiag.system.terminal.child"
LINE = 8 << 20  # bytes of one survey
GRACE = 160.0  # seconds beyond the watch's own end: an open connection is waited for

OnSurvey = Callable[[TerminalSurvey], None]


class Watcher:
    """The handlers of `WatchTerminal` and `EndWatch`."""

    def __init__(self, on_survey: OnSurvey | None = None) -> None:
        self._on_survey = on_survey
        self._child: JsonChild | None = None
        self._hotspot: Hotspot | None = None
        self._last: TerminalSurvey | None = None

    async def watch(
        self, question: WatchTerminal, meter: Meter
    ) -> TerminalSurvey | Unknown:
        if question.wifi is None:
            return await self._watch(question, meter)
        if not Passt.is_installed():  # before the present network is left for it
            return Unknown("no-tool", PACKAGE)
        hotspot = self._hotspot = Hotspot(partial(self._on_client, question))
        try:
            trouble = await hotspot.open(question)
            return trouble or await self._watch(question, meter)
        finally:
            await hotspot.close()
            self._hotspot = None

    async def _watch(
        self, question: WatchTerminal, meter: Meter
    ) -> TerminalSurvey | Unknown:
        config = await configure(question, meter)
        if isinstance(config, Unknown):
            return config
        try:
            self._child = await JsonChild.start(MODULE, limit=LINE)
        except OSError:
            return Unknown("trouble")
        self._child.send(codec.write(config))
        limit = None if question.mode == "read" else question.seconds + GRACE
        try:
            async with asyncio.timeout(limit):
                return await self._answer(self._child, question)
        except (TimeoutError, ValueError):
            return Unknown("trouble")
        finally:
            child, self._child = self._child, None
            if child is not None:
                await child.end()

    async def _answer(
        self, child: JsonChild, question: WatchTerminal
    ) -> TerminalSurvey | Unknown:
        """The final survey; those before it are for display."""
        survey: TerminalSurvey | None = None
        while answer := await child.receive():
            if why := answer.get("unknown"):
                hint = RUN_AS_ROOT if why == "no-rights" else answer.get("hint", "")
                return Unknown(str(why), str(hint))
            survey = codec.read(answer["survey"], TerminalSurvey)
            survey = self._last = self._with_clients(survey, question)
            if answer["final"]:
                return survey
            if self._on_survey is not None:
                self._on_survey(survey)
        return survey or Unknown("trouble")

    def _with_clients(
        self, survey: TerminalSurvey, question: WatchTerminal
    ) -> TerminalSurvey:
        if self._hotspot is None or question.wifi is None:
            return survey
        return replace(survey, ssid=question.wifi.ssid, clients=self._hotspot.clients)

    def _on_client(self, question: WatchTerminal) -> None:
        """A device came to our access point: update the survey, and end the watch where
        it was refused again and again, since it will not send anything."""
        if self._last is None or self._hotspot is None:
            return
        survey = self._with_clients(self._last, question)
        if self._on_survey is not None:
            self._on_survey(survey)
        limits = Limits(dict(question.limits))
        if self._child is not None and signs.kept_out(survey, limits, question.mac):
            self._child.send({"end": 0.0})

    async def end(self, question: EndWatch, meter: Meter) -> WatchEnded:
        """Ask the watch to end; it answers by itself."""
        if self._child is not None:
            self._child.send({"end": question.trouble})
        return WatchEnded()

    async def close(self) -> None:
        """Leave nothing running, whatever the state of the question."""
        child, self._child = self._child, None
        if child is not None:
            await child.end()
        if self._hotspot is not None:
            await self._hotspot.close()
