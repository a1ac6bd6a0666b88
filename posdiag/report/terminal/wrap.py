"""Where may a line of mixed Chinese and Latin text be broken?

rich breaks at blanks only and folds the rest wherever the line is full, which puts a
comma at the start of a Chinese line and leaves half of the line before it empty. Here a
line breaks at a blank or beside a Chinese character, never before a closing mark nor
after an opening one (GB/T 15834).
"""

import re
import unicodedata
from functools import cache

CLOSING = frozenset("，。；：？！、）》】”’…%℃")
OPENING = frozenset("（《【“‘")

# Where a phrase ends, the better places first: after a mark or column, then a blank.
PHRASE_ENDS = (re.compile("[，。；：？！、）]|\\s{2,}"), re.compile("\\s+"))
TAIL = 0.25  # of a line; more is not left empty for the sake of a phrase

# A run of Latin text without a blank, or one character of anything else.
PIECE = re.compile(r"[\x21-\x7e\u00a1-\u024f]+|\s+|.", re.DOTALL)


def cells(text: str, *, wide: bool = False) -> int:
    """Columns that `text` takes. `wide`: ambiguous signs take two (GBK consoles)."""
    return sum(_width(char, wide) for char in text)


@cache
def _width(char: str, wide: bool) -> int:
    full = ("W", "F", "A") if wide else ("W", "F")
    mark = unicodedata.category(char) == "Mn"  # stands over the one before it
    return (unicodedata.east_asian_width(char) in full) + (not mark)


def wrap(
    text: str, width: int, *, wide: bool = False, phrases: bool = False
) -> list[str]:
    """`text` in lines of at most `width` columns; at least one line. `phrases`: a line
    ends at a blank or a mark where one is near its end, so that no word is torn."""
    lines: list[str] = []
    line = ""
    for piece in _pieces(text, max(width, 4), wide):
        if cells(line + piece.rstrip(), wide=wide) <= max(width, 4):
            line += piece
        elif piece.strip():
            done, rest = _phrase(line, width) if phrases else (line, "")
            if cells(rest + piece.rstrip(), wide=wide) > max(width, 4):
                done, rest = line, ""
            lines.append(done.rstrip())
            line = rest + piece
    return [*lines, line.rstrip()] if line.strip() or not lines else lines


def _phrase(line: str, width: int) -> tuple[str, str]:
    """A full line up to its last blank or mark, and the rest; whole where that is far
    from its end."""
    for ends in PHRASE_ENDS:
        at = max((m.end() for m in ends.finditer(line)), default=0)
        if at and cells(line[at:]) <= width * TAIL:
            return line[:at], line[at:]
    return line, ""


def _pieces(text: str, width: int, wide: bool) -> list[str]:
    """Parts between which a line may break, none wider than a line."""
    joined: list[str] = []
    for match in PIECE.finditer(text):
        part = match[0]
        sticks = joined and (
            part[0] in CLOSING or joined[-1][-1] in OPENING or part.isspace()
        )
        if sticks and cells(joined[-1] + part.rstrip(), wide=wide) <= width:
            joined[-1] += part
        else:
            joined += _chopped(part, width, wide)
    return joined


def _chopped(part: str, width: int, wide: bool) -> list[str]:
    chunks = [""]
    for char in part:
        if chunks[-1] and cells(chunks[-1] + char, wide=wide) > width:
            chunks.append("")
        chunks[-1] += char
    return chunks


def cut(text: str, width: int, *, wide: bool = False) -> str:
    """`text` in at most `width` columns, with an ellipsis where it was cut."""
    if cells(text, wide=wide) <= width:
        return text
    kept = ""
    for char in text:
        if cells(kept + char + "…", wide=wide) > width:
            break
        kept += char
    return kept.rstrip() + "…"


def pad(text: str, width: int, *, wide: bool = False) -> str:
    """`text` with blanks up to `width` columns."""
    return text + " " * max(width - cells(text, wide=wide), 0)
