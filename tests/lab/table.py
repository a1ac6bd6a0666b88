"""How are the lab's results printed?"""

from collections import Counter

from tests.lab.runner import Outcome
from tests.lab.scoreboard import Trial, scoreboard

HEAD = (
    f"{'case':32} {'expected':28} {'got':28} {'s':>5} {'wire':>7} {'told':>7}  result"
)

LEFT_OUT = ("broken", "invalid")


def row(outcome: Outcome) -> str:
    """One line: `wire` by the counters of the shop's card, `told` by the report."""
    o = outcome
    if o.verdict == "shown":
        signs = " | ".join(f"{k} {v}" for k, v in o.raw["symptoms"].items())
        return f"{o.case.id:32} {o.case.expected or '-':28} {signs}"
    if o.verdict == "confirmed":
        return f"{o.case.id:32} {o.case.expected or '-':28} {o.raw['sign']}"
    told = told_bytes(o)
    line = (
        f"{o.case.id:32} {o.case.expected or '-':28} {o.got or '-':28} "
        f"{o.seconds:5.1f} {o.wire:7} {told:>7}  {o.verdict}"
    )
    if o.verdict in ("wrong", *LEFT_OUT):
        line += f" (seed {o.seed}) {_last(o.note)}"
    return line


def _last(note: str) -> str:
    """The end of a traceback says most; `--json` keeps it whole."""
    lines = note.strip().splitlines()
    return lines[-1][:200] if lines else ""


def told_bytes(outcome: Outcome) -> int | str:
    """What the report says that the run cost."""
    cost = outcome.report.get("bytes")
    return cost["sent"] + cost["received"] if cost else "-"


def summary(outcomes: list[Outcome]) -> str:
    """The scoreboard, and what was taken for what."""
    confused = Counter(
        (o.case.expected or "healthy", o.got or "nothing", o.case.id)
        for o in outcomes
        if o.verdict in ("wrong", "named", "not-measured")
    )
    lines = ["", "confusion: expected -> got (case) times"]
    lines += [
        f"  {expected} -> {got} ({case}) {times}"
        for (expected, got, case), times in sorted(confused.items())
    ] or ["  none"]
    lines += scoreboard([trial(o) for o in outcomes])
    totals = Counter(o.verdict for o in outcomes)
    lines.append(", ".join(f"{n} {v}" for v, n in sorted(totals.items())))
    return "\n".join(lines)


def trial(outcome: Outcome) -> Trial:
    o = outcome
    expected = frozenset([o.case.expected] if o.case.expected else [])
    valid = o.verdict not in LEFT_OUT
    return Trial(
        expected, o.verdict == "right", valid, o.seconds, o.wire, o.report,
        confirmed=bool(o.raw.get("sign")),
    )  # fmt: skip


def failed(outcomes: list[Outcome]) -> bool:
    return any(o.verdict in ("wrong", *LEFT_OUT) for o in outcomes)
