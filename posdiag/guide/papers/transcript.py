"""The walk as one JSON object, `posdiag.guide/1` (CONTRACT section 6)."""

from collections.abc import Mapping
from typing import Any

from posdiag.guide import phrases
from posdiag.guide.conclude import Conclusion
from posdiag.guide.knowledge import Action
from posdiag.guide.walk.steps import Step
from posdiag.guide.walk.walk import Walk

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
            "party": phrases.party(walk, found).as_object(),
            "contact": contact,
            "confidence": found.confidence,
            "outcome": found.outcome,
            "also": list(found.also),
            "gone": found.gone,
            "title": words.title.as_object() if words else None,
            "facts": {"code": found.code} if found.code else {},
            "text": phrases.conclusion(walk, found, contact).as_object(),
        },
        "before": [
            {"kind": "action", **_action(action, step), "text": action.do.as_object()}
            for step in walk.before
            for action in [walk.known.actions[step.id]]
        ],
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
        found["do"] = step.do.as_object()
    return {**found, "text": text.as_object()} if text else found


def _action(action: Action, step: Step) -> dict[str, Any]:
    found = {
        "id": action.id,
        "done": bool(step.done),
        "helped": step.helped,
        "interrupts": action.interrupts,
        "touches": action.touches,
        "cost_minutes": action.cost,
        "risk": action.risk.as_object() if action.risk else None,
        "recheck": action.look.as_object(),
    }
    return found | ({"note": step.note} if step.note else {})
