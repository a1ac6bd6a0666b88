"""The call sheet: what is read out on the telephone."""

from typing import Any

import pytest

from posdiag.commands.guide.page import page
from posdiag.commands.guide.sheet import (
    bilingual_lines,
    code_of,
    html,
    needs_call,
    receipt,
    rows_of,
    transcript_of_report,
)
from posdiag.guide.load import knowledge
from posdiag.report.terminal.wrap import cells
from tests.commands.guide.planted import PLANTED, transcript
from tests.guide.merchant import KNOWN


def test_the_sheet_has_number_symptom_code_and_what_was_tried() -> None:
    text = receipt(rows_of(knowledge(), transcript(), "zh"))

    for part in (
        "求助单",
        PLANTED["phone"],
        "没有网络",
        "069-999",
        "重启路由器",
        "没用",
    ):
        assert part in text


@pytest.mark.parametrize(
    ("who", "cause", "contact", "shown", "hidden"),
    [
        ("merchant", "printer.no-paper", "", "", "打给"),
        ("merchant", "code.account", "", "发卡行", "号码看机身贴纸"),
        ("technician", "router.unreachable", "", "网络师傅", "号码看机身贴纸"),
        ("hotspot-owner", "wifi.not-found", "", "开热点的人", "号码看机身贴纸"),
        ("isp", "isp.no-internet", "", "账单", "号码看机身贴纸"),
        ("acquirer", "acquirer.unreachable", "", "号码看机身贴纸", "账单"),
        ("acquirer", "acquirer.unreachable", "95516", "95516", "号码看机身贴纸"),
    ],
)
def test_the_sheet_says_whom_to_call_and_where_the_number_stands(
    who: str, cause: str, contact: str, shown: str, hidden: str
) -> None:
    whole = transcript()
    said = {"who": who, "cause": cause, "contact": contact, "party": None}
    whole["conclusion"] |= said

    text = html(rows_of(knowledge(), whole, "zh"), "zh")

    assert shown in text
    assert hidden not in text
    assert "店里自己" not in text


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_receipt_is_32_columns_wide(lang: Any) -> None:
    text = receipt(rows_of(knowledge(), transcript(), lang))

    assert max(map(cells, text.splitlines())) <= 32


def test_the_page_escapes_what_comes_from_outside() -> None:
    whole = transcript()
    whole["report"]["site"]["name"] = "<script>alert(1)</script>"

    page = html(rows_of(knowledge(), whole, "en"), "en")

    assert "<script>" not in page
    assert "default-src 'none'" in page


@pytest.mark.parametrize(
    ("verdict", "cause", "measured"),
    [
        ("healthy", "没有查出问题，网络查过是好的", "没有查出故障"),
        ("unknown", "还说不准", "没有查出故障，但没有查全"),
    ],
)
def test_a_report_without_a_cause_says_what_was_proven(
    verdict: str, cause: str, measured: str
) -> None:
    whole = transcript_of_report(
        {"verdict": verdict, "site": {}, "checks": [], "causes": []}
    )
    told = {row.label: row.texts for row in rows_of(KNOWN, whole, "zh")}

    assert told["原因："] == (cause,)
    assert told["测到的："] == (measured,)


@pytest.mark.parametrize(
    ("lang", "expected"), [("zh", "能亮屏吗？ 不亮"), ("en", "Does it light up? no")]
)
def test_an_answer_stands_beside_its_question_without_the_hints(
    lang: Any, expected: str
) -> None:
    whole = transcript()
    asked = {"zh": "能亮屏吗？（插上充电器）", "en": "Does it light up? (charger in)"}
    step = {"kind": "question", "fact": "terminal.power", "answer": "off"}
    whole["steps"] = [{**step, "text": asked}]
    rows = rows_of(KNOWN, whole, lang)

    assert expected in [text for row in rows for text in row.texts]


@pytest.mark.parametrize(
    ("outcome", "report", "expected"),
    [
        ("call", {"x": 1}, True),
        ("undecided", {"x": 1}, True),
        ("fixed", {"x": 1}, False),
        ("told", {"x": 1}, False),
        ("call", {}, False),
    ],
)
def test_the_sheet_is_shown_where_somebody_is_called(
    outcome: str, report: dict[str, int], expected: bool
) -> None:
    whole = {"conclusion": {"outcome": outcome}, "report": report}

    assert needs_call(whole) is expected


def test_the_end_on_the_screen_has_the_sheet_itself() -> None:
    whole = transcript()
    whole["conclusion"]["text"] = {"zh": "请找网络师傅。", "en": "Call them."}
    for width in (40, 80):
        text = page(KNOWN, whole, "zh", width, steps=False)
        assert "求助单" in text
        assert "诊断代码： 069-999" in text
        assert max(map(cells, text.splitlines())) <= width
    whole["conclusion"]["outcome"] = "told"
    assert "求助单" not in page(KNOWN, whole, "zh", 40, steps=False)


def test_both_languages_of_the_sheet_have_the_same_rows() -> None:
    rows = bilingual_lines(KNOWN, transcript())

    assert any("诊断代码： 069-999" in row.zh for row in rows)
    assert any("069-999" in row.en for row in rows)


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("000-000", "ok", "000-000"),
        ("069-999", "fail", "069-999"),
        ("000-009", "fail", ""),  # what is at fault lies beside the path
    ],
)
def test_the_diagnosis_code_is_that_of_every_other_report(
    code: str, status: str, expected: str
) -> None:
    pair = {"zh": "x", "en": "x"}
    checks = [{"id": "a.b", "status": status, "text": pair}]

    assert code_of({"path_code": code, "checks": checks}) == expected


@pytest.mark.parametrize("who", ["merchant", "terminal-service"])
def test_what_the_profile_does_not_say_is_filled_in_by_hand(who: str) -> None:
    whole = transcript()
    whole["conclusion"] |= {"who": who, "party": None}
    whole["report"]["site"] = {}

    text = receipt(rows_of(knowledge(), whole, "zh"))

    for label in ("终端号：", "机型："):
        assert (label in text) == (who != "merchant")
    assert ("________（看机身贴纸）" in text) == (who != "merchant")
