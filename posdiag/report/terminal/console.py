"""How does a line reach a console, whatever signs and colours it can show?"""

from collections.abc import Iterable
from dataclasses import dataclass
from io import StringIO

from posdiag.texts.lang import Lang
from posdiag.texts.lookup import WORDS

#: What an English text may hold and a small console cannot print.
PLAIN = str.maketrans(
    {"…": "...", "“": '"', "”": '"', "‘": "'", "’": "'", "—": "-", "–": "-", "≤": "<="}
)

#: What bars are made of, and its ASCII form.
BAR = ("█", "#")


@dataclass(frozen=True, slots=True)
class Line:
    """One line; its first `styled` characters have the style, all of them if 0."""

    text: str
    style: str = ""
    styled: int = 0


def fits(text: str, encoding: str) -> bool:
    """Can a console of this encoding print `text` as it is?"""
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def bar(encoding: str) -> str:
    """What bars are made of on this console."""
    preferred, ascii_form = BAR
    return preferred if fits(preferred, encoding) else ascii_form


def printable_lang(lang: Lang, encoding: str) -> Lang:
    """`lang`; English where this console cannot print Chinese."""
    return lang if fits(WORDS("verdict_word.healthy").of(lang), encoding) else "en"


def printed(lines: Iterable[Line], encoding: str, width: int, color: bool) -> str:
    """Wrapped lines as the console takes them, with colour codes if `color`."""
    if not color:
        return "".join(f"{printable(line.text, encoding)}\n" for line in lines)
    from rich.console import Console
    from rich.text import Text

    out = StringIO()
    console = Console(
        file=out,
        width=max(width * 2, 200),  # nothing is wrapped again
        force_terminal=True,
        color_system="standard",
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    for line in lines:
        text = Text(printable(line.text, encoding), no_wrap=True)
        if line.style:
            text.stylize(line.style, 0, line.styled or None)
        console.print(text, end="\n")
    return out.getvalue()


def printable(text: str, encoding: str) -> str:
    """`text` as a console of this encoding can print it."""
    if not fits(text, encoding):
        text = text.translate(PLAIN)
    if fits(text, encoding):
        return text
    try:
        return text.encode(encoding, "replace").decode(encoding)
    except LookupError:
        return text.encode("ascii", "replace").decode("ascii")
