"""The rules of the walk (CONTRACT section 6), checked on any transcript."""

from typing import Any

COUNTED = ("question", "gate", "action")
#: A fact that a check settles where it ends ok.
SETTLED = {
    "router.power-lamp": "router.reach",
    "router.reachable-by-others": "router.reach",
    "router.internet-lamp": "isp.reach",
    "phone.same-wifi-online": "isp.reach",
    "neighbours.online": "isp.reach",
    "bill.paid": "isp.reach",
    "cable.seated": "link.state",
}


def broken_rules(told: dict[str, Any], limit: int = 12) -> list[str]:
    """Each rule that this transcript breaks; empty: none."""
    steps = told["steps"]
    problems = []
    facts = [s["fact"] for s in steps if s["kind"] in ("question", "gate")]
    problems += [f"{f} asked twice" for f in set(facts) if facts.count(f) > 1]
    if steps and steps[0]["kind"] != "measure":
        problems.append("the first step does not measure")
    if sum(s["kind"] in COUNTED for s in steps) > limit:
        problems.append("more steps than allowed")
    if told["asked"] != sum(s["kind"] == "question" for s in steps):
        problems.append("asked is not the number of questions")
    problems += _texts(told)
    problems += _money(steps)
    problems += _rechecks(steps)
    passed = {c["id"] for c in told["report"].get("checks", []) if c["status"] == "ok"}
    measures = [s for s in steps if s["kind"] == "measure"]
    if measures and not measures[0]["found"]:
        problems += [f"{f} was settled" for f in facts if SETTLED.get(f, "") in passed]
    return problems


def _texts(told: dict[str, Any]) -> list[str]:
    every = [s for s in told["steps"] if s["kind"] != "measure"]
    return [
        f"{s.get('id') or s.get('fact') or 'conclusion'} has no text"
        for s in (*every, told["conclusion"])
        if not all(s.get("text", {}).get(lang) for lang in ("zh", "en"))
    ]


def _money(steps: list[dict[str, Any]]) -> list[str]:
    problems: list[str] = []
    passed, found = False, list[str]()
    for step in steps:
        if step["kind"] == "measure":
            found = step["found"]
        passed = passed or (step["kind"] == "gate" and step["answer"] == "none")
        if step["kind"] != "action":
            continue
        if step["touches"] == "terminal" and not passed:
            problems.append(f"{step['id']} without the gate")
        noted = step.get("note") == "sale-in-progress"
        if (step["touches"] == "network") != noted and "link.down" not in found:
            problems.append(f"{step['id']}: note {step.get('note')}")
    return problems


def _rechecks(steps: list[dict[str, Any]]) -> list[str]:
    problems = []
    for place, step in enumerate(steps):
        if step["kind"] != "action" or not step["done"]:
            continue
        after = steps[place + 1 : place + 2]
        checked = after and (
            after[0]["kind"] == "measure"
            or after[0].get("fact") == f"helped.{step['id']}"
        )
        if not checked:
            problems.append(f"{step['id']} is not followed by a re-check")
    return problems
