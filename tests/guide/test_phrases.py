"""What is said in the end: of whom to call, of what was only asked, of what is gone."""

from dataclasses import replace

import pytest

from posdiag.guide.conclude import OF_A_CARD, Conclusion
from posdiag.guide.phrases import conclusion
from posdiag.guide.walk import Walk
from posdiag.model.check import PARTIES
from posdiag.texts.pair import Pair
from tests.guide.merchant import KNOWN, seen

TOLD = Conclusion("printer.no-paper", "merchant", 0.9, "told")
OUTCOMES = ("fixed", "call", "told", "undecided")


def said(found: Conclusion, contact: str = "") -> Pair:
    walk = Walk(KNOWN, "no-network")
    walk.measured(seen(None))
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
