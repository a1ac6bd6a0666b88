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
from posdiag.guide.knowledge import GATE, HELPED, SYMPTOM, UNKNOWN, Fact, State
from posdiag.guide.load import knowledge
from posdiag.guide.seen import Found, Seen, with_catalogue
from posdiag.guide.walk import Ask, Do, End, Gate, Measure, Tell, Walk
from posdiag.texts.catalogue import Catalogue
from posdiag.texts.pair import Pair

CERTAIN = 0.9  # a wrong cause said with this confidence or more is a failure
CATALOGUE = Catalogue(core())
KNOWN = with_catalogue(knowledge(), CATALOGUE)
OWNED = frozenset(CATALOGUE.cause_ids())
CHECKS = tuple(check.id for check in core())
CODES = {
    "card": "14",
    "account": "51",
    "limit": "61",
    "operation": "12",
    "terminal": "A0",
    "beyond": "91",
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
            carried=CHECKS,
            passed=frozenset(CHECKS),
            cleared=OWNED,
            lan=LAN[0],
            gateway=LAN[1],
        )
    broken = "slow" not in state.cause and "loss" not in state.cause
    owner = CATALOGUE.owner(state.cause)
    place = CHECKS.index(owner) if owner else len(CHECKS)
    below = CHECKS[:place]
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
) -> Story:
    """Walk with a merchant who gives these answers to facts and to "did it help?"."""
    walk = Walk(KNOWN, symptom_said, limit=limit, plain={"network-error": 0.5})
    asked: list[str] = []
    mended = False
    while not isinstance(step := walk.next(), End):
        if isinstance(step, Measure):
            walk.measured(seen(None if mended else state))
        elif isinstance(step, Tell):
            walk.advised(step.id)
        elif isinstance(step, Gate):
            walk.passed("none")
        elif isinstance(step, Do):
            works = state.fixes.get(step.action.id, 0.0) >= 0.5
            mended = mended or (works and step.action.kind != "workaround")
            walk.acted(step.action, True)
        elif isinstance(step, Ask):
            if step.fact is None:
                action = step.id.removeprefix(HELPED)
                walk.answered(step.id, "unsure" if step.id == SYMPTOM else helped(action))
            else:
                value = answer(step.fact, len(asked))
                asked.append(step.fact.id)
                walk.answered(step.id, said(step.fact, value))
    return Story(step.conclusion, walk, asked)


def truthful(state: State) -> Story:
    return walk_through(
        state,
        lambda fact, _: truth(state, fact),
        lambda action: "yes" if state.fixes.get(action, 0) >= 0.5 else "no",
        symptom(state),
    )


def ignorant(state: State) -> Story:
    return walk_through(
        state, lambda fact, _: UNKNOWN, lambda action: UNKNOWN, symptom(state)
    )


def mistaken(state: State) -> Iterator[Story]:
    """The same walk with one wrong answer, each in turn and in every way."""
    for place, asked in enumerate(truthful(state).asked):
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
    found.measured(seen(state))
    known = found.known
    who = party(known, state.id, found.evidence)
    parties = {who, known.causes[state.cause].who} if state.cause != "nothing" else {who}
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


def is_wrong_and_certain(state: State, story: Story) -> bool:
    said = story.conclusion
    return (
        said.cause not in (None, state.cause)
        and said.outcome != "fixed"
        and said.confidence >= CERTAIN
    )


def states() -> list[State]:
    return list(KNOWN.states.values())


def main() -> int:
    verbose = "-v" in sys.argv
    right = [(s, truthful(s)) for s in states()]
    party_right = [(s, ignorant(s)) for s in states()]
    wrong = [(s, story) for s in states() for story in mistaken(s)]
    bad = [(s, t) for s, t in right if not is_right(s, t) or t.steps > 12]
    lost = [(s, t) for s, t in party_right if t.conclusion.who not in right_party(s)]
    false = [(s, t) for s, t in wrong if is_wrong_and_certain(s, t)]
    asked = [len(t.asked) for _, t in right]
    irreversible = [
        t
        for _, t in (*right, *party_right, *wrong)
        if any(
            step.kind == "action"
            and step.done
            and KNOWN.actions[step.id].touches == "terminal"
            for step in t.walk.steps
        )
        and not any(step.id == GATE and step.answer == "none" for step in t.walk.steps)
    ]
    print(f"truthful: right conclusion {len(right) - len(bad)} of {len(right)}")
    print(f"  steps: median {median(t.steps for _, t in right)}, most "
          f"{max(t.steps for _, t in right)}; questions: median {median(asked)}, "
          f"most {max(asked)}")
    share = 1 - len(lost) / len(party_right)
    print(f"don't know to all: right party {len(party_right) - len(lost)} of "
          f"{len(party_right)} ({share:.0%})")
    print(f"one wrong answer: {len(wrong)} walks, wrong and certain {len(false)}")
    print(f"terminal touched without the gate: {len(irreversible)}")
    if verbose:
        for name, cases in (("bad", bad), ("lost", lost), ("false", false)):
            for s, t in cases:
                path = " ".join(f"{x.kind[0]}:{x.id}={x.answer or x.helped}" for x in t.walk.steps if x.kind in ("question", "action"))
                print(name, s.id, symptom(s), "->", t.conclusion.cause, t.conclusion.who, t.conclusion.outcome, t.conclusion.confidence, "|", path)
    return int(bool(bad or false or irreversible) or share < 0.9 or median(asked) > 4)


if __name__ == "__main__":
    sys.exit(main())
