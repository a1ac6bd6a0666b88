"""How likely is each state, after what was measured, answered and tried? Pure.

Naive Bayes over the states of `Knowledge`: how often each is met, how well it fits the
symptom, each answer and each action that did not help, and what the checks found.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from posdiag.guide.knowledge import CODE, FLOOR, NOTHING, UNKNOWN, Knowledge, State
from posdiag.guide.seen import Seen

CLEARED = 0.02  # a check that would have found it ended ok
CLEARED_INTERMITTENT = 0.15  # the same, where the trouble comes and goes
LATER = 0.15  # found, but something lower down was found as well
RIVAL = 0.5  # of what the first cause leaves: its rivals
DEGRADED_BESIDE = 0.15  # a weakness found is often not what the merchant complains of
UNFITTING = 0.002  # a symptom that a state does not name
UNSURE = 0.04  # that a merchant with a fault names no symptom at all
HELD = 0.75  # of a cause, whichever single answer is taken away
NAMED = 20.0  # weight of a cause that a check has named, however rare it is
INTERMITTENT = ("slow", "unstable", "sync-delay")

Posterior = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known. `answers` hold what a person said, by fact; `certain` what
    the profile or the symptom settles; `failed` are the actions that were done and did
    not help, `worked` the workarounds that did; `mended` the causes that are gone,
    `blank` the facts that were asked and not known."""

    symptom: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    certain: Mapping[str, str] = field(default_factory=dict)
    failed: frozenset[str] = frozenset()
    worked: frozenset[str] = frozenset()
    blank: frozenset[str] = frozenset()
    mended: frozenset[str] = frozenset()
    seen: Seen | None = None

    @property
    def line_cut(self) -> bool:
        """Do the checks find that nothing can have come over the line?"""
        return self.seen is not None and any(f.broken for f in self.seen.found)

    def without_cut_answers(self, known: Knowledge) -> "Evidence":
        """Without the answers that cannot have come over the line."""
        if not self.line_cut:
            return self
        given = self.answers.items()
        kept = {f: v for f, v in given if v not in known.facts[f].by_line}
        return replace(self, answers=kept)

    def without(self, fact: str) -> "Evidence":
        kept = {f: v for f, v in self.answers.items() if f != fact}
        return replace(self, answers=kept)


def posterior(known: Knowledge, evidence: Evidence) -> Posterior:
    """The chance of each state that is left; sums to 1."""
    weights = {
        state.id: weight(known, state, evidence)
        for state in known.states.values()
        if state.cause not in evidence.mended
    }
    _keep_named(known, evidence, weights)
    total = sum(weights.values()) or 1.0
    return {id: w / total for id, w in weights.items()}


def _keep_named(
    known: Knowledge, evidence: Evidence, weights: dict[str, float]
) -> None:
    """A check still finds the first cause, so an action that did not help tells its
    states apart and is no evidence against the cause."""
    found = evidence.seen.found if evidence.seen else ()
    first = found[0].cause if found else ""
    states = [known.states[id] for id in weights]
    states = [s for s in states if s.cause == first and not s.on_terminal]
    before = sum(s.weight for s in states)
    after = sum(s.weight * _all_failed(s, evidence) for s in states)
    for state in states:
        weights[state.id] *= before / after


def _all_failed(state: State, evidence: Evidence) -> float:
    """The chance that no action that was tried helps, given this state."""
    found = 1.0
    for action in evidence.failed:
        found *= 1 - min(state.fixes.get(action, 0.0), 0.95)
    return found


def weight(known: Knowledge, state: State, evidence: Evidence) -> float:
    found = state.weight * _symptom(state, evidence) * _measured(known, state, evidence)
    for fact, value in (*evidence.answers.items(), *evidence.certain.items()):
        if value != UNKNOWN:
            found *= known.likelihood(state, fact, value)
    for fact in evidence.blank:
        found *= state.blank.get(fact, 1.0)
    found *= _all_failed(state, evidence)
    for action in evidence.worked:
        found *= max(state.fixes.get(action, 0.0), FLOOR)
    return found


def _symptom(state: State, evidence: Evidence) -> float:
    if evidence.symptom is None or evidence.mended:
        return 1.0
    if evidence.symptom == "unsure":
        return state.symptoms.get("unsure", UNSURE)
    return max(state.symptoms.get(evidence.symptom, 0.0), UNFITTING)


def _measured(known: Knowledge, state: State, evidence: Evidence) -> float:
    """How well what the checks found fits this state. A cause that a check has named
    counts the same whether it is met often or seldom."""
    seen = evidence.seen
    if seen is None:
        return 1.0
    first = seen.found[0] if seen.found else None
    if state.cause == NOTHING:
        return {"healthy": 1.0, "unknown": 0.1}.get(seen.verdict, 0.01)
    if first is None:
        return _cleared(state, evidence, seen)
    if state.cause == first.cause and not state.on_terminal:
        return first.confidence * NAMED / known.rarity(state.cause)
    if state.cause in seen.causes and not state.on_terminal:
        return LATER
    if state.cause in first.rivals:
        return max(RIVAL * (1 - first.confidence), FLOOR) * _cleared(
            state, evidence, seen
        )
    beside = state.beside if first.broken else max(DEGRADED_BESIDE, state.beside)
    return beside * _cleared(state, evidence, seen)


def _cleared(state: State, evidence: Evidence, seen: Seen) -> float:
    if state.on_terminal or state.cause not in seen.cleared:
        return 1.0
    once = evidence.answers.get("symptom.frequency") == "once"
    return CLEARED_INTERMITTENT if once or evidence.symptom in INTERMITTENT else CLEARED


def cause_by_one_answer(known: Knowledge, evidence: Evidence) -> str | None:
    """The cause that one answer settles alone, whatever else is likely."""
    for id, value in evidence.answers.items():
        if value in known.facts[id].ends:
            return known.facts[id].ends[value]
    return None


def cause_of_code(known: Knowledge, evidence: Evidence) -> str | None:
    """The cause that the code on the screen stands for; None without a known code."""
    cause = f"code.{evidence.answers.get(CODE)}"
    return cause if cause in known.states else None


def sum_by(chances: Posterior, key: Callable[[str], str]) -> dict[str, float]:
    """The chances summed by what `key` says of each state."""
    summed: dict[str, float] = {}
    for id, chance in chances.items():
        name = key(id)
        summed[name] = summed.get(name, 0.0) + chance
    return summed


def by_cause(known: Knowledge, chances: Posterior) -> dict[str, float]:
    return sum_by(chances, lambda id: known.states[id].cause)


def likeliest(chances: Mapping[str, float]) -> tuple[str, float]:
    """The likeliest and its chance."""
    name = max(chances, key=lambda n: chances[n])
    return name, chances[name]


def entropy(chances: Iterable[float]) -> float:
    """The sum of -p log2 p: of chances that sum to 1, their entropy in bits."""
    return -sum(p * math.log2(p) for p in chances if p > 0)


def answer_it_hangs_on(
    known: Knowledge, evidence: Evidence, whole: Posterior, cause: str
) -> str | None:
    """The answer on which this cause hangs alone; None where it stays the likeliest
    whichever single one is taken away: one mistaken answer must not make a wrong cause
    certain. `whole` is the posterior of the evidence."""
    worst, lowest = None, HELD
    for fact, value in evidence.answers.items():
        of_cause = total = 0.0
        for id, chance in whole.items():
            state = known.states[id]
            rest = chance / known.likelihood(state, fact, value)
            total += rest
            of_cause += rest if state.cause == cause else 0.0
        share = of_cause / (total or 1.0)
        if share < lowest:
            worst, lowest = fact, share
    return worst
