"""The report as one JSON object: `posdiag.report/1` (CONTRACT section 2).

Its schema is `report.schema.json` beside this file. Numbers are in base units, rounded
to six significant digits. However much the facts hold, it stays under `LARGEST` bytes.
"""

import json
import math
from collections.abc import Mapping
from typing import Any

from posdiag.model import Value
from posdiag.model.finding import Entry
from posdiag.texts.catalogue import Advice, Step
from posdiag.texts.commissioning import Handover
from posdiag.texts.explain import Explained, ExplainedCause, ExplainedResult, Rival
from posdiag.texts.explain.money import note
from posdiag.texts.pair import Pair
from posdiag.texts.path_code import path_code

SCHEMA = "posdiag.report/1"
RULES = 1  # version of the judgements: raised when one of them changes its meaning
LARGEST = 200_000  # bytes
# Ever shorter texts and lists, until the report fits: (characters, entries).
SQUEEZES = ((400, 24), (120, 8), (40, 2), (8, 0))

#: Keys by which programs know things; their values are short by themselves.
KEPT = frozenset(
    ("schema", "version", "started_at", "verdict", "id", "status", "code", "severity")
) | {"who", "by", "blamed_on", "path_code"}
FEWER = frozenset(("facts", "steps", "notes", "explains", "against", "rivals", "trips"))


def render(explained: Explained, lang: str = "") -> str:
    """The report as text. It holds both languages, so `lang` changes nothing."""
    whole = as_object(explained)
    text = dumped(whole)
    for characters, entries in SQUEEZES:
        if len(text.encode()) <= LARGEST:
            break
        text = dumped(_squeezed(whole, characters, entries))
    return text


def dumped(whole: object, indent: int | None = 2) -> str:
    """The JSON text of an object, ending with a line feed. `indent` None: one line."""
    text = json.dumps(whole, ensure_ascii=False, indent=indent, allow_nan=False)
    return f"{text}\n"


def as_object(explained: Explained) -> dict[str, Any]:
    """The report as plain values."""
    line = explained.headline
    return {
        "schema": SCHEMA,
        "version": explained.version,
        "started_at": explained.started_at,
        "duration_s": rounded(explained.seconds),
        "site": dict(explained.site),
        "verdict": explained.verdict.value,
        "headline": {"kind": line.kind, **line.text.as_object()},
        "interrupted": explained.interrupted,
        "unproven": [gap.id for gap in explained.unproven],
        "causes": [_cause(c) for c in explained.causes],
        "checks": [result_as_object(r) for r in explained.results],
        "advice": {
            "emergency": [_advice(a) for a in explained.emergency],
            "prevention": [_advice(a) for a in explained.prevention],
        },
        "terminal_advice": [_advice(a) for a in explained.terminal],
        "path_code": path_code(explained.results),
        "bytes": {"sent": explained.sent, "received": explained.received},
        "notes": [{"id": n.id, **n.text.as_object()} for n in explained.notes],
        **({"gates": _gates(explained.handover)} if explained.handover else {}),
    }


def _gates(page: Handover) -> dict[str, Any]:
    return {
        "ready": page.ready,
        "gates": [
            {
                "id": gate.id,
                "title": gate.title.as_object(),
                "state": gate.state,
                "who": gate.who,
                "checks": list(gate.checks),
                "why": [why.as_object() for why in gate.why],
            }
            for gate in page.gates
        ],
    }


def _cause(cause: ExplainedCause) -> dict[str, Any]:
    return {
        "id": cause.id,
        "confidence": rounded(cause.confidence),
        "severity": cause.severity.value,
        "checks": list(cause.checks),
        "rule": f"{cause.checks[0]}/{cause.id.partition('.')[2]}@{RULES}",
        "facts": _facts(cause.facts),
        "title": cause.title.as_object(),
        "why": cause.why.as_object(),
        "proof": _maybe(cause.proof),
        "decide": _maybe(cause.decide),
        "steps": [_step(s) for s in cause.steps],
        "who": cause.who,
        "contact": cause.contact,
        "rivals": [_rival(r) for r in cause.rivals],
        "evidence": {
            "explains": [_rival(r) for r in cause.explains],
            "against": [_rival(r) for r in cause.against],
        },
    }


def result_as_object(result: ExplainedResult) -> dict[str, Any]:
    trips = [None if t is None else rounded(t) for t in result.trips]
    return {
        "id": result.check,
        "status": result.status.value,
        "code": result.code,
        "facts": _facts(result.facts),
        "blamed_on": result.blamed_on,
        "duration_s": rounded(result.seconds),
        "title": result.title.as_object(),
        "text": result.text.as_object(),
        **({"trips": trips} if trips else {}),
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        **step.text.as_object(),
        "by": step.by,
        "touches": step.touches,
        "interrupts": step.interrupts,
        "gate": step.gate,
        "note": note(step),
        "before": _maybe(step.before),
        "recheck": _maybe(step.recheck),
    }


def _rival(rival: Rival) -> dict[str, Any]:
    return {"id": rival.id, "title": rival.title.as_object()}


def _advice(advice: Advice) -> dict[str, Any]:
    return {"id": advice.id, **advice.text.as_object()}


def _maybe(pair: Pair | None) -> dict[str, str] | None:
    return None if pair is None else pair.as_object()


def _facts(facts: Mapping[str, Value]) -> dict[str, Any]:
    return {key: _value(value) for key, value in facts.items()}


def _value(value: Value | Entry) -> object:
    if isinstance(value, tuple):
        return [_value(v) for v in value]
    if isinstance(value, Mapping):
        return {key: _value(item) for key, item in value.items()}
    return rounded(value) if isinstance(value, float) else value


def rounded(number: float) -> float:
    """Six significant digits; NaN and infinity become 0."""
    return float(f"{number:.6g}") if math.isfinite(number) else 0.0


def _squeezed(value: object, characters: int, entries: int) -> object:
    """The same object with shorter texts and fewer facts, steps and notes."""
    if isinstance(value, str):
        cut = max(characters, 1)
        return value if len(value) <= cut else value[: cut - 1] + "…"
    if isinstance(value, list):
        return [_squeezed(v, characters, entries) for v in value]
    if not isinstance(value, dict):
        return value
    cut_down = {k: _fewer(k, v, entries) for k, v in value.items()}
    return {
        k: v if k in KEPT else _squeezed(v, characters, entries)
        for k, v in cut_down.items()
    }


def _fewer(key: str, value: object, entries: int) -> object:
    if key not in FEWER:
        return value
    if isinstance(value, list):
        return value[:entries]
    if not isinstance(value, dict):
        return value
    kept = list(value.items())[:entries]
    return {k: v[:entries] if isinstance(v, list) else v for k, v in kept}
