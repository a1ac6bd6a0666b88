"""The table of response codes: complete, in both languages, and safe for the money."""

import re
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.texts import response_codes as codes
from posdiag.texts.pair import Pair

# Field-facts section 6.2, row by row.
PAGE = (
    "00 01 02 03 04 07 05 06 09 12 13 14 15 31 19 20 21 22 23 25 30 33 54 34 59 "
    "35 36 37 60 66 67 38 75 39 42 44 52 53 56 40 41 43 45 51 55 57 58 61 62 63 64 "
    "65 68 77 78 79 90 91 92 93 94 95 96 97 98 99 A0"
)
PAGE_CLASS = {
    "A": "00",
    "B": "09 13 14 99 A0",
    "C": "01 02 03 05 12 15 31 19 20 21 22 23 25 30 40 51 55 57 58 61 62 63 64 65 68 "
    "79 90 91 92 93 94 95 96",
    "D": "04 07 41 43 77 97",
    "E": "06 98",
    "-": "78",
}
SIGN_IN = ("22", "77", "99", "A0", "A7")
BEYOND = ("68", "90", "91", "92", "96", "98")
CARD_OR_ACCOUNT = ("51", "52", "53", "54", "56", "57", "59", "62", "14", "38", "75")
QUERY = ("09", "68", "91", "92", "94", "96", "98")
RESERVED_BY_ISO = ("45", "77", "79", "97", "98", "99", "A0")
#: Approvals beside 00, in Q/CUP 006.6-2014 A.2 and ISO 8583:1987.
APPROVED = ("08", "10", "11", "16", "A2", "A4", "A5", "A6", "Y1", "Y3")

every_code = pytest.mark.parametrize(
    "code", codes.table().values(), ids=lambda c: c.code
)

HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,.;:?!()]")
CHARGE_AGAIN = re.compile(
    r"再试|重试|再做|再收|重做|retry|try later|repeat|try another"
)
QUERY_WORD = re.compile(r"查询|\bquery\b", re.IGNORECASE)
CARD_DATA = re.compile(
    r"(手工|手动)?(输入|手输|重输|录入|抄下|记下|留存|保存|拍下)[^，。；]{0,6}"
    r"(卡号|卡片|有效期|磁道|安全码)"
    r"|(type|enter|key|write|note|store|keep|save|photograph)\b[^,.;]{0,20}"
    r"\b(card number|card data|expiry|track|CVV|PAN)\b",
    re.IGNORECASE,
)


def texts(code: codes.Code) -> Iterator[Pair]:
    yield from (*code.meanings.values(), code.action)


def everything() -> Iterator[Pair]:
    """Every text of the file, whether a code's or of all codes."""

    def walk(found: object) -> Iterator[Pair]:
        if isinstance(found, dict):
            if "zh" in found:
                yield Pair(found["zh"], found["en"])
            else:
                for inner in found.values():
                    yield from walk(inner)

    yield from walk(
        tomllib.loads(
            (files("posdiag.texts") / "response_codes.toml").read_text("utf-8")
        )
    )


def known(text: str) -> codes.Code:
    found = codes.lookup(text)
    assert found is not None, text
    return found


def test_the_table_holds_every_code_of_the_page() -> None:
    page = PAGE.split()

    assert len(page) == len(set(page)) == 67
    assert set(page) <= set(codes.table())
    assert set(codes.table()) - set(page) == {*APPROVED, "A7", "C1", "Z1", "Z3"}


@pytest.mark.parametrize("code", APPROVED)
def test_an_approval_does_not_pass_for_a_refusal(code: str) -> None:
    """It would be charged twice."""
    assert (known(code).family, known(code).kind) == ("approved", "A")


@pytest.mark.parametrize("kind", PAGE_CLASS)
def test_a_code_has_the_class_of_the_page(kind: str) -> None:
    assert {known(c).kind for c in PAGE_CLASS[kind].split()} == {kind}


@every_code
def test_a_code_says_all_in_both_languages(code: codes.Code) -> None:
    assert codes.normal(code.code) == code.code
    assert code.kind in CLASSES
    assert code.family in FAMILIES
    assert (code.family == "approved") == (code.kind == "A")
    assert code.meanings
    assert code.meaning == next(iter(code.meanings.values()))
    for pair in texts(code):
        assert re.search("[\u4e00-\u9fff]", pair.zh)
        assert pair.en.strip()
    for pair in (code.class_text, code.cause):
        assert pair.zh
        assert pair.en


FAMILIES = get_args(codes.Family)
CLASSES = ("A", "B", "C", "D", "E", "-")


def test_every_family_and_class_is_used() -> None:
    assert {c.family for c in codes.table().values()} == set(FAMILIES)
    assert {c.kind for c in codes.table().values()} == set(CLASSES)


def test_every_text_is_in_order() -> None:
    for pair in everything():
        assert not HALF_WIDTH.search(pair.zh), pair.zh
        assert not re.search("[\u4e00-\u9fff]", pair.en), pair.en
        assert not set("{}<>\n") & set(pair.zh + pair.en)
        (pair.zh + pair.en).encode("gbk")


@pytest.mark.parametrize("code", SIGN_IN)
def test_a_terminal_out_of_step_signs_in_again(code: str) -> None:
    found = known(code)

    assert found.family == "terminal-state"
    assert "重新签到" in found.action.zh
    assert "sign in again" in found.action.en.lower()


@every_code
def test_what_may_lose_unsent_sales_is_marked_and_a_sign_in_is_not(
    code: codes.Code,
) -> None:
    zh = re.search("下载|更新", code.action.zh)
    en = re.search("(?i)download|update", code.action.en)

    assert code.interrupts == bool(zh) == bool(en)


def test_the_three_readings_of_the_page_are_kept() -> None:
    assert {known(c).family for c in BEYOND} == {"beyond-merchant"}
    assert {known(c).family for c in CARD_OR_ACCOUNT} == {"card", "account"}
    assert {known(c).family for c in ("13", "61", "65")} == {"limit"}


@pytest.mark.parametrize("code", QUERY)
def test_a_time_out_may_have_moved_money(code: str) -> None:
    assert known(code).query_first


@every_code
def test_nobody_charges_again_before_a_query_where_money_may_have_moved(
    code: codes.Code,
) -> None:
    for said in (code.action.zh, code.action.en):
        again, query = CHARGE_AGAIN.search(said), QUERY_WORD.search(said)
        if code.query_first:
            assert query, said
            assert not again or query.start() < again.start(), said
        else:
            assert not query, said


def test_that_rule_would_notice_a_hasty_action() -> None:
    assert CHARGE_AGAIN.search("过一会儿再试，再查询")
    assert CHARGE_AGAIN.search("then repeat")


def test_nothing_advises_to_store_or_to_type_card_data() -> None:
    for pair in everything():
        assert not CARD_DATA.search(pair.zh), pair.zh
        assert not CARD_DATA.search(pair.en), pair.en


@pytest.mark.parametrize(
    "bad", ["手工输入卡号", "请记下卡号", "type the card number", "keep the card data"]
)
def test_that_rule_would_notice_bad_advice(bad: str) -> None:
    assert CARD_DATA.search(bad)


@pytest.mark.parametrize("code", ["04", "07", "34", "35", "36", "37", "41", "43", "67"])
def test_a_card_is_never_kept_by_force(code: str) -> None:
    assert "不要强行没收" in known(code).action.zh
    assert "do not use force" in known(code).action.en


# --- schemes ------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["05", "12", "64", "78"])
def test_codes_that_differ_have_both_readings(code: str) -> None:
    found = known(code)

    assert found.differs
    assert set(found.meanings) == {"unionpay", "iso"}
    assert found.meanings["unionpay"] != found.meanings["iso"]


def test_a_scheme_chooses_the_reading() -> None:
    by_scheme = {scheme: codes.lookup("05", scheme) for scheme in codes.SCHEMES}

    assert by_scheme["iso"] is not None
    assert by_scheme["iso"].meaning == Pair("不予承兑", "do not honour")
    assert by_scheme["unionpay"] == codes.lookup("05")


@pytest.mark.parametrize("code", RESERVED_BY_ISO)
def test_what_iso_reserves_has_no_reading_by_iso(code: str) -> None:
    assert codes.lookup(code, "iso") is None
    assert codes.lookup(code, "unionpay") == codes.lookup(code)


@every_code
def test_unionpay_reads_every_code(code: codes.Code) -> None:
    read = codes.lookup(code.code, "unionpay")
    alone = code.code in ("08", "Z1", "Z3")  # an approval of ISO; two of EMV
    assert read == (None if alone else code)


@every_code
def test_a_code_of_the_terminals_own_is_no_proof_of_the_line(code: codes.Code) -> None:
    """EMV Book 4, annex A6: the terminal makes it, no host has seen the sale."""
    made = code.code in ("Y1", "Y3", "Z1", "Z3")

    assert made == ("emv" in code.meanings) == (code.offline is not None)
    assert made == ("EMV" in code.source.en)
    assert made != ("线路是通的" in code.line.zh)
    assert made != ("line to the acquirer worked" in code.line.en)
    assert (code.code[1:] == "3" and made) == ("连不上" in code.line.zh)


@pytest.mark.parametrize("code", ["Z1", "Z3"])
def test_what_the_terminal_declined_itself_has_taken_no_money(code: str) -> None:
    found = known(code)

    assert found.action.zh.startswith("没有扣款")
    assert found.action.en.startswith("No money was taken")
    assert not found.query_first


# --- what people type and what hosts send ---------------------------------------------


@pytest.mark.parametrize(
    ("given_text", "code"),
    [
        ("51", "51"),
        (" 51\n", "51"),
        ("a0", "A0"),
        ("Ａ０", "A0"),
        ("５１", "51"),
        ("\u3000５１\u3000", "51"),
        ("5", "05"),
        ("５", "05"),
        ("0", "00"),
    ],
)
def test_a_code_is_found_however_it_is_typed(given_text: str, code: str) -> None:
    assert known(given_text).code == code


@pytest.mark.parametrize(
    "nonsense",
    ["", " ", "a", "051", "5 1", "5.", "²", "②", "½", "ß", "ßa", "٥١", "5\0", "5" * 99],
)
def test_what_is_no_code_is_none(nonsense: str) -> None:
    assert codes.normal(nonsense) is None
    assert codes.lookup(nonsense) is None


@pytest.mark.parametrize("code", ["ZZ", "L1", "ZN", "YQ", "80", ""])
def test_a_code_that_is_not_listed_says_so_and_whom_to_ask(code: str) -> None:
    assert codes.lookup(code) is None
    assert "private to the acquirer" in codes.meaning_of(code).en
    assert "收单机构" in codes.meaning_of(code).zh
    assert "Call the acquirer" in codes.action_of(code).en
    assert "收单机构" in codes.action_of(code).zh


@given(st.text(max_size=80) | st.from_regex(r"\A\s?[0-9A-Za-z０-９]{1,2}\s?\Z"))
def test_any_text_may_be_looked_up(text: str) -> None:
    name = codes.normal(text)
    found = codes.lookup(text)

    assert name is None or re.fullmatch("[0-9A-Z]{2}", name)
    assert found is None or found.code == name
    assert codes.meaning_of(text).zh
    assert codes.action_of(text).en
    for scheme in codes.SCHEMES:
        read = codes.lookup(text, scheme)
        assert read is None or read.meaning == read.meanings[scheme]
