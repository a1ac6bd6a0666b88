"""What a walk asks for next, and what it writes down of each step."""

from dataclasses import dataclass

from posdiag.guide.conclude import Conclusion
from posdiag.guide.knowledge import Action, Fact
from posdiag.texts.pair import Pair

SALE = "sale-in-progress"  # the note on an action that touches the network
QUERY = "query-first"  # on one that takes money anew, which may be taken already


@dataclass(frozen=True, slots=True)
class Measure:
    """Run the checks. `causes` are waited for to go away if `settles`."""

    after: str = ""
    causes: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    settles: bool = False


@dataclass(frozen=True, slots=True)
class Ask:
    """Ask for a fact; `fact` None: whether the action `helped` did help."""

    id: str
    fact: Fact | None = None
    helped: Action | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    fact: Fact


@dataclass(frozen=True, slots=True)
class Do:
    """`note` is `sale-in-progress`, `query-first` or ""."""

    action: Action
    note: str = ""


@dataclass(frozen=True, slots=True)
class Tell:
    id: str


@dataclass(frozen=True, slots=True)
class End:
    conclusion: Conclusion


Request = Measure | Ask | Gate | Do | Tell | End


@dataclass(slots=True)
class Step:
    """One step as the transcript has it. `answer` as given, `found` cause ids, `do`
    what was to be done, where it is done in another way than usual."""

    kind: str
    id: str = ""
    answer: str = ""
    done: bool | None = None
    helped: bool | None = None
    note: str = ""
    checks: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    do: Pair | None = None
