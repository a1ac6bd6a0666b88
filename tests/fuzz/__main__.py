"""`python -m tests.fuzz [--inputs N] [--seed S] [--target NAME]`"""

import argparse
import sys
import time

from tests.fuzz.run import fuzz
from tests.fuzz.targets import targets


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--target", default="", help="part of a parser's name")
    asked = parser.parse_args()
    chosen = [t for t in targets() if asked.target in t.name]
    begun = time.monotonic()
    found = fuzz(chosen, asked.inputs, asked.seed)
    for trouble in found:
        print(f"{trouble.target}: {trouble.what}\n  {trouble.data[:200].hex()}\n")
    spent = time.monotonic() - begun
    print(
        f"seed {asked.seed}: {asked.inputs} inputs, {len(chosen)} parsers, "
        f"{len(found)} of them in trouble, {spent:.0f} s"
    )
    return 1 if found else 0


sys.exit(main())
