"""The checks in their order, and the layers of their groups."""

import importlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from posdiag.model import Check
from posdiag.model.check import CORE


@cache
def layers() -> tuple[str, ...]:
    """Groups of the core's checks and causes, the lowest layer first."""
    found: tuple[str, ...] = importlib.import_module(CORE).LAYERS
    return found


@cache
def of_own_network() -> frozenset[str]:
    """Groups of the core's causes that are about the network of this machine."""
    return frozenset(importlib.import_module(CORE).OWN)


@cache
def reserved() -> frozenset[str]:
    """Groups of ids that no plugin may use, neither for a check nor for a cause: those
    of the core, and of the reasons for skip and error."""
    return frozenset({*layers(), "skip", "tool"})


def layer(id: str) -> int:
    """The layer of a check or a cause, by its group; plugins' are above all others."""
    group = id.partition(".")[0]
    return layers().index(group) if group in layers() else len(layers())


@dataclass(frozen=True, slots=True)
class Checklist:
    """Checks in the order in which they are shown."""

    checks: tuple[Check, ...]

    @classmethod
    def of(cls, checks: Iterable[Check]) -> "Checklist":
        return cls(tuple(sorted(checks, key=lambda c: (layer(c.id), c.order, c.id))))

    def proving(self, what: str) -> tuple[str, ...]:
        """Ids of the checks whose ok proves this, the strongest proof first."""
        return tuple(c.id for c in reversed(self.checks) if c.proves == what)

    @property
    def first_host(self) -> frozenset[str]:
        """Ids of the checks that are about the acquirer's first host alone."""
        return frozenset(c.id for c in self.checks if c.first_host)
