"""What is said in the end: the cause, whom to call, how sure, and what came of it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from posdiag.guide import belief, rules
from posdiag.guide.belief import Evidence, Posterior
from posdiag.guide.knowledge import NOTHING, Knowledge
from posdiag.texts.response_codes import normal

DECIDED = 0.75
DOUBTED = 0.75  # confidence of a cause that hangs on one answer alone
BY_WORD = 0.95  # answers alone never make it surer
#: Causes of one customer's card: the shop calls nobody.
OF_A_CARD = ("card.one", "code.card", "code.account", "code.limit", "code.operation")
MERCHANT = "merchant"
#: Whose number the sticker on a terminal or the contract about it has.
ON_STICKER = ("acquirer", "terminal-service")
AT_TERMINAL = ("terminal", "reader", "printer", "peripheral")


@dataclass(frozen=True, slots=True)
class Conclusion:
    """`cause` None: nothing is wrong, or it could not be told. `also` are causes that
    remain beside it, `code` the response code that was read from the screen; `gone`: an
    action has mended it."""

    cause: str | None
    who: str
    confidence: float
    outcome: str
    also: tuple[str, ...] = ()
    code: str = ""
    gone: bool = False


def conclude(
    known: Knowledge,
    evidence: Evidence,
    chances: Posterior,
    *,
    tried: Collection[str],
    mended: Mapping[str, float],
    code: str,
) -> Conclusion:
    """`tried` are the actions that were done, could not be done, or may not be."""
    seen = evidence.seen
    left = seen.causes if seen else ()
    if mended and seen is not None and seen.verdict != "broken":
        proven = seen.verdict in ("healthy", "degraded")
        cause = list(mended)[-1]
        outcome = "fixed" if proven else "told"
        who = _beyond_merchant(known, cause, _cause_party(known, cause), evidence)
        sure = round(min(mended[cause], BY_WORD), 3)
        shown = _code_of(cause, code)
        return Conclusion(cause, who, sure, outcome, left, shown, gone=True)
    cause, chance = belief.likeliest(belief.by_cause(known, chances))
    settled = belief.cause_by_one_answer(known, evidence)
    if settled == NOTHING:
        return Conclusion(None, MERCHANT, DOUBTED, "told", left, normal(code) or "")
    if settled is None and chance < DECIDED:
        settled = belief.cause_of_code(known, evidence)
    if settled is not None:
        cause, chance = settled, DOUBTED  # one answer alone
    if cause == NOTHING and chance >= DECIDED and seen is not None and seen.healthy:
        return Conclusion(None, "merchant", round(chance, 3), "told")
    if chance < DECIDED or cause == NOTHING:
        who = _likeliest_party(known, evidence, chances, tried, code)
        return Conclusion(None, who, round(min(chance, DOUBTED), 3), "undecided", left)
    named = seen.of(cause) if seen else None
    confidence = min(chance, named.confidence if named else BY_WORD)
    read = cause.startswith("code.")  # a code may be misread
    if named is None and (
        read or belief.answer_it_hangs_on(known, evidence, chances, cause)
    ):
        confidence = min(confidence, DOUBTED)
    state, _ = belief.likeliest(
        {id: c for id, c in chances.items() if known.states[id].cause == cause}
    )
    who = party(known, state, evidence, tried, code)
    return Conclusion(
        cause,
        who,
        round(confidence, 3),
        "told" if who == "merchant" else "call",
        tuple(c for c in left if c != cause),
        _code_of(cause, code),
    )


def _code_of(cause: str, code: str) -> str:
    """The response code, where the cause is one."""
    return (normal(code) or "") if cause.startswith("code.") else ""


def party(
    known: Knowledge,
    state_id: str,
    evidence: Evidence,
    tried: Collection[str] = (),
    code: str = "",
) -> str:
    """Whom to call about this state."""
    state = known.states[state_id]
    if state.cause in OF_A_CARD:
        of_shop = (normal(code) or "") in (*rules.OF_THE_SHOP, *rules.STOP)
        everyone = evidence.answers.get("cards.affected") == "all"
        return "acquirer" if of_shop or everyone else "merchant"
    named = evidence.seen.of(state.cause) if evidence.seen else None
    who = state.who or (named.who if named else _cause_party(known, state.cause))
    attempted = not state.fixes.keys().isdisjoint(tried)
    if named and named.then and who == MERCHANT and (attempted or not state.fixes):
        return named.then
    if attempted or _foreign_hotspot(state.cause, evidence):
        return _beyond_merchant(known, state.cause, who, evidence)
    return who


def _beyond_merchant(known: Knowledge, cause: str, who: str, evidence: Evidence) -> str:
    """Whom to call where the merchant has done what a merchant can do."""
    if who != MERCHANT or cause in OF_A_CARD:
        return who
    if _foreign_hotspot(cause, evidence):
        return "hotspot-owner"
    on_terminal = all(s.on_terminal for s in known.states.values() if s.cause == cause)
    at_terminal = on_terminal or cause.partition(".")[0] in AT_TERMINAL
    return "terminal-service" if at_terminal else "technician"


def _foreign_hotspot(cause: str, evidence: Evidence) -> bool:
    """Does the terminal join by another person's hotspot, and is the Wi-Fi at fault?"""
    return cause.startswith("wifi.") and _by_hotspot(evidence)


def _by_hotspot(evidence: Evidence) -> bool:
    known = {**evidence.answers, **evidence.certain}
    asked = known.get("terminal.connection")
    return asked == "hotspot" or (asked is None and evidence.symptom == "hotspot-join")


def _cause_party(known: Knowledge, cause: str) -> str:
    words = known.causes.get(cause)
    return words.who if words else "technician"


def _likeliest_party(
    known: Knowledge,
    evidence: Evidence,
    chances: Posterior,
    tried: Collection[str],
    code: str,
) -> str:
    """Whom to call where no cause could be told. Never the merchant, who has called us
    already: of a card that is refused the acquirer knows more."""
    real = {id: c for id, c in chances.items() if known.states[id].cause != NOTHING}
    parties = belief.sum_by(real, lambda id: party(known, id, evidence, tried, code))
    if evidence.symptom == "card-refused":
        of_cards = parties.pop(MERCHANT, 0.0)
        parties["acquirer"] = parties.get("acquirer", 0.0) + of_cards
        return belief.likeliest(parties)[0]
    if evidence.symptom == "error-code":
        return "acquirer"  # whose table of codes it is
    if evidence.symptom == "hotspot-join":
        return "hotspot-owner" if _by_hotspot(evidence) else "technician"
    if evidence.seen is not None and evidence.seen.healthy:
        # The network here is proven, so what is left is the terminal, or its SIM.
        by_sim = evidence.answers.get("terminal.connection") == "sim"
        return "isp" if by_sim else "terminal-service"
    parties.pop("merchant", None)
    return belief.likeliest(parties)[0] if parties else "technician"
