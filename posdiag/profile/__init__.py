"""The site profile: reading TOML, checking it, printing it."""

from collections.abc import Iterable
from typing import Literal

from posdiag.texts.lookup import Texts
from posdiag.texts.nearest import near_enough
from posdiag.texts.pair import Pair

TEXTS = Texts("posdiag.profile", "profile.toml")


def whole_number(low: float | None, high: float | None) -> Pair:
    """A whole number within these bounds; None: no bound."""
    if high is not None and low is not None:
        return TEXTS("type.integer-between", low=low, high=high)
    return TEXTS("type.integer") if low is None else TEXTS("type.integer-from", low=low)


def unknown(
    kind: Literal["table", "key", "limit", "plugin"], name: str, known: Iterable[str]
) -> Pair:
    """That a name is not known, and the one that was probably meant."""
    near = near_enough(name, known)
    return TEXTS(f"unknown.{kind}", near=near) if near else TEXTS(f"strange.{kind}")
