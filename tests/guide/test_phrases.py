"""What is said in the end: of whom to call, of what was only asked, of what is gone."""

from dataclasses import replace

import pytest

from posdiag.commands.guide.page import page
from posdiag.guide.conclude import OF_A_CARD, Conclusion
from posdiag.guide.papers.transcript import as_object
from posdiag.guide.phrases import conclusion, question
from posdiag.guide.walk.walk import Walk
from posdiag.model.check import PARTIES
from posdiag.texts.lang import Lang
from posdiag.texts.pair import Pair
from tests.guide.merchant import KNOWN, seen

TOLD = Conclusion("printer.no-paper", "merchant", 0.9, "told")
OUTCOMES = ("fixed", "call", "told", "undecided")


def said(found: Conclusion, contact: str = "") -> Pair:
    walk = Walk(KNOWN, "no-network")
    walk.record_measurement(seen(None))
    return conclusion(walk, found, contact)


@pytest.mark.parametrize("cause", OF_A_CARD)
def test_of_one_refused_card_the_customer_calls_its_bank(cause: str) -> None:
    text = said(replace(TOLD, cause=cause, code="51"))

    assert "发卡行" in text.zh
    assert "the card's bank" in text.en
    assert "求助单" not in text.zh


@pytest.mark.parametrize("outcome", ["fixed", "told"])
def test_nobody_calls_oneself(outcome: str) -> None:
    text = said(replace(TOLD, outcome=outcome))

    for word in ("店里自己", "电话", "求助单"):
        assert word not in text.zh
    for word in ("yourself", "call", "telephone"):
        assert word not in text.en.lower()


@pytest.mark.parametrize("who", [p for p in PARTIES if p != "merchant"])
@pytest.mark.parametrize("outcome", ["call", "undecided"])
def test_the_sticker_is_named_where_the_number_stands_on_it(
    who: str, outcome: str
) -> None:
    cause = "router.unreachable" if outcome == "call" else None
    found = Conclusion(cause, who, 0.9, outcome)

    named = "贴纸" in said(found).zh
    assert named == (who in ("acquirer", "terminal-service"))
    assert "求助单" in said(found).zh

    numbered = said(found, "400 000 000")
    assert "400 000 000" in numbered.zh
    assert "贴纸" not in numbered.zh
    assert "sticker" not in numbered.en
    assert "never from a web" not in numbered.en


@pytest.mark.parametrize("outcome", ["undecided", "told"])
def test_without_a_cause_what_was_measured_is_named(outcome: str) -> None:
    found = Conclusion(None, "terminal-service", 0.5, outcome, also=("wifi.insecure",))

    title = KNOWN.causes["wifi.insecure"].title
    assert f"检测另外发现：{title.zh}。" in said(found).zh
    assert f"The checks also found: {title.en}." in said(found).en


# --- a cause that was only asked about ------------------------------------------------


@pytest.mark.parametrize("cause", sorted({s.cause for s in KNOWN.states.values()}))
def test_what_was_asked_states_no_measurement(cause: str) -> None:
    """Nor has it a placeholder for what no check has measured."""
    if cause == "nothing":
        return
    for outcome in OUTCOMES[:3]:
        text = said(Conclusion(cause, "technician", 0.9, outcome))
        for placeholder in ("未知", "“”", "报告：", "{"):
            assert placeholder not in text.zh
        assert "?" not in text.en


def test_what_a_check_has_named_is_told_in_its_words() -> None:
    state = KNOWN.states["router.unreachable/no-power"]
    walk = Walk(KNOWN, "no-network")
    walk.record_measurement(seen(state))
    walk.record_measurement(seen(None))  # gone by now, but it was measured
    found = Conclusion("router.unreachable", "technician", 0.9, "call")

    assert "路由器没有通电" not in conclusion(walk, found).zh


def test_what_was_mended_is_said_to_be_gone() -> None:
    """Also where the network could not be proven, so that it is not `fixed`."""
    walk = Walk(KNOWN, "no-print")
    walk.record_measurement(replace(seen(None), verdict="unknown"))
    walk.record_answer("printer.paper", "no")
    walk.record_action(KNOWN.actions["printer.load-paper"], True)
    walk.record_answer("helped.printer.load-paper", "yes")
    found = walk.conclusion()
    text = conclusion(walk, found)

    assert (found.cause, found.outcome, found.gone) == (
        "printer.no-paper",
        "told",
        True,
    )
    assert text.zh.startswith("“打印机没有纸”已经解决")
    assert text.en.startswith("Fixed: The printer is out of paper")


# --- the transcript and its questions ------------------------------------------------


def test_whether_it_prints_or_starts_is_asked_of_no_sale() -> None:
    for action in KNOWN.actions:
        text = question(Walk(KNOWN), f"helped.{action}")
        assert ("小票" in text.zh) == action.startswith("printer.")
        assert ("receipt" in text.en) == action.startswith("printer.")
        assert "再试一笔" not in text.zh


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_plain_transcript_is_in_words(lang: Lang) -> None:
    walk = Walk(KNOWN, "no-network")
    ill = seen(KNOWN.states["router.unreachable/no-power"])
    named = replace(ill.found[0], title=KNOWN.causes["router.unreachable"].title)
    walk.record_measurement(replace(ill, found=(named,)))
    walk.record_answer("router.power-lamp", "off")
    walk.record_answer("symptom.since", "unknown")
    walk.record_answer("terminal.code", "unknown")
    walk.record_gate("unsettled")
    walk.record_action(KNOWN.actions["router.power-on"], True)
    walk.record_measurement(seen(None))
    whole = as_object(walk, walk.conclusion(), seconds=1.0, report={})

    text = page(KNOWN, whole, lang, 400, steps=True)

    ids = (*KNOWN.actions, *KNOWN.causes, *KNOWN.facts)
    assert [id for id in ids if "." in id and id in text] == []
    for answer in ("unsettled", "unknown"):
        assert f" {answer}\n" not in text
    assert {"zh": "不知道", "en": "don't know"}[lang] in text
