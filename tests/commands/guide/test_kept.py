"""What of a walk outlasts it when it is left, and what becomes of it when resumed."""

import json
from pathlib import Path

import pytest

from posdiag.commands.guide import kept
from posdiag.commands.guide.sheet import receipt, rows_of
from posdiag.guide.papers.transcript import as_object
from posdiag.guide.walk.steps import Ask, Do, End, Gate, Measure, Request
from posdiag.guide.walk.walk import Walk
from tests.guide.merchant import KNOWN, seen

OFF = KNOWN.states["router.unreachable/no-power"]


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


def until_done(walk: Walk, answers: dict[str, str], *, ill: bool) -> Request:
    """To the first action, which is done; then what the walk wants."""
    while not isinstance(step := walk.next(), Do):
        if isinstance(step, Measure):
            walk.record_measurement(seen(OFF if ill else None))
        elif isinstance(step, Gate):
            walk.record_gate("none")
        elif isinstance(step, Ask):
            walk.record_answer(step.id, answers.get(step.id, "unknown"))
        else:
            assert not isinstance(step, End)
            walk.record_advice(step.id)
    walk.record_action(step.action, True)
    return walk.next()


def resumed(walk: Walk) -> Walk:
    """The walk is left here and resumed."""
    kept.save(walk)
    former = kept.load()
    assert former is not None
    again = Walk(KNOWN, former.symptom)
    kept.resume(again, former)
    return again


def test_what_was_done_is_looked_at_first_and_has_helped() -> None:
    walk = Walk(KNOWN, "no-network")
    until_done(walk, {"router.power-lamp": "off"}, ill=True)
    again = resumed(walk)
    check = again.next()

    assert isinstance(check, Measure)
    assert check.causes == ("router.unreachable",)
    assert check.settles
    again.record_measurement(seen(None))
    end = again.next()
    assert isinstance(end, End)
    assert (end.conclusion.outcome, end.conclusion.cause) == (
        "fixed",
        "router.unreachable",
    )


def test_what_was_done_in_vain_counts_as_such() -> None:
    walk = Walk(KNOWN, "no-network")
    until_done(walk, {"router.power-lamp": "off"}, ill=True)
    again = resumed(walk)
    again.record_measurement(seen(OFF))

    assert again.failed == {"router.power-on"}


def test_what_only_a_person_sees_is_asked_after_the_measurement() -> None:
    walk = Walk(KNOWN, "frozen")
    until_done(walk, {"terminal.responds": "no"}, ill=False)
    again = resumed(walk)
    assert isinstance(again.next(), Measure)
    again.record_measurement(seen(None))
    question = again.next()

    assert isinstance(question, Ask)
    assert question.id == "helped.terminal.restart"
    again.record_answer(question.id, "yes")
    assert again.conclusion().outcome == "fixed"


def test_the_call_sheet_has_what_was_tried_before() -> None:
    walk = Walk(KNOWN, "no-network")
    until_done(walk, {"router.power-lamp": "off"}, ill=True)
    walk.record_measurement(seen(OFF))
    again = resumed(walk)
    again.record_measurement(seen(OFF))
    told = as_object(again, again.conclusion(), seconds=1, report={"site": {}})
    sheet = receipt(rows_of(KNOWN, told, "zh"))

    assert [step["id"] for step in told["before"]] == ["router.power-on"]
    assert "试过的： 接通路由器的电源 - 没用" in sheet


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"schema": "posdiag.guide-state/2"}', '{"pending": {}}', "\xff"],
)
def test_what_cannot_be_read_is_nothing(content: str) -> None:
    kept.path().parent.mkdir(parents=True)
    kept.path().write_text(content, "latin-1")

    assert kept.load() is None


def test_an_action_that_is_no_more_is_left_out() -> None:
    walk = Walk(KNOWN, "no-network")
    until_done(walk, {"router.power-lamp": "off"}, ill=True)
    kept.save(walk)
    found = json.loads(kept.path().read_text())
    found["pending"]["action"] = "router.paint"
    kept.path().write_text(json.dumps(found))
    former = kept.load()
    assert former is not None
    again = Walk(KNOWN, former.symptom)
    kept.resume(again, former)

    assert again.target is None
    assert again.next() == Measure()
