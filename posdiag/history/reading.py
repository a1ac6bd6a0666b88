"""What did an earlier report say? From bytes of a file, which anyone may have made."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from posdiag.model import Value
from posdiag.texts.clean import clean
from posdiag.texts.pair import Pair

SCHEMA = "posdiag.report/1"
LARGEST = 1_000_000  # bytes; a report of ours has at most a fifth of that
VERDICTS = ("healthy", "degraded", "broken", "unknown")
STATUSES = ("ok", "warn", "fail", "skip", "error")
MOST = 500  # entries of any list
ID = 80  # characters


@dataclass(frozen=True, slots=True)
class PastCause:
    id: str
    title: Pair
    severity: str


@dataclass(frozen=True, slots=True)
class PastCheck:
    """One check. `trips` are RTTs in seconds in the order sent, None for a lost one."""

    id: str
    status: str
    code: str
    title: Pair
    facts: Mapping[str, Value]
    trips: tuple[float | None, ...] = ()

    @property
    def carried_out(self) -> bool:
        return self.status in ("ok", "warn", "fail")


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier report as far as it is compared. `id` is how it is called here."""

    id: str
    started_at: str
    seconds: float
    verdict: str
    site: str
    causes: tuple[PastCause, ...]
    checks: tuple[PastCheck, ...]
    bytes: int = 0

    def check(self, id: str) -> PastCheck | None:
        return next((c for c in self.checks if c.id == id), None)


def parse(raw: bytes, id: str) -> Past:
    """The report in `raw`. ValueError for anything that is not one."""
    if len(raw) > LARGEST:
        raise ValueError("too large")
    try:
        whole = json.loads(raw, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return past(whole, id)


def past(whole: object, id: str) -> Past:
    """The same from the values of a report. ValueError as above."""
    table = _table(whole)
    if table.get("schema") != SCHEMA or table.get("verdict") not in VERDICTS:
        raise ValueError("not a report of posdiag")
    cost = _table(table.get("bytes"))
    return Past(
        id=clean(id, ID),
        started_at=_text(table.get("started_at")),
        seconds=_number(table.get("duration_s")),
        verdict=table["verdict"],
        site=_text(_table(table.get("site")).get("name")),
        causes=tuple(_cause(c) for c in _list(table.get("causes"))),
        checks=tuple(_check(c) for c in _list(table.get("checks"))),
        bytes=int(abs(_number(cost.get("sent"))) + abs(_number(cost.get("received")))),
    )


def _cause(raw: object) -> PastCause:
    table = _table(raw)
    id, severity = _text(table.get("id")), table.get("severity")
    if not id or severity not in ("broken", "degraded"):
        raise ValueError("a cause that is none")
    return PastCause(id, _pair(table.get("title"), id), severity)


def _check(raw: object) -> PastCheck:
    table = _table(raw)
    id, status = _text(table.get("id")), table.get("status")
    if not id or status not in STATUSES:
        raise ValueError("a check that is none")
    trips = table.get("trips")
    trips = trips if isinstance(trips, list) else []
    return PastCheck(
        id=id,
        status=status,
        code=_text(table.get("code")),
        title=_pair(table.get("title"), id),
        facts=_facts(_table(table.get("facts"))),
        trips=tuple(None if t is None else abs(_number(t)) for t in trips[: 2 * MOST]),
    )


def _table(raw: object) -> Mapping[str, Any]:
    return raw if isinstance(raw, dict) else {}


def _list(raw: object) -> list[Any]:
    if not isinstance(raw, list):
        raise ValueError("no list")
    return raw[:MOST]


def _text(raw: object) -> str:
    return clean(raw, ID) if isinstance(raw, str) else ""


def _pair(raw: object, instead: str) -> Pair:
    table = _table(raw)
    zh, en = table.get("zh"), table.get("en")
    if isinstance(zh, str) and isinstance(en, str):
        return Pair(clean(zh), clean(en))
    return Pair.same(instead)


def _facts(raw: Mapping[str, Any]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for key, value in islice(raw.items(), MOST):
        if isinstance(value, list):
            kept = [_scalar(v) for v in value[:MOST] if not isinstance(v, list | dict)]
            found[clean(key, ID)] = tuple(kept)
        elif not isinstance(value, dict):
            found[clean(key, ID)] = _scalar(value)
    return found


def _scalar(value: Any) -> str | int | float | bool | None:
    if isinstance(value, str):
        return clean(value)
    if value is None or isinstance(value, bool):
        return value
    number = _number(value)
    return int(value) if isinstance(value, int) and number == value else number


def _number(raw: object) -> float:
    """A finite number, 0 for anything else."""
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        return 0.0
    try:
        number = float(raw)
    except OverflowError:
        return 0.0
    return number if math.isfinite(number) else 0.0


def _no_number(name: str) -> float:
    raise ValueError(f"{name} in JSON")
