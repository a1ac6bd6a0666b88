"""What a screen and a browser both say around a measurement and an action."""

from posdiag.commands.guide import TEXTS
from posdiag.guide import phrases
from posdiag.guide.knowledge import Action
from posdiag.guide.seen import Seen
from posdiag.guide.walk.steps import Measure
from posdiag.texts.pair import Pair


def measuring(request: Measure) -> Pair:
    """Said before the checks run."""
    if not request.after:
        return TEXTS("measuring.first")
    settles, again = TEXTS("measuring.settles"), TEXTS("measuring.again")
    return settles if request.settles else again


def measured(seen: Seen, request: Measure) -> list[Pair]:
    """Said when they have run: whether the action helped, and what was found."""
    lines = []
    if request.causes:
        gone = not set(request.causes) & set(seen.causes)
        lines.append(TEXTS("measured.helped") if gone else TEXTS("measured.no-help"))
    if seen.found:
        first = seen.found[0]
        return [*lines, TEXTS("measured.found", title=first.title), first.say]
    healthy = TEXTS("measured.healthy")
    lines.append(healthy if seen.healthy else TEXTS("measured.unknown"))
    rest = phrases.not_examined(seen)
    return [*lines, rest] if rest else lines


def instruction(action: Action, what: Pair) -> list[Pair]:
    """How long it takes, what to do, what to mind and how to see the result."""
    risk = [TEXTS("risk", text=action.risk)] if action.risk else []
    look = TEXTS("look", text=action.look)
    return [TEXTS("do", minutes=action.cost), what, *risk, look]


def act_choices() -> dict[str, Pair]:
    return {"done": TEXTS("act.done"), "cannot": TEXTS("act.cannot")}
