"""`python -m tests.lab.terminal`: watch real terminals, and count who was right."""

import argparse
import os
import sys
import time

from tests.lab.case import matching
from tests.lab.runner import certificates
from tests.lab.terminal import libraries
from tests.lab.terminal.case import Case, load
from tests.lab.terminal.runner import Outcome, run_all
from tests.lab.terminal.table import HEAD, details, row, summary


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.lab.terminal")
    add = parser.add_argument
    add("--case", nargs="+", default=["*"], metavar="ID", help="ids or patterns")
    add("--seed", type=int, default=int(time.time()) % 100_000)
    add("--repeat", type=int, default=1)
    add("--jobs", type=int, default=2)
    add("--settle", type=int, default=0, metavar="N", help="repeat what is wrong")
    add("--keep", default="", metavar="DIR", help="captures of the terminals' wires")
    add("--show", action="store_true", help="print the checks of each report")
    add("--list", action="store_true", help="list the cases")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    named = matching(list(load()), options.case)
    chosen = [case for id, case in load().items() if id in named]
    if options.list:
        for case in chosen:
            print(f"{case!s:34} {case.expected or '-'}")
        return 0
    if os.geteuid() != 0:
        print("the lab makes network namespaces: run it as root", file=sys.stderr)
        return 2
    if any(case.libraries for case in chosen):
        libraries.ensure()  # the cases' own network leads nowhere
    work = [(c, options.seed + i) for i in range(options.repeat) for c in chosen]
    print(f"seed {options.seed}, {len(work)} runs\n{HEAD}")
    with certificates() as certs:
        return int(not lab(work, options, certs))


def lab(work: list[tuple[Case, int]], options: argparse.Namespace, certs: str) -> bool:
    """Run, show each result as it comes, then what it adds up to: was all right?"""

    def show(outcome: Outcome) -> None:
        print(row(outcome), flush=True)
        if options.show or outcome.problem:
            print(*details(outcome), sep="\n", flush=True)

    outcomes = run_all(work, certs, options.keep, options.jobs, show)
    print(summary(outcomes))
    wrong = [o for o in outcomes if o.problem]
    if not wrong or not options.settle:
        return not wrong
    # Times depend on what else the machine does: wrong twice is wrong.
    print(f"\nonce more, {options.settle} times each:")
    more = [7919 * (i + 1) for i in range(options.settle)]
    again = [(o.case, o.seed + n) for o in wrong for n in more]
    second = run_all(again, certs, options.keep, 1, show)
    print(f"{sum(not o.problem for o in second)} of {len(second)} right")
    return not any(o.problem for o in second)


if __name__ == "__main__":
    sys.exit(main())
