"""Every limit that turns a measurement into a verdict: one table, with sources."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

LimitValue = float | tuple[str, ...]


class Plan(StrEnum):
    """How sure the loss and signal verdicts must be."""

    QUICK = "quick"
    DEFAULT = "default"
    THOROUGH = "thorough"


@dataclass(frozen=True, slots=True)
class Limit:
    """One row of the table: its default, its unit, where it comes from."""

    name: str
    value: LimitValue
    unit: str
    source: str


@cache
def table() -> Mapping[str, Limit]:
    """The defaults that travel with the package, in the order of the file."""
    text = (files("posdiag.model") / "limits.toml").read_text("utf-8")
    rows: dict[str, Limit] = {}
    for group, entries in tomllib.loads(text).items():
        for key, entry in entries.items():
            value = entry["value"]
            name = f"{group}.{key}"
            rows[name] = Limit(
                name,
                tuple(value) if isinstance(value, list) else float(value),
                entry["unit"],
                entry["source"],
            )
    return rows


class Limits:
    """The table with the profile's own values over it."""

    def __init__(self, overrides: Mapping[str, LimitValue] | None = None) -> None:
        self._overrides = dict(overrides or {})

    def __getitem__(self, name: str) -> float:
        """The number called `name`; KeyError for a name that the table lacks."""
        value = self._overrides.get(name, table()[name].value)
        if isinstance(value, tuple):
            raise TypeError(f"{name} is a list")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """The list called `name`."""
        value = self._overrides.get(name, table()[name].value)
        if not isinstance(value, tuple):
            raise TypeError(f"{name} is a number")
        return value

    def overridden(self, group: str) -> tuple[tuple[str, float], ...]:
        """The numbers of a group that the profile has changed, for another process."""
        return tuple(
            (name, value)
            for name, value in self._overrides.items()
            if name.startswith(f"{group}.") and not isinstance(value, tuple)
        )

    def rows(self) -> tuple[Limit, ...]:
        """The table as it is in force, overridden rows marked by their source."""
        return tuple(
            Limit(name, self._overrides[name], row.unit, "profile")
            if name in self._overrides
            else row
            for name, row in table().items()
        )
