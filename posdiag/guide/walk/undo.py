"""Which step does a person take back?"""

from collections.abc import Sequence

from posdiag.guide.knowledge import HELPED
from posdiag.guide.walk.steps import Step


def last_answer(steps: Sequence[Step]) -> int | None:
    """The index of the last answer: a question, the gate, or an action that could not
    be done. What was done stays done: behind it only the answer to a question is taken
    back, not the gate that let it pass."""
    done = False
    for place in range(len(steps) - 1, -1, -1):
        step = steps[place]
        if step.kind == "action" and step.done:
            done = True
        elif step.kind == "question":
            return None if done and step.id.startswith(HELPED) else place
        elif step.kind in ("gate", "action") and not done:
            return place
    return None
