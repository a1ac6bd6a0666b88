"""The sentences of a walk: questions, actions, advice and the conclusion."""

from collections.abc import Mapping
from dataclasses import replace

from posdiag.guide import WORDS
from posdiag.guide.conclude import MERCHANT, OF_A_CARD, ON_STICKER, Conclusion
from posdiag.guide.knowledge import (
    CALL,
    CODE,
    HELPED,
    SYMPTOM,
    UNKNOWN,
    Action,
    CauseWords,
    Knowledge,
)
from posdiag.guide.seen import Seen
from posdiag.guide.walk.steps import QUERY, SALE, Step
from posdiag.guide.walk.walk import Walk
from posdiag.texts import response_codes
from posdiag.texts.lookup import WORDS as COMMON
from posdiag.texts.pair import Pair

OPEN = 3  # titles of what was not examined
OF_A_SIM = ("cellular", "data")  # groups of causes
WATCHED = (
    "terminal.settings",
    "terminal.other-network",
    "terminal.software",
    "terminal.hardware",
)
"""Causes by elimination, of which the terminal's own traffic tells more."""


def question(walk: Walk, id: str) -> Pair:
    """What is asked for a fact, the symptom, or the result of an action."""
    if id == SYMPTOM:
        return WORDS("ask.symptom")
    if not id.startswith(HELPED):
        return walk.known.facts[id].ask
    own = walk.known.actions[id.removeprefix(HELPED)].result
    if own:
        return own
    return WORDS("ask.helped-queried") if walk.may_have_charged else WORDS("ask.helped")


def dont_know(known: Knowledge, id: str) -> Pair:
    """The answer that is always there."""
    fact = known.facts.get(id)
    untried = fact is not None and fact.untried
    return WORDS("answer.untried") if untried else WORDS("answer.unknown")


def answers(known: Knowledge, id: str) -> Mapping[str, Pair]:
    """The answers by value, `unknown` last; empty for a text."""
    if id == SYMPTOM:
        return known.symptoms
    unknown = {UNKNOWN: dont_know(known, id)}
    if id.startswith(HELPED):
        yes, no = WORDS("answer.better"), WORDS("answer.no-better")
        return {"yes": yes, "no": no, **unknown}
    fact = known.facts[id]
    return {**fact.answers, **unknown} if fact.kind == "choice" else {}


def action(known: Knowledge, what: Action, note: str) -> Pair:
    """What is to be done, with the word on money before it."""
    if note == QUERY:
        return _joined(WORDS("action.query-first"), what.do)
    return _joined(known.advice[SALE], what.do) if note == SALE else what.do


def not_examined(seen: Seen) -> Pair | None:
    """What the checks left open where they found no fault; None: nothing."""
    titles = [seen.titles[id] for id in seen.unproven if id in seen.titles]
    parts = []
    if titles:
        zh = "、".join(title.zh for title in titles[:OPEN])
        en = ", ".join(title.en for title in titles[:OPEN])
        parts.append(WORDS("open.checks", titles=Pair(zh, en)))
    if seen.no_host:
        parts.append(WORDS("open.no-host"))
    return _joined(*parts) if parts else None


def step(walk: Walk, taken: Step) -> Pair | None:
    """The text of a step of the transcript; None for a measure."""
    known = walk.known
    if taken.kind in ("question", "gate"):
        return question(walk, taken.id)
    if taken.kind == "action":
        what = known.actions[taken.id]
        return action(known, replace(what, do=taken.do or what.do), taken.note)
    return known.advice[taken.id] if taken.kind == "advice" else None


def cause(walk: Walk, found: Conclusion) -> CauseWords | None:
    """The words of the cause that was concluded. What no check of this walk has named
    was found by asking, and is worded without a measurement."""
    words = walk.known.causes.get(found.cause or "")
    if words is None:
        return None
    read = response_codes.lookup(found.code)
    if read is not None:
        return CauseWords(_with_code(read.code, read.meaning), read.action, words.who)
    measured = any(found.cause in step.found for step in walk.steps)
    if not measured:
        plain = CauseWords(words.title, WORDS("conclusion.by-answers"), words.who)
        words = walk.known.asked.get(found.cause or "", plain)
    if found.code:
        return CauseWords(_with_code(found.code, words.title), words.say, words.who)
    return words


def _with_code(code: str, meaning: Pair) -> Pair:
    return WORDS("code.read", code=code, meaning=meaning)


def conclusion(walk: Walk, found: Conclusion, contact: str = "") -> Pair:
    """All that is said in the end. `contact` is the number of the party to call."""
    known = walk.known
    who = party(walk, found)
    if contact:
        who = WORDS("who.with-number", who=who, number=contact)
    text = _cause_sentence(walk, found, who)
    if found.also and (found.outcome == "fixed" or found.cause is None):
        title = known.causes[found.also[0]].title
        if found.outcome == "fixed":
            text = _joined(text, WORDS("conclusion.also", title=title))
        else:
            text = _joined(text, WORDS("conclusion.measured", title=title))
    if found.cause in OF_A_CARD and not found.gone and found.who == MERCHANT:
        text = _joined(text, WORDS("conclusion.card-bank"))
    elif found.outcome in ("call", "undecided"):
        text = _joined(
            text, known.actions[CALL].do, *_where_number(known, found, contact)
        )
        text = _joined(text, *_visitor_hint(walk, found))
    if walk.gate not in (None, "none"):
        guided = (WORDS("conclusion.guided"),) * (found.who == "terminal-service")
        text = _joined(text, *guided, known.advice["pending"])
    return text


def _cause_sentence(walk: Walk, found: Conclusion, who: Pair) -> Pair:
    """The cause, or that there is none."""
    words = cause(walk, found)
    if found.cause is None and found.outcome == "told":
        return _approved_code(found.code) if found.code else WORDS("conclusion.nothing")
    if words is None:
        text = WORDS("conclusion.undecided", who=who)
        private = walk.answers.get(CODE) == "private"
        return _joined(text, response_codes.unknown("action")) if private else text
    ending = found.outcome
    if found.gone and found.outcome == "told":
        gone = WORDS("conclusion.gone", title=words.title)
        again = (WORDS("conclusion.again", who=who),) * (found.who != MERCHANT)
        return _joined(gone, *again)
    if found.outcome == "fixed" and found.who == MERCHANT:
        ending = "fixed-self"
    elif found.outcome == "fixed" and words.who == MERCHANT:
        ending = "fixed-again"
    return WORDS(f"conclusion.{ending}", title=words.title, say=words.say, who=who)


def party(walk: Walk, found: Conclusion) -> Pair:
    """Whom to call. A SIM, and a phone, have another operator than the shop's line."""
    if found.who != "isp":
        return COMMON(f"who.{found.who}")
    way = {**walk.answers, **walk.certain}.get("terminal.connection", "")
    if (found.cause or "").partition(".")[0] in OF_A_SIM:
        way = "sim"
    return WORDS(f"operator.{way}") if f"operator.{way}" in WORDS else COMMON("who.isp")


def _approved_code(code: str) -> Pair:
    """A code that says that the sale passed must not lead to a second one."""
    read = response_codes.lookup(code)
    meaning = read.meaning if read else response_codes.unknown("meaning")
    approved = WORDS("code.approved", code=code, meaning=meaning)
    return _joined(approved, *((read.action,) if read else ()))


def _where_number(
    known: Knowledge, found: Conclusion, contact: str
) -> tuple[Pair, ...]:
    """Where the telephone number stands, unless it was just said."""
    if contact:
        return ()
    if found.who == "isp":
        return (WORDS("conclusion.number-isp"),)
    return (known.advice["numbers"],) if found.who in ON_STICKER else ()


def _visitor_hint(walk: Walk, found: Conclusion) -> tuple[Pair, ...]:
    """What a visitor with a computer can do: watch the terminal itself. Only where it
    works, and its settings or its software may be the cause."""
    answers = {**walk.answers, **walk.certain}
    dead = answers.get("terminal.power") == "off"
    dead = dead or answers.get("terminal.responds") == "no"
    wanted = found.cause is None or found.cause in WATCHED
    connection = answers.get("terminal.connection", "")
    known = f"look.{connection}" in WORDS
    return (WORDS(f"look.{connection}"),) if wanted and not dead and known else ()


def _joined(*parts: Pair) -> Pair:
    return Pair("".join(p.zh for p in parts), " ".join(p.en for p in parts))
