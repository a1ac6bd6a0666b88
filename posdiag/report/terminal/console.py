"""How does a line reach a console, whatever signs and colours that can show?"""

from collections.abc import Iterable
from io import StringIO

#: What an English text may hold and a small console cannot print.
PLAIN = str.maketrans(
    {"…": "...", "“": '"', "”": '"', "‘": "'", "’": "'", "—": "-", "–": "-", "≤": "<="}
)

Line = tuple[str, str]  # text, style


def fits(text: str, encoding: str) -> bool:
    """Can a console of this encoding print `text` as it is?"""
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def printed(lines: Iterable[Line], encoding: str, width: int, color: bool) -> str:
    """Lines that are wrapped already, as the console takes them."""
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
        text = Text(sayable(line, encoding), style=style if color else "", no_wrap=True)
        console.print(text, end="\n")
    return out.getvalue()


def sayable(text: str, encoding: str) -> str:
    """`text` as a console of this encoding can print it."""
    if not fits(text, encoding):
        text = text.translate(PLAIN)
    if fits(text, encoding):
        return text
    try:
        return text.encode(encoding, "replace").decode(encoding)
    except LookupError:
        return text.encode("ascii", "replace").decode("ascii")
