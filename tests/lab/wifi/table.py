"""How are the Wi-Fi lab's results printed?"""

from collections import Counter
from statistics import median
from typing import Any

from tests.lab.scoreboard import Trial, scoreboard
from tests.lab.wifi.case import HEALTHY
from tests.lab.wifi.runner import Outcome

HEAD = (
    f"{'case':28} {'way':10} {'expected':32} {'got':28} {'guest':>6} {'ours':>6} "
    f"{'MB':>4}  result"
)


def row(outcome: Outcome) -> str:
    """One line: `guest` are posdiag's seconds there, `ours` those of the whole case."""
    o = outcome
    got = "-" if o.got is None else o.got or "healthy"
    line = (
        f"{o.case.id:28} {o.way:10} {o.case.wanted:32} {got:28} {o.seconds:6.1f} "
        f"{o.wall:6.1f} {o.memory:4.0f}  {o.verdict}"
    )
    if o.verdict != "right":
        line += f" (seed {o.seed}) {_last(o.note)}"
    return line


def _last(note: str) -> str:
    lines = note.strip().splitlines()
    return lines[-1][:300] if lines else ""


def summary(outcomes: list[Outcome]) -> str:
    """What was taken for what, times, and the totals."""
    confused = Counter(
        (o.case.wanted, "-" if o.got is None else o.got or "healthy", o.case.id, o.way)
        for o in outcomes
        if o.verdict != "right"
    )
    lines = ["", "confusion: expected -> got (case, way) times"]
    lines += [
        f"  {wanted} -> {got} ({case}, {way}) {times}"
        for (wanted, got, case, way), times in sorted(confused.items())
    ] or ["  none"]
    wall = sorted(o.wall for o in outcomes) or [0.0]
    guest = sorted(o.seconds for o in outcomes) or [0.0]
    memory = max((o.memory for o in outcomes), default=0.0)
    times = [
        f"{name}: median {spent[len(spent) // 2]:.1f} s, most {spent[-1]:.1f} s"
        for name, spent in (("ours", wall), ("guest", guest))
    ]
    lines.append("; ".join([*times, f"memory: most {memory:.0f} MB"]))
    lines += durations(outcomes)
    if any("report" in o.raw or o.confirmed is not None for o in outcomes):
        lines += scoreboard([trial(o) for o in outcomes])
    failed = sum(o.verdict != "right" for o in outcomes)
    lines.append(f"{len(outcomes) - failed} passed, {failed} failed")
    return "\n".join(lines)


def trial(outcome: Outcome) -> Trial:
    o = outcome
    expected = frozenset(c for c in o.case.expected if c)
    healthy = HEALTHY in o.case.expected
    return Trial(
        frozenset() if healthy else expected,
        o.verdict == "right",
        o.verdict not in ("broken", "invalid"),
        o.seconds,
        report=o.raw.get("report", {}),
        confirmed=o.confirmed,
    )


def durations(outcomes: list[Outcome]) -> list[str]:
    """How long the Wi-Fi checks took, in the guest's seconds."""
    spent: dict[str, list[float]] = {}
    reports = [o.raw.get("report", {}) for o in outcomes]
    for check in (c for report in reports for c in report.get("checks", [])):
        kind = _kind(check)
        if kind:
            spent.setdefault(kind, []).append(check["duration_s"])
    return [
        f"{kind}: median {median(times):.1f} s, most {max(times):.1f} s"
        for kind, times in sorted(spent.items())
    ]


def _kind(check: dict[str, Any]) -> str:
    if check["id"] == "wifi.credentials" and "test_seconds" in check["facts"]:
        return "join test, joined" if check["status"] == "ok" else "join test, failed"
    scans = ("wifi.credentials", "wifi.security", "wifi.interference")
    measured = check["status"] in ("ok", "warn", "fail")
    return "by scan alone" if check["id"] in scans and measured else ""
