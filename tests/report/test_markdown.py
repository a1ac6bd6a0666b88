"""The report in Markdown: what a ticket system shows is what was measured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from posdiag.report.markdown import code, escaped, render
from posdiag.texts.explain import explain
from posdiag.texts.lang import Lang
from tests.golden.compare import matches
from tests.golden.reports import ALL, catalogue
from tests.report.hostile import PIECES, hostile

READER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
HARMLESS = {"text", "code_inline", "strong_open", "strong_close", "em_open", "em_close"}


def inline(text: str) -> list[Token]:
    return [c for token in READER.parse(text) for c in token.children or ()]


@pytest.mark.parametrize("name", ["router-unreachable", "loss", "healthy"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_report_is_the_one_on_file(name: str, lang: Lang) -> None:
    text = render(explain(ALL[name](), catalogue()), lang)

    matches(f"{name}.{lang}.md", text)


@pytest.mark.parametrize("text", PIECES)
def test_a_text_from_outside_is_shown_as_it_is(text: str) -> None:
    shown = inline(escaped(text))

    assert {token.type for token in shown} <= {"text", "text_special", "code_inline"}
    assert "".join(t.content for t in shown) == " ".join(text.split())


# Of ASCII, where all that Markdown gives a meaning is.
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60))
def test_any_text_is_one_paragraph_of_itself(text: str) -> None:
    blocks = [token.type for token in READER.parse(escaped(text))]

    assert blocks in ([], ["paragraph_open", "inline", "paragraph_close"])
    shown = inline(escaped(text))
    assert {token.type for token in shown} <= {"text", "code_inline"}
    assert "".join(t.content for t in shown) == " ".join(text.split())


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60))
def test_any_text_stays_in_its_cell(text: str) -> None:
    table = f"| a | b |\n| --- | --- |\n| {escaped(text)} | {code(text)} |\n"
    cells = [t for t in READER.parse(table) if t.type == "inline"]

    assert [t.content for t in cells[:2]] == ["a", "b"]
    shown = ["".join(c.content for c in t.children or ()) for t in cells[2:]]
    # A command keeps its blanks.
    told = [" ".join(cell.split()) for cell in shown]
    assert told == [" ".join(text.split())] * 2 or not text.strip()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_hostile_report_has_no_link_image_or_tag(lang: Lang) -> None:
    text = render(explain(hostile(), catalogue()), lang)

    assert {token.type for token in inline(text)} <= HARMLESS
    assert not [t for t in READER.parse(text) if t.type == "html_block"]


@pytest.mark.parametrize(
    "live", ["@everyone", "http://evil.example/x", "www.x.example"]
)
def test_what_forges_make_a_link_or_a_mention_of_is_code(live: str) -> None:
    assert escaped(f"see {live} now") == f"see `{live}` now"


def test_a_chart_is_a_table_with_bars() -> None:
    rows = render(explain(hostile("AP <b>"), catalogue()), "en").splitlines()
    bars = [row for row in rows if "█" in row]

    assert [row.count("█") for row in bars] == [10, 20]  # 0.5, and 2.0 held at 1
    assert "<b>" not in bars[0].replace("\\<", "")
    assert bars[1].startswith("| 6 |")
