"""`posdiag explain CODE` from outside: what is printed, how wide, and the exit code."""

import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from posdiag.cli import app
from posdiag.commands.explain import pages
from posdiag.commands.explain.response_code import page
from posdiag.engine.registry import checks
from posdiag.report.terminal.wrap import cells
from posdiag.texts import response_codes as codes
from posdiag.texts.catalogue import Catalogue
from posdiag.texts.lang import Lang

LANGS: tuple[Lang, ...] = ("zh", "en")
QUERY = {"zh": "先查询，再收款", "en": "Query before you charge again"}
LINE = {
    "zh": "到收单机构的线路是通的",
    "en": "the line to the acquirer worked at that moment",
}
SOURCE = {"zh": "出处：", "en": "source: "}
GATE = {"zh": "未结算", "en": "unsettled"}

every_code = pytest.mark.parametrize(
    "code", codes.table().values(), ids=lambda c: c.code
)


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSDIAG_LANG", "en")


def explain(*arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr."""
    done = CliRunner().invoke(app, ["explain", *arguments])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def joined(text: str) -> str:
    """The text as if it were not wrapped."""
    text = re.sub(r"(?<=[\u3000-\u9fff\uff00-\uffef])\n *", "", text)
    text = re.sub(r"\n *(?=[\u4e00-\u9fff])", "", text)
    return re.sub(r"\n *", " ", text)


@every_code
@pytest.mark.parametrize("lang", LANGS)
def test_every_code_is_told_in_full(code: codes.Code, lang: Lang) -> None:
    text = page(code.code, None, lang)
    whole = joined(text)

    assert whole.startswith(code.code)
    said = (*code.meanings.values(),) if code.differs else (code.meaning,)
    for pair in (*said, code.action, code.cause):
        assert joined(pair.of(lang)) in whole
    assert f"{code.kind} {code.class_text.of(lang)}" in whole
    assert (QUERY[lang] in whole) == code.query_first
    assert (GATE[lang] in whole) == code.interrupts
    assert joined(code.line.of(lang)) in whole
    assert SOURCE[lang] in whole


@every_code
@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("scheme", [None, *codes.SCHEMES])
def test_every_page_is_readable_at_80_columns(
    code: codes.Code, lang: Lang, scheme: codes.Scheme | None
) -> None:
    lines = page(code.code, scheme, lang).splitlines()

    assert max(cells(line, wide=lang == "zh") for line in lines) <= 80
    assert len(lines) <= 24
    assert all(line.strip() for line in lines)


@every_code
@pytest.mark.parametrize("lang", LANGS)
def test_the_query_stands_before_what_to_do(code: codes.Code, lang: Lang) -> None:
    whole = joined(page(code.code, None, lang))
    if code.query_first:
        assert whole.index(QUERY[lang]) < whole.index("1. ")


def test_a_code_is_explained_and_that_is_no_fault() -> None:
    exit_code, out, err = explain("51")

    assert (exit_code, err) == (0, "")
    assert out.startswith("51  insufficient funds\n")
    assert "Ask for another card, or a smaller amount;" in out


def test_the_language_is_chosen() -> None:
    assert explain("51", "--lang", "zh")[1].startswith("51  余额不足\n")


@pytest.mark.parametrize("typed", ["5", "05", " 05 ", "０５", "５"])
def test_a_code_may_be_typed_in_many_ways(typed: str) -> None:
    assert explain(typed) == explain("05")


@pytest.mark.parametrize("code", ["05", "12", "64", "78"])
def test_codes_that_differ_show_both_schemes(code: str) -> None:
    _, out, _ = explain(code)

    assert out.startswith(f"{code}  differs by scheme:\n")
    assert "  UnionPay: " in out
    assert "  ISO 8583: " in out


def test_a_scheme_shows_its_own_reading_only() -> None:
    _, iso, _ = explain("05", "--scheme", "iso")
    _, unionpay, _ = explain("05", "--scheme", "unionpay")

    assert iso.startswith("05  do not honour\n")
    assert unionpay.startswith("05  cardholder authentication failed")
    assert "UnionPay: " not in iso + unionpay


@pytest.mark.parametrize("lang", LANGS)
def test_what_a_scheme_does_not_define_is_said(lang: Lang) -> None:
    exit_code, out, _ = explain("99", "--scheme", "iso", "--lang", lang)
    whole = joined(out)

    assert exit_code == 0
    assert whole.startswith("99  ISO 8583 ")
    assert codes.meaning_of("99").of(lang) in whole
    assert QUERY[lang] in whole


@pytest.mark.parametrize("scheme", [(), ("--scheme", "iso"), ("--scheme", "unionpay")])
@pytest.mark.parametrize("code", ["ZZ", "zn", "L1", "80", "８０"])
def test_a_code_that_is_not_listed_is_no_error(
    code: str, scheme: tuple[str, ...]
) -> None:
    exit_code, out, err = explain(code, *scheme)
    whole = joined(out)

    assert (exit_code, err) == (0, "")
    assert whole.startswith(f"{codes.normal(code)}  not in the public tables")
    assert "private to the acquirer" in whole
    assert "Call the acquirer" in whole
    assert QUERY["en"] in whole
    assert "If it came in the host's reply" in whole


@pytest.mark.parametrize("lang", LANGS)
def test_an_unknown_code_has_words_in_both_languages(lang: Lang) -> None:
    text = page("ZZ", None, lang)

    assert QUERY[lang] in joined(text)
    assert all(cells(line, wide=lang == "zh") <= 80 for line in text.splitlines())


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["link.stat"], "nearest known is link.state"),
        (["511"], "nearest known is 51"),
        (["iip"], "for a list: posdiag explain"),
        (["a"], "for a list: posdiag explain"),
        (["ip.adress"], "nearest known is ip.address"),
        (["51", "--scheme", "visa"], "expected one of unionpay, iso"),
        (["link.state", "--scheme", "iso"], "--scheme is for response codes only"),
    ],
)
def test_nonsense_is_one_clear_line_and_2(arguments: list[str], words: str) -> None:
    exit_code, out, err = explain(*arguments)

    assert (exit_code, out) == (2, "")
    assert words in err
    assert len(err.splitlines()) == 1


def test_checks_and_causes_are_explained_too() -> None:
    assert "link.no-adapter" in explain("link.state")[1]
    assert "What to do:" in explain("link.down")[1]


def test_a_group_and_all_that_can_be_explained_are_listed() -> None:
    whole, group = explain()[1], explain("dns")[1]

    assert "router.unreachable" in whole
    assert "posdiag explain 51" in whole
    assert "dns.resolve" in group
    assert "  dns.hijack" in group
    assert "router" not in group


@pytest.mark.parametrize("lang", LANGS)
def test_every_cause_and_check_has_a_page_within_80_columns(lang: Lang) -> None:
    registered = checks().checks
    catalogue = Catalogue(registered)
    for name in (*(check.id for check in registered), *catalogue.cause_ids()):
        text = pages.page(name, registered, catalogue, lang)

        assert max(cells(line, wide=lang == "zh") for line in text.splitlines()) <= 80
        assert "<" not in text


def test_a_cause_is_explained_with_its_variants_and_what_helps_meanwhile() -> None:
    text = joined(explain("router.unreachable")[1])

    assert "It is also found as:" in text
    assert "answers ARP and nothing else" in text
    assert "To take payments meanwhile:" in text


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=30).filter(lambda t: not t.startswith("-")))
def test_whatever_is_typed_ends_with_0_or_2_and_is_harmless(typed: str) -> None:
    exit_code, out, err = explain(typed)

    assert exit_code in (0, 2)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", out + err)


def test_a_code_is_explained_without_loading_anything_heavy() -> None:
    code = (
        "import sys\n"
        "from posdiag.commands.explain.response_code import page\n"
        "page('51', None, 'zh')\n"
        "heavy = {'rich', 'dns', 'pydantic', 'asyncio', 'ssl', 'socket', 'scapy'}\n"
        "print(*heavy & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert done.stdout.split() == []
