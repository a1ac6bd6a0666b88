"""Run posdiag from test code, and say what was expected of it."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from posdiag.lab.found import FoundReport, found_report, parsed
from posdiag.lab.inventory import TO_US, Expectable, expectable
from posdiag.model import Verdict
from posdiag.system.process.hook import REPORTED, RunContext, posdiag

LONGEST = 150.0  # seconds of one run

VERDICTS = tuple(verdict.value for verdict in Verdict)

Record = Callable[[str, object], None]
"""Sets a property of the test, in place of one of the same name; None removes it."""


class NotMeasured(Exception):
    """posdiag gave no report: wrong use, a bug, or out of time. The text says which."""


@dataclass(slots=True)
class Probe:
    """posdiag, as the fixture and the labgrid driver hand it out.

    `record` gets what is worth a property of the test: expected, cause, verdict,
    confidence. `profile` and `options` are those of a bench, and come first.
    """

    folder: Path
    record: Record = lambda name, value: None
    profile: str | None = None
    options: tuple[str, ...] = ()
    place: RunContext | None = None
    timeout: float = LONGEST

    def run(
        self,
        profile: str | Path | None = None,
        select: str | Sequence[str] = (),
        options: Sequence[str] = (),
    ) -> FoundReport:
        """Carry out `posdiag run` and return its report. `select`: ids or groups of
        checks; `options`: further options, as on the command line. NotMeasured where
        there is no report."""
        report = self.measured(profile, select, options)
        self.note(report)
        return report

    def note(self, report: FoundReport, prefix: str = "posdiag") -> None:
        """Make the verdict and the first cause properties of the test."""
        first = report.causes[0].confidence if report.causes else None
        self.record(f"{prefix}.verdict", report.verdict)
        self.record(f"{prefix}.cause", report.first)
        self.record(f"{prefix}.confidence", first)

    def measured(
        self,
        profile: str | Path | None = None,
        select: str | Sequence[str] = (),
        options: Sequence[str] = (),
    ) -> FoundReport:
        """As `run`, without properties of the test."""
        chosen = profile or self.profile
        names = [select] if isinstance(select, str) else list(select)
        arguments = [
            "run",
            *names,
            *(("--profile", str(chosen)) if chosen else ()),
            *self.options,
            *options,
            *TO_US,
        ]
        place = self.place or RunContext(self.folder)
        ended = asyncio.run(posdiag(arguments, self.timeout, place))
        report = parsed(ended.out) if ended.code in REPORTED else None
        if report is None:
            why = ended.err.strip() or f"no JSON report, exit code {ended.code}"
            raise NotMeasured(f"posdiag {' '.join(arguments)}: {why}")
        return found_report(report, ended.code or 0)

    def expect(
        self,
        *causes: str,
        profile: str | Path | None = None,
        select: str | Sequence[str] = (),
        options: Sequence[str] = (),
        report: FoundReport | None = None,
    ) -> FoundReport:
        """Run posdiag (or take `report`) and assert that its first cause is one of
        `causes`; "healthy" and the other verdicts may be expected, too. ValueError,
        before anything is run, for what cannot be expected."""
        if not causes:
            raise TypeError("expect() wants the id of a cause, or a verdict")
        for cause in causes:
            if wrong := _expectable().wrong(cause):
                raise ValueError(f"expect(): {wrong.en}")
        self.record("posdiag.expected", " | ".join(causes))
        found = report or self.run(profile, select, options)
        assert found.first in causes, _otherwise(found, causes)  # noqa: S101
        return found


@cache
def _expectable() -> Expectable:
    return expectable(VERDICTS)


def _otherwise(found: FoundReport, causes: Iterable[str]) -> str:
    """What a failed test says: all causes, and what could not be looked at."""
    listed = [f"{cause.id} ({cause.confidence:.0%})" for cause in found.causes]
    lines = [
        f"expected {' or '.join(causes)}, got {found.first}",
        f"verdict: {found.verdict}",
        f"causes: {', '.join(listed) or 'none'}",
    ]
    if found.unproven:
        lines.append(f"unproven: {', '.join(found.unproven)}")
    return "\n".join(lines)
