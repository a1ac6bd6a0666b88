"""A table of values as bars: on any console, from any check."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from posdiag.model import Bar, Finding, Result, Status, Verdict
from posdiag.report.terminal.chart import draw
from posdiag.report.terminal.page import render
from posdiag.texts.catalogue import Catalogue
from posdiag.texts.explain import Explained, explain
from tests.golden.reports import checklist, report

TEXTS = '[title]\nzh = "频道"\nen = "Channels?"\n'
HEADED = TEXTS + '[chart]\nzh = "频段（信号）"\nen = "The band (signal)"\n'
BAND = (
    Bar("1", 0.5, " 1  -60 dBm"),
    Bar("6", 1.0, " 5  -35 dBm", "own"),
    Bar("11", 0.0, " 0", "proposed"),
    Bar("149", 0.01, " 1  -94 dBm", "新"),
)


def explained(chart: tuple[Bar, ...], toml: str = HEADED) -> Explained:
    found = Finding(Status.OK, chart=chart)
    run = report(Verdict.HEALTHY, (Result("link.state", found),))
    return explain(run, Catalogue(checklist(), lambda check: toml))


def shown(
    chart: tuple[Bar, ...], lang: Any = "en", toml: str = HEADED, **more: Any
) -> str:
    return render(explained(chart, toml), lang, **more)


DRAWN = """
The band (signal)
  1     1  -60 dBm        ████████████████
  6     5  -35 dBm  ours  ████████████████████████████████
  11    0           best
  149   1  -94 dBm  新    █

Diagnosis code"""


def test_a_chart_is_drawn_below_the_checklist() -> None:
    assert DRAWN in shown(BAND)


def test_a_console_without_blocks_gets_plain_signs() -> None:
    text = shown(BAND, encoding="ascii")

    assert "  6     5  -35 dBm  ours  " + 32 * "#" in text
    assert "█" not in text


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_chinese_fonts_may_draw_a_block_twice_as_wide(encoding: str) -> None:
    from rich.cells import cell_len

    text = shown(BAND, "zh", encoding=encoding)
    full = next(line for line in text.splitlines() if "本店" in line)

    assert full.endswith(" " + 16 * "█")
    assert cell_len(full.replace("█", "##")) <= 80
    assert "频段（信号）" in text
    text.encode(encoding)


def test_without_a_heading_the_check_gives_its_title() -> None:
    assert "\nChannels?\n  1  " in shown(BAND, toml=TEXTS)


def test_a_finding_without_a_chart_has_none() -> None:
    assert "The band" not in shown(())


def test_the_json_report_holds_it_in_columns() -> None:
    facts = explained(BAND).results[0].facts

    assert facts["chart_labels"] == ("1", "6", "11", "149")
    assert facts["chart_values"] == (0.5, 1.0, 0.0, 0.01)
    assert facts["chart_notes"] == tuple(bar.note for bar in BAND)
    assert facts["chart_marks"] == ("", "own", "proposed", "新")


@example([("", 0.0, "0", ""), ("", 1.0, "", "0\u094d\u094d")], 40, "ascii", "zh")
@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(max_size=60), st.floats(0, 1), st.text(max_size=60), st.text()
        )
    ),
    st.sampled_from([40, 60, 80, 100]),
    st.sampled_from(["utf-8", "gbk", "ascii", "cp437"]),
    st.sampled_from(["zh", "en"]),
)
def test_names_from_the_air_draw_nothing_of_their_own(
    given_rows: list[tuple[str, float, str, str]], width: int, encoding: str, lang: str
) -> None:
    from rich.cells import cell_len

    bars = tuple(Bar(*row) for row in given_rows)
    text = shown(bars, lang, width=width, encoding=encoding)

    text.encode(encoding)
    assert "\x1b" not in text
    for line in text.splitlines():
        assert cell_len(line) <= width


def test_hardware_addresses_and_cards_are_masked_in_it() -> None:
    names = ("50:d2:f5:01:02:03", "4111111111111111", "\x1b[2J", "x")
    chart = explained(tuple(Bar(name, 0.5) for name in names)).results[0].chart
    labels = [bar.label for bar in chart]

    assert labels == ["50:d2:f5:**:**:**", "411111******1111", "\\x1b[2J", "x"]


def test_a_narrow_console_keeps_the_figures() -> None:
    row = Bar("a very long label indeed", 1.0, "as long a note as there is", "own")

    assert draw([row], "en", 40, bar="#") == ["  a very long label i…  as long a note…"]
    assert draw([row], "en", 40, bar="#", encoding="ascii") == [
        "  a very long label i~  as long a note~"
    ]
