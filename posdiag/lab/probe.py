"""Run posdiag from test code, and say what was expected of it."""

import asyncio
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from posdiag.lab.found import FoundReport, found_report
from posdiag.lab.inventory import TO_US
from posdiag.system.process.hook import REPORTED, RunContext, posdiag

LONGEST = 150.0  # seconds of one run

Record = Callable[[str, object], None]


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
        if ended.code not in REPORTED:
            why = ended.err.strip() or f"exit code {ended.code}"
            raise NotMeasured(f"posdiag {' '.join(arguments)}: {why}")
        report = found_report(json.loads(ended.out), ended.code or 0)
        self.record("posdiag.verdict", report.verdict)
        self.record("posdiag.cause", report.first)
        if report.causes:
            self.record("posdiag.confidence", report.causes[0].confidence)
        return report

    def expect(
        self,
        *causes: str,
        profile: str | Path | None = None,
        select: str | Sequence[str] = (),
        options: Sequence[str] = (),
        report: FoundReport | None = None,
    ) -> FoundReport:
        """Run posdiag (or take `report`) and assert that its first cause is one of
        `causes`; "healthy" and the other verdicts may be expected, too."""
        if not causes:
            raise TypeError("expect() wants the id of a cause, or a verdict")
        self.record("posdiag.expected", " | ".join(causes))
        found = report or self.run(profile, select, options)
        assert found.first in causes, _otherwise(found, causes)  # noqa: S101
        return found


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
