"""What a shopkeeper must never be told, and must be told first. Walks with answers."""

from collections.abc import Mapping

import pytest

from posdiag.commands.guide.sheet import rows_of
from posdiag.guide import phrases
from posdiag.guide.knowledge import HELPED, UNKNOWN
from posdiag.guide.papers.transcript import as_object
from posdiag.guide.seen import Seen
from posdiag.guide.walk.steps import QUERY, Ask, Do, End, Gate, Measure, Tell
from posdiag.guide.walk.walk import Walk
from posdiag.texts.pair import Pair
from posdiag.texts.response_codes import table
from tests.guide.merchant import KNOWN, seen
from tests.guide.test_walk import found

HEALTHY = seen(None)
OPEN = Seen("unknown", carried=("link.state",), passed=frozenset(("link.state",)))
PENDING = ("unsent", "unsettled", UNKNOWN)


def walked(
    symptom: str,
    answers: Mapping[str, str],
    *,
    gate: str = "none",
    do: bool = True,
    ill: Seen = HEALTHY,
) -> tuple[Walk, End]:
    """To the end; `answers` by fact, those to `helped.*` too, else "no better"."""
    walk = Walk(KNOWN, symptom, plain={"network-error": 0.5})
    while not isinstance(step := walk.next(), End):
        if isinstance(step, Measure):
            walk.record_measurement(ill)
        elif isinstance(step, Tell):
            walk.record_advice(step.id)
        elif isinstance(step, Gate):
            walk.record_gate(gate)
        elif isinstance(step, Do):
            walk.record_action(step.action, do)
        elif isinstance(step, Ask):
            usual = "no" if step.id.startswith(HELPED) else UNKNOWN
            walk.record_answer(step.id, answers.get(step.id, usual))
    return walk, step


def ids(walk: Walk, *kinds: str) -> list[str]:
    return [s.id for s in walk.steps if not kinds or s.kind in kinds]


def shown(walk: Walk, end: End) -> list[Pair]:
    """All that was said in this walk."""
    texts = [phrases.step(walk, step) for step in walk.steps]
    return [t for t in texts if t] + [phrases.conclusion(walk, end.conclusion)]


# --- codes --------------------------------------------------------------------------

UNCLEAR = [c.code for c in table().values() if c.query_first and c.kind != "A"]


@pytest.mark.parametrize("code", [*UNCLEAR, "L1"])
def test_a_code_that_may_have_charged_is_queried_before_all_else(code: str) -> None:
    walk, end = walked("error-code", {"terminal.code": code}, ill=OPEN)

    after = ids(walk).index("terminal.code") + 1
    assert walk.steps[after].id == QUERY
    for text in shown(walk, end):
        assert "再试一笔" not in text.zh
    for step in walk.steps:
        if (
            step.id.startswith(HELPED)
            and not KNOWN.actions[step.id.removeprefix(HELPED)].result
        ):
            assert "确认没有扣款" in phrases.question(walk, step.id).zh
        if step.kind == "action" and KNOWN.actions[step.id].charges:
            assert step.note == QUERY


def test_no_text_sends_anybody_to_a_further_sale() -> None:
    for action in KNOWN.actions.values():
        for text in (action.do, action.look, action.result):
            assert text is None or "再试一笔" not in text.zh, action.id
    start = phrases.question(Walk(KNOWN), "helped.terminal.power-on")
    assert "开机" in start.zh


@pytest.mark.parametrize("code", [c.code for c in table().values() if c.kind == "A"])
def test_an_approved_sale_is_not_made_again(code: str) -> None:
    walk, end = walked("error-code", {"terminal.code": code}, ill=OPEN)

    assert ids(walk, "action") == []
    assert (end.conclusion.outcome, end.conclusion.who) == ("told", "merchant")
    text = phrases.conclusion(walk, end.conclusion).zh
    assert f"代码 {code} 是成功" in text
    assert "不要再收一次" in text
    assert ("不要清流水" in text) == (code in ("Y1", "Y3"))


@pytest.mark.parametrize("code", ["51", "55", "54", "75", "61", "14", "05"])
@pytest.mark.parametrize("symptom", ["error-code", "card-refused"])
def test_the_cards_own_code_ends_the_questions(symptom: str, code: str) -> None:
    walk, end = walked(symptom, {"terminal.code": code})

    assert ids(walk, "question", "action")[-1] == "terminal.code"
    assert (end.conclusion.outcome, end.conclusion.who) == ("told", "merchant")
    text = phrases.conclusion(walk, end.conclusion)
    assert table()[code].meaning.zh in text.zh
    assert table()[code].action.en in text.en


def test_a_stolen_card_is_the_acquirers_matter() -> None:
    _, end = walked("error-code", {"terminal.code": "43"})

    assert end.conclusion.who == "acquirer"


def test_no_code_is_believed_over_a_line_that_is_cut() -> None:
    down = found("router.unreachable")
    walk, end = walked("error-code", {"terminal.code": "51"}, ill=down, do=False)

    assert "terminal.code" not in ids(walk)
    assert ids(walk, "advice")[0] == QUERY
    assert end.conclusion.cause == "router.unreachable"
    walk.record_answer("terminal.code", "51")
    assert walk.conclusion().cause == "router.unreachable"


def test_what_a_code_says_is_told_where_nothing_else_can_be() -> None:
    walk, end = walked("error-code", {"terminal.code": "91"}, ill=OPEN)

    assert (end.conclusion.cause, end.conclusion.who) == ("code.beyond", "acquirer")
    assert table()["91"].meaning.zh in phrases.conclusion(walk, end.conclusion).zh


def test_of_a_code_of_no_table_the_acquirer_is_asked() -> None:
    walk, end = walked("error-code", {"terminal.code": "L1"}, ill=OPEN)

    assert end.conclusion.who == "acquirer"
    assert "报代码" in phrases.conclusion(walk, end.conclusion).zh


# --- money in the terminal ------------------------------------------------------------


@pytest.mark.parametrize("answer", PENDING)
@pytest.mark.parametrize(
    "symptom", ["frozen", "no-network", "no-start", "network-error"]
)
def test_with_pending_sales_nobody_cuts_the_power(symptom: str, answer: str) -> None:
    facts = {
        "terminal.responds": "no",
        "terminal.connection": "sim",
        "terminal.bars": "none",
        "sim.inserted": "no",
    }
    walk, end = walked(symptom, facts, gate=answer)
    kinds = [s.kind for s in walk.steps]
    later = walk.steps[kinds.index("gate") :] if "gate" in kinds else []

    assert "power-cycle.helps" not in [s.id for s in later]
    assert "terminal.power-on" not in [s.id for s in later]
    for step in later:
        text = phrases.step(walk, step)
        assert text is None or "插座" not in text.zh
    said = phrases.conclusion(walk, end.conclusion).zh
    assert ("不断电，不拔插卡" in said) == ("gate" in kinds)


@pytest.mark.parametrize("symptom", ["no-start", "frozen", "unsure"])
def test_nobody_holds_the_power_key_where_the_screen_may_be_lit(symptom: str) -> None:
    """On a terminal that is on, a long press switches it off."""
    unknown, _ = walked(symptom, {}, gate=UNKNOWN)
    dark, _ = walked("no-start", {"terminal.power": "off"}, gate=UNKNOWN)

    assert "terminal.power-on" not in ids(unknown, "action")
    assert "terminal.power-on" in ids(dark, "action")


def test_what_the_guide_has_tried_itself_is_not_asked() -> None:
    walk, _ = walked("frozen", {"terminal.responds": "no"})

    assert "terminal.restart" in ids(walk, "action")
    assert "power-cycle.helps" not in ids(walk)
    assert "terminal.power-on" not in ids(walk)


def test_a_sim_that_may_not_be_pulled_is_the_services_matter() -> None:
    facts = {
        "terminal.connection": "sim",
        "terminal.bars": "none",
        "sim.inserted": "no",
    }
    walk, end = walked("network-error", facts, gate=UNKNOWN)

    assert (end.conclusion.cause, end.conclusion.who) == (
        "cellular.no-sim",
        "terminal-service",
    )
    text = phrases.conclusion(walk, end.conclusion).zh
    assert "电话里带着您处理" in text
    assert "不拔插卡" in text
    assert "网络好了以后" not in text


@pytest.mark.parametrize("symptom", ["no-start", "frozen"])
def test_a_dead_terminal_is_not_switched_to_mobile_data(symptom: str) -> None:
    walk, _ = walked(symptom, {})
    text = KNOWN.advice[ids(walk, "advice")[0]].zh

    assert "收款码" in text
    assert "4G" not in text
    assert KNOWN.advice["sell-now"].zh.startswith("等手上这笔出结果，再")


# --- whom to call -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("symptom", "facts", "cause", "who"),
    [
        ("no-print", {"printer.paper": "no"}, "printer.no-paper", "terminal-service"),
        (
            "hotspot-join",
            {"terminal.connection": "hotspot", "hotspot.on": "no"},
            "wifi.not-found",
            "hotspot-owner",
        ),
        (
            "unstable",
            {
                "terminal.connection": "sim",
                "terminal.bars": "low",
                "symptom.frequency": "often",
            },
            "cellular.weak-signal",
            "terminal-service",
        ),
    ],
)
def test_what_the_merchant_cannot_do_is_somebodys(
    symptom: str, facts: Mapping[str, str], cause: str, who: str
) -> None:
    walk, end = walked(symptom, facts, do=False)

    assert (end.conclusion.cause, end.conclusion.who) == (cause, who)
    assert end.conclusion.outcome == "call"
    whole = as_object(walk, end.conclusion, seconds=1.0, report={})
    assert "打给：" in [row.label for row in rows_of(KNOWN, whole, "zh")]


def test_what_is_mended_says_whom_to_call_should_it_come_back() -> None:
    answers = {"printer.paper": "no", "helped.printer.load-paper": "yes"}
    walk, end = walked("no-print", answers)

    assert (end.conclusion.outcome, end.conclusion.who) == ("fixed", "terminal-service")
    assert "找POS机服务商" in phrases.conclusion(walk, end.conclusion).zh


def test_what_is_gone_without_a_proof_says_so_too() -> None:
    answers = {"printer.paper": "no", "helped.printer.load-paper": "yes"}
    walk, end = walked("no-print", answers, ill=OPEN)

    assert (end.conclusion.outcome, end.conclusion.gone) == ("told", True)
    assert "再出现就找POS机服务商" in phrases.conclusion(walk, end.conclusion).zh


def test_an_unpaid_sim_is_paid_to_its_operator() -> None:
    facts = {"terminal.connection": "sim", "sim.paid": "no"}
    walk, end = walked("no-network", facts)
    text = " ".join(t.zh for t in shown(walk, end))

    assert "bill.pay" in ids(walk, "action")
    assert "流量卡的运营商" in text
    assert "宽带" not in text.replace("看宽带或流量卡的合同", "")
    assert end.conclusion.who == "isp"


def test_a_sim_with_a_weak_signal_goes_to_the_window() -> None:
    facts = {"terminal.connection": "sim", "terminal.bars": "low"}
    walk, _ = walked("unstable", facts)
    step = next(s for s in walk.steps if s.id == "wifi.move-closer")

    assert step.do is not None
    assert "窗边" in step.do.zh
    assert "路由器" not in step.do.zh


# --- what one answer settles, and what is asked when ---------------------------------


@pytest.mark.parametrize("symptom", KNOWN.symptoms)
def test_a_tamper_alarm_ends_the_walk_at_once(symptom: str) -> None:
    for ill in (HEALTHY, OPEN, found("router.unreachable")):
        walk = Walk(KNOWN, symptom, plain={"network-error": 0.5})
        walk.record_measurement(ill)
        walk.advice_given |= {QUERY, "sell-now", "sell-by-code"}
        walk.record_answer("terminal.message", "tamper")
        end = walk.next()

        assert isinstance(end, End)
        assert end.conclusion.cause == "terminal.tampered"
        assert end.conclusion.who == "terminal-service"
        text = phrases.conclusion(walk, end.conclusion).zh
        assert "停止使用" in text
        assert "不要拆" in text


@pytest.mark.parametrize("entry", ["chip", "stripe"])
def test_a_dirty_reader_is_cleaned(entry: str) -> None:
    facts = {"entry.affected": entry, "cards.affected": "all", "reader.cleaned": "no"}
    walk, _ = walked("card-refused", facts)

    assert "reader.clean" in ids(walk, "action")
    assert "reader.other-card" not in ids(walk)
    facts["reader.cleaned"] = "yes"
    walk, end = walked("card-refused", facts)
    assert "reader.clean" not in ids(walk)
    assert end.conclusion.cause != "reader.dirty"
    assert end.conclusion.who == "terminal-service"


@pytest.mark.parametrize("symptom", ["network-error", "error-code", "sync-delay"])
def test_maintenance_is_waited_for_at_once(symptom: str) -> None:
    for ill in (HEALTHY, OPEN):
        walk, end = walked(symptom, {"provider.maintenance": "yes"}, ill=ill)
        if "provider.maintenance" in ids(walk):
            place = ids(walk).index("provider.maintenance")
            assert walk.steps[place + 1].id == "wait.maintenance"
        assert "网络没有问题" not in phrases.conclusion(walk, end.conclusion).zh
    assert "网络没有问题" not in KNOWN.causes["service.maintenance"].say.zh


def test_who_has_not_tried_it_can_say_so() -> None:
    for fact in ("power-cycle.helps", "cable.swapped-helps", "sim.other-phone"):
        assert phrases.answers(KNOWN, fact)[UNKNOWN].zh == "没试过，或不知道"
    assert phrases.answers(KNOWN, "terminal.power")[UNKNOWN].zh == "不知道"


def test_a_hotspots_name_is_asked_after_whether_it_is_on() -> None:
    for facts in ({}, {"hotspot.on": "yes", "hotspot.phone-online": "yes"}):
        walk, _ = walked("hotspot-join", facts)
        asked = ids(walk, "question")
        for late in ("hotspot.name-same", "hotspot.password-same"):
            if late in asked:
                assert asked.index("hotspot.on") < asked.index(late)
        assert "hotspot.on" in asked


def test_what_stands_on_no_page_is_not_called_the_same_page() -> None:
    for fact in ("terminal.mask", "terminal.gateway", "terminal.dns"):
        assert "同一页" not in KNOWN.facts[fact].ask.zh


def test_the_way_that_was_told_stays_in_the_transcript() -> None:
    facts = {"terminal.connection": "sim", "terminal.bars": "low"}
    walk, end = walked("unstable", facts)
    whole = as_object(walk, end.conclusion, seconds=1.0, report={})
    step = next(s for s in whole["steps"] if s.get("id") == "wifi.move-closer")

    assert "窗边" in step["text"]["zh"]


# --- the terminal itself --------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "watched"),
    [
        ({"terminal.connection": "wired"}, "posdiag terminal host "),
        ({"terminal.connection": "wifi"}, "posdiag terminal host --wifi"),
        ({"terminal.connection": "sim"}, ""),
        ({"terminal.connection": "wired", "terminal.responds": "no"}, ""),
    ],
)
def test_where_the_terminal_is_left_a_visitor_can_watch_it(
    answers: dict[str, str], watched: str
) -> None:
    said = {"symptom.since": "today", "terminals.affected": "one", **answers}
    walk, end = walked("network-error", said)
    text = phrases.conclusion(walk, end.conclusion)

    assert ("posdiag terminal host" in text.en) == bool(watched)
    assert watched.strip() in text.en
