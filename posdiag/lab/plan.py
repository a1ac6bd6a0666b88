"""Which trials are to be carried out, in which order, and by which shard?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from posdiag.lab.inventory import Bench, Fault

NONE, ALL = "none", "all"  # of `--fault`


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial. `fault` None: nothing is injected, and nothing must be found. `round`
    counts from 1."""

    bench: Bench
    fault: Fault | None
    round: int = 1

    @property
    def name(self) -> str:
        fault = self.fault.name if self.fault else NONE
        return fault if self.round == 1 else f"{fault} #{self.round}"


@dataclass(frozen=True, slots=True)
class Choice:
    """What was asked for. Empty `benches`, `tags` and `faults` mean all."""

    benches: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    rounds: int = 1
    shard: tuple[int, int] = (1, 1)


def chosen(benches: Sequence[Bench], choice: Choice) -> tuple[Bench, ...]:
    """The benches of these names that have all of these tags."""
    return tuple(
        bench
        for bench in benches
        if (not choice.benches or bench.name in choice.benches)
        and set(choice.tags) <= set(bench.tags)
    )


def trials(benches: Sequence[Bench], choice: Choice) -> tuple[Trial, ...]:
    """All trials of this shard, bench by bench. Shards part the whole list evenly, so
    that all of them together carry out each trial once."""
    whole = [
        Trial(bench, fault, number)
        for bench in chosen(benches, choice)
        for number in range(1, choice.rounds + 1)
        for fault in _faults(bench, choice.faults)
    ]
    number, of = choice.shard
    return tuple(whole[number - 1 :: of])


def _faults(bench: Bench, names: Sequence[str]) -> list[Fault | None]:
    whole = not names or ALL in names
    found: list[Fault | None] = [f for f in bench.fault if whole or f.name in names]
    # A bench without faults is still asked whether it is healthy.
    return [None, *found] if NONE in names or (whole and not found) else found
