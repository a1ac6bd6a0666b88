"""How is a table of values drawn as bars, on any console?

Any finding may carry one, of the core's checks as of a plugin's: `Finding.chart`. The
heading is `[chart]` in the check's texts.
"""

from collections.abc import Sequence

from posdiag.model import Bar
from posdiag.report.terminal.console import fits, sayable
from posdiag.report.terminal.wrap import cells, cut, pad
from posdiag.texts.catalogue import word, words
from posdiag.texts.lang import Lang

ROWS = 24  # more is no picture
LONGEST = 32  # columns of a full bar
SHORTEST = 4  # columns without which no bar is drawn
COLUMN = 20  # columns of a label, a note or a mark


def draw(
    chart: Sequence[Bar],
    lang: Lang,
    width: int,
    *,
    bar: str,
    wide: bool = False,
    encoding: str = "utf-8",
) -> list[str]:
    """One line for each row. `bar` is the sign that bars are made of; `wide`: this
    console gives ambiguous signs two columns."""

    marks = [_mark(row.mark, lang) for row in chart]
    columns = ([row.label for row in chart], [row.note for row in chart], marks)
    dots = "…" if fits("…", encoding) else "~"

    def fit(text: str, room: int) -> str:
        # Signs that the console lacks are not to grow when the line is printed.
        shown = cut(sayable(text, encoding), room, wide=wide)
        return shown.replace("…", dots)

    heads = ["  "] * len(chart)
    for texts in columns:
        shown = [fit(text, COLUMN) for text in texts]
        room = max((cells(text, wide=wide) for text in shown), default=0)
        if room:
            heads = [
                head + pad(text, room, wide=wide) + "  "
                for head, text in zip(heads, shown, strict=True)
            ]
    # Chinese fonts may give a block two columns even where the console counts one.
    each = 2 if not bar.isascii() and (wide or lang == "zh") else 1
    full = min(LONGEST, width - max((cells(h, wide=wide) for h in heads), default=0))
    if full < SHORTEST:
        return [fit(head.rstrip(), width) for head in heads]
    return [
        (head + bar * _length(row.value, full // each)).rstrip()
        for head, row in zip(heads, chart, strict=True)
    ]


def _length(share: float, full: int) -> int:
    return max(round(share * full), 1) if share > 0 else 0


def _mark(name: str, lang: Lang) -> str:
    table = words().get("chart_mark")
    known = isinstance(table, dict) and name in table
    return word("chart_mark", name).of(lang) if known else name
