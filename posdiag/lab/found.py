"""A report as an object, for test code: `report.first`, `report.check("dns.resolve")`.

Everything is read from the JSON report (`posdiag.report/1`); `raw` is that report.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from posdiag.model import Verdict

SCHEMA = "posdiag.report/1"


@dataclass(frozen=True, slots=True)
class FoundCause:
    """One cause of the report. `who`: whom to call."""

    id: str
    confidence: float
    severity: str
    who: str
    facts: Mapping[str, Any]
    raw: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class FoundCheck:
    """One check of the report."""

    id: str
    status: str
    code: str
    facts: Mapping[str, Any]
    raw: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class FoundReport:
    """`causes` are ranked; `unproven` are the checks whose evidence is missing for a
    healthy verdict; `exit_code` is that of `posdiag run`."""

    verdict: str
    causes: tuple[FoundCause, ...]
    checks: tuple[FoundCheck, ...]
    unproven: tuple[str, ...]
    exit_code: int
    raw: Mapping[str, Any] = field(repr=False)

    @property
    def first(self) -> str:
        """The id of the first cause; the verdict where there is none."""
        return self.causes[0].id if self.causes else self.verdict

    def check(self, id: str) -> FoundCheck:
        """The check of this id. KeyError if it is not in the report."""
        found = next((check for check in self.checks if check.id == id), None)
        if found is None:
            raise KeyError(id)
        return found


def parsed(text: str) -> dict[str, Any] | None:
    """The report that posdiag printed; None where this is none."""
    try:
        report: dict[str, Any] = json.loads(text)
        found_report(report, 0)
        known = report["schema"] == SCHEMA and Verdict(report["verdict"])
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return report if known else None


OF_CAUSE = ("id", "confidence", "severity", "who", "facts")
OF_CHECK = ("id", "status", "code", "facts")


def found_report(raw: Mapping[str, Any], exit_code: int) -> FoundReport:
    """KeyError where `raw` is not a report of posdiag."""
    return FoundReport(
        verdict=raw["verdict"],
        causes=tuple(
            FoundCause(**{key: cause[key] for key in OF_CAUSE}, raw=cause)
            for cause in raw["causes"]
        ),
        checks=tuple(
            FoundCheck(**{key: check[key] for key in OF_CHECK}, raw=check)
            for check in raw["checks"]
        ),
        unproven=tuple(raw.get("unproven", ())),
        exit_code=exit_code,
        raw=raw,
    )
