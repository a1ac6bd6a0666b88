"""One walk, step by step, with findings made up for it."""

from collections.abc import Mapping

import pytest

from posdiag.guide.conclude import Conclusion
from posdiag.guide.knowledge import GATE, HELPED, SYMPTOM, UNKNOWN
from posdiag.guide.load import profile
from posdiag.guide.seen import Found, Seen
from posdiag.guide.walk.steps import SALE, Ask, Do, End, Gate, Measure, Request, Tell
from posdiag.guide.walk.walk import Walk
from posdiag.texts.pair import Pair
from tests.guide.merchant import CARRIED, KNOWN, seen

HEALTHY = seen(None)


def found(cause: str, *, broken: bool = True, who: str = "technician") -> Seen:
    state = next(s for s in KNOWN.states.values() if s.cause == cause)
    whole = seen(state)
    assert whole.causes == (cause,)
    return whole


def begun(symptom: str | None, first: Seen, **certain: str) -> Walk:
    walk = Walk(KNOWN, symptom, certain=certain, plain=profile("any"))
    assert isinstance(walk.next(), Measure)
    walk.record_measurement(first)
    return walk


def until(
    walk: Walk, answers: Mapping[str, str], *, gate: str = "none", do: bool = True
) -> Request:
    """Answer from the mapping until something is to be done or the end."""
    while True:
        step = walk.next()
        if isinstance(step, Tell):
            walk.record_advice(step.id)
        elif isinstance(step, Ask):
            walk.record_answer(step.id, answers.get(step.id, UNKNOWN))
        elif isinstance(step, Gate):
            walk.record_gate(gate)
        else:
            return step


def test_it_measures_before_it_asks() -> None:
    walk = Walk(KNOWN)

    assert isinstance(walk.next(), Measure)


def test_without_a_symptom_that_is_the_first_question() -> None:
    walk = begun(None, HEALTHY)
    step = walk.next()

    assert isinstance(step, Ask)
    assert step.id == SYMPTOM


def test_the_lamp_chooses_between_power_and_restart() -> None:
    for lamp, action in (("off", "router.power-on"), ("on", "router.restart")):
        walk = begun("no-network", found("router.unreachable"))
        step = until(walk, {"router.power-lamp": lamp})
        assert isinstance(step, Do)
        assert step.action.id == action
        assert step.note == SALE


def test_a_cable_that_is_out_needs_no_word_on_a_sale() -> None:
    walk = begun("no-network", found("link.down"))
    step = until(walk, {"cable.seated": "no"})

    assert isinstance(step, Do)
    assert step.action.id == "cable.reseat"
    assert step.note == ""


def test_a_done_action_is_measured_and_said_to_have_helped() -> None:
    walk = begun("no-network", found("router.unreachable"))
    step = until(walk, {"router.power-lamp": "off"})
    assert isinstance(step, Do)
    walk.record_action(step.action, True)
    check = walk.next()
    assert isinstance(check, Measure)
    assert check.settles
    assert check.causes == ("router.unreachable",)
    walk.record_measurement(HEALTHY)

    end = walk.next()
    assert isinstance(end, End)
    assert end.conclusion.outcome == "fixed"
    assert end.conclusion.cause == "router.unreachable"
    assert [s.helped for s in walk.steps if s.kind == "action"] == [True]


def test_what_did_not_help_is_not_proposed_again() -> None:
    walk = begun("no-network", found("router.unreachable"))
    done = []
    while not isinstance(step := until(walk, {"router.power-lamp": "on"}), End):
        if isinstance(step, Do):
            done.append(step.action.id)
            walk.record_action(step.action, True)
        else:
            walk.record_measurement(found("router.unreachable"))

    assert done
    assert len(done) == len(set(done))
    assert step.conclusion.outcome == "call"
    assert step.conclusion.who == "technician"


def test_an_action_that_cannot_be_done_counts_as_a_step() -> None:
    walk = begun("no-network", found("router.unreachable"))
    step = until(walk, {"router.power-lamp": "off"})
    before = walk.counted
    assert isinstance(step, Do)
    walk.record_action(step.action, False)

    assert walk.counted == before + 1
    assert walk.steps[-1].helped is False


def test_a_frozen_terminal_with_sales_is_left_alone() -> None:
    for answer in ("unsent", "unsettled", UNKNOWN):
        walk = begun("frozen", HEALTHY)
        step = until(walk, {"terminal.responds": "no"}, gate=answer)
        while isinstance(step, Do):
            assert step.action.touches != "terminal"
            walk.record_action(step.action, False)
            step = until(walk, {"terminal.responds": "no"}, gate=answer)
        assert isinstance(step, End)
        assert step.conclusion.who == "terminal-service"


def test_sign_in_stands_behind_nothing() -> None:
    walk = begun("error-code", HEALTHY)
    step = until(walk, {"terminal.code": "A0"})

    assert isinstance(step, Do)
    assert step.action.id == "terminal.sign-in"
    assert not [s for s in walk.steps if s.kind == "gate"]


def test_a_sale_that_could_not_go_online_leads_to_the_network() -> None:
    for symptom in ("error-code", "network-error"):
        walk = begun(symptom, HEALTHY)
        step = until(walk, {"terminal.code": "Z3", "terminal.connection": "wired"})

        assert isinstance(step, Do)
        assert step.action.id == "cable.reseat"


def test_nothing_is_asked_that_a_check_has_settled() -> None:
    walk = begun("no-network", HEALTHY)
    while not isinstance(step := until(walk, {}), End):
        assert isinstance(step, Do)
        walk.record_action(step.action, False)
    asked = {s.id for s in walk.steps if s.kind == "question"}

    assert walk.settled["router.power-lamp"] == "on"
    assert asked.isdisjoint(walk.settled)


def test_an_answer_against_the_measurement_is_asked_about() -> None:
    """A phone on the same network is online although the router is dead here."""
    walk = begun("no-network", found("router.unreachable"))
    walk.record_answer("phone.same-wifi-online", "yes")
    walk.record_answer("router.reachable-by-others", "yes")
    walk.record_answer("terminal.connection", "wifi")
    until(walk, {"network.same": "no", "router.power-lamp": "on"})

    assert "network.same" in [s.id for s in walk.steps]


def test_an_answer_may_be_taken_back() -> None:
    walk = begun("no-network", found("router.unreachable"))
    while not (isinstance(step := walk.next(), Ask) and step.fact):
        assert isinstance(step, Tell)
        walk.record_advice(step.id)
    first = step.id
    walk.record_answer(first, "on")

    assert walk.take_back() == first
    again = walk.next()
    assert isinstance(again, Ask)
    assert again.id == first
    assert walk.take_back() is None


def test_the_limit_of_steps_ends_it_with_a_party() -> None:
    walk = Walk(KNOWN, "no-network", limit=2)
    walk.record_measurement(HEALTHY)
    while not isinstance(step := until(walk, {}), End):
        assert isinstance(step, Do)
        walk.record_action(step.action, False)

    assert walk.counted == 2
    assert step.conclusion.outcome == "undecided"
    assert step.conclusion.who


def test_a_cause_that_the_guide_does_not_know_is_concluded_all_the_same() -> None:
    name = Pair("新的原因", "a new cause")
    strange = Seen(
        "broken",
        (Found("plugin.strange", 0.97, True, "acquirer", name, name),),
        carried=CARRIED,
        passed=frozenset(CARRIED),
    )
    walk = begun("network-error", strange)
    step = until(walk, {})

    assert isinstance(step, End)
    assert step.conclusion == Conclusion(
        "plugin.strange", "acquirer", step.conclusion.confidence, "call"
    )


@pytest.mark.parametrize(
    ("symptom", "cause", "action", "then"),
    [
        ("no-network", "cellular.no-sim", "sim.reinsert", "terminal-service"),
        ("no-print", "printer.no-paper", "printer.load-paper", "terminal-service"),
        ("no-network", "cellular.sim-locked", "", "isp"),
    ],
)
def test_what_a_check_finds_at_the_terminal_is_mended_as_what_was_told_of_it(
    symptom: str, cause: str, action: str, then: str
) -> None:
    name = Pair("名", "name")
    checks = ("peripheral.printer",)
    told = Found(cause, 0.97, True, "merchant", name, name, checks=checks, then=then)
    seen = Seen("broken", (told,), carried=CARRIED, passed=frozenset(CARRIED))
    walk = begun(symptom, seen, **{"terminal.connection": "sim"})
    step = until(walk, {})
    if action:
        assert isinstance(step, Do)
        assert step.action.id == action
        walk.record_action(step.action, True)
        walk.record_measurement(seen)
        while not isinstance(step := until(walk, {}), End):
            assert isinstance(step, Do)
            walk.record_action(step.action, False)

    assert isinstance(step, End)
    assert (step.conclusion.cause, step.conclusion.who) == (cause, then)
    assert step.conclusion.outcome == "call"


def test_a_second_fault_is_not_called_fixed() -> None:
    walk = begun("no-network", found("router.unreachable"))
    step = until(walk, {"router.power-lamp": "off"})
    assert isinstance(step, Do)
    walk.record_action(step.action, True)
    walk.record_measurement(found("dns.hijack"))
    while not isinstance(step := until(walk, {}), End):
        assert isinstance(step, Do)
        walk.record_action(step.action, False)

    assert step.conclusion.cause == "dns.hijack"
    assert step.conclusion.outcome == "call"


def test_what_only_a_person_can_see_is_asked_after_the_action() -> None:
    walk = begun("no-print", HEALTHY)
    step = until(walk, {"printer.paper": "no"})
    assert isinstance(step, Do)
    walk.record_action(step.action, True)
    question = walk.next()

    assert isinstance(question, Ask)
    assert question.id == f"{HELPED}printer.load-paper"
    walk.record_answer(question.id, "yes")
    end = walk.next()
    assert isinstance(end, End)
    assert end.conclusion.outcome == "fixed"


def test_a_measured_cause_that_is_gone_needs_no_question() -> None:
    """Whatever the action was meant for, the checks have seen what it did."""
    for action in KNOWN.actions.values():
        if action.kind == "workaround" or action.id == "call":
            continue
        walk = begun("no-network", found("router.unreachable"))
        walk.record_answer("terminal.connection", "wifi")
        walk.record_action(action, True)
        assert isinstance(walk.next(), Measure), action.id
        walk.record_measurement(HEALTHY)

        end = walk.next()
        assert isinstance(end, End), action.id
        assert end.conclusion.outcome == "fixed"
        assert end.conclusion.cause == "router.unreachable"
        assert [s.helped for s in walk.steps if s.kind == "action"] == [True]


def test_one_refused_card_is_the_customers_matter() -> None:
    walk = begun("card-refused", HEALTHY)
    while not isinstance(step := until(walk, {"cards.affected": "one"}), End):
        assert isinstance(step, Do)
        walk.record_action(step.action, False)

    assert step.conclusion.cause == "card.one"
    assert step.conclusion.who == "merchant"
    assert step.conclusion.outcome == "told"


def test_an_undecided_conclusion_names_somebody_to_call() -> None:
    for symptom in KNOWN.symptoms:
        walk = begun(symptom, HEALTHY)
        while not isinstance(step := until(walk, {}), End):
            assert isinstance(step, Do)
            walk.record_action(step.action, False)
        if step.conclusion.outcome == "undecided":
            assert step.conclusion.who != "merchant", symptom


def test_the_profile_settles_how_the_terminal_connects() -> None:
    walk = begun("no-network", HEALTHY, **{"terminal.connection": "sim"})
    until(walk, {})

    assert "terminal.connection" not in [s.id for s in walk.steps]
    assert GATE not in walk.asked


def test_of_a_dark_terminal_nobody_asks_whether_its_keys_react() -> None:
    walk = begun("no-start", HEALTHY)
    until(walk, {"terminal.power": "off"})

    asked = [step.id for step in walk.steps if step.kind == "question"]
    assert asked[0] == "terminal.power"
    assert "terminal.responds" not in asked


def test_a_back_office_that_is_down_is_switched_on_or_waited_for() -> None:
    """Also where it was reported as slow or late."""
    down = found("target.unreachable")
    for symptom in ("slow", "sync-delay"):
        for fact, answer, action in (
            ("back-office.running", "no", "back-office.turn-on"),
            ("provider.maintenance", "yes", "wait.maintenance"),
        ):
            walk = begun(symptom, down)
            step = until(walk, {fact: answer})
            assert isinstance(step, Do), (symptom, fact)
            assert step.action.id == action
        walk = begun(symptom, down)
        step = until(walk, {"back-office.running": "yes", "provider.maintenance": "no"})
        assert isinstance(step, End)
        assert step.conclusion.cause == "target.unreachable"
        assert step.conclusion.outcome == "call"
