"""A system that answers from a recording, to judge a run again.

For recordings (`posdiag.system.core.record`) and, with answers written in code, for the
tests of checks:

    Replay({
        AskRoutes(): Routes((Route("default", "10.0.0.1", "eth0"),)),
        Ping: lambda ping: Echoes(ping.address, (0.01,) * ping.count),
        AskTime: WallClock(0.0),
    })

A question is answered, its secrets apart, by (in this order):

1. the same question;
2. unless `exact`, a question of the same class that differs in nothing but the fields
   of `TUNED`, the nearest one: limits may have been tuned since. `series` and `number`
   weigh before times, so a probe is only answered by another where it is missing;
3. what is given for its class: an answer, or a function from question to answer;
4. `Unknown("not-recorded")`.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from posdiag.model.questions.base import A, Question, Unknown
from posdiag.model.questions.meter import Meter
from posdiag.system.core.codec import answer_class, decode, without_secrets
from posdiag.system.core.files import read_regular

REPEATED = ("series", "number")
TUNED_TIMES = ("timeout", "interval", "seconds", "again", "stagger", "connect_timeout")
TUNED = frozenset((*REPEATED, *TUNED_TIMES))
MAX_FILE = 8_000_000  # bytes; a run records some 100 kB
MAX_PAIRS = 20_000

Known = Mapping[Any, Any]
Pairs = Iterable[tuple[Any, Any]]


class Replay:
    """A system that answers from a recording. `asked` are the questions so far."""

    name = "replay"

    def __init__(self, known: Known | Pairs = (), *, exact: bool = False) -> None:
        self.meter = Meter()
        self.asked: list[Question[Any]] = []
        self._exact = exact
        self._known: dict[Any, Any] = {}
        self._near: dict[Any, list[Question[Any]]] = {}
        pairs = known.items() if isinstance(known, Mapping) else known
        for question, answer in pairs:
            self.add(question, answer)

    def add(self, question: Any, answer: Any) -> None:
        """Answer `question` (or all of a class of questions) so from now on."""
        if isinstance(question, Question):
            question = without_secrets(question)
            if question not in self._known:
                self._near.setdefault(_essence(question), []).append(question)
        self._known[question] = answer

    async def ask(self, question: Question[A]) -> A | Unknown:
        self.asked.append(question)
        answer: Any = self._find(without_secrets(question))
        if callable(answer):
            answer = answer(question)
        found: A | Unknown = answer
        return found

    async def close(self) -> None:
        """Nothing was changed."""

    def _find(self, question: Question[Any]) -> Any:
        if question in self._known:
            return self._known[question]
        near = () if self._exact else self._near.get(_essence(question), ())
        if near:
            return self._known[min(near, key=lambda other: _distance(question, other))]
        return self._known.get(type(question), Unknown("not-recorded"))

    @classmethod
    def load(cls, path: str | Path) -> "Replay":
        """Read a recording. OSError as the file system says, ValueError on bad data."""
        content = read_regular(path, MAX_FILE)
        if len(content) > MAX_FILE:
            raise ValueError(f"more than {MAX_FILE} bytes")
        try:
            document = json.loads(content.decode("utf-8"))
        except RecursionError:
            raise ValueError("nested too deeply") from None
        return cls(read_pairs(document))


def read_pairs(document: object) -> list[tuple[Question[Any], Any]]:
    """The pairs of a recording's JSON document."""
    from posdiag.system.core.record import SCHEMA

    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise ValueError(f"schema: not {SCHEMA}")
    pairs = document.get("pairs")
    if not isinstance(pairs, list) or len(pairs) > MAX_PAIRS:
        raise ValueError("pairs: not a list, or too long")
    return [_pair(pair, f"pairs[{i}]") for i, pair in enumerate(pairs)]


def _pair(pair: object, path: str) -> tuple[Question[Any], Any]:
    if not isinstance(pair, dict) or set(pair) != {"question", "answer"}:
        raise ValueError(f"{path}: not a question with its answer")
    question = decode(pair["question"], Question, f"{path}.question")
    answer = decode(pair["answer"], None, f"{path}.answer")
    kind: type[Question[Any]] = type(question)
    wanted = answer_class(kind)
    if not isinstance(answer, wanted | Unknown):
        raise ValueError(f"{path}.answer: not {wanted.__name__}")
    return question, answer


def _essence(question: Question[Any]) -> Any:
    """A question without what may be tuned."""
    kept = (
        (field.name, getattr(question, field.name))
        for field in _fields(question)
        if field.name not in TUNED
    )
    return type(question), tuple(kept)


def _distance(one: Question[Any], other: Question[Any]) -> tuple[float, float, float]:
    """How far apart in series, number, then times; both have the same class."""
    series = number = times = 0.0
    for field in _fields(one):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if field.name == "series":
            series = float(a != b)
        elif field.name == "number":
            number = abs(a - b)
        elif field.name in TUNED_TIMES and a != b:
            times += abs(a - b) / (abs(a) + abs(b))
    return series, number, times


def _fields(question: Any) -> Any:
    return fields(question)
