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
    FLOOR,
    FOUND,
    GATE,
    NOTHING,
    SYMPTOM,
    UNKNOWN,
    Action,
    Condition,
    Fact,
    Knowledge,
)

CERTAIN = 0.8  # a cause is concluded from here
LIKELY = 0.05  # an action that mends less often is not proposed
REMEDY = 0.2  # of a state: what mends it less often is no reason to tell it apart
SWAP = 0.25  # neither is a swap of a part below this
LEAST_GAIN = 0.05  # bits; a question that gains less is not asked
REFUTING = 0.1  # the same for a second opinion, were the doubtful answer not given
DECIDING = 0.2  # the same where the cause is certain and only the remedy is open
CODE = "code."
BEYOND = ("acquirer", "target")  # groups of causes that lie behind the line
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
    def chance_answered(self) -> float:
        """The chance that the next question has an answer: a person who did not know
        three times will hardly know the fourth."""
        return (1 + self.known) / (1 + len(self.asked))


@dataclass(frozen=True, slots=True)
class Choice:
    """The next step: `question`, `action` or `conclude`, with its id."""

    kind: str
    id: str = ""


CONCLUDE = Choice("conclude")


def choose(known: Knowledge, evidence: Evidence, past: Past) -> Choice:
    if past.workaround or belief.cause_by_one_answer(known, evidence) is not None:
        return CONCLUDE
    at_once = _action_at_once(known, evidence, past)
    if at_once is not None:
        return Choice("action", at_once)
    chances = belief.posterior(known, evidence)
    cause, chance = belief.likeliest(belief.by_cause(known, chances))
    likely = chance >= CERTAIN
    # Nothing but the screen itself can confirm a code: no second opinion is asked for.
    weak = belief.answer_it_hangs_on(known, evidence, chances, cause)
    held = cause.startswith(CODE) or weak is None
    sure = likely and held
    cure, cured = _best_action(known, evidence, past, chances, "cure")
    if sure and cause == NOTHING:
        return CONCLUDE
    if likely and weak is not None and not held:
        question, bits = _second_opinion(known, evidence, past, weak)
    else:
        question, bits = _best_question(known, evidence, past, chances)
    if sure and bits < DECIDING:
        question = None
    if question is not None and (
        cure is None or bits * WORTH / known.facts[question].cost >= cured
    ):
        return Choice("question", question)
    if cure is not None:
        return Choice("action", cure)
    return _last_resort(known, evidence, past, chances)


def _action_at_once(known: Knowledge, evidence: Evidence, past: Past) -> str | None:
    """The action to which an answer leads at once, unless the checks find the fault
    nearer than what it mends."""
    seen = evidence.seen
    nearest = next((f.cause for f in seen.found if f.broken), "") if seen else ""
    if nearest and nearest.partition(".")[0] not in BEYOND:
        return None
    for id, value in evidence.answers.items():
        action = known.facts[id].leads.get(value)
        if action and offered(known.actions[action], evidence, past):
            return action
    return None


def _last_resort(
    known: Knowledge, evidence: Evidence, past: Past, chances: Posterior
) -> Choice:
    """Replace a part, else let sales go on by other means, else end."""
    for kind in ("swap", "workaround"):
        best, _ = _best_action(known, evidence, past, chances, kind)
        if best is not None:
            return Choice("action", best)
    return CONCLUDE


# --- actions -------------------------------------------------------------------------


def chances_to_mend(known: Knowledge, chances: Posterior) -> Mapping[str, float]:
    """The chance of each action to mend what is wrong; absent: none."""
    found: dict[str, float] = {}
    for id, chance in chances.items():
        for action, fixes in known.states[id].fixes.items():
            found[action] = found.get(action, 0.0) + chance * fixes
    return found


def _best_action(
    known: Knowledge, evidence: Evidence, past: Past, chances: Posterior, kind: str
) -> tuple[str | None, float]:
    """The action worth most, and its worth (chance per minute)."""
    best, worth = None, 0.0
    likely = chances_to_mend(known, chances)
    for action in known.actions.values():
        chance = likely.get(action.id, 0.0)
        if action.kind != kind or chance < (LIKELY if kind == "cure" else SWAP):
            continue
        if not offered(action, evidence, past):
            continue
        cost = action.cost
        if action.touches == "terminal" and past.gate is None:
            chance, cost = chance * PASSING, cost + GATE_COST
        if chance / cost > worth:
            best, worth = action.id, chance / cost
    return best, worth


def offered(action: Action, evidence: Evidence, past: Past) -> bool:
    """May this action be proposed? Not twice, and none that interrupts the terminal
    while sales wait in it, or may do."""
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
        if c.fact in known.facts
        and _askable(known, known.facts[c.fact], evidence, past)
    ]
    return bool(open_facts) and offered(replace(action, only=()), evidence, past)


def as_done_here(action: Action, evidence: Evidence, past: Past) -> Action:
    """The action as it is done here."""
    for way in action.ways:
        if _holds(way.when, evidence, past):
            return replace(action, do=way.do, look=way.look)
    return action


def _any(conditions: tuple[Condition, ...], evidence: Evidence, past: Past) -> bool:
    return any(_holds(c, evidence, past) for c in conditions)


def _holds(condition: Condition, evidence: Evidence, past: Past) -> bool:
    if condition.fact == SYMPTOM:
        return evidence.symptom == condition.value
    if condition.fact == GATE:
        return past.gate == condition.value
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
    likely = {id: chance for id, chance in chances.items() if chance > NEGLIGIBLE}
    parts = Partition.of(likely, _keys(known, evidence, past))
    gains = {
        fact.id: information(known, fact, parts) * past.chance_answered
        for fact in known.facts.values()
        if _askable(known, fact, evidence, past)
    }
    gains = {id: bits for id, bits in gains.items() if bits >= LEAST_GAIN}
    ripe = [id for id in gains if gains.keys().isdisjoint(known.facts[id].after)]
    if not ripe:
        return None, 0.0
    best = max(ripe, key=lambda id: gains[id] / known.facts[id].cost)
    return best, gains[best]


def _second_opinion(
    known: Knowledge, evidence: Evidence, past: Past, weak: str
) -> tuple[str | None, float]:
    """A question that could refute a cause which hangs on this one answer alone."""
    doubted = belief.posterior(known, evidence.without(weak))
    question, bits = _best_question(known, evidence, past, doubted)
    return (question, bits) if bits >= REFUTING else (None, 0.0)


def _askable(known: Knowledge, fact: Fact, evidence: Evidence, past: Past) -> bool:
    if fact.id in past.asked or fact.id in past.settled or fact.id in evidence.certain:
        return False
    # What the guide itself has tried is known.
    done = any(known.actions[id].fact == fact.id for id in evidence.failed)
    if fact.id == GATE or (fact.by_line and evidence.line_cut):
        return False
    if done or _any(fact.unless, evidence, past):
        return False
    return not fact.only or _any(fact.only, evidence, past)


def _keys(known: Knowledge, evidence: Evidence, past: Past) -> Mapping[str, str]:
    """What is worth telling apart: causes, and within one which action mends it."""
    cures = {
        action.id
        for action in known.actions.values()
        if action.kind == "cure" and _offerable(known, action, evidence, past)
    }
    keys = {}
    for state in known.states.values():
        possible = {
            action: chance
            for action, chance in state.fixes.items()
            if chance >= REMEDY and action in cures
        }
        remedy = max(possible, key=lambda a: possible[a]) if possible else ""
        keys[state.id] = f"{state.cause} {remedy}"
    return keys


@dataclass(frozen=True, slots=True)
class Partition:
    """The chances of the states, and what is worth telling apart: `keys` by state,
    `whole` the chance of each key, `spread` the sum of their -p log2 p."""

    chances: Posterior
    keys: Mapping[str, str]
    whole: Mapping[str, float]
    spread: float

    @classmethod
    def of(cls, chances: Posterior, keys: Mapping[str, str]) -> "Partition":
        whole = belief.sum_by(chances, keys.__getitem__)
        return cls(chances, keys, whole, belief.entropy(whole.values()))


def information(known: Knowledge, fact: Fact, parts: Partition) -> float:
    """The mutual information of the answer and the keys, in bits.

    An answer scales all keys alike on whose states the fact does not bear, so that
    their part of the entropy follows without a look at each.
    """
    bearing = [id for id in parts.chances if fact.id in known.states[id].tells]
    silent = {parts.keys[id]: parts.whole[parts.keys[id]] for id in bearing}
    spread = parts.spread - belief.entropy(silent.values())
    rest = sum(parts.whole.values()) - sum(silent.values())
    for id in bearing:
        silent[parts.keys[id]] -= parts.chances[id]
    after = 0.0
    for answer, usual in fact.usual.items():
        joint = {key: max(chance, 0.0) * usual for key, chance in silent.items()}
        for id in bearing:
            likelihood = known.states[id].tells[fact.id].get(answer, FLOOR)
            joint[parts.keys[id]] += parts.chances[id] * likelihood
        total = rest * usual + sum(joint.values())
        after += usual * spread + rest * belief.entropy((usual,))
        after += belief.entropy(joint.values()) - belief.entropy((total,))
    return parts.spread - after
