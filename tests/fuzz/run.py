"""Feed mutated inputs to all parsers in turn, and note what raises or takes long."""

import random
import time
import traceback
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

from tests.fuzz.mutate import mutated
from tests.fuzz.targets import Target

SLOW = 1.0  # seconds of one input of at most 64 KB


@dataclass(frozen=True, slots=True)
class Trouble:
    """An input that a parser could not take."""

    target: str
    data: bytes
    what: str


def fuzz(targets: Sequence[Target], inputs: int, seed: int) -> list[Trouble]:
    """`inputs` in all, shared evenly; the first trouble of each target."""
    found: dict[str, Trouble] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for number in range(inputs):
            target = targets[number % len(targets)]
            if target.name in found:
                continue
            dice = random.Random(f"{seed}/{number}")
            data = mutated(dice.choice(target.seeds), dice)
            what = _tried(target, data)
            if what:
                found[target.name] = Trouble(target.name, data, what)
    return list(found.values())


def _tried(target: Target, data: bytes) -> str:
    begun = time.process_time()
    try:
        target.read(data)
    except Exception:  # noqa: BLE001 - that is what is looked for
        return traceback.format_exc(limit=-3)
    spent = time.process_time() - begun
    return f"took {spent:.1f} s" if spent > SLOW else ""
