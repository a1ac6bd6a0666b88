"""The display while the checks run.

`first_line` reaches the screen before anything heavy is imported. On a terminal `Live`
then keeps a list of the checks under it and removes it before the report is printed;
elsewhere it is silent. A failing screen never stops a diagnosis.
"""

import io
import sys
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING, TextIO

from posdiag import __version__
from posdiag.model import Check, Result, Status
from posdiag.report import TEXTS
from posdiag.report.terminal.console import fits, printable_lang
from posdiag.report.terminal.wrap import cells, pad
from posdiag.texts.clean import clean
from posdiag.texts.lang import Lang
from posdiag.texts.lookup import WORDS
from posdiag.texts.pair import Pair

if TYPE_CHECKING:
    from rich.live import Live as RichLive
    from rich.text import Text

    from posdiag.texts.catalogue import Catalogue

ROWS = 20  # of the list; what has been found comes first
SPINNER = "|/-\\"
STATES = ("ok", "warn", "fail", "unmeasured")  # keys of `[state]` in words.toml
STYLES = {
    Status.OK: "green",
    Status.FAIL: "bold red",
    Status.WARN: "yellow",
    Status.SKIP: "dim",
    Status.ERROR: "yellow",
}

#: What drawing may raise: a closed or broken stream, an odd terminal, a broken theme.
#: (rich's own errors for its live display derive from Exception; it is used once.)
TROUBLE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)


def first_line(
    lang: Lang, stream: TextIO | None = None, what: Pair | None = None
) -> None:
    """The first line, at once. `what` is being done; None: a diagnosis."""
    stream = stream or sys.stdout
    what = what or TEXTS("progress.run")
    line = TEXTS("progress.line", version=__version__, what=what)
    text = line.of(lang) if fits(line.of(lang), _encoding(stream)) else line.en
    _Careful(stream).write(text + "\n")


def _encoding(stream: object) -> str:
    return getattr(stream, "encoding", None) or "utf-8"


class _Careful(io.TextIOBase):
    """A stream that replaces what it cannot print and hides its own errors."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]  # typeshed has an attribute
        return _encoding(self._stream)

    def isatty(self) -> bool:
        try:
            return self._stream.isatty()
        except (OSError, ValueError):
            return False

    def write(self, text: str) -> int:
        try:
            shown = text.encode(self.encoding, "replace").decode(self.encoding)
            self._stream.write(shown)
            self._stream.flush()
        except (OSError, ValueError, LookupError):
            return 0
        return len(text)

    def flush(self) -> None:
        """Every write has been flushed."""


class Live:
    """Observer of a run: `start(checks)`, `update(result)`, `stop()`; none raises."""

    def __init__(
        self,
        catalogue: "Catalogue",
        lang: Lang,
        *,
        color: bool = True,
        stream: TextIO | None = None,
    ) -> None:
        stream = stream or sys.stdout
        self._stream = _Careful(stream)
        self._lang = printable_lang(lang, _encoding(stream))
        self._color = color
        self._catalogue = catalogue
        self._checks: tuple[Check, ...] = ()
        self._titles: dict[str, str] = {}
        self._done: dict[str, Result] = {}
        self._turn = 0
        self._ends: float | None = None
        self._live: RichLive | None = None

    def start(self, checks: Sequence[Check], seconds: float | None = None) -> None:
        """Begin to draw, if there is a terminal to draw on. `seconds`: the time limit
        of the whole run."""
        if not self._stream.isatty():
            return
        self._ends = None if seconds is None else monotonic() + seconds
        try:
            self._begin(checks)
        except TROUBLE:
            self._live = None

    def update(self, result: Result) -> None:
        """One check has ended."""
        self._done[result.check] = result
        if self._live is None:
            return
        try:
            self._live.refresh()
        except TROUBLE:
            self.stop()

    def stop(self) -> None:
        """Remove the list. May be called twice, or without a start."""
        live, self._live = self._live, None
        if live is None:
            return
        try:
            live.stop()
        except TROUBLE:
            return

    def _begin(self, checks: Sequence[Check]) -> None:
        from typing import cast

        from rich.console import Console
        from rich.live import Live as RichLive

        titles = ((c.id, self._catalogue.check_title(c)) for c in checks)
        self._checks = tuple(checks)
        self._titles = {id: title.of(self._lang) for id, title in titles}
        console = Console(
            file=cast(TextIO, self._stream),
            no_color=not self._color,
            highlight=False,
            markup=False,
            emoji=False,
        )
        live = RichLive(
            get_renderable=self._drawn,
            console=console,
            refresh_per_second=8,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        live.start()
        self._live = live

    def _drawn(self) -> "Text":
        """The list as it is now. Runs in rich's thread too, so it must not raise."""
        from rich.text import Text

        text = Text(no_wrap=True, overflow="ellipsis")
        self._turn += 1
        try:
            for place, (line, style) in enumerate(self._rows()):
                text.append("\n" * bool(place) + line, style)
        except TROUBLE:
            return Text("")
        return text

    def _rows(self) -> list[tuple[str, str]]:
        done = dict(self._done)
        ended = [c for c in self._checks if c.id in done]
        running = [c for c in self._checks if c.id not in done]
        room = max(ROWS - min(len(running), ROWS // 2), 1)
        rows = [self._row(c, done[c.id]) for c in ended[-room:]]
        spin = SPINNER[self._turn % len(SPINNER)]
        for check in running[: ROWS - len(rows)]:
            rows.append((f"  {pad(spin, self._room())}{self._title(check)}", ""))
        if self._ends is not None and running:
            left = max(0, round(self._ends - monotonic()))
            line = TEXTS("progress.left", count=len(running), seconds=left)
            rows.append((f"  {line.of(self._lang)}", "dim"))
        return rows

    def _row(self, check: Check, result: Result) -> tuple[str, str]:
        status = result.finding.status
        name = "unmeasured" if status in (Status.SKIP, Status.ERROR) else status.value
        word = pad(WORDS(f"state.{name}").of(self._lang), self._room())
        return f"  {word}{self._title(check)}", STYLES[status]

    def _room(self) -> int:
        """Columns of the widest word for a state, and two more."""
        words = (WORDS(f"state.{name}").of(self._lang) for name in STATES)
        return max(map(cells, words)) + 2

    def _title(self, check: Check) -> str:
        return clean(self._titles.get(check.id, check.id), 64)
