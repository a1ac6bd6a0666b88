"""How does a line reach a console, whatever signs and colours it can show?"""

from collections.abc import Iterable
from io import StringIO

from posdiag.texts.lang import Lang
from posdiag.texts.lookup import WORDS

#: What an English text may hold and a small console cannot print.
PLAIN = str.maketrans(
    {"…": "...", "“": '"', "”": '"', "‘": "'", "’": "'", "—": "-", "–": "-", "≤": "<="}
)

#: Signs of the report, each with its ASCII form; GBK has them all.
SIGNS = {
    "ok": ("√", "+"),
    "warn": ("!", "!"),
    "fail": ("×", "x"),
    "skip": ("-", "-"),
    "error": ("?", "?"),
    "bar": ("█", "#"),
}

Line = tuple[str, str]  # text, style


def fits(text: str, encoding: str) -> bool:
    """Can a console of this encoding print `text` as it is?"""
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def sign(name: str, encoding: str) -> str:
    """A sign as this console can print it."""
    preferred, ascii_form = SIGNS[name]
    return preferred if fits(preferred, encoding) else ascii_form


def printable_lang(lang: Lang, encoding: str) -> Lang:
    """`lang`; English where this console cannot print Chinese."""
    return lang if fits(WORDS("verdict.healthy").of(lang), encoding) else "en"


def printed(lines: Iterable[Line], encoding: str, width: int, color: bool) -> str:
    """Wrapped lines as the console takes them, with colour codes if `color`."""
    from rich.console import Console
    from rich.text import Text

    out = StringIO()
    console = Console(
        file=out,
        width=max(width * 2, 200),  # nothing is wrapped again
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        legacy_windows=False,
        highlight=False,
        markup=False,
        emoji=False,
    )
    for line, style in lines:
        text = Text(
            printable(line, encoding), style=style if color else "", no_wrap=True
        )
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
