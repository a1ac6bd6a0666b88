"""What do all trials together say? Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from posdiag.lab.outcome import COUNTED, Outcome
from posdiag.measure.statistics import percentile, wilson_interval


@dataclass(frozen=True, slots=True)
class Score:
    """`right` of `counted` trials, with a 95 % interval (Wilson); `alarms` of `healthy`
    runs that had to be healthy named a cause, with the upper bound of the same
    interval; seconds are those of the runs that count. None: nothing to reckon with."""

    right: int
    counted: int
    low: float | None
    high: float | None
    missed: int
    undecided: int
    wrong: int
    no_report: int
    among_rivals: int
    alarms: int
    healthy: int
    alarms_below: float | None
    invalid: int
    untried: int
    median_s: float | None
    p95_s: float | None


def score(outcomes: Sequence[Outcome]) -> Score:
    counted = [o for o in outcomes if o.counts]
    verdicts = Counter[str](o.verdict for o in outcomes)
    right = verdicts["right"]
    looks = [look for o in outcomes for look in o.healthy_looks if not look.trouble]
    alarms = sum(bool(look.causes) for look in looks)
    interval = wilson_interval(right / len(counted), len(counted)) if counted else None
    below = wilson_interval(alarms / len(looks), len(looks))[1] if looks else None
    seconds = [o.look.seconds for o in counted]
    return Score(
        right=right,
        counted=len(counted),
        low=interval[0] if interval else None,
        high=interval[1] if interval else None,
        missed=verdicts["missed"],
        undecided=verdicts["undecided"],
        wrong=verdicts["wrong"],
        no_report=verdicts["no-report"],
        among_rivals=sum(o.truth_among_rivals for o in outcomes),
        alarms=alarms,
        healthy=len(looks),
        alarms_below=below,
        invalid=verdicts["invalid"],
        untried=verdicts["untried"],
        median_s=percentile(seconds, 0.5),
        p95_s=percentile(seconds, 0.95),
    )


def exit_code(outcomes: Sequence[Outcome]) -> int:
    """0 all as expected, 1 not (also where the time did not suffice for all of them, or
    a bench was left broken), 3 nothing could be tried."""
    counted = [o for o in outcomes if o.counts]
    if not counted:
        return 3
    short = any(o.why == "over" or o.broken for o in outcomes)
    return 1 if short or any(o.verdict != "right" for o in counted) else 0


@dataclass(frozen=True, slots=True)
class Compared:
    """Trials that came out otherwise than in an earlier report, as "bench / trial"."""

    worse: tuple[str, ...]
    better: tuple[str, ...]
    new: tuple[str, ...]
    gone: tuple[str, ...]


def compare(outcomes: Sequence[Outcome], earlier: Mapping[str, Any]) -> Compared:
    """`earlier` is the JSON of a former run (`posdiag.lab/1`). ValueError if not."""
    rows = earlier.get("trials")
    if earlier.get("schema") != "posdiag.lab/1" or not isinstance(rows, list):
        raise ValueError("schema: not posdiag.lab/1")
    then = {
        f"{row['bench']} / {row['trial']}": row["verdict"] == "right"
        for row in rows
        if isinstance(row, dict) and row.get("verdict") in COUNTED
    }
    now = {
        f"{o.trial.bench.name} / {o.trial.name}": o.verdict == "right"
        for o in outcomes
        if o.counts
    }
    both = [name for name in now if name in then]
    return Compared(
        worse=tuple(name for name in both if then[name] and not now[name]),
        better=tuple(name for name in both if now[name] and not then[name]),
        new=tuple(name for name in now if name not in then),
        gone=tuple(name for name in then if name not in now),
    )
