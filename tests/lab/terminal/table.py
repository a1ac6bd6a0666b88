"""How are the terminal lab's results printed?"""

import json
from collections import Counter
from collections.abc import Iterator

from tests.lab.scoreboard import Trial, scoreboard
from tests.lab.terminal.runner import Outcome

HEAD = (
    f"{'case':34} {'expected':32} {'got':32} {'s':>5} {'tried':>5} {'heard':>5}  result"
)


def row(outcome: Outcome) -> str:
    """One line: `s` is the whole run, `tried` and `heard` see `Outcome`."""
    o = outcome
    since = ("-" if n is None else f"{n:.1f}" for n in (o.tried, o.heard))
    spent = " ".join(f"{n:>5}" for n in since)
    line = (
        f"{o.case!s:34} {o.case.expected or '-':32} {o.got or '-':32} "
        f"{o.seconds:5.1f} {spent}  {'wrong' if o.problem else 'right'}"
    )
    return line + (f" (seed {o.seed}) {o.problem}" if o.problem else "")


def details(outcome: Outcome) -> Iterator[str]:
    """The checks of the report, and what went to stderr."""
    for check in outcome.raw.get("report", {}).get("checks", []):
        if check["code"] != "skip.not-selected":
            facts = {k: v for k, v in check["facts"].items() if v not in (None, [])}
            line = f"{check['id']:20} {check['status']:5} {check['code']}"
            yield f"    {line} {json.dumps(facts)[:300]}"
    if outcome.raw.get("stderr"):
        yield f"    stderr: {outcome.raw['stderr'][-800:]}"


def summary(outcomes: list[Outcome]) -> str:
    """What was taken for what, the scoreboard, how soon `listen` was certain."""
    confused = Counter(
        (o.case.expected or "healthy", o.got or "nothing", str(o.case))
        for o in outcomes
        if o.problem
    )
    lines = ["", "confusion: expected -> got (case) times"]
    lines += [
        f"  {expected} -> {got} ({case}) {times}"
        for (expected, got, case), times in sorted(confused.items())
    ] or ["  none"]
    lines += scoreboard([trial(o) for o in outcomes])
    lines += soon(outcomes)
    lines.append(f"{sum(not o.problem for o in outcomes)} of {len(outcomes)} right")
    return "\n".join(lines)


def soon(outcomes: list[Outcome]) -> list[str]:
    """Seconds from the terminal's first try until `listen` was certain, by cause."""
    spent: dict[str, list[float]] = {}
    for o in outcomes:
        if o.case.mode == "listen" and o.got == o.case.expected and o.heard is not None:
            spent.setdefault(o.got or "", []).append(o.heard)
    return [
        f"listen, {cause}: certain at most {max(times):.1f} s after its first try"
        for cause, times in sorted(spent.items())
        if cause
    ]


def trial(outcome: Outcome) -> Trial:
    o = outcome
    expected = frozenset([o.case.expected] if o.case.expected else [])
    return Trial(
        expected, not o.problem, not o.broken, o.seconds,
        report=o.raw.get("report", {}),
    )  # fmt: skip
