"""What is a case? A device with a fault made for real, or a healthy one."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

USUAL, SLOW, HOSTILE = 6.0, 15.0, 20.0
"""Seconds until the verdict: devices that answer at a normal speed, at the slowest that
is allowed, and ports that are silent, noisy, flooding or gone."""


@dataclass(frozen=True)
class Rig:
    """A device that is ready, and how posdiag is started for it.

    `profile` is TOML. `after` raises AssertionError where what reached the device was
    wrong; it is called when posdiag has ended.
    """

    profile: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    after: Callable[[], None] = lambda: None


Setup = Callable[[], AbstractContextManager[Rig]]


@dataclass(frozen=True)
class Case:
    """`expected` is the first cause, "" for a healthy device, None for one that cannot
    be examined (exit code 3, no cause). `code` is then the code of its first check."""

    id: str
    expected: str | None
    setup: Setup
    says: str
    limit: float = USUAL
    code: str = ""

    @property
    def group(self) -> str:
        return self.setup.__module__.rpartition(".")[2]

    @property
    def wanted(self) -> str:
        if self.expected is None:
            return f"not measured: {self.code}"
        return self.expected or "healthy"


CASES: dict[str, Case] = {}
SECRETS: dict[str, tuple[str, ...]] = {}
"""By group: texts that may stand in no output, recording or argument."""


def add(case: Case) -> None:
    """Register a case; its id begins with its group."""
    if case.id in CASES:
        raise ValueError(f"two cases are called {case.id}")
    CASES[case.id] = case


def load() -> dict[str, Case]:
    """All cases, by group."""
    package = importlib.import_module("tests.lab.devices.cases")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return CASES
