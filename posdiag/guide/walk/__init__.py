"""The walk from a symptom to its end: `walk` keeps the state, `steps` are what it asks
for, `target` what an action was meant to mend, `drive` carries it out."""

from posdiag.guide.walk.steps import (
    QUERY,
    SALE,
    Ask,
    Do,
    End,
    Gate,
    Measure,
    Request,
    Step,
    Tell,
)
from posdiag.guide.walk.walk import Walk

__all__ = [
    "QUERY",
    "SALE",
    "Ask",
    "Do",
    "End",
    "Gate",
    "Measure",
    "Request",
    "Step",
    "Tell",
    "Walk",
]
