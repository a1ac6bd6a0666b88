"""What do the trials of a lab add up to? One table for the IP lab and the Wi-Fi lab.

Right of total with its interval, by cause (macro), faults called healthy, undecided,
the truth among the rivals, false alarms with an upper bound, seconds and bytes, and how
well the confidence is calibrated. Trials in which the lab itself failed, or whose world
did not show its fault, are counted and left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from posdiag.measure.statistics import wilson_interval


@dataclass(frozen=True)
class Trial:
    """One run in one world. `expected` are the ids of which one must come first, none
    for a healthy world; `wire` are bytes, None where they were not counted;
    `confirmed`: the world showed its fault, or that it is sound, by other means than
    posdiag, None where nobody looked."""

    expected: frozenset[str]
    right: bool
    valid: bool = True
    seconds: float = 0.0
    wire: int | None = None
    report: Mapping[str, Any] = field(default_factory=dict)
    confirmed: bool | None = None

    @property
    def got(self) -> str | None:
        causes = self.report.get("causes", [])
        return str(causes[0]["id"]) if causes else None


def rivals_of(report: Mapping[str, Any]) -> list[str]:
    """Ids that the first cause of the report names as not told apart."""
    causes = report.get("causes", [])
    rivals = causes[0].get("rivals", []) if causes else []
    return [r["id"] if isinstance(r, dict) else r for r in rivals]


def scoreboard(trials: Sequence[Trial]) -> list[str]:
    """The table, line by line."""
    valid = [t for t in trials if t.valid]
    faults = [t for t in valid if t.expected]
    healthy = [t for t in valid if not t.expected]
    lines: list[str] = []
    if faults:
        lines += ["", *_title("faults", faults), *_of_faults(faults)]
    if healthy:
        alarms = sum(t.got is not None for t in healthy)
        _, most = wilson_interval(alarms / len(healthy), len(healthy))
        unknown = sum(t.report.get("verdict") == "unknown" for t in healthy)
        lines += ["", *_title("healthy", healthy)]
        lines.append(f"  false alarms: {alarms}, below {most:.1%} at 95 %")
        lines.append(f"  verdict unknown: {unknown}")
    looked = [t.confirmed for t in trials if t.confirmed is not None]
    lines += (
        ["", f"injections confirmed: {sum(looked)} of {len(looked)}"]
        if looked
        else [""]
    )
    return [*lines, f"invalid trials, left out: {len(trials) - len(valid)}"]


def _title(name: str, trials: Sequence[Trial]) -> list[str]:
    right = sum(t.right for t in trials)
    low, high = wilson_interval(right / len(trials), len(trials))
    spent = f"  seconds: {_spread([t.seconds for t in trials], '.1f')}"
    weighed = [t.wire for t in trials if t.wire is not None]
    if weighed:
        spent += f"; bytes on the wire: {_spread(weighed, 'd')}"
    return [
        f"{name}: {right} of {len(trials)} right ({right / len(trials):.1%}; 95 % "
        f"interval {low:.1%} to {high:.1%})",
        spent,
    ]


def _spread(values: Sequence[float], form: str) -> str:
    ranked = sorted(values)
    at = [ranked[min(len(ranked) - 1, len(ranked) * n // 100)] for n in (50, 95)]
    return f"p50 {at[0]:{form}}, p95 {at[1]:{form}}, most {ranked[-1]:{form}}"


def _of_faults(faults: Sequence[Trial]) -> list[str]:
    by_cause: dict[str, list[bool]] = {}
    for t in faults:
        by_cause.setdefault(" or ".join(sorted(t.expected)), []).append(t.right)
    macro = sum(sum(r) / len(r) for r in by_cause.values()) / len(by_cause)
    called_healthy = sum(t.report.get("verdict") == "healthy" for t in faults)
    undecided = sum(t.got is None and not t.right for t in faults)
    named = sum(
        not t.right and not t.expected.isdisjoint(rivals_of(t.report)) for t in faults
    )
    lines = [
        f"  by cause (macro, {len(by_cause)} causes): {macro:.1%}",
        f"  called healthy: {called_healthy}",
        f"  undecided: {undecided}; wrong with the truth among the rivals: {named}",
    ]
    sure = [
        (float(t.report["causes"][0]["confidence"]), t.got in t.expected)
        for t in faults
        if t.got
    ]
    if sure:
        brier = sum((said - true) ** 2 for said, true in sure) / len(sure)
        lines.append(f"  confidence: Brier score {brier:.3f}; " + _calibration(sure))
    return lines


def _calibration(sure: Sequence[tuple[float, bool]]) -> str:
    """Said against true, by how sure the first cause was."""
    parts = []
    for low, high in ((0.0, 0.8), (0.8, 0.95), (0.95, 1.01)):
        here = [(said, true) for said, true in sure if low <= said < high]
        if here:
            said = sum(s for s, _ in here) / len(here)
            true = sum(t for _, t in here) / len(here)
            parts.append(f"said {said:.0%}, true {true:.0%} of {len(here)}")
    return "; ".join(parts)
