"""Read `data/*.toml` into `Knowledge`; a mistake in the data raises ValueError."""

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from posdiag.guide.knowledge import (
    FLOOR,
    FOUND,
    SYMPTOM,
    UNKNOWN,
    Action,
    CauseWords,
    Chances,
    Condition,
    Fact,
    Family,
    Knowledge,
    State,
    Way,
)
from posdiag.model.check import PARTIES
from posdiag.texts import response_codes
from posdiag.texts.pair import Pair, read_toml

PACKAGE = "posdiag.guide"
TOUCHES = ("nothing", "network", "terminal")
KINDS = ("cure", "swap", "workaround")
FACT_KINDS = ("choice", "code", "address", "mask", "gateway", "dns")

Table = Mapping[str, Any]


@cache
def knowledge() -> Knowledge:
    """All that the guide knows, read once."""
    tables = [read_toml(PACKAGE, f"data/{name}") for name in data_files()]
    labels = _merged(tables, "answer")
    profiles = _merged(tables, "profile")
    facts = {k: _fact(k, v, labels) for k, v in _merged(tables, "fact").items()}
    causes = {k: _cause(v) for k, v in _merged(tables, "cause").items()}
    found = Knowledge(
        symptoms={k: _pair(v) for k, v in _merged(tables, "symptom").items()},
        facts=facts,
        actions={k: _action(k, v) for k, v in _merged(tables, "action").items()},
        states={
            k: _state(k, v, profiles, facts)
            for k, v in _merged(tables, "state").items()
        },
        causes=causes,
        asked=causes,
        advice={
            "query-first": response_codes.query_first(),
            **{k: _pair(v) for k, v in _merged(tables, "advice").items()},
        },
        families={k: _family(v) for k, v in _merged(tables, "family").items()},
    )
    _check(found)
    return found


def profile(name: str) -> Chances:
    """How likely each symptom is for a kind of fault."""
    tables = [read_toml(PACKAGE, f"data/{file}") for file in data_files()]
    found: Chances = _merged(tables, "profile")[name]
    return found


def data_files() -> tuple[str, ...]:
    folder = files(PACKAGE) / "data"
    return tuple(sorted(f.name for f in folder.iterdir() if f.name.endswith(".toml")))


def _merged(tables: Iterable[Table], name: str) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for table in tables:
        for key, value in table.get(name, {}).items():
            if key in merged:
                raise ValueError(f"{name} {key!r} stands twice")
            merged[key] = value
    return merged


def _pair(found: Any) -> Pair:
    return Pair(found["zh"], found["en"])


def _maybe(found: Any) -> Pair | None:
    return None if found is None else _pair(found)


def _conditions(found: Table, name: str) -> tuple[Condition, ...]:
    return tuple(map(Condition.read, found.get(name, ())))


def _fact(id: str, found: Table, labels: Table) -> Fact:
    own = found.get("labels", {})
    answers = {a: _pair(own.get(a) or labels[a]) for a in found["answers"]}
    return Fact(
        id=id,
        ask=_pair(found["ask"]),
        help=_maybe(found.get("help")),
        answers=answers,
        usual=_shared(found.get("usual", {}), answers),
        settled={a: tuple(c) for a, c in found.get("settled", {}).items()},
        only=_conditions(found, "only"),
        unless=_conditions(found, "unless"),
        after=tuple(found.get("after", ())),
        by_line=tuple(found.get("by_line", ())),
        **_given(found, "kind", "ends", "leads", "lasting", "menu", "untried", "cost"),
    )


def _given(found: Table, *names: str) -> dict[str, Any]:
    """What the data gives of these; the rest has the default of its dataclass."""
    return {name: found[name] for name in names if name in found}


def _shared(given: Table, answers: Iterable[str]) -> Chances:
    """The chance of each answer: those named share what is left with the others. No
    answer is impossible."""
    rest = [a for a in answers if a not in given]
    left = max(1 - sum(given.values()), 0.0) / max(len(rest), 1)
    found = {a: max(given.get(a, left), FLOOR) for a in (*given, *rest)}
    return {a: chance / sum(found.values()) for a, chance in found.items()}


def _action(id: str, found: Table) -> Action:
    return Action(
        id=id,
        do=_pair(found["do"]),
        look=_pair(found["look"]),
        touches=found["touches"],
        cost=found["cost"],
        risk=_maybe(found.get("risk")),
        result=_maybe(found.get("result")),
        only=_conditions(found, "only"),
        unless=_conditions(found, "unless"),
        ways=tuple(
            Way(Condition.read(when), _pair(way["do"]), _pair(way["look"]))
            for when, way in found.get("way", {}).items()
        ),
        **_given(found, "kind", "settles", "pause", "fact", "charges"),
    )


def _state(id: str, found: Table, profiles: Table, facts: Mapping[str, Fact]) -> State:
    tells = found.get("tells", {})
    for name in tells:
        _known(name, facts, id)
    return State(
        id=id,
        cause=id.partition("/")[0],
        weight=found["weight"],
        symptoms=profiles[found["profile"]],
        tells={f: _shared(c, facts[f].answers) for f, c in tells.items()},
        fixes=found.get("fixes", {}),
        **_given(found, "on_terminal", "beside", "who", "blank"),
    )


def _cause(found: Table) -> CauseWords:
    return CauseWords(_pair(found["title"]), _pair(found["say"]), found["who"])


def _family(found: Table) -> Family:
    name, way = _pair(found["name"]), _pair(found["way"])
    return Family(name, tuple(found["models"]), way, found["source"])


def _check(found: Knowledge) -> None:
    """Every name that the data mentions exists."""
    _check_facts(found)
    for state in found.states.values():
        _check_state(found, state)
    for id, cause in found.causes.items():
        _known(cause.who, PARTIES, id)


def _check_facts(found: Knowledge) -> None:
    for fact in found.facts.values():
        _known(fact.kind, FACT_KINDS, fact.id)
        for answer in (*fact.settled, *fact.ends, *fact.leads, *fact.by_line):
            _known(answer, fact.answers, fact.id)
        for name in fact.after:
            _known(name, found.facts, fact.id)
        for cause in fact.ends.values():
            _known(cause, {s.cause for s in found.states.values()}, fact.id)
        for name in fact.leads.values():
            _known(name, found.actions, fact.id)
        _check_conditions(found, fact.id, (*fact.only, *fact.unless))
    for action in found.actions.values():
        _known(action.touches, TOUCHES, action.id)
        _known(action.kind, KINDS, action.id)
        if action.fact:
            _known(action.fact, found.facts, action.id)
        whens = (way.when for way in action.ways)
        _check_conditions(found, action.id, (*action.only, *action.unless, *whens))


def _check_state(found: Knowledge, state: State) -> None:
    for name, chances in state.tells.items():
        _known(name, found.facts, state.id)
        for answer in chances:
            _known(answer, found.facts[name].answers, state.id)
    for name in state.blank:
        _known(name, found.facts, state.id)
    for name in state.fixes:
        _known(name, found.actions, state.id)
    for name in state.symptoms:
        _known(name, found.symptoms, state.id)
    if state.who:
        _known(state.who, PARTIES, state.id)


def _check_conditions(
    found: Knowledge, where: str, conditions: Iterable[Condition]
) -> None:
    for condition in conditions:
        if condition.fact == SYMPTOM:
            _known(condition.value, found.symptoms, where)
        elif condition.fact == FOUND:
            causes = {s.cause for s in found.states.values()}
            groups = {cause.partition(".")[0] for cause in causes}
            _known(condition.value, causes | groups, where)
        else:
            _known(condition.fact, found.facts, where)
            answers = (*found.facts[condition.fact].answers, UNKNOWN)
            _known(condition.value, answers, where)


def _known(name: str, names: Iterable[str], where: str) -> None:
    if name not in names:
        raise ValueError(f"{where}: no such name: {name!r}")
