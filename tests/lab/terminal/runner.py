"""How does the lab start cases, some at a time, and what was right?"""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lab.runner import contain
from tests.lab.terminal.case import Case

EXIT = {"healthy": 0, "degraded": 1, "broken": 1, "unknown": 3}
SOON = 15.0  # seconds after the terminal's first try in which `listen` names its cause


@dataclass(frozen=True)
class Outcome:
    """`problem` is "" for right; `broken`: the lab's own trouble. Seconds from the
    terminal's first try on: `tried` to the end of posdiag, `heard` to the end of the
    watch by its own clock, which other work on this machine delays less."""

    case: Case
    seed: int
    problem: str = ""
    broken: bool = False
    got: str | None = None
    seconds: float = 0.0
    tried: float | None = None
    heard: float | None = None
    raw: dict[str, Any] = field(default_factory=dict)


def run_case(case: Case, seed: int, certs: str, folder: str) -> Outcome:
    file = str(Path(folder, f"{case}.pcap").absolute()) if folder else ""
    out, errors = contain(
        "tests.lab.terminal.worker", str(case), str(seed), certs, file, timeout=240.0
    )
    try:
        raw: dict[str, Any] = json.loads(out.splitlines()[-1])
    except (ValueError, IndexError):
        return Outcome(case, seed, (errors or out)[-1500:], broken=True)
    return judged(case, seed, raw)


def judged(case: Case, seed: int, raw: dict[str, Any]) -> Outcome:
    """What one watch, told by its worker, amounts to."""
    causes = raw.get("report", {}).get("causes", [])
    return Outcome(
        case, seed, grade(case, raw), False, causes[0]["id"] if causes else None,
        raw.get("seconds", 0.0), raw.get("tried"), heard(raw), raw,
    )  # fmt: skip


def heard(raw: dict[str, Any]) -> float | None:
    """How long it was listened to the terminal; None where it never began."""
    checks = raw.get("report", {}).get("checks", [])
    spent = [c["facts"].get("seconds") for c in checks if c["id"] == "terminal.seen"]
    if raw.get("late") is None or not spent or spent[0] is None:
        return None
    return round(max(0.0, float(spent[0]) - float(raw["late"])), 1)


def grade(case: Case, raw: dict[str, Any]) -> str:
    """ "" for right, else what is wrong."""
    if raw.get("trouble"):
        return str(raw["trouble"])
    report = raw["report"]
    causes = [cause["id"] for cause in report["causes"]]
    got = causes[0] if causes else None
    if got != case.expected:
        return f"{causes or 'no cause'}, {report['verdict']}"
    if report["verdict"] != (case.verdict or "broken") and case.expected is None:
        return f"verdict {report['verdict']} where {case.verdict} belongs"
    if raw["exit"] != EXIT[report["verdict"]]:
        return f"exit {raw['exit']}"
    of_terminal = (case.expected or "").startswith("terminal.")
    spent = heard(raw)
    if case.mode == "listen" and of_terminal and spent is not None and spent > SOON:
        return f"certain {spent} s after its first try, {SOON:.0f} s are promised"
    return ""


def run_all(
    work: list[tuple[Case, int]],
    certs: str,
    folder: str,
    jobs: int,
    show: Callable[[Outcome], None],
) -> list[Outcome]:
    """Every case with its seed, `jobs` at a time; `show` each in their order."""
    outcomes = []
    with ThreadPoolExecutor(jobs) as pool:
        for run in [pool.submit(run_case, c, s, certs, folder) for c, s in work]:
            outcomes.append(run.result())
            show(outcomes[-1])
    return outcomes
