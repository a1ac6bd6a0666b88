"""Network names (SSIDs) as text, and names that a person takes for each other.

Pure. A name is 0 to 32 octets of unspecified encoding (IEEE 802.11-2020 9.4.2.2):
phones and newer routers write UTF-8, older routers in China GBK. A terminal compares
octets.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Literal

Likeness = Literal[
    "same",
    "case",
    "blank",
    "width",
    "apostrophe",
    "encoding",
    "form",
    "several",
    "look-alike",
]
"""How two names differ that a person takes for one: capitals, blanks, full-width
letters, the kind of apostrophe, UTF-8 against GBK, the Unicode form of accents, several
of these, or letters that look alike (O and 0)."""

APOSTROPHES = dict.fromkeys(
    map(ord, "\u2019\u2018\u201b\u02bc\u02b9\u2032`\u00b4"), "'"
)
APOSTROPHES |= dict.fromkeys(map(ord, "\u201c\u201d\u201f\u2033"), '"')
FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
BLANKS = re.compile(r"[\s\u3000\u200b-\u200d\u2060\ufeff\u00ad]+")
LOOK_ALIKES = str.maketrans({"0": "o", "1": "l", "i": "l", "|": "l", "!": "l"})

Fold = Callable[[str], str]


def encoded(name: str) -> bytes:
    """A name in a profile as it is on the air: in UTF-8."""
    return name.encode("utf-8", "surrogatepass")


def of_hex(digits: str) -> bytes:
    """The octets of a name in an answer; b"" if it is not hexadecimal."""
    try:
        return bytes.fromhex(digits)
    except ValueError:
        return b""


def hidden(name: bytes) -> bool:
    """Does the access point hide its name? Some send as many NULs as it has octets."""
    return not name.strip(b"\0")


def shown(name: bytes) -> str:
    """A name as text: UTF-8, else GBK, else its octets as escapes."""
    for text, _ in readings(name):
        return text
    return name.decode("ascii", "backslashreplace")


def readings(name: bytes) -> list[tuple[str, str]]:
    """The possible texts of these octets, each with its encoding: octets of GBK may be
    valid UTF-8, too."""
    found: list[tuple[str, str]] = []
    for encoding in ("utf-8", "gbk"):
        try:
            text = name.decode(encoding)
        except UnicodeDecodeError:
            continue
        if text not in (other for other, _ in found):
            found.append((text, encoding))
    return found


def likeness(one: bytes, other: bytes) -> Likeness | None:
    """How a person could take one name for the other; None for different names."""
    if one == other:
        return "same"
    if hidden(one) or hidden(other):
        return None
    found = {
        kind
        for text, encoding in readings(one)
        for against, its_encoding in readings(other)
        for kind in _alike(text, against, encoding == its_encoding)
    }
    return next((kind for kind in ORDER if kind in found), None)


def _alike(one: str, other: str, same_encoding: bool) -> Iterator[Likeness]:
    if one == other:
        yield "encoding"
        return
    for kind, fold in FOLDS.items():
        if same_encoding and _same(fold, one, other):
            yield kind
    if _same(_overlooked, one, other):
        yield "several"
    if _same(lambda text: _overlooked(text).translate(LOOK_ALIKES), one, other):
        yield "look-alike"


def _same(fold: Fold, one: str, other: str) -> bool:
    folded = fold(one)
    return folded != "" and folded == fold(other)


def _overlooked(text: str) -> str:
    """Without the differences that a person overlooks."""
    for kind in STEPS:
        text = FOLDS[kind](text)
    return text


FOLDS: dict[Likeness, Fold] = {
    "case": str.casefold,
    "blank": lambda text: BLANKS.sub("", text),
    "width": lambda text: text.translate(FULL_WIDTH).replace("\u3000", " "),
    "apostrophe": lambda text: text.translate(APOSTROPHES),
    "form": lambda text: unicodedata.normalize("NFC", text),
}
#: In this order: folding widths and capitals may leave another Unicode form.
STEPS: tuple[Likeness, ...] = ("form", "width", "apostrophe", "blank", "case", "form")
ORDER: tuple[Likeness, ...] = (*FOLDS, "encoding", "several", "look-alike")
