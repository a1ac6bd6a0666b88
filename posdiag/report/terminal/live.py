"""What is seen while the checks run?

`hello` puts the first line on the screen before anything heavy is imported. On a
terminal `Live` then keeps a list of the checks under it, gone again before the report
is printed; elsewhere it is silent. Trouble with the screen never stops a diagnosis.
"""

import io
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from posdiag import __version__
from posdiag.model import Check, Result, Status
from posdiag.texts.lang import Lang
from posdiag.texts.safe import clean

if TYPE_CHECKING:
    from rich.live import Live as RichLive
    from rich.text import Text

    from posdiag.texts.catalogue import Catalogue

ROWS = 20  # of the list; what has been found comes first
SPINNER = "|/-\\"
HELLO = {"zh": "正在检查网络…", "en": "checking the network..."}

#: What drawing may raise: a closed or broken stream, an odd terminal, a failing theme.
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


def hello(
    lang: Lang, stream: TextIO | None = None, words: Mapping[str, str] = HELLO
) -> None:
    """The first line, at once. Imports nothing."""
    stream = stream or sys.stdout
    if lang == "zh" and not _prints("中", stream):
        lang = "en"
    between = " " if lang == "zh" else ": "
    _Careful(stream).write(f"posdiag {__version__}{between}{words[lang]}\n")


def _prints(text: str, stream: object) -> bool:
    try:
        text.encode(getattr(stream, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


class _Careful(io.TextIOBase):
    """A stream that replaces what it cannot print and swallows its own failures."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @property
    def encoding(self) -> str:  # type: ignore[override]  # typeshed has an attribute
        return getattr(self._stream, "encoding", None) or "utf-8"

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
        self._lang: Lang = lang if _prints("中√×…", stream) else "en"
        self._color = color
        self._catalogue = catalogue
        self._checks: tuple[Check, ...] = ()
        self._titles: dict[str, str] = {}
        self._done: dict[str, Result] = {}
        self._turn = 0
        self._live: RichLive | None = None

    def start(self, checks: Sequence[Check]) -> None:
        """Begin to draw, if there is a terminal to draw on."""
        if not self._stream.isatty():
            return
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
        """Take the list away. May be called twice, or without a start."""
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
            rows.append((f"  {spin} {self._title(check)}", ""))
        return rows

    def _row(self, check: Check, result: Result) -> tuple[str, str]:
        signs = ("√", "×") if _prints("√×", self._stream) else ("+", "x")
        sign, style = {
            Status.OK: (signs[0], "green"),
            Status.FAIL: (signs[1], "bold red"),
            Status.WARN: ("!", "yellow"),
            Status.SKIP: ("-", "dim"),
            Status.ERROR: ("?", "yellow"),
        }[result.finding.status]
        return f"  {sign} {self._title(check)}", style

    def _title(self, check: Check) -> str:
        return clean(self._titles.get(check.id, check.id), 64)
