"""Carry out a walk with a person and a measurer.

`Person` is a screen, a script or a browser; `measure` runs the checks. Neither knows of
the other, and nothing is decided here.
"""

from collections.abc import Callable
from typing import Protocol

from posdiag.guide.conclude import Conclusion
from posdiag.guide.knowledge import Action, Fact
from posdiag.guide.seen import Seen
from posdiag.guide.walk.steps import Ask, Do, End, Gate, Measure, Tell
from posdiag.guide.walk.walk import Walk
from posdiag.texts.safe import safe_text

BACK = "\x00back"  # what a person answers to take the last answer back
TYPED = 40  # characters of a text from the terminal's screen


class Left(Exception):
    """The person goes away; the walk can be resumed."""


class Person(Protocol):
    """Whoever answers and acts. Each may raise `Left`."""

    def ask(self, request: Ask, walk: Walk) -> str:
        """The value of an answer, a text where the fact takes one, `unknown`, or
        `BACK`."""
        ...

    def gate(self, fact: Fact, walk: Walk) -> str:
        """The value of an answer, `unknown`, or `BACK`."""
        ...

    def act(self, action: Action, note: str, walk: Walk) -> bool | None:
        """Was it done? None: the last answer is taken back instead."""
        ...

    def tell(self, id: str, walk: Walk) -> None: ...

    def measuring(self, request: Measure, walk: Walk) -> None: ...

    def measured(self, seen: Seen, request: Measure, walk: Walk) -> None: ...


def drive(
    walk: Walk,
    person: Person,
    measure: Callable[[Measure], Seen],
    saved: Callable[[Walk], None] = lambda walk: None,
) -> Conclusion:
    """To the end of the walk. `saved` is called after each step."""
    while True:
        request = walk.next()
        if isinstance(request, End):
            return request.conclusion
        if isinstance(request, Measure):
            person.measuring(request, walk)
            seen = measure(request)
            if seen.interrupted:
                walk.record_measurement(seen)
                raise Left
            walk.record_measurement(seen)
            person.measured(seen, request, walk)
        elif isinstance(request, Ask):
            _ask(request, walk, person)
        elif isinstance(request, Gate):
            _gate(request, walk, person)
        elif isinstance(request, Do):
            _act(request, walk, person)
        elif isinstance(request, Tell):
            person.tell(request.id, walk)
            walk.record_advice(request.id)
        saved(walk)


def _gate(request: Gate, walk: Walk, person: Person) -> None:
    answer = person.gate(request.fact, walk)
    if answer == BACK:
        walk.take_back()
    else:
        walk.record_gate(answer)


def _act(request: Do, walk: Walk, person: Person) -> None:
    done = person.act(request.action, request.note, walk)
    if done is None:
        walk.take_back()
    else:
        walk.record_action(request.action, done)


def _ask(request: Ask, walk: Walk, person: Person) -> None:
    answer = person.ask(request, walk)
    if answer == BACK:
        walk.take_back()
        return
    if request.fact is not None and request.fact.kind != "choice":
        answer = safe_text(answer, limit=TYPED)
    walk.record_answer(request.id, answer)
