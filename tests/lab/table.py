"""How are the lab's results printed?"""

from collections import Counter

from posdiag.measure.statistics import wilson_interval
from tests.lab.runner import Outcome

HEAD = (
    f"{'case':32} {'expected':28} {'got':28} {'s':>5} {'wire':>7} {'told':>7}  result"
)


def row(outcome: Outcome) -> str:
    """One line: `wire` by the counters of the shop's card, `told` by the report."""
    o = outcome
    if o.verdict == "shown":
        signs = " | ".join(f"{k} {v}" for k, v in o.raw["symptoms"].items())
        return f"{o.case.id:32} {o.case.expected or '-':28} {signs}"
    told = told_bytes(o)
    line = (
        f"{o.case.id:32} {o.case.expected or '-':28} {o.got or '-':28} "
        f"{o.seconds:5.1f} {o.wire:7} {told:>7}  {o.verdict}"
    )
    if o.verdict in ("wrong", "broken"):
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
    faults = [o for o in outcomes if o.case.expected and o.verdict != "broken"]
    healthy = [o for o in outcomes if not o.case.expected and o.verdict != "broken"]
    if faults:
        lines += ["", _title("faults", faults), *_of_faults(faults)]
    if healthy:
        alarms = sum(o.got is not None for o in healthy)
        _, most = wilson_interval(alarms / len(healthy), len(healthy))
        lines += ["", _title("healthy", healthy)]
        lines.append(f"  false alarms: {alarms}, below {most:.1%} at 95 %")
        unknown = sum(o.report.get("verdict") == "unknown" for o in healthy)
        lines.append(f"  verdict unknown: {unknown}")
    broken = sum(o.verdict == "broken" for o in outcomes)
    lines += ["", f"invalid trials, left out: {broken}"]
    totals = Counter(o.verdict for o in outcomes)
    lines.append(", ".join(f"{n} {v}" for v, n in sorted(totals.items())))
    return "\n".join(lines)


def _title(name: str, chosen: list[Outcome]) -> str:
    right = sum(o.verdict == "right" for o in chosen)
    low, high = wilson_interval(right / len(chosen), len(chosen))
    seconds, wire = ([getattr(o, n) for o in chosen] for n in ("seconds", "wire"))
    return (
        f"{name}: {right} of {len(chosen)} right ({right / len(chosen):.1%}; 95 % "
        f"interval {low:.1%} to {high:.1%})\n"
        f"  seconds: {_spread(seconds, '.1f')}; bytes on the wire: {_spread(wire, 'd')}"
    )


def _spread(values: list[float], form: str) -> str:
    ranked = sorted(values)
    at = [ranked[min(len(ranked) - 1, len(ranked) * n // 100)] for n in (50, 95)]
    return f"p50 {at[0]:{form}}, p95 {at[1]:{form}}, most {ranked[-1]:{form}}"


def _of_faults(faults: list[Outcome]) -> list[str]:
    by_cause: dict[str, list[bool]] = {}
    for o in faults:
        by_cause.setdefault(str(o.case.expected), []).append(o.verdict == "right")
    macro = sum(sum(r) / len(r) for r in by_cause.values()) / len(by_cause)
    called_healthy = sum(o.report.get("verdict") == "healthy" for o in faults)
    undecided = sum(o.got is None and o.verdict != "right" for o in faults)
    named = sum(
        o.verdict != "right" and o.case.expected in rivals_of(o) for o in faults
    )
    lines = [
        f"  by cause (macro, {len(by_cause)} causes): {macro:.1%}",
        f"  called healthy: {called_healthy}",
        f"  undecided: {undecided}; wrong with the truth among the rivals: {named}",
    ]
    sure = [(o.report["causes"][0]["confidence"], o) for o in faults if o.got]
    if sure:
        brier = sum((c - (o.got == o.case.expected)) ** 2 for c, o in sure) / len(sure)
        lines.append(f"  confidence: Brier score {brier:.3f}; " + _calibration(sure))
    return lines


def _calibration(sure: list[tuple[float, Outcome]]) -> str:
    """Said against true, by how sure the first cause was."""
    parts = []
    for low, high in ((0.0, 0.8), (0.8, 0.95), (0.95, 1.01)):
        here = [(c, o.got == o.case.expected) for c, o in sure if low <= c < high]
        if here:
            said = sum(c for c, _ in here) / len(here)
            true = sum(t for _, t in here) / len(here)
            parts.append(f"said {said:.0%}, true {true:.0%} of {len(here)}")
    return "; ".join(parts)


def rivals_of(outcome: Outcome) -> list[str]:
    """Ids that the first cause of the report names as not told apart."""
    causes = outcome.report.get("causes", [])
    rivals = causes[0].get("rivals", []) if causes else []
    return [r["id"] if isinstance(r, dict) else r for r in rivals]


def failed(outcomes: list[Outcome]) -> bool:
    return any(o.verdict in ("wrong", "broken") for o in outcomes)
