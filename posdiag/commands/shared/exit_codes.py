"""With which number does a command end? Scripts and monitoring rely on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from posdiag.commands.shared.common import refuse_unknown

if TYPE_CHECKING:
    from posdiag.model import Report
    from posdiag.texts.lang import Lang

INTERRUPTED = 130
UNKNOWN = 3
EXIT = {"healthy": 0, "degraded": 1, "broken": 1, "unknown": UNKNOWN}
SCALES = ("posdiag", "nagios")


def monitoring(exit_code: str, lang: Lang) -> bool:
    """Are the exit codes those of monitoring plugins?"""
    if exit_code not in SCALES:
        refuse_unknown(exit_code, SCALES, lang)
    return exit_code == "nagios"


def verdict_code(report: Report, monitoring: bool) -> int:
    """The exit code of a verdict; `monitoring`: the state that it is for Nagios."""
    if not monitoring:
        return EXIT[report.verdict.value]
    from posdiag.report.monitoring.nagios import exit_code

    return exit_code(report.verdict)
