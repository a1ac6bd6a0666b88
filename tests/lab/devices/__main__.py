"""`python -m tests.lab.devices`: run the device lab, print how often it was right."""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

from tests.lab.case import matching
from tests.lab.devices.case import Case, load
from tests.lab.devices.runner import Outcome, run_all

HEAD = f"{'case':34} {'expected':30} {'got':30} {'s':>5}  result"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.lab.devices", description=__doc__
    )
    add = parser.add_argument
    add("--case", nargs="+", default=[], metavar="GLOB", help="ids or patterns")
    add("--repeat", type=int, default=1, help="each case so often")
    add("--jobs", type=int, default=4, help="devices at once (default 4)")
    add("--settle", type=int, default=0, metavar="N", help="repeat wrong cases N times")
    add("--list", action="store_true", help="list the cases")
    add("--json", metavar="DIR", help="keep every report in this folder")
    return parser.parse_args()


def row(outcome: Outcome) -> str:
    o = outcome
    line = f"{o.case.id:34} {o.case.wanted:30} {o.got:30} {told(o):5.1f}  {o.verdict}"
    return line if o.verdict == "right" else f"{line} {o.note}".rstrip()


def told(outcome: Outcome) -> float:
    """The seconds until the verdict, by the report."""
    return float(outcome.report.get("duration_s", outcome.seconds))


def summary(outcomes: list[Outcome]) -> str:
    """What was taken for what, times, and the totals."""
    wrong = Counter(
        (o.case.wanted, o.got, o.case.id, o.verdict)
        for o in outcomes
        if o.verdict != "right"
    )
    lines = ["", "not right: expected -> got (case, result) times"]
    lines += [
        f"  {wanted} -> {got} ({case}, {verdict}) {times}"
        for (wanted, got, case, verdict), times in sorted(wrong.items())
    ] or ["  none"]
    for limit in sorted({o.case.limit for o in outcomes}):
        spent = sorted(told(o) for o in outcomes if o.case.limit == limit)
        middle, most = spent[len(spent) // 2], spent[-1]
        lines.append(
            f"limit {limit:g} s: {len(spent)} runs, median {middle:.1f} s, "
            f"most {most:.1f} s"
        )
    right = sum(o.verdict == "right" for o in outcomes)
    lines.append(f"{right} right, {len(outcomes) - right} not")
    return "\n".join(lines)


def keep(folder: str, outcome: Outcome) -> None:
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    text = json.dumps(outcome.report, indent=1, ensure_ascii=False)
    (path / f"{outcome.case.id}.json").write_text(text, "utf-8")


def chosen(options: argparse.Namespace) -> list[Case]:
    cases = list(load().values())
    if options.case:
        named = matching([case.id for case in cases], options.case)
        cases = [case for case in cases if case.id in named]
    return [case for _ in range(options.repeat) for case in cases]


def main() -> int:
    options = arguments()
    cases = chosen(options)
    if options.list:
        for case in cases:
            print(f"{case.id:34} {case.wanted:30} {case.says.splitlines()[0]}")
        return 0
    print(f"{len(cases)} runs\n{HEAD}")

    def show(outcome: Outcome) -> None:
        print(row(outcome), flush=True)
        if options.json:
            keep(options.json, outcome)

    outcomes = run_all(cases, options.jobs, show)
    failed = [o for o in outcomes if o.verdict != "right"]
    if failed and options.settle:
        # Times depend on what else the machine does: wrong twice is wrong.
        print(f"\nonce more, {options.settle} times each:")
        again = [o.case for o in failed for _ in range(options.settle)]
        second = run_all(again, 1, show)
        failed = [o for o in second if o.verdict != "right"]
        outcomes += second
    print(summary(outcomes))
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
