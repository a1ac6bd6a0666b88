"""A merchant on paper: answers from a file, a command in place of the hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from posdiag.commands.guide import TEXTS
from posdiag.guide import rules
from posdiag.guide.knowledge import GATE, HELPED, SYMPTOM, UNKNOWN, Knowledge
from posdiag.profile.load import BadProfile, tables
from posdiag.texts.clean import clean
from posdiag.texts.nearest import near_enough

if TYPE_CHECKING:
    from posdiag.guide.knowledge import Action, Fact
    from posdiag.guide.seen import Seen
    from posdiag.guide.walk.steps import Ask, Measure
    from posdiag.guide.walk.walk import Walk
    from posdiag.profile.reader import Reader
    from posdiag.texts.pair import Pair

KEYS = ("symptom", "facts", "helped")
HELP_ANSWERS = ("yes", "no", UNKNOWN)


@dataclass(frozen=True, slots=True)
class Answers:
    """What the file says; what it does not is `unknown`."""

    symptom: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    helped: Mapping[str, str] = field(default_factory=dict)


def load(path: str, known: Knowledge) -> Answers:
    """Read and check the file; raises `BadProfile` with all that is wrong, a line each
    as for a profile."""
    try:
        return tables(path, lambda reader, data: read(reader, data, known))
    except BadProfile as bad:  # the texts name the key
        problems = tuple(replace(problem, key="") for problem in bad.problems)
        raise BadProfile(path, problems) from None


def read(reader: Reader, found: Mapping[str, Any], known: Knowledge) -> Answers:
    """The answers of a parsed file; what is wrong becomes a problem of the reader."""
    for key in found:
        if key not in KEYS:
            text = TEXTS("answers.key", key=clean(key, 60), known=", ".join(KEYS))
            reader.reject((key,), text)
    symptom = found.get("symptom")
    if symptom is not None and symptom not in known.symptoms:
        wrong = _unknown("symptom", str(symptom), known.symptoms)
        reader.reject((SYMPTOM,), wrong)
    for name in ("facts", "helped"):
        if not isinstance(found.get(name, {}), dict):
            given = clean(str(found[name]), 60)
            reader.reject((name,), TEXTS("answers.table", key=name, given=given))
    facts = _flat(found.get("facts", {}), ("facts",))
    helped = _flat(found.get("helped", {}), ("helped",))
    for table, wrong_in in ((facts, _wrong_fact), (helped, _wrong_help)):
        for id, (path, value) in table.items():
            if problem := wrong_in(id, value, known):
                reader.reject(path, problem)
    return Answers(
        symptom if isinstance(symptom, str) else None,
        {id: str(value) for id, (_, value) in facts.items()},
        {id: _help(value) for id, (_, value) in helped.items()},
    )


def _flat(
    found: Any, path: tuple[str, ...], name: str = ""
) -> dict[str, tuple[tuple[str, ...], Any]]:
    """By id, the path in the file and the value. Dotted keys and quoted ones mean the
    same. What is no table has none."""
    if not isinstance(found, dict):
        return {}
    flat: dict[str, tuple[tuple[str, ...], Any]] = {}
    for key, value in found.items():
        id, place = f"{name}.{key}" if name else key, (*path, key)
        if isinstance(value, dict):
            flat |= _flat(value, place, id)
        else:
            flat[id] = (place, value)
    return flat


def _wrong_fact(id: str, value: Any, known: Knowledge) -> Pair | None:
    fact = known.facts.get(id)
    if fact is None:
        return _unknown("fact", id, known.facts)
    is_text = isinstance(value, str | int | float) and not isinstance(value, bool)
    text = str(value)
    if is_text and text == UNKNOWN:
        return None
    if fact.kind == "choice":
        legal = is_text and text in fact.answers
        return None if legal else _illegal(id, value, (*fact.answers, UNKNOWN))
    if is_text and rules.legal(fact.kind, text):
        return None
    form, given = TEXTS(f"answers.form.{fact.kind}"), clean(text, 60)
    return TEXTS("answers.illegal", fact=id, given=given, known=form)


def _wrong_help(id: str, value: Any, known: Knowledge) -> Pair | None:
    if id not in known.actions:
        return _unknown("action", id, known.actions)
    if isinstance(value, bool) or value in HELP_ANSWERS:
        return None
    return _illegal(id, value, HELP_ANSWERS)


def _unknown(
    kind: Literal["symptom", "fact", "action"], given: str, known: Iterable[str]
) -> Pair:
    shown, near = clean(given, 60), near_enough(given, known)
    if near:
        return TEXTS(f"near.{kind}", given=shown, near=near)
    return TEXTS(f"strange.{kind}", given=shown)


def _help(value: Any) -> str:
    return {"True": "yes", "False": "no"}.get(str(value), str(value))


def _illegal(id: str, value: Any, legal: tuple[str, ...]) -> Pair:
    given = clean(str(value), 60)
    return TEXTS("answers.illegal", fact=id, given=given, known=", ".join(legal))


@dataclass(slots=True)
class Script:
    """Answers what the file says, acts by the command; asks nobody."""

    answers: Answers
    words: list[str] | None = None

    def ask(self, request: Ask, walk: Walk) -> str:
        if request.id == SYMPTOM:
            return self.answers.symptom or UNKNOWN
        if request.id.startswith(HELPED) and request.helped is not None:
            answer = self.answers.facts.get(request.helped.fact, UNKNOWN)
            return self.answers.helped.get(request.helped.id, answer)
        return self.answers.facts.get(request.id, UNKNOWN)

    def gate(self, fact: Fact, walk: Walk) -> str:
        return self.answers.facts.get(GATE, UNKNOWN)

    def act(self, action: Action, note: str, walk: Walk) -> bool:
        from posdiag.system.process.hook import run_action

        return self.words is not None and run_action(self.words, action.id)

    def tell(self, id: str, walk: Walk) -> None:
        return None

    def measuring(self, request: Measure, walk: Walk) -> None:
        return None

    def measured(self, seen: Seen, request: Measure, walk: Walk) -> None:
        return None
