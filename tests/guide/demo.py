"""The truthful merchant in the shop of `posdiag demo`: `python -m tests.guide.demo`.

The real checks run against the simulators; what they report, not what is made up for
them, is what the guide walks on. Prints a line a fault; exit code 1 where a conclusion
is not the fault.
"""

import sys
from concurrent.futures import ThreadPoolExecutor

from posdiag.demo.faults import FAULTS
from posdiag.guide.seen import Seen, seen_of
from tests.demo.test_demo import carry_out
from tests.guide.merchant import CATALOGUE, KNOWN, Story, truthful
from tests.guide.merchant import states as every

AT_ONCE = 6


def seen(fault: str | None) -> Seen:
    return seen_of(carry_out(fault), CATALOGUE)


def walked(fault: str, found: Seen, healthy: Seen) -> Story:
    """The walk of a merchant who answers as the first state of this cause has it."""
    state = next(s for s in every() if s.cause == fault and not s.on_terminal)
    return truthful(state, found, healthy)


def main() -> int:
    known = {s.cause for s in KNOWN.states.values() if not s.on_terminal}
    faults = [fault for fault in FAULTS if fault in known]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        healthy, *found = pool.map(seen, [None, *faults])
    wrong = 0
    for fault, measured in zip(faults, found, strict=True):
        story = walked(fault, measured, healthy)
        said = story.conclusion
        right = said.cause == fault and said.outcome != "undecided"
        wrong += not right
        mark = "right" if right else f"WRONG: {said.cause}"
        print(f"{fault:36} {said.outcome:9} {said.who:16} "
              f"{story.steps:2} steps  {len(story.asked):2} asked  {mark}")  # fmt: skip
    print(f"right conclusion {len(faults) - wrong} of {len(faults)}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
