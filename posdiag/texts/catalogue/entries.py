"""What a report says of a cause, a step, a measure and a gap, in both languages."""

from dataclasses import dataclass

from posdiag.texts.pair import Pair

#: What a step or a measure may touch: the way to the network, the terminal itself, the
#: computer that runs this program. Anything else touches nothing.
TOUCHES = ("network", "terminal", "computer")


@dataclass(frozen=True, slots=True)
class Step:
    """One thing to do. `touches` is one of `TOUCHES` or "". `before` is what to mind
    first; a `gate` is a question about money, to be answered before the rest."""

    text: Pair
    by: str = "merchant"
    touches: str = ""
    recheck: Pair | None = None
    gate: bool = False
    before: Pair | None = None

    @property
    def interrupts(self) -> bool:
        """May it break off a sale?"""
        return self.touches in ("network", "terminal")


@dataclass(frozen=True, slots=True)
class Advice:
    """One emergency or prevention measure of the seed map."""

    id: str
    text: Pair
    touches: str = ""


@dataclass(frozen=True, slots=True)
class CauseText:
    """All that is said of a cause, its facts in it. `then` is the party to call if
    the merchant's own attempt fails. `danger`: no card may be taken on
    this network; `machine`: it is a trouble of this computer, not of the shop."""

    id: str
    title: Pair
    say: Pair
    proof: Pair | None
    decide: Pair | None
    who: str
    then: str
    steps: tuple[Step, ...]
    explains: tuple[str, ...] = ()
    emergency: tuple[str, ...] = ()
    prevention: tuple[str, ...] = ()
    danger: bool = False
    machine: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """What is missing to a proof of health: the check, and what would close the gap."""

    id: str
    title: Pair
    how: Pair
