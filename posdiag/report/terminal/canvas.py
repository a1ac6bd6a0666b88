"""Lines of text for a console of some width, encoding and language.

What is said starts beside its label; on a screen below `NARROW` columns it stands under
it. Columns hold words whose characters have one width in every font, so that nothing
shifts.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from posdiag.report.terminal.console import Line
from posdiag.report.terminal.wrap import cells, pad, wrap
from posdiag.texts.lang import Lang
from posdiag.texts.pair import Pair

NARROWEST, NARROW, WIDEST = 40, 60, 100
LABEL = 8  # columns of a label beside its text
WIDE = ("gbk", "gb2312", "gb18030", "cp936")


@dataclass(slots=True)
class Canvas:
    """The lines so far, and the console that they are for. `columns` are the screen's;
    the last one stays empty, for some consoles wrap there."""

    lang: Lang
    columns: int
    encoding: str = "utf-8"
    lines: list[Line] = field(default_factory=list)

    @property
    def width(self) -> int:
        return max(NARROWEST, min(self.columns, WIDEST)) - 1

    @property
    def narrow(self) -> bool:
        return self.columns < NARROW

    @property
    def wide(self) -> bool:
        """Do ambiguous characters take two columns? They may in any Chinese font."""
        name = self.encoding.lower().replace("-", "").replace("_", "")
        return self.lang == "zh" or name in WIDE

    def more(self) -> "Canvas":
        """An empty one for the same console."""
        return Canvas(self.lang, self.columns, self.encoding)

    def add(self, text: str = "", style: str = "", styled: int = 0) -> None:
        """One line as it is. `styled` characters of it have the style; 0: all."""
        self.lines.append(Line(text.rstrip(), style, styled))

    def hanging(self, head: str, text: str, style: str = "", styled: int = 0) -> None:
        """`head`, then `text` wrapped beside it."""
        indent = " " * cells(head, wide=self.wide)
        for place, line in enumerate(self.wrapped(text, len(indent))):
            if not place:
                self.add(head + line, style, styled)
            else:
                self.add(indent + line, "" if styled else style)

    def wrapped(self, text: str, indent: int) -> Iterator[str]:
        """`text` in lines that fit beside `indent` columns."""
        yield from wrap(text, self.width - indent, wide=self.wide)

    def labelled(self, label: Pair, text: Pair, style: str = "") -> None:
        """A label in bold and its text, beside it or under it."""
        name = label.of(self.lang)
        if self.narrow:
            self.add(name, "bold")
            self.hanging("  ", text.of(self.lang), style)
        else:
            self.hanging(self.beside(name), text.of(self.lang), "bold", len(name))

    def beside(self, name: str) -> str:
        """A label padded to the column where texts begin."""
        room = max(LABEL, cells(name, wide=self.wide) + 2)
        return pad(name, room, wide=self.wide)

    def fits(self, text: str, indent: int) -> bool:
        """Does it fit into one line beside `indent` columns?"""
        return cells(text, wide=self.wide) <= self.width - indent
