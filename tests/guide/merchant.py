"""A simulated merchant walks through every fault: `python -m tests.guide.merchant`.

For each state of the guide's data a shop is made in which that state is the truth: the
checks find what they would find, the merchant's answers are what the state makes
likely, an action helps if it usually mends that state. Three merchants are tried:

- truthful: answers everything. The conclusion has to be right.
- ignorant: answers "don't know" to everything. The party to call has to be right.
- mistaken: one answer is wrong, each in turn and in every way. No wrong cause may be
  concluded as certain.

Prints the figures; exit code 1 where one is below its mark.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from statistics import median

from posdiag.engine.registry import core
from posdiag.guide.conclude import OF_A_CARD, Conclusion, party
from posdiag.guide.knowledge import HELPED, SYMPTOM, UNKNOWN, Fact, State
from posdiag.guide.load import knowledge
from posdiag.guide.seen import Found, Seen, with_catalogue
from posdiag.guide.walk.steps import Ask, Do, End, Gate, Measure, Tell
from posdiag.guide.walk.walk import Walk
from posdiag.texts.catalogue import Catalogue
from posdiag.texts.pair import Pair

CERTAIN = 0.9  # a wrong cause said with this confidence or more is a failure
CATALOGUE = Catalogue(core())
KNOWN = with_catalogue(knowledge(), CATALOGUE)
CHECKS = tuple(check.id for check in core())
#: This machine is wired, has no leave to send an echo, and no devices.
GROUPS = ("link", "ip", "router", "isp", "dns", "clock", "path", "acquirer", "target")
CARRIED = tuple(
    c for c in CHECKS if c.partition(".")[0] in GROUPS and c != "acquirer.echo"
)
CLEARED = frozenset(c for check in CARRIED for c in CATALOGUE.causes_of(check))
CODES = {
    "card": "14",
    "account": "51",
    "limit": "61",
    "operation": "12",
    "terminal": "A0",
    "beyond": "91",
    "network": "Z3",
    "approved": "00",
    "private": "L1",
}
LAN = ("192.168.1.23/24", "192.168.1.1")
READ = {
    "address": {
        "fits": "192.168.1.60",
        "none": "0.0.0.0",
        "other": "192.168.8.60",
        "wrong": "192.168.1.1",
    },
    "mask": {"fits": "255.255.255.0", "wrong": "255.0.255.0"},
    "gateway": {"fits": "192.168.1.1", "other": "192.168.8.1", "wrong": "192.168.1.9"},
    "dns": {"fits": "192.168.1.1", "wrong": "0.0.0.0"},
}


def measured(state: State) -> bool:
    """Do the checks find it, or does only a person know?"""
    return not state.on_terminal and state.cause != "nothing"


def seen(state: State | None) -> Seen:
    """What the checks find in the shop of this state; None: all is well."""
    if state is None or not measured(state):
        return Seen(
            "healthy",
            carried=CARRIED,
            passed=frozenset(CARRIED),
            cleared=CLEARED,
            lan=LAN[0],
            gateway=LAN[1],
        )
    broken = "slow" not in state.cause and "loss" not in state.cause
    owner = CATALOGUE.owner(state.cause)
    place = CHECKS.index(owner) if owner else len(CHECKS)
    below = tuple(c for c in CHECKS[:place] if c in CARRIED)
    who = KNOWN.causes[state.cause].who
    name = Pair.same(state.cause)
    return Seen(
        "broken" if broken else "degraded",
        (Found(state.cause, 0.97, broken, who, name, name),),
        carried=(*below, *((owner,) if owner else ())),
        passed=frozenset(below),
        cleared=frozenset(c for check in below for c in CATALOGUE.causes_of(check)),
        lan=LAN[0],
        gateway=LAN[1],
    )


def truth(state: State, fact: Fact) -> str:
    """What the merchant sees in this shop."""
    chances = {a: KNOWN.likelihood(state, fact.id, a) for a in fact.answers}
    return max(chances, key=lambda a: chances[a])


def said(fact: Fact, value: str) -> str:
    """The answer as it is typed."""
    if fact.kind == "choice" or value == UNKNOWN:
        return value
    return CODES[value] if fact.kind == "code" else READ[fact.kind][value]


def symptom(state: State) -> str:
    return max(state.symptoms, key=lambda s: state.symptoms[s])


@dataclass(slots=True)
class Story:
    """How one walk went."""

    conclusion: Conclusion
    walk: Walk
    asked: list[str] = field(default_factory=list)

    @property
    def steps(self) -> int:
        return self.walk.counted


def walk_through(
    state: State,
    answer: Callable[[Fact, int], str],
    helped: Callable[[str], str],
    symptom_said: str,
    *,
    limit: int = 12,
    ill: Seen | None = None,
    well: Seen | None = None,
) -> Story:
    """Walk with a merchant who gives these answers to facts and to "did it help?".
    `ill` and `well` are what the checks find before and after it is mended."""
    walk = Walk(KNOWN, symptom_said, limit=limit, plain={"network-error": 0.5})
    asked: list[str] = []
    mended = False
    while not isinstance(step := walk.next(), End):
        if isinstance(step, Measure):
            now = (well or seen(None)) if mended else (ill or seen(state))
            walk.record_measurement(now)
        elif isinstance(step, Tell):
            walk.record_advice(step.id)
        elif isinstance(step, Gate):
            walk.record_gate("none")
        elif isinstance(step, Do):
            works = state.fixes.get(step.action.id, 0.0) >= 0.5
            mended = mended or (works and step.action.kind != "workaround")
            walk.record_action(step.action, True)
        elif isinstance(step, Ask):
            if step.fact is None:
                action = step.id.removeprefix(HELPED)
                walk.record_answer(
                    step.id, "unsure" if step.id == SYMPTOM else helped(action)
                )
            else:
                value = answer(step.fact, len(asked))
                asked.append(step.fact.id)
                walk.record_answer(step.id, said(step.fact, value))
    return Story(step.conclusion, walk, asked)


def truthful(state: State, ill: Seen | None = None, well: Seen | None = None) -> Story:
    return walk_through(
        state,
        lambda fact, _: truth(state, fact),
        lambda action: "yes" if state.fixes.get(action, 0) >= 0.5 else "no",
        symptom(state),
        ill=ill,
        well=well,
    )


def terse(state: State) -> Story:
    """Knows only what bears on the fault, "don't know" to all else."""
    return walk_through(
        state,
        lambda fact, _: truth(state, fact) if fact.id in state.tells else UNKNOWN,
        lambda action: "yes" if state.fixes.get(action, 0) >= 0.5 else "no",
        symptom(state),
    )


def ignorant(state: State) -> Story:
    return walk_through(
        state, lambda fact, _: UNKNOWN, lambda action: UNKNOWN, symptom(state)
    )


def mistaken(state: State, right: Story) -> Iterator[Story]:
    """The walk of `right` with one wrong answer, each in turn and in every way."""
    for place, asked in enumerate(right.asked):
        fact = KNOWN.facts[asked]
        for wrong in fact.answers:
            if wrong == truth(state, fact):
                continue

            def answer(fact: Fact, at: int, p: int = place, w: str = wrong) -> str:
                return w if at == p and w in fact.answers else truth(state, fact)

            yield walk_through(
                state,
                answer,
                lambda action: "yes" if state.fixes.get(action, 0) >= 0.5 else "no",
                symptom(state),
            )


def right_party(state: State) -> set[str]:
    """Whom this fault may be brought to."""
    found = Walk(KNOWN, symptom(state))
    found.record_measurement(seen(state))
    known = found.known
    who = party(known, state.id, found.evidence)
    parties = (
        {who, known.causes[state.cause].who} if state.cause != "nothing" else {who}
    )
    if "merchant" in parties:
        parties.add(party(known, state.id, found.evidence, tuple(state.fixes)))
        parties |= {"acquirer"} if state.cause in OF_A_CARD else set()
    if state.on_terminal and not state.cause.startswith("cellular."):
        parties.add("terminal-service")  # who set the terminal up
    if state.cause == "nothing":
        parties = {"merchant", "technician"}
    return parties


def is_right(state: State, story: Story) -> bool:
    said = story.conclusion
    if state.cause == "nothing":
        return said.cause is None and said.outcome == "told"
    return said.cause == state.cause


def is_served(state: State, story: Story) -> bool:
    """The right conclusion, or at least the right party, in time."""
    told = story.conclusion
    by_party = told.outcome == "undecided" and told.who in right_party(state)
    return story.steps <= 12 and (is_right(state, story) or by_party)


def is_wrong_and_certain(state: State, story: Story) -> bool:
    said = story.conclusion
    return (
        said.cause not in (None, state.cause)
        and said.outcome != "fixed"
        and said.confidence >= CERTAIN
    )


def states() -> list[State]:
    return list(KNOWN.states.values())


@dataclass(frozen=True, slots=True)
class Figures:
    """What came of all walks. Pairs of a state and how its walk went."""

    truthful: list[tuple[State, Story]]
    terse: list[tuple[State, Story]]
    ignorant: list[tuple[State, Story]]
    mistaken: list[tuple[State, Story]]

    @property
    def wrong(self) -> list[tuple[State, Story]]:
        return [(s, t) for s, t in self.truthful if not is_right(s, t)]

    @property
    def unserved(self) -> list[tuple[State, Story]]:
        return [(s, t) for s, t in self.truthful if not is_served(s, t)]

    @property
    def terse_wrong(self) -> list[tuple[State, Story]]:
        return [(s, t) for s, t in self.terse if not is_right(s, t)]

    @property
    def lost(self) -> list[tuple[State, Story]]:
        return [
            (s, t) for s, t in self.ignorant if t.conclusion.who not in right_party(s)
        ]

    @property
    def false(self) -> list[tuple[State, Story]]:
        return [(s, t) for s, t in self.mistaken if is_wrong_and_certain(s, t)]

    @property
    def ungated(self) -> list[tuple[State, Story]]:
        every = (*self.truthful, *self.terse, *self.ignorant, *self.mistaken)
        return [(s, t) for s, t in every if is_ungated(t)]

    @property
    def asked(self) -> list[int]:
        return [len(t.asked) for _, t in self.truthful]

    @property
    def asked_of_person(self) -> list[int]:
        """Of the faults that no check can see."""
        return [len(t.asked) for s, t in self.truthful if not measured(s)]


def is_ungated(story: Story) -> bool:
    """Was the terminal interrupted without the question about pending sales?"""
    passed = False
    for step in story.walk.steps:
        passed = passed or (step.kind == "gate" and step.answer == "none")
        touched = step.kind == "action" and KNOWN.actions[step.id].touches == "terminal"
        if touched and not passed:
            return True
    return False


def figures() -> Figures:
    every = states()
    right = [(s, truthful(s)) for s in every]
    return Figures(
        right,
        [(s, terse(s)) for s in every],
        [(s, ignorant(s)) for s in every],
        [(s, story) for s, told in right for story in mistaken(s, told)],
    )


def show(name: str, cases: list[tuple[State, Story]]) -> None:
    for state, story in cases:
        said = story.conclusion
        path = " ".join(
            f"{step.id}={step.answer or step.helped}"
            for step in story.walk.steps
            if step.kind in ("question", "action")
        )
        print(f"{name} {state.id}: {said.outcome} {said.cause} {said.who} "
              f"{said.confidence} | {path}")  # fmt: skip


def main() -> int:
    got = figures()
    count = len(got.truthful)
    steps = [t.steps for _, t in got.truthful]
    right, party_right = count - len(got.wrong), count - len(got.lost)
    print(f"faults: {count}, of which only a person can see {len(got.asked_of_person)}")
    print(
        f"truthful: right conclusion {right} of {count}, conclusion or party "
        f"{count - len(got.unserved)} of {count}"
    )
    print(f"  steps: median {median(steps):g}, most {max(steps)}")
    print(
        f"  questions: median {median(got.asked):g}, most {max(got.asked)}; where no "
        f"check can see the fault: median {median(got.asked_of_person):g}"
    )
    print(f"terse: right conclusion {count - len(got.terse_wrong)} of {count}")
    print(f"don't know to all: right party {party_right} of {count} "
          f"({party_right / count:.0%})")  # fmt: skip
    print(f"one wrong answer: {len(got.mistaken)} walks, wrong and certain "
          f"{len(got.false)}")  # fmt: skip
    print(f"terminal interrupted without the gate: {len(got.ungated)}")
    if "-v" in sys.argv:
        show("wrong", got.wrong)
        show("terse", got.terse_wrong)
        show("lost", got.lost)
        show("false", got.false)
    failed = bool(got.unserved or got.false or got.ungated)
    return int(failed or party_right < 0.9 * count or median(got.asked) > 4)


if __name__ == "__main__":
    sys.exit(main())
