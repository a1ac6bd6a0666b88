"""An answer may be taken back: before an action, after it, and its result."""

from posdiag.guide.knowledge import GATE, HELPED
from posdiag.guide.walk.steps import Ask, Do, Gate, Measure, Request, Tell
from posdiag.guide.walk.walk import Walk
from tests.guide.merchant import KNOWN, seen

HEALTHY = seen(None)


def until(walk: Walk, kind: type) -> Request:
    """The next request of this kind; questions before it get `no` or `off`."""
    while not isinstance(step := walk.next(), kind):
        if isinstance(step, Measure):
            walk.record_measurement(HEALTHY)
        elif isinstance(step, Tell):
            walk.record_advice(step.id)
        elif isinstance(step, Gate):
            walk.record_gate("none")
        elif isinstance(step, Ask):
            walk.record_answer(step.id, "no")
        else:
            raise AssertionError(step)
    return step


def at_restart() -> tuple[Walk, Do]:
    """A walk at the action `terminal.restart`, behind its gate."""
    walk = Walk(KNOWN, "frozen")
    step = until(walk, Do)
    assert isinstance(step, Do)
    assert step.action.id == "terminal.restart"
    return walk, step


def test_the_gate_is_taken_back_at_the_action_and_then_the_question_before_it() -> None:
    walk, _ = at_restart()

    assert walk.take_back() == GATE
    assert walk.gate is None
    assert isinstance(walk.next(), Gate)
    assert walk.take_back() == "terminal.responds"
    again = walk.next()
    assert isinstance(again, Ask)
    assert again.id == "terminal.responds"
    assert not walk.can_take_back


def test_after_what_was_done_the_question_is_asked_anew_and_the_gate_stays() -> None:
    walk, step = at_restart()
    walk.record_action(step.action, True)
    helped = until(walk, Ask)

    assert walk.take_back() == "terminal.responds"
    assert walk.gate == "none"
    again = walk.next()
    assert isinstance(again, Ask)
    walk.record_answer(again.id, "no")
    assert walk.next() == helped


def test_what_could_not_be_done_is_proposed_again() -> None:
    walk, step = at_restart()
    walk.record_action(step.action, False)
    assert walk.next() != step

    assert walk.take_back() == step.action.id
    assert walk.next() == step


def test_the_result_of_an_action_is_taken_back() -> None:
    walk, step = at_restart()
    walk.record_action(step.action, True)
    until(walk, Ask)
    walk.record_answer(HELPED + step.action.id, "no")
    assert step.action.id in walk.failed

    assert walk.take_back() == HELPED + step.action.id
    assert not walk.failed
    again = walk.next()
    assert isinstance(again, Ask)
    walk.record_answer(again.id, "yes")
    assert walk.conclusion().outcome == "fixed"
    assert not walk.can_take_back
