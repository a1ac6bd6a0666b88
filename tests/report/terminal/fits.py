"""Does a report fit every screen, in both languages?"""

from itertools import product
from typing import get_args

from posdiag.report.terminal import page, screen
from posdiag.report.terminal.canvas import WIDE
from posdiag.report.terminal.console import printable, printable_lang
from posdiag.report.terminal.wrap import cells
from posdiag.texts.explain import Explained
from posdiag.texts.lang import Lang

LINES = 24  # of 80 columns
ENCODINGS = ("utf-8", "gbk", "ascii")
WIDTHS = (80, 60, 40)
LANGS: tuple[Lang, ...] = get_args(Lang)
COMMAND = "posdiag run --profile shop.toml"


def everywhere(explained: Explained) -> None:
    """Assert it for the screen and for the whole report."""
    for lang, width, encoding in product(LANGS, WIDTHS, ENCODINGS):
        if printable_lang(lang, encoding) != lang:
            continue  # the same in English
        text = screen.render(
            explained, lang, everything=f"{COMMAND} -v", width=width, encoding=encoding
        )
        _narrow_enough(text, width, encoding)
        _says_all(explained, text, lang, encoding)
        if width == 80:
            assert len(text.splitlines()) <= LINES, text
        whole = page.render(explained, lang, width=width, encoding=encoding)
        _narrow_enough(whole, width, encoding)


def _narrow_enough(text: str, width: int, encoding: str) -> None:
    text.encode(encoding)
    for line in text.splitlines():
        assert cells(line, wide=encoding in WIDE) <= width, line


def _says_all(explained: Explained, text: str, lang: Lang, encoding: str) -> None:
    """Verdict, first steps and whom to call, and nothing cut by an ellipsis."""
    shown = _plain(text)
    wanted = [explained.headline.text, explained.meaning]
    if explained.causes:
        first = explained.causes[0]
        steps = [step for step in first.steps if not step.gate]
        wanted += [step.text for step in steps[:2]]
        wanted.append(first.call)
        assert first.id in text
        # A loss verdict is printed with what it rests on.
        wanted += [
            result.proof
            for result in explained.results
            if result.proof and result.code == first.id
            if result.code.endswith(".packet-loss")
        ]
    for pair in wanted:
        said = printable(pair.of(lang), encoding)
        assert _plain(said) in shown, (said, text)
    told = "".join(p.of(lang) for p in wanted)
    assert text.count("…") <= told.count("…") + "".join(
        r.short.of(lang) for r in explained.results
    ).count("…")


def _plain(text: str) -> str:
    """Without what wrapping and a small console change."""
    kept = text.replace("...", "…")
    return "".join(c for c in kept if c.isalnum())
