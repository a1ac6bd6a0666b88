"""What was an action meant to mend, and can the checks see the result?"""

from dataclasses import dataclass

from posdiag.guide.belief import Posterior
from posdiag.guide.knowledge import Action, Knowledge
from posdiag.guide.seen import Seen
from posdiag.guide.walk.steps import Step


@dataclass(slots=True)
class Target:
    """Until the result is known. `visible`: the checks will see it; `chance` that it
    was this cause, if it helps."""

    action: Action
    step: Step
    cause: str
    visible: bool
    chance: float


def target_of(
    known: Knowledge, chances: Posterior, seen: Seen | None, action: Action
) -> Target:
    """The likeliest of what this action mends."""
    worth = {
        id: chance * known.states[id].fixes.get(action.id, 0.0)
        for id, chance in chances.items()
    }
    state = known.states[max(worth, key=lambda id: worth[id])]
    visible = (
        state.cause in (seen.causes if seen else ())
        and not state.on_terminal
        and action.kind != "workaround"
    )
    share = sum(w for id, w in worth.items() if known.states[id].cause == state.cause)
    chance = share / (sum(worth.values()) or 1.0)
    return Target(
        action, Step("action", action.id, done=True), state.cause, visible, chance
    )
