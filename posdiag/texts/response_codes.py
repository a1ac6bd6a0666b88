"""What does a response code (ISO 8583 field 39) mean, and what does the merchant do?

The table is `response_codes.toml`, which names its sources; it is read at its first
use. A code may come from the network or from a keyboard, so `lookup` takes any text and
never raises.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal, get_args

from posdiag.texts.lookup import Texts
from posdiag.texts.pair import Pair, read_toml

Scheme = Literal["unionpay", "iso", "emv"]
Family = Literal[
    "approved",
    "card",
    "account",
    "limit",
    "operation",
    "terminal-state",
    "beyond-merchant",
    "network",
]
#: A code that the terminal made itself, of a sale that never reached the acquirer.
Offline = Literal["decided", "unreached"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)

# Full-width forms, as a Chinese input method types them, and their blank.
NARROW = {0x3000: 0x20, **{0xFF01 + at: 0x21 + at for at in range(94)}}
LONGEST = 64  # characters; blanks around a code, not an essay
FILE = ("posdiag.texts", "response_codes.toml")
TEXTS = Texts(*FILE)


@dataclass(frozen=True, slots=True)
class Code:
    """One response code. `kind` is its class, A to E, "-" where no table has one.

    `query_first`: the money may have moved, so a query comes before another charge.
    `interrupts`: the action downloads or updates, so that unsent sales come first.
    `differs`: the schemes mean different things by it.
    `offline`: the terminal made the code; None where the host's reply brought it.
    """

    code: str
    kind: str
    family: Family
    meaning: Pair
    meanings: Mapping[Scheme, Pair]
    action: Pair
    query_first: bool = False
    interrupts: bool = False
    differs: bool = False
    offline: Offline | None = None

    @property
    def class_text(self) -> Pair:
        return TEXTS(f"class.{self.kind}")

    @property
    def cause(self) -> Pair:
        """Where the cause lies."""
        return TEXTS(f"family.{self.family}")

    @property
    def line(self) -> Pair:
        """What the code says about the line to the acquirer."""
        return TEXTS(f"line.{self.offline or 'host'}")

    @property
    def source(self) -> Pair:
        """The tables that it stands in."""
        return TEXTS("source.emv") if self.offline else TEXTS("source.tables")


def normal(text: str) -> str | None:
    """`text` as two characters of 0-9 A-Z; None if it is not a code at all."""
    if len(text) > LONGEST:
        return None
    narrow = text.translate(NARROW).strip()
    if not re.fullmatch("[0-9]|[0-9A-Za-z]{2}", narrow):
        return None
    return narrow.upper().zfill(2)


def lookup(code: str, scheme: Scheme | None = None) -> Code | None:
    """The code as `scheme` reads it, or any scheme; None if it is not in the table."""
    found = table().get(normal(code) or "")
    if found is None or scheme is None:
        return found
    if scheme not in found.meanings:
        return None
    return replace(found, meaning=found.meanings[scheme])


def meaning_of(code: str) -> Pair:
    """What it means; for a code that the table lacks, that it is not known."""
    found = lookup(code)
    return found.meaning if found else unknown("meaning")


def action_of(code: str) -> Pair:
    """What the merchant does; for a code that the table lacks, whom to ask."""
    found = lookup(code)
    return found.action if found else unknown("action")


def scheme_text(scheme: Scheme) -> Pair:
    return TEXTS(f"scheme.{scheme}")


def query_first() -> Pair:
    """What stands before a code after which the money may have moved."""
    return TEXTS("query_first")


def unknown(name: Literal["meaning", "action", "line", "source"]) -> Pair:
    """The text for a code that the table lacks."""
    return TEXTS("source.tables") if name == "source" else TEXTS(f"unknown.{name}")


@cache
def table() -> Mapping[str, Code]:
    """All codes, in the order of the file."""
    return {code: _code(code, e) for code, e in read_toml(*FILE)["code"].items()}


def _code(code: str, entry: Mapping[str, Any]) -> Code:
    meanings = {name: TEXTS(f"code.{code}.{name}") for name in SCHEMES if name in entry}
    return Code(
        code=code,
        kind=entry["class"],
        family=entry["family"],
        meaning=next(iter(meanings.values())),
        meanings=meanings,
        action=TEXTS(f"code.{code}.action"),
        query_first=entry.get("query_first", False),
        interrupts=entry.get("interrupts", False),
        differs=entry.get("differs", False),
        offline=entry.get("offline"),
    )
