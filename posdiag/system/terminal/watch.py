"""What does the terminal do? Asked of a child process that hears the wire.

One watch at a time. `tell` is called with each survey as the watch goes on, for a live
display; it must not block.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

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
from posdiag.system.terminal.hotspot import Hotspot
from posdiag.system.terminal.order import WatchOrder
from posdiag.system.terminal.ordering import ordered
from posdiag.system.terminal.passt import PACKAGE, Passt

MODULE = "posdiag.system.terminal.child"
LINE = 8 << 20  # bytes of one survey
GRACE = 160.0  # seconds beyond the watch's own end: an open connection is waited for

Tell = Callable[[TerminalSurvey], None]


class Watcher:
    """The handlers of `WatchTerminal` and `EndWatch`."""

    def __init__(self, tell: Tell | None = None) -> None:
        self._tell = tell
        self._child: JsonChild | None = None
        self._hotspot: Hotspot | None = None
        self._told: TerminalSurvey | None = None

    async def watch(
        self, question: WatchTerminal, meter: Meter
    ) -> TerminalSurvey | Unknown:
        if question.wifi is None:
            return await self._watch(question, meter)
        if not Passt.installed():  # before the present network is left for it
            return Unknown("no-tool", PACKAGE)
        hotspot = self._hotspot = Hotspot(partial(self._came, question))
        try:
            trouble = await hotspot.open(question)
            return trouble or await self._watch(question, meter)
        finally:
            await hotspot.close()
            self._hotspot = None

    async def _watch(
        self, question: WatchTerminal, meter: Meter
    ) -> TerminalSurvey | Unknown:
        order = await ordered(question, meter)
        if isinstance(order, Unknown):
            return order
        try:
            self._child = await JsonChild.start(MODULE, limit=LINE)
        except OSError:
            return Unknown("trouble")
        self._child.send(as_json(order))
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
        """The last survey; those before it are only shown."""
        survey: TerminalSurvey | None = None
        while answer := await child.receive():
            if why := answer.get("unknown"):
                return Unknown(str(why), _hint(str(why), str(answer.get("hint", ""))))
            survey = codec.read(answer["survey"], TerminalSurvey)
            survey = self._told = self._with_clients(survey, question)
            if answer["final"]:
                return survey
            if self._tell is not None:
                self._tell(survey)
        return survey or Unknown("trouble")

    def _with_clients(
        self, survey: TerminalSurvey, question: WatchTerminal
    ) -> TerminalSurvey:
        if self._hotspot is None or question.wifi is None:
            return survey
        return replace(survey, ssid=question.wifi.ssid, clients=self._hotspot.clients)

    def _came(self, question: WatchTerminal) -> None:
        """A device came to our access point: what the wire does not tell is told now,
        and one that was refused again and again will not send anything."""
        if self._told is None or self._hotspot is None:
            return
        survey = self._with_clients(self._told, question)
        if self._tell is not None:
            self._tell(survey)
        if (
            signs.kept_out(survey, Limits(dict(question.limits)), question.mac)
            and self._child is not None
        ):
            self._child.send({"end": 0.0})

    async def end(self, question: EndWatch, meter: Meter) -> WatchEnded:
        """Ask the watch to end; it answers by itself."""
        if self._child is not None:
            self._child.send({"end": question.trouble})
        return WatchEnded()

    async def close(self) -> None:
        """Leave nothing running, whatever became of the question."""
        child, self._child = self._child, None
        if child is not None:
            await child.end()
        if self._hotspot is not None:
            await self._hotspot.close()


def _hint(why: str, hint: str) -> str:
    """The command is the one that was given, with all rights."""
    return RUN_AS_ROOT if why == "no-rights" else hint


def as_json(order: WatchOrder) -> dict[str, Any]:
    written = codec.write(order)
    assert isinstance(written, dict)  # noqa: S101 - a dataclass is written as an object
    return written
