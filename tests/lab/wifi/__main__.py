"""`python -m tests.lab.wifi`: run the Wi-Fi lab, print how often posdiag was right."""

import argparse
import json
import os
import random
import sys
import time
from pathlib import Path

from tests.lab.case import matching
from tests.lab.runner import certificates
from tests.lab.wifi import cache, vm
from tests.lab.wifi.case import WAYS, Case, Way, load
from tests.lab.wifi.runner import Options, Outcome, run_all
from tests.lab.wifi.table import HEAD, row, summary


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.lab.wifi", description=__doc__
    )
    add = parser.add_argument
    add("--case", nargs="+", default=[], metavar="GLOB", help="ids or patterns")
    add("--way", choices=WAYS, help="only by wpa_supplicant, or by NetworkManager")
    add("--drawn", action="store_true", help="each case one way, drawn by the seed")
    add("--seed", type=int, help="names, addresses and dice; default: the time")
    add("--repeat", type=int, default=1, help="each case so often, with other seeds")
    add("--jobs", type=int, default=2, help="machines at once (default 2)")
    add("--settle", type=int, default=0, metavar="N", help="repeat wrong cases N times")
    add("--list", action="store_true", help="list the cases")
    add("--world-only", action="store_true", help="the worlds' own signs, no posdiag")
    add("--confirm", action="store_true", help="signs first: each world is made twice")
    add("--keep", metavar="DIR", help="keep each case's results and logs here")
    add("--record", metavar="DIR", help="keep what posdiag measured, for --replay")
    add("--restore", type=int, metavar="N", help="N join tests beside a connection")
    add("--hosting", action="store_true", help="--restore: N access points, killed")
    add("--checkout", type=Path, default=cache.REPO, help="the posdiag under test")
    add("--args", default="", help="more arguments for posdiag run")
    add("--limit", type=float, default=vm.LIMIT, help="seconds of our clock per case")
    return parser.parse_args()


def chosen(options: argparse.Namespace) -> list[tuple[Case, Way, int]]:
    """The cases asked for, each with its ways and seeds."""
    cases = list(load().values())
    if options.case:
        named = matching([c.id for c in cases], options.case)
        cases = [c for c in cases if c.id in named]
    return [
        (case, way, options.seed + i)
        for i in range(options.repeat)
        for case in cases
        for way in ways(case, options, i)
        if options.way in (None, way)
    ]


def ways(case: Case, options: argparse.Namespace, number: int) -> tuple[Way, ...]:
    """Those of the case, or with --drawn one of them, another in other runs."""
    if not options.drawn:
        return case.ways
    dice = random.Random(f"{case.id}/{options.seed + number}")
    return (dice.choice(case.ways),)


def settings(options: argparse.Namespace, certs: str) -> Options:
    return {
        "certs": certs,
        "checkout": str(options.checkout),
        "limit": options.limit,
        "keep": options.keep,
        "record": options.record,
        "confirm": options.confirm,
        "guest": {
            "world_only": options.world_only,
            "record": bool(options.record),
            "logs": bool(options.keep),
            "args": options.args.split(),
        },
    }


def listing() -> None:
    for case in load().values():
        ways = "both" if case.ways == WAYS else f"{'+'.join(case.ways)} ({case.but})"
        print(f"{case.id:28} {case.wanted:32} {ways}: {case.says.splitlines()[0]}")


def main() -> int:
    options = arguments()
    if options.list:
        listing()
        return 0
    if os.geteuid() != 0:
        print("the Wi-Fi lab boots machines: run it as root", file=sys.stderr)
        return 2
    cache.ensure()
    if options.seed is None:
        options.seed = int(time.time()) % 1_000_000
    with certificates() as certs:
        if options.restore:
            from tests.lab.wifi.restore import restore

            return restore(options, settings(options, certs))
        return lab(options, settings(options, certs))


def lab(options: argparse.Namespace, said: Options) -> int:
    """Run, show each result as it comes, then what it adds up to."""
    work = chosen(options)
    if not work:
        print("no such case", file=sys.stderr)
        return 2
    print(f"seed {options.seed}, {len(work)} runs\n{HEAD}")

    def show(outcome: Outcome) -> None:
        print(row(outcome), flush=True)
        if options.keep:
            name = f"{outcome.case.id}.{outcome.way}.{outcome.seed}.json"
            text = json.dumps(outcome.raw, indent=1, ensure_ascii=False)
            Path(options.keep, name).write_text(text, "utf-8")

    outcomes = run_all(work, said, options.jobs, show)
    wrong = [o for o in outcomes if o.verdict != "right"]
    if wrong and options.settle:
        # The air is drawn by dice: a case that is wrong twice is wrong.
        print(f"\nonce more, {options.settle} times each:")
        again = [
            (o.case, o.way, o.seed + 7919 * (i + 1))
            for o in wrong
            for i in range(options.settle)
        ]
        second = run_all(again, said, options.jobs, show)
        wrong = [o for o in second if o.verdict != "right"]
        outcomes += second
    print(summary(outcomes))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
