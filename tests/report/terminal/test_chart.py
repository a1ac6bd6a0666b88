"""A table of values as bars: on any console, from any check."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from posdiag.model import Facts, Finding, Result, Status, Verdict
from posdiag.report.terminal.chart import Row, draw, rows
from posdiag.report.terminal.page import render
from posdiag.texts.catalogue import Catalogue
from posdiag.texts.explain import explain
from posdiag.texts.safe import safe_facts
from tests.golden.reports import checklist, report

TEXTS = '[title]\nzh = "频道"\nen = "Channels?"\n'
HEADED = TEXTS + '[chart]\nzh = "频段（信号）"\nen = "The band (signal)"\n'
BAND: Facts = {
    "chart_labels": ("1", "6", "11", "149"),
    "chart_values": (0.5, 1.0, 0.0, 0.01),
    "chart_notes": (" 1  -60 dBm", " 5  -35 dBm", " 0", " 1  -94 dBm"),
    "chart_marks": ("", "own", "proposed", "新"),
}


def shown(facts: Facts, lang: Any = "en", toml: str = HEADED, **more: Any) -> str:
    run = report(
        Verdict.HEALTHY, (Result("link.state", Finding(Status.OK, "", facts)),)
    )
    texts = Catalogue(checklist(), lambda check: toml)
    return render(explain(run, texts), lang, **more)


DRAWN = """
The band (signal)
  1     1  -60 dBm        ████████████████
  6     5  -35 dBm  ours  ████████████████████████████████
  11    0           best
  149   1  -94 dBm  新    █

Path code"""


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


@pytest.mark.parametrize(
    "change",
    [
        {"chart_labels": ()},
        {"chart_labels": "1"},
        {"chart_values": (0.5,)},
        {"chart_values": (0.5, 1.0, 0.0, "x")},
        {"chart_values": (0.5, 1.0, 0.0, True)},
        {"chart_values": (0.5, 1.0, 0.0, None)},
        {"chart_values": (0.5, 1.0, 0.0, float("nan"))},
        {"chart_notes": None},
        {"chart_marks": ("own",)},
    ],
)
def test_what_is_no_whole_chart_is_not_drawn(change: dict[str, Any]) -> None:
    assert rows({**BAND, **change}) == ()


def test_a_finding_without_a_chart_has_none() -> None:
    assert rows({}) == ()
    assert "The band" not in shown({})


def test_values_beyond_the_scale_are_full_or_empty() -> None:
    many: Facts = {**BAND, "chart_values": (-3, 7, 1e300, -1e300)}

    assert [r.value for r in rows(many)] == [0.0, 1.0, 1.0, 0.0]


@example([("", 0.0, "0", ""), ("", 1.0, "", "0\u094d\u094d")], 40, "ascii", "zh")
@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.text(max_size=60), st.floats(), st.text(max_size=60), st.text())
    ),
    st.sampled_from([40, 60, 80, 100]),
    st.sampled_from(["utf-8", "gbk", "ascii", "cp437"]),
    st.sampled_from(["zh", "en"]),
)
def test_names_from_the_air_draw_nothing_of_their_own(
    given_rows: list[tuple[str, float, str, str]], width: int, encoding: str, lang: str
) -> None:
    from rich.cells import cell_len

    columns = list(zip(*given_rows, strict=True)) or [(), (), (), ()]
    names = ("chart_labels", "chart_values", "chart_notes", "chart_marks")
    text = shown(
        dict(zip(names, columns, strict=True)), lang, width=width, encoding=encoding
    )

    text.encode(encoding)
    assert "\x1b" not in text
    for line in text.splitlines():
        assert cell_len(line) <= width


def test_hardware_addresses_and_cards_are_masked_in_it() -> None:
    facts: Facts = {
        **BAND,
        "chart_labels": ("50:d2:f5:01:02:03", "4111111111111111", "\x1b[2J", "x"),
    }
    labels = [r.label for r in rows(safe_facts(facts))]

    assert labels == ["50:d2:f5:**:**:**", "411111******1111", "\\x1b[2J", "x"]


def test_a_narrow_console_keeps_the_figures() -> None:
    row = Row("a very long label indeed", 1.0, "as long a note as there is", "own")

    assert draw([row], "en", 40, bar="#") == ["  a very long label i…  as long a note…"]
    assert draw([row], "en", 40, bar="#", encoding="ascii") == [
        "  a very long label i~  as long a note~"
    ]
