"""A table of values as bars, on any console.

Any finding may carry one, a plugin's too: `Finding.chart`. The heading is `[chart]` in
the check's texts; marks are keys of `[chart_mark]` in formats.toml.
"""

from collections.abc import Sequence

from posdiag.model import Bar
from posdiag.report import FORMATS
from posdiag.report.terminal.console import fits, printable
from posdiag.report.terminal.wrap import cells, cut, pad
from posdiag.texts.lang import Lang

ROWS = 24  # as many as fit on a screen
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
    """One line for each row. `bar` is the character that bars are made of; `wide`: this
    console gives ambiguous characters two columns."""
    marks = [_mark(row.mark, lang) for row in chart]
    columns = ([row.label for row in chart], [row.note for row in chart], marks)
    dots = "…" if fits("…", encoding) else "~"

    def fit(text: str, room: int) -> str:
        # A replacement for what the console lacks must not make the line longer.
        shown = cut(printable(text, encoding), room, wide=wide)
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
    key = f"chart_mark.{name}"
    return FORMATS(f"chart_mark.{name}").of(lang) if key in FORMATS else name
