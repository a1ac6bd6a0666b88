"""Where does a watch write: changes on the screen, a line a run, a summary, a page?"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from posdiag.commands.shared.common import put, reason, refuse, spoken
from posdiag.commands.shared.outputs import Destination, width
from posdiag.report.past import TEXTS

if TYPE_CHECKING:
    from posdiag.history.reading import Past
    from posdiag.history.watch import Run, Turn
    from posdiag.texts.lang import Lang

FORMATS = ("terminal", "json", "ndjson", "html")
ERASE = "\r\x1b[K"


def _fitted(line: str, width: int) -> list[str]:
    """The line in lines that fit, each as far from the edge as its beginning."""
    from posdiag.report.terminal.wrap import wrap

    edge = line[: len(line) - len(line.lstrip())]
    return [edge + part for part in wrap(line[len(edge) :], width - len(edge))]


class WatchOutputs:
    """Collects what a watch has seen and writes it to every output.

    What goes to stdout appears at once. A file is whole at any time: that of `ndjson`
    is replaced after each run, all others are written at the end.
    """

    def __init__(self, outputs: Sequence[Destination], lang: Lang) -> None:
        self._page_lang = lang
        self._outputs = outputs
        self._screen = any(output.on_screen for output in outputs)
        self._lang = spoken(lang) if self._screen else lang
        dumb = os.environ.get("TERM") == "dumb"
        self._moves = self._screen and sys.stdout.isatty() and not dumb
        self._printed: list[str] = []
        self._lines = ""
        self._last: Past | None = None
        self.runs: list[Run] = []
        self._turns: list[Turn] = []
        self._begun = datetime.now().astimezone()

    def begin(self, every: float, long: float) -> None:
        self._say([TEXTS("watch.heading", every=every, long=long).of(self._lang)])

    def record(self, at: datetime, past: Past) -> None:
        """One run has ended."""
        from posdiag.history.watch import run_of, turn
        from posdiag.report.past import watching

        run = run_of(past, at)
        turned = turn(self._last, past, run)
        self._last = past
        self.runs.append(run)
        if turned.anything:
            self._turns.append(turned)
            begin = self.runs[0].at
            self._say(
                text.of(self._lang) for text in watching.turn_texts(turned, begin)
            )
        self._line(watching.run_line(run, turned))
        self._status()

    def record_unfinished(self, at: datetime) -> None:
        from posdiag.report.past import watching

        text = TEXTS("watch.unfinished", time=watching.clock(at))
        self._say([text.of(self._lang)])

    def end(self, longest: timedelta) -> None:
        """Tell the summary; `longest` is the time that a run speaks for at most."""
        from posdiag.engine.session import local_time
        from posdiag.history.watch import summary
        from posdiag.report.past import day, watching

        if not self.runs:
            self._say([TEXTS("watch.none").of(self._lang)])
        found = summary(self.runs, self._begun, local_time(), longest)
        lines = watching.summary_lines(
            found, self.runs, self._lang, width(), sys.stdout.encoding or "ascii"
        )
        self._say(["", *lines])
        self._line(watching.summary_line(found))
        site = self._last.site if self._last else ""
        for output in self._outputs:
            if output.format == "json":
                self._deliver(output, watching.summary_json(found))
            elif output.format == "html":
                page = day.render(found, self.runs, self._turns, site, self._page_lang)
                self._deliver(output, page)
            elif output.format == "terminal" and output.path:
                self._deliver(output, "\n".join(self._printed) + "\n")

    def _say(self, lines: Iterable[str]) -> None:
        """For people: on the screen at once, in a file at the end."""
        from posdiag.report.terminal.console import printable

        printed = [part for line in lines for part in _fitted(line, width())]
        self._printed += printed
        if self._screen and printed:
            encoding = sys.stdout.encoding or "ascii"
            text = "".join(f"{printable(line, encoding)}\n" for line in printed)
            put((ERASE if self._moves else "") + text)

    def _status(self) -> None:
        """The last runs as a line that the next change replaces."""
        if not self._moves:
            return
        from posdiag.report.past.watching import clock, sparkline

        room = max(width() - 12, 1)
        encoding = sys.stdout.encoding or "ascii"
        line = sparkline(self.runs[-room:], room, encoding)
        put(f"{ERASE}{clock(self.runs[-1].at)}  {line}")

    def _line(self, line: str) -> None:
        """For programs: on stdout at once; a file is replaced as a whole."""
        self._lines += line
        for output in self._outputs:
            if output.format == "ndjson":
                self._deliver(output, self._lines if output.path else line)

    def _deliver(self, output: Destination, text: str) -> None:
        from posdiag.system.core.files import replace_file

        if output.path is None:
            put(text.encode())
            return
        try:
            replace_file(output.path, text.encode())
        except OSError as trouble:
            refuse(f"--output {output.path}: {reason(trouble)}")
