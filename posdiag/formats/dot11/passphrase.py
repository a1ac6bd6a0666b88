"""Can this text be a Wi-Fi passphrase, and what in it looks like a typing error?

Pure; returns kinds and positions, never the characters. WPA2 takes 8 to 63 printable
ASCII characters or 64 hexadecimal digits (IEEE 802.11-2020 annex J.4); WEP takes 5 or
13 characters or 10 or 26 digits; WPA3 alone takes any text.
"""

import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from posdiag.formats.dot11.ssid import APOSTROPHES, FULL_WIDTH
from posdiag.model.site import Secret

Kind = Literal[
    "short", "long", "full-width", "quote", "foreign", "control", "blank-end"
]
Position = Literal["start", "middle", "end", "whole"]

SHORTEST, LONGEST, KEY_DIGITS = 8, 63, 64
HEX = frozenset(string.hexdigits)
WEP_LENGTHS = frozenset({5, 13})
WEP_DIGITS = frozenset({10, 26})
BLANKS = frozenset(" \t\u3000\u00a0")


@dataclass(frozen=True, slots=True)
class Flaw:
    """`fatal`: no WPA2 network can have such a passphrase; else merely suspicious."""

    kind: Kind
    position: Position
    fatal: bool = True


def flaws(passphrase: Secret) -> tuple[Flaw, ...]:
    """What is wrong with this passphrase for WPA2, the most conclusive first."""
    text = passphrase.reveal()
    found: list[Flaw] = []
    for kind, holds in KINDS:
        indexes = [i for i, char in enumerate(text) if holds(char)]
        if indexes:
            found.append(Flaw(kind, _position(indexes, len(text))))
    size = len(text.encode("utf-8", "surrogatepass"))
    if size < SHORTEST:
        found.append(Flaw("short", "whole"))
    elif size > LONGEST and not is_master_key(text):
        found.append(Flaw("long", "whole"))
    if text and (text[0] in BLANKS or text[-1] in BLANKS):
        end: Position = "end" if text[-1] in BLANKS else "start"
        found.append(Flaw("blank-end", end, fatal=False))
    return tuple(found)


def is_master_key(text: str) -> bool:
    """64 hexadecimal digits: the pairwise master key itself."""
    return len(text) == KEY_DIGITS and set(text) <= HEX


def fits_wep(passphrase: Secret) -> bool:
    """Can it be a WEP key?"""
    text = passphrase.reveal()
    if len(text) in WEP_DIGITS and set(text) <= HEX:
        return True
    return len(text) in WEP_LENGTHS and text.isascii()


def _position(indexes: list[int], length: int) -> Position:
    if len(indexes) == length:
        return "whole"
    if indexes == [0]:
        return "start"
    return "end" if indexes == [length - 1] else "middle"


def _full_width(char: str) -> bool:
    return ord(char) in FULL_WIDTH or char == "\u3000"


def _quote(char: str) -> bool:
    return ord(char) in APOSTROPHES and not char.isascii()


def _foreign(char: str) -> bool:
    return not (char.isascii() or _full_width(char) or _quote(char))


def _control(char: str) -> bool:
    return char.isascii() and not " " <= char <= "~"


KINDS: tuple[tuple[Kind, Callable[[str], bool]], ...] = (
    ("full-width", _full_width),
    ("quote", _quote),
    ("foreign", _foreign),
    ("control", _control),
)
