"""`python -m tests.lab.terminal`: watch real terminals, and count who was right."""

import argparse
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from tests.lab.runner import certificates, contain
from tests.lab.terminal.cases import CASES, Case

EXIT = {"healthy": 0, "degraded": 1, "broken": 1, "unknown": 3}


def run_case(case: Case, seed: int, certs: str, folder: str) -> dict[str, Any]:
    file = str(Path(folder, f"{case}.pcap").absolute()) if folder else ""
    out, errors = contain(
        "tests.lab.terminal.worker", str(case), str(seed), certs, file, timeout=200.0
    )
    try:
        outcome: dict[str, Any] = json.loads(out.splitlines()[-1])
    except (ValueError, IndexError):
        return {"trouble": (errors or out)[-1500:]}
    return outcome


def grade(case: Case, outcome: dict[str, Any]) -> str:
    """ "" for right, else what is wrong."""
    if outcome.get("trouble"):
        return str(outcome["trouble"])
    report = outcome["report"]
    causes = [cause["id"] for cause in report["causes"]]
    got = causes[0] if causes else None
    if got != case.expected:
        return f"{causes or 'no cause'}, {report['verdict']}"
    wanted = case.verdict or "broken"
    if report["verdict"] != wanted and case.expected is None:
        return f"verdict {report['verdict']} where {wanted} belongs"
    if outcome["exit"] != EXIT[report["verdict"]]:
        return f"exit {outcome['exit']}"
    return ""


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.lab.terminal")
    add = parser.add_argument
    add("--case", nargs="+", default=["*"], metavar="ID")
    add("--seed", type=int, default=int(time.time()) % 100_000)
    add("--repeat", type=int, default=1)
    add("--jobs", type=int, default=2)
    add("--settle", type=int, default=0, metavar="N", help="repeat what is wrong")
    add("--keep", default="", metavar="DIR", help="captures of the terminals' wires")
    add("--show", action="store_true", help="print the checks of each report")
    options = parser.parse_args()
    if os.geteuid() != 0:
        print("the lab makes network namespaces: run it as root", file=sys.stderr)
        return 2
    chosen = [c for id, c in CASES.items() if any(fnmatch(id, p) for p in options.case)]
    if not chosen:
        print("no such case", file=sys.stderr)
        return 2
    work = [(c, options.seed + i) for i in range(options.repeat) for c in chosen]
    with certificates() as certs:
        wrong = passed(work, options, options.jobs, certs)
        print(f"{len(work) - len(wrong)} of {len(work)} right")
        if wrong and options.settle:
            # Times depend on what else the machine does: wrong twice is wrong.
            print(f"\nonce more, {options.settle} times each:")
            more = [7919 * (i + 1) for i in range(options.settle)]
            again = [(case, seed + n) for case, seed in wrong for n in more]
            wrong = passed(again, options, 1, certs)
            print(f"{len(again) - len(wrong)} of {len(again)} right")
    return int(bool(wrong))


def passed(
    work: list[tuple[Case, int]], options: argparse.Namespace, jobs: int, certs: str
) -> list[tuple[Case, int]]:
    """Run the cases with their seeds, show each; what was wrong."""
    wrong = []
    with ThreadPoolExecutor(jobs) as pool:
        runs = [pool.submit(run_case, c, seed, certs, options.keep) for c, seed in work]
        for (case, seed), run in zip(work, runs, strict=True):
            outcome = run.result()
            problem = grade(case, outcome)
            if problem:
                wrong.append((case, seed))
            seconds = outcome.get("seconds", 0.0)
            said = "right" if not problem else f"WRONG {problem}"
            print(f"{case!s:34} {seed:6} {seconds:6.1f} s  {said}", flush=True)
            if options.show or problem:
                show(outcome)
    return wrong


def show(outcome: dict[str, Any]) -> None:
    for check in outcome.get("report", {}).get("checks", []):
        if check["code"] != "skip.not-selected":
            facts = {k: v for k, v in check["facts"].items() if v not in (None, [])}
            line = f"{check['id']:20} {check['status']:5} {check['code']}"
            print(f"    {line} {json.dumps(facts)[:300]}")
    if outcome.get("stderr"):
        print("    stderr:", outcome["stderr"][-800:])


if __name__ == "__main__":
    sys.exit(main())
