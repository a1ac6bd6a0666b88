"""The report on paper: GBK, 32 or 48 columns."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posdiag.report.receipt import columns, render
from posdiag.report.terminal.wrap import cells
from posdiag.texts.explain import explain
from posdiag.texts.lang import Lang
from tests.golden.compare import matches
from tests.golden.reports import ALL, catalogue
from tests.report.hostile import hostile

WIDTHS = pytest.mark.parametrize("paper", [32, 48])
LANGS = pytest.mark.parametrize("lang", ["zh", "en"])


@LANGS
@WIDTHS
def test_the_receipt_is_the_one_on_file(lang: Lang, paper: int) -> None:
    text = render(explain(ALL["router-unreachable"](), catalogue()), lang, paper)

    matches(f"router-unreachable.{lang}.{paper}.receipt", text)


@LANGS
@WIDTHS
@pytest.mark.parametrize("case", ALL)
def test_no_line_is_wider_than_the_paper(lang: Lang, paper: int, case: str) -> None:
    text = render(explain(ALL[case](), catalogue()), lang, paper)

    assert max(columns(line) for line in text.splitlines()) == paper


@settings(max_examples=20)
@given(st.text(st.characters(exclude_categories=()), max_size=80))
def test_whatever_a_report_holds_can_be_printed(text: str) -> None:
    receipt = render(explain(hostile(text), catalogue()), "zh")

    assert {columns(line) <= 32 for line in receipt.splitlines()} == {True}


def test_a_sign_takes_as_many_columns_as_bytes_in_gbk() -> None:
    """Else lines would be longer on paper than they are here."""
    for code in range(0x20, 0x10000):
        char = chr(code)
        try:
            size = len(char.encode("gbk"))
        except UnicodeEncodeError:
            continue
        if unicodedata.category(char) != "Cc":
            assert cells(char, wide=True) == size, hex(code)
