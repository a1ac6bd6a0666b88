"""What is a case? A fault made for real, or a healthy shop, and what must be said."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.lab.plan import LanKind
    from tests.lab.world import World

Impairment = dict[str, float]
Setup = Callable[["World"], None]


@dataclass(frozen=True)
class Shape:
    """What must be known before a world is built.

    `relays` puts a bad wire in place of a link: `shop`, `host2`, `lan` (switch to
    router), `wan` (router to ISP), `core` (ISP to Internet exchange), `net`, `acq`,
    `wan2`.
    """

    relays: dict[str, Impairment] = field(default_factory=dict)
    lan: LanKind = "any"
    private: bool = False
    uplinks: int = 1


@dataclass(frozen=True)
class Case:
    """`expected` is the first cause of the report, None for a healthy shop. `unproven`
    are the checks that cannot give evidence in a healthy one: the verdict is unknown
    then, and the report names just these."""

    id: str
    expected: str | None
    setup: Setup
    shape: Shape
    says: str
    unproven: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.id

    @property
    def group(self) -> str:
        return self.setup.__module__.rpartition(".")[2]


CASES: dict[str, Case] = {}


def add(case: Case) -> None:
    if case.id in CASES:
        raise ValueError(f"two cases are called {case.id}")
    CASES[case.id] = case


def fault(id: str, expected: str, **shape: object) -> Callable[[Setup], Setup]:
    """Register a fault; `shape` are fields of `Shape`."""

    def take(setup: Setup) -> Setup:
        add(Case(id, expected, setup, _shape(shape), (setup.__doc__ or "").strip()))
        return setup

    return take


def healthy(
    id: str, *, unproven: tuple[str, ...] = (), **shape: object
) -> Callable[[Setup], Setup]:
    """Register a shop in which nothing is wrong."""

    def take(setup: Setup) -> Setup:
        text = (setup.__doc__ or "").strip()
        add(Case(f"healthy-{id}", None, setup, _shape(shape), text, unproven))
        return setup

    return take


def _shape(fields: dict[str, object]) -> Shape:
    return replace(Shape(), **fields)  # type: ignore[arg-type]  # checked by Shape


def matching(ids: Sequence[str], patterns: Sequence[str]) -> set[str]:
    """The ids that the patterns name; SystemExit for a pattern that names none, so that
    a slip of the pen is no pass."""
    for pattern in patterns:
        if not any(fnmatch(id, pattern) for id in ids):
            raise SystemExit(f"no such case: {pattern}")
    return {id for id in ids if any(fnmatch(id, p) for p in patterns)}


def load() -> dict[str, Case]:
    """All cases, in the order of the checklist, healthy ones last."""
    package = importlib.import_module("tests.lab.cases")
    order = (
        "host link ip dhcp router isp portal connections dns clock path vpn acquirer "
        "tls echo loss sale limits ipv6_only target lines healthy healthy_private "
        "healthy_routes unproven"
    )
    names = [m.name for m in pkgutil.iter_modules(package.__path__)]
    rank = {name: place for place, name in enumerate(order.split())}
    for name in sorted(names, key=lambda n: (rank.get(n, 0), n)):
        importlib.import_module(f"tests.lab.cases.{name}")
    return CASES
