"""Facts, states, actions and symptoms: what the guide knows, as plain values.

A *state* is one way in which a cause comes about (`router.unreachable/no-power`): it
says which answers it makes likely and which actions mend it. A *fact* is what a person
is asked; an *action* is one thing that a merchant does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from posdiag.texts.pair import Pair

UNKNOWN = "unknown"  # the answer that is always there
GATE = "sales.pending"  # the fact asked before a terminal is interrupted
CODE = "terminal.code"  # the fact that takes a response code
HELPED = "helped."  # prefix of the fact that asks for the result of an action
SYMPTOM = "symptom"
FOUND = "found"  # in a condition: a cause, or a group of causes, that a check has named
NOTHING = "nothing"  # the state in which nothing is wrong
CALL = "call"

Chances = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Condition:
    """`fact=value`, for a fact that was answered or settled; `unknown`: it was asked
    and nobody knew. `symptom=...` is the symptom, `found=...` a cause or a group of
    causes that a check has named; `sales.pending=...` what was said at the gate, where
    `unknown` counts as `unsettled`."""

    fact: str
    value: str

    @classmethod
    def read(cls, text: str) -> "Condition":
        fact, sign, value = text.partition("=")
        if not sign:
            raise ValueError(f"{text!r}: expected fact=value")
        return cls(fact, value)


@dataclass(frozen=True, slots=True)
class Fact:
    """What is asked. `answers` by value, without `unknown`; a fact with `kind` other
    than "choice" takes a text, which `rules` turns into one of `answers`.

    `usual` are the chances of the answers where a state does not bear on the fact.
    `settled` maps an answer to the checks whose ok gives it. It is asked only if one of
    `only` and none of `unless` holds, and not before those of `after` that tell
    something. `ends` maps an answer to the cause that it settles alone, `leads` to the
    action that it makes the next; `by_line` are answers that came over the line, and
    are not believed where the checks find that broken. `lasting`: an action that helps
    does not change it. `menu`: it is read in the terminal's menu, whose way `families`
    tells. `untried`: who does not know has not tried it. `cost` in minutes.
    """

    id: str
    ask: Pair
    help: Pair | None
    answers: Mapping[str, Pair]
    usual: Chances
    kind: str = "choice"
    settled: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    only: tuple[Condition, ...] = ()
    unless: tuple[Condition, ...] = ()
    after: tuple[str, ...] = ()
    ends: Mapping[str, str] = field(default_factory=dict)
    leads: Mapping[str, str] = field(default_factory=dict)
    by_line: tuple[str, ...] = ()
    lasting: bool = False
    menu: bool = False
    untried: bool = False
    cost: float = 0.5


@dataclass(frozen=True, slots=True)
class Way:
    """How an action is done where `when` holds."""

    when: Condition
    do: Pair
    look: Pair


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do. `touches` is `nothing`, `network` or `terminal`; `kind` is
    `cure`, `swap` (a part is replaced) or `workaround` (sales go on, the cause stays).

    `settles`: what it touches takes time to come back, so that the re-check repeats.
    `pause` is the seconds of a countdown (power cycle). `fact` may tell the result;
    `result` is what is asked for it, where something else shows it than a sign-in.
    `charges`: it takes money anew. `ways` are other ways to do it.
    """

    id: str
    do: Pair
    look: Pair
    touches: str
    kind: str = "cure"
    cost: float = 5.0
    risk: Pair | None = None
    settles: bool = False
    pause: int = 0
    fact: str = ""
    result: Pair | None = None
    charges: bool = False
    only: tuple[Condition, ...] = ()
    unless: tuple[Condition, ...] = ()
    ways: tuple[Way, ...] = ()

    @property
    def interrupts(self) -> bool:
        return self.touches in ("network", "terminal")


@dataclass(frozen=True, slots=True)
class State:
    """One way in which a cause comes about. `tells` are the chances of the answers to
    the facts on which it bears, `fixes` those that an action mends it. `weight` is how
    often it is met, relative to the others. `on_terminal`: it lies at the terminal, so
    that this machine's checks do not clear it. `beside` is the chance that checks find
    another fault although this is the one that the merchant complains of; `blank` the
    chance that a merchant does not know a fact, relative to other states."""

    id: str
    cause: str
    weight: float
    symptoms: Chances
    tells: Mapping[str, Chances]
    fixes: Chances
    on_terminal: bool = False
    beside: float = 0.02
    who: str = ""
    blank: Chances = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CauseWords:
    """What is said of a cause that no check has texts for."""

    title: Pair
    say: Pair
    who: str


@dataclass(frozen=True, slots=True)
class Family:
    """Models whose menu leads the same `way` to the network settings, as the public
    manual at `source` says."""

    name: Pair
    models: tuple[str, ...]
    way: Pair
    source: str


@dataclass(frozen=True, slots=True)
class Knowledge:
    """`causes` has the words of what a check has named, `asked` those of a cause that
    was found by asking only, which state no measurement."""

    symptoms: Mapping[str, Pair]
    facts: Mapping[str, Fact]
    actions: Mapping[str, Action]
    states: Mapping[str, State]
    causes: Mapping[str, CauseWords]
    advice: Mapping[str, Pair]
    asked: Mapping[str, CauseWords] = field(default_factory=dict)
    families: Mapping[str, Family] = field(default_factory=dict)

    def rarity(self, cause: str) -> float:
        """How often the states of this cause that lie in the network are met."""
        states = (s for s in self.states.values() if s.cause == cause)
        return sum(s.weight for s in states if not s.on_terminal) or 1.0

    def with_causes(
        self, causes: Mapping[str, CauseWords], profile: Chances
    ) -> "Knowledge":
        """The same with words for causes that checks have named; one that has no state
        gets a plain one, so that any check can name a cause here. What mends it at the
        terminal mends it where a check has found it, too."""
        held = {s.cause for s in self.states.values() if not s.on_terminal}
        fixes = {id: self.states[id].fixes for id in causes if id in self.states}
        plain = {
            f"{id}/named": State(f"{id}/named", id, 1.0, profile, {}, fixes.get(id, {}))
            for id in causes
            if id not in held
        }
        return replace(
            self, states={**self.states, **plain}, causes={**self.causes, **causes}
        )

    def likelihood(self, state: State, fact: str, value: str) -> float:
        """The chance of this answer in that state."""
        known = state.tells.get(fact) or self.facts[fact].usual
        return known.get(value, FLOOR)


FLOOR = 0.02
"""No answer is impossible: people err, and so does this table."""
