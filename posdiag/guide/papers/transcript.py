"""The walk as one JSON object, `posdiag.guide/1` (CONTRACT section 6)."""

from collections.abc import Mapping
from typing import Any

from posdiag.guide import phrases
from posdiag.guide.conclude import Conclusion
from posdiag.guide.knowledge import Action
from posdiag.guide.walk import Step, Walk
from posdiag.texts.pair import Pair

SCHEMA = "posdiag.guide/1"


def as_object(
    walk: Walk,
    found: Conclusion,
    *,
    seconds: float,
    report: Mapping[str, Any],
    contact: str = "",
    version: str = "",
    left: bool = False,
    resumed: bool = False,
) -> dict[str, Any]:
    """The transcript as plain values. `report` is the last report of the checks."""
    words = phrases.cause(walk, found)
    return {
        "schema": SCHEMA,
        "version": version,
        "symptom": walk.symptom or "unsure",
        "steps": [_step(walk, n, step) for n, step in enumerate(walk.steps, 1)],
        "conclusion": {
            "cause": found.cause,
            "who": found.who,
            "party": _pair(phrases.party(walk, found)),
            "contact": contact,
            "confidence": found.confidence,
            "outcome": found.outcome,
            "also": list(found.also),
            "gone": found.gone,
            "title": _pair(words.title) if words else None,
            "facts": {"code": found.code} if found.code else {},
            "text": _pair(phrases.conclusion(walk, found, contact)),
        },
        "before": [_done_before(walk, step) for step in walk.before],
        "asked": sum(step.kind == "question" for step in walk.steps),
        "duration_s": round(seconds, 1),
        "left": left,
        "resumed": resumed,
        "report": dict(report),
    }


def _step(walk: Walk, n: int, step: Step) -> dict[str, Any]:
    found: dict[str, Any] = {"n": n, "kind": step.kind}
    if step.kind == "measure":
        return {**found, "checks": list(step.checks), "found": list(step.found)}
    if step.kind in ("question", "gate"):
        found |= {"fact": step.id, "answer": step.answer}
    elif step.kind == "action":
        found |= _action(walk.known.actions[step.id], step)
    else:
        found["id"] = step.id
    text = phrases.step(walk, step)
    if step.do is not None:
        found["do"] = _pair(step.do)
    return {**found, "text": _pair(text)} if text else found


def _done_before(walk: Walk, step: Step) -> dict[str, Any]:
    action = walk.known.actions[step.id]
    return {"kind": "action", **_action(action, step), "text": _pair(action.do)}


def _action(action: Action, step: Step) -> dict[str, Any]:
    found = {
        "id": action.id,
        "done": bool(step.done),
        "helped": step.helped,
        "interrupts": action.interrupts,
        "touches": action.touches,
        "cost_minutes": action.cost,
        "risk": _pair(action.risk) if action.risk else None,
        "recheck": _pair(action.look),
    }
    return found | ({"note": step.note} if step.note else {})


def _pair(pair: Pair) -> dict[str, str]:
    return {"zh": pair.zh, "en": pair.en}
