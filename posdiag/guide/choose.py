"""Which step comes next? The one that can tell or mend most for its cost. Pure.

An action is worth the chance that it mends, per minute; a question what it is expected
to tell (bits, between causes and between the actions that mend them), per minute.
Swaps of parts come only when no cure is left, and workarounds last.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from posdiag.guide import belief
from posdiag.guide.belief import Evidence, Posterior
from posdiag.guide.knowledge import (
    CALL,
    FOUND,
    GATE,
    NOTHING,
    SYMPTOM,
    UNKNOWN,
    Action,
    Condition,
    Fact,
    Knowledge,
    State,
)

CERTAIN = 0.8  # a cause is concluded from here
LIKELY = 0.05  # an action that mends less often is not proposed
REMEDY = 0.2  # of a state: what mends it less often is no reason to tell it apart
SWAP = 0.25  # neither is a swap of a part below this
TELLING = 0.05  # bits; a question that tells less is not asked
REFUTING = 0.1  # the same for a second opinion, were the doubtful answer not given
DECIDING = 0.2  # the same where the cause is certain and only the remedy is open
CODE = "code."
NEGLIGIBLE = 1e-4  # states less likely than this do not choose a question
WORTH = 0.3  # chance of mending that a bit of knowledge is worth
PASSING = 0.7  # chance that no sale is pending
GATE_COST = 0.5  # minutes


@dataclass(frozen=True, slots=True)
class Past:
    """What has been asked and tried, and the answers that checks have settled."""

    asked: frozenset[str] = frozenset()
    tried: frozenset[str] = frozenset()
    gate: str | None = None
    settled: Mapping[str, str] = field(default_factory=dict)
    workaround: bool = False  # sales go on by one: nothing more is tried
    known: int = 0  # how many of those asked had an answer

    @property
    def answering(self) -> float:
        """The chance that the next question has an answer: who did not know three
        times will hardly know the fourth."""
        return (1 + self.known) / (1 + len(self.asked))


@dataclass(frozen=True, slots=True)
class Choice:
    """The next step: `question`, `action` or `conclude`, with its id."""

    kind: str
    id: str = ""


CONCLUDE = Choice("conclude")


def choose(known: Knowledge, evidence: Evidence, past: Past) -> Choice:
    chances = belief.posterior(known, evidence)
    cause, chance = belief.first(belief.by_cause(known, chances))
    if past.workaround:
        return CONCLUDE
    likely = chance >= CERTAIN
    # Nothing but the screen itself can confirm a code: no second opinion is asked for.
    held = cause.startswith(CODE) or belief.supported(known, evidence, cause)
    sure = likely and held
    cure, cured = _best_action(known, evidence, past, chances, "cure")
    if sure and cause == NOTHING:
        return CONCLUDE
    if likely and not held:
        question, told = _second_opinion(known, evidence, past, cause)
    else:
        question, told = _best_question(known, evidence, past, chances)
    if sure and told < DECIDING:
        question = None
    if question is not None and (
        cure is None or told * WORTH / _cost(known, question) >= cured
    ):
        return Choice("question", question)
    if cure is not None:
        return Choice("action", cure)
    return _last_resort(known, evidence, past, chances)


def _last_resort(
    known: Knowledge, evidence: Evidence, past: Past, chances: Posterior
) -> Choice:
    """A swap of a part, else what lets sales go on, else the end."""
    for kind in ("swap", "workaround"):
        best, _ = _best_action(known, evidence, past, chances, kind)
        if best is not None:
            return Choice("action", best)
    return CONCLUDE


def _cost(known: Knowledge, fact: str) -> float:
    return known.facts[fact].cost


# --- actions -------------------------------------------------------------------------


def mends(known: Knowledge, chances: Posterior, action: str) -> float:
    """The chance that this action mends what is wrong."""
    return sum(
        chance * known.states[id].fixes.get(action, 0.0)
        for id, chance in chances.items()
    )


def _best_action(
    known: Knowledge, evidence: Evidence, past: Past, chances: Posterior, kind: str
) -> tuple[str | None, float]:
    """The action worth most, and its worth (chance per minute)."""
    best, worth = None, 0.0
    for action in known.actions.values():
        if action.kind != kind or not offered(action, evidence, past):
            continue
        chance = mends(known, chances, action.id)
        if chance < (LIKELY if kind == "cure" else SWAP):
            continue
        cost = action.cost
        if action.touches == "terminal" and past.gate is None:
            chance, cost = chance * PASSING, cost + GATE_COST
        if chance / cost > worth:
            best, worth = action.id, chance / cost
    return best, worth


def offered(action: Action, evidence: Evidence, past: Past) -> bool:
    """May this action be proposed? Not twice, and none that interrupts the terminal
    while sales wait in it or nobody knows."""
    if action.id in past.tried or action.id == CALL:
        return False
    if action.touches == "terminal" and past.gate not in (None, "none"):
        return False
    if action.only and not _any(action.only, evidence, past):
        return False
    return not _any(action.unless, evidence, past)


def _offerable(
    known: Knowledge, action: Action, evidence: Evidence, past: Past
) -> bool:
    """The same, or may it be once a question is answered that can still be asked?"""
    if offered(action, evidence, past):
        return True
    open_facts = [
        c.fact
        for c in action.only
        if c.fact in known.facts and _askable(known.facts[c.fact], evidence, past)
    ]
    return bool(open_facts) and offered(replace(action, only=()), evidence, past)


def _any(conditions: tuple[Condition, ...], evidence: Evidence, past: Past) -> bool:
    return any(_holds(c, evidence, past) for c in conditions)


def _holds(condition: Condition, evidence: Evidence, past: Past) -> bool:
    if condition.fact == SYMPTOM:
        return evidence.symptom == condition.value
    if condition.fact == FOUND:
        causes = evidence.seen.causes if evidence.seen else ()
        return any(f"{c}.".startswith(f"{condition.value}.") for c in causes)
    # What a check settles is true of this machine's way, not always of the terminal's.
    for known in (evidence.answers, evidence.certain):
        if condition.fact in known:
            return known[condition.fact] == condition.value
    return condition.value == UNKNOWN and condition.fact in past.asked


# --- questions -----------------------------------------------------------------------


def _best_question(
    known: Knowledge, evidence: Evidence, past: Past, chances: Posterior
) -> tuple[str | None, float]:
    """The question worth most per minute, and the bits that it tells."""
    keys = _keys(known, evidence, past)
    likely = {id: chance for id, chance in chances.items() if chance > NEGLIGIBLE}
    best, bits, worth = None, 0.0, 0.0
    for fact in known.facts.values():
        if not _askable(fact, evidence, past):
            continue
        told = information(known, fact, likely, keys) * past.answering
        if told >= TELLING and told / fact.cost > worth:
            best, bits, worth = fact.id, told, told / fact.cost
    return best, bits


def _second_opinion(
    known: Knowledge, evidence: Evidence, past: Past, cause: str
) -> tuple[str | None, float]:
    """A question that could refute a cause which hangs on one answer alone."""
    weak = belief.weakest(known, evidence, cause)
    if weak is None:
        return None, 0.0
    doubted = belief.posterior(known, evidence.without(weak))
    question, told = _best_question(known, evidence, past, doubted)
    return (question, told) if told >= REFUTING else (None, 0.0)


def _askable(fact: Fact, evidence: Evidence, past: Past) -> bool:
    if fact.id in past.asked or fact.id in past.settled or fact.id in evidence.certain:
        return False
    if fact.id == GATE:
        return False
    return not fact.only or _any(fact.only, evidence, past)


def _keys(known: Knowledge, evidence: Evidence, past: Past) -> Mapping[str, str]:
    """What is worth telling apart: causes, and within one which action mends it."""
    keys = {}
    for state in known.states.values():
        possible = {
            action: chance
            for action, chance in state.fixes.items()
            if chance >= REMEDY
            and _offerable(known, known.actions[action], evidence, past)
            and known.actions[action].kind == "cure"
        }
        remedy = max(possible, key=lambda a: possible[a]) if possible else ""
        keys[state.id] = f"{state.cause} {remedy}"
    return keys


def information(
    known: Knowledge, fact: Fact, chances: Posterior, keys: Mapping[str, str]
) -> float:
    """The bits that the answer is expected to tell about the keys."""
    telling = {id for id in chances if fact.id in known.states[id].tells}
    silent = belief.by(
        {id: c for id, c in chances.items() if id not in telling}, keys.__getitem__
    )
    whole = belief.by(chances, keys.__getitem__)
    after = 0.0
    for answer in fact.answers:
        usual = known.likelihood(NO_STATE, fact.id, answer)
        joint = {key: chance * usual for key, chance in silent.items()}
        for id in telling:
            told = known.likelihood(known.states[id], fact.id, answer)
            joint[keys[id]] = joint.get(keys[id], 0.0) + chances[id] * told
        total = sum(joint.values())
        if total > 0:
            after += total * belief.entropy(g / total for g in joint.values())
    return belief.entropy(whole.values()) - after


NO_STATE = State("", "", 0.0, {}, {}, {})  # one that bears on no fact
