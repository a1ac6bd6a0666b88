"""The sentences of a walk: questions, actions, advice and the conclusion."""

from collections.abc import Mapping

from posdiag.guide import WORDS
from posdiag.guide.conclude import MERCHANT, OF_A_CARD, ON_STICKER, Conclusion
from posdiag.guide.knowledge import (
    CALL,
    GATE,
    HELPED,
    SYMPTOM,
    UNKNOWN,
    Action,
    CauseWords,
    Knowledge,
)
from posdiag.guide.walk import SALE, Step, Walk
from posdiag.texts.lookup import WORDS as COMMON
from posdiag.texts.pair import Pair


def question(known: Knowledge, id: str) -> Pair:
    """What is asked for a fact, the symptom, or the result of an action."""
    if id == SYMPTOM:
        return WORDS("ask.symptom")
    if id.startswith(HELPED):
        return known.actions[id.removeprefix(HELPED)].result or WORDS("ask.helped")
    return known.facts[id].ask


def dont_know() -> Pair:
    """The answer that is always there."""
    return WORDS("answer.unknown")


def answers(known: Knowledge, id: str) -> Mapping[str, Pair]:
    """The answers by value, `unknown` last; empty for a text."""
    if id == SYMPTOM:
        return known.symptoms
    unknown = {UNKNOWN: dont_know()}
    if id.startswith(HELPED):
        yes, no = WORDS("answer.better"), WORDS("answer.no-better")
        return {"yes": yes, "no": no, **unknown}
    fact = known.facts[id]
    return {**fact.answers, **unknown} if fact.kind == "choice" else {}


def action(known: Knowledge, what: Action, note: str) -> Pair:
    """What is to be done, with the word on a sale in progress before it."""
    if note != SALE:
        return what.do
    return _joined(known.advice[SALE], what.do)


def step(known: Knowledge, taken: Step) -> Pair | None:
    """The text of a step of the transcript; None for a measure."""
    if taken.kind in ("question", "gate"):
        return question(known, taken.id)
    if taken.kind == "action":
        return action(known, known.actions[taken.id], taken.note)
    return known.advice[taken.id] if taken.kind == "advice" else None


def cause(walk: Walk, found: Conclusion) -> CauseWords | None:
    """The words of the cause that was concluded. What no check of this walk has named
    was found by asking, and is told without a measurement."""
    words = walk.known.causes.get(found.cause or "")
    if words is None:
        return None
    measured = any(found.cause in step.found for step in walk.steps)
    if not measured:
        plain = CauseWords(words.title, WORDS("conclusion.by-answers"), words.who)
        words = walk.known.asked.get(found.cause or "", plain)
    return CauseWords(
        _coded(words.title, found.code), _coded(words.say, found.code), words.who
    )


def conclusion(walk: Walk, found: Conclusion, contact: str = "") -> Pair:
    """All that is said in the end. `contact` is the number of the party to call."""
    known = walk.known
    words = cause(walk, found)
    who = COMMON(f"who.{found.who}")
    if contact:
        who = WORDS("who.with-number", who=who, number=contact)
    if found.cause is None and found.outcome == "told":
        text = WORDS("conclusion.nothing")
    elif words is None:
        text = WORDS("conclusion.undecided", who=who)
    else:
        ending = found.outcome
        if found.gone and found.outcome == "told":
            ending = "gone"
        elif found.outcome == "fixed" and found.who == MERCHANT:
            ending = "fixed-self"
        text = WORDS(
            f"conclusion.{ending}",
            title=words.title,
            say=words.say,
            who=who,
        )
    if found.outcome == "fixed" and found.also:
        also = known.causes[found.also[0]].title
        text = _joined(text, WORDS("conclusion.also", title=also))
    if found.cause in OF_A_CARD and not found.gone and found.who == MERCHANT:
        text = _joined(text, WORDS("conclusion.card-bank"))
    elif found.outcome in ("call", "undecided"):
        text = _joined(text, known.actions[CALL].do, *_number(known, found, contact))
    if walk.gate not in (None, "none"):
        text = _joined(text, known.advice["pending"])
    return text


def _number(known: Knowledge, found: Conclusion, contact: str) -> tuple[Pair, ...]:
    """Where the telephone number stands, unless it was just said."""
    if contact:
        return ()
    if found.who == "isp":
        return (WORDS("conclusion.number-isp"),)
    return (known.advice["numbers"],) if found.who in ON_STICKER else ()


def _coded(pair: Pair, code: str) -> Pair:
    """With the code in its place, without that place where no code is known."""
    if not code:
        return Pair(pair.zh.replace(" {code}", ""), pair.en.replace(" {code}", ""))
    return Pair(pair.zh.replace("{code}", code), pair.en.replace("{code}", code))


def _joined(*parts: Pair) -> Pair:
    return Pair("".join(p.zh for p in parts), " ".join(p.en for p in parts))


def gate_step(taken: Step) -> bool:
    return taken.kind == "gate" and taken.id == GATE
