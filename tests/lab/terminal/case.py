"""What is a case: what is wrong with a terminal, and how is it watched?"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.lab.terminal.world import TerminalWorld

Setup = Callable[["TerminalWorld"], None]
ANY = ("inline", "host")


@dataclass(frozen=True)
class Case:
    """`expected` is the first cause; None for none. `verdict` is then `healthy` where
    the terminal's sale is seen, `unknown` where nothing can be proven. `libraries`:
    it needs those of other releases (`tests.lab.terminal.libraries`)."""

    id: str
    mode: str
    expected: str | None
    setup: Setup
    verdict: str = ""
    libraries: bool = False

    def __str__(self) -> str:
        return f"{self.mode}-{self.id}"


CASES: dict[str, Case] = {}


def case(
    id: str,
    expected: str | None,
    *modes: str,
    verdict: str = "",
    libraries: bool = False,
) -> Callable[[Setup], Setup]:
    def take(setup: Setup) -> Setup:
        for mode in modes:
            said = verdict or ("unknown" if mode == "listen" else "healthy")
            said = "" if expected else said
            made = Case(id, mode, expected, setup, said, libraries)
            CASES[str(made)] = made
        return setup

    return take


def load() -> dict[str, Case]:
    """All cases, by id."""
    package = importlib.import_module("tests.lab.terminal.cases")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"tests.lab.terminal.cases.{module.name}")
    return CASES
