"""What is a case of the Wi-Fi lab, and which are there?"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from tests.lab.wifi.world import World

Way = Literal["supplicant", "nm"]
WAYS: tuple[Way, ...] = ("supplicant", "nm")
Setup = Callable[["World"], None]
Judge = Callable[[dict[str, Any]], str]


@dataclass(frozen=True)
class Case:
    """`expected`: the first causes that are right ("" for none: a healthy site).

    `sign` are patterns that the world must show by itself, without posdiag, when the
    lab's own client does what the case is about, by way. `never` gives for a cause the
    confidence that it must not reach. `judge` looks at the report further: "" or what
    is wrong with it. `ways` are those in which the fault can be made, `but` says why
    not in all. `exit` is the exit code where another belongs to a case without cause.
    """

    id: str
    expected: frozenset[str]
    setup: Setup
    says: str
    sign: dict[Way, tuple[str, ...]]
    never: dict[str, float]
    judge: Judge | None
    ways: tuple[Way, ...]
    but: str
    exit: int | None = None

    def __str__(self) -> str:
        return self.id

    @property
    def wanted(self) -> str:
        return "|".join(sorted(c or "healthy" for c in self.expected))


CASES: dict[str, Case] = {}
HEALTHY = ""


def case(
    id: str,
    *expected: str,
    sign: str | tuple[str, ...] = (),
    nm: str | tuple[str, ...] | None = None,
    never: dict[str, float] | None = None,
    judge: Judge | None = None,
    ways: tuple[Way, ...] = WAYS,
    but: str = "",
    exit: int | None = None,
) -> Callable[[Setup], Setup]:
    """Register a case; no `expected` means a healthy site."""
    if id in CASES:
        raise ValueError(f"two cases are called {id}")
    signs = _tuple(sign)
    both: dict[Way, tuple[str, ...]] = {
        "supplicant": signs,
        "nm": signs if nm is None else _tuple(nm),
    }

    def take(setup: Setup) -> Setup:
        CASES[id] = Case(
            id, frozenset(expected or (HEALTHY,)), setup, (setup.__doc__ or "").strip(),
            both, never or {}, judge, ways, but, exit,
        )  # fmt: skip
        return setup

    return take


def _tuple(pattern: str | tuple[str, ...]) -> tuple[str, ...]:
    return (pattern,) if isinstance(pattern, str) else pattern


def load() -> dict[str, Case]:
    """All cases, in the order of their modules, healthy ones last."""
    package = importlib.import_module("tests.lab.wifi.cases")
    names = sorted(m.name for m in pkgutil.iter_modules(package.__path__))
    for name in sorted(names, key=lambda n: (n.startswith("healthy"), n)):
        importlib.import_module(f"tests.lab.wifi.cases.{name}")
    return CASES
