"""The whole report: wrapped and never cut, on every console."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posdiag.model import Cause, Finding, Result, Severity, Status, Verdict
from posdiag.report.terminal.page import render
from posdiag.report.terminal.wrap import CLOSING, OPENING, cells, cut, wrap
from posdiag.texts.catalogue import Catalogue
from posdiag.texts.explain import explain
from posdiag.texts.lang import Lang
from tests.golden.compare import matches
from tests.golden.reports import (
    ALL,
    catalogue,
    healthy,
    loss,
    report,
    router_unreachable,
)

LANGS: tuple[Lang, ...] = get_args(Lang)
both = pytest.mark.parametrize("lang", LANGS)
every = pytest.mark.parametrize("name", ALL)


@every
@both
def test_the_report_is_the_one_on_file(name: str, lang: Lang) -> None:
    text = render(explain(ALL[name](), catalogue()), lang)

    matches(f"{name}.{lang}.txt", text)


@every
@both
@pytest.mark.parametrize("width", [40, 60, 80, 100])
def test_no_line_is_wider_than_the_screen(name: str, lang: Lang, width: int) -> None:
    from rich.cells import cell_len

    explained = explain(ALL[name](), catalogue())
    for line in render(explained, lang, width=width).splitlines():
        assert cell_len(line) <= width, line


@every
@both
@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "cp437", "ascii", "latin-1", "?"])
def test_every_console_can_print_it(name: str, lang: Lang, encoding: str) -> None:
    text = render(explain(ALL[name](), catalogue()), lang, encoding=encoding)

    text.encode("ascii" if encoding == "?" else encoding)
    assert text.strip()


def test_on_a_gbk_console_nothing_is_replaced() -> None:
    explained = explain(router_unreachable(), catalogue())
    words = render(explained, "zh", encoding="gbk").split()

    assert "".join(words) == "".join(render(explained, "zh").split())


def test_a_console_without_chinese_gets_english() -> None:
    explained = explain(healthy(), catalogue())

    assert "All is well" in render(explained, "zh", encoding="ascii")


def test_signs_that_a_console_lacks_have_a_plain_form() -> None:
    finding = Finding(Status.OK, "", {"gateway": "“a”…"})
    run = report(Verdict.HEALTHY, (Result("router.reach", finding),))
    text = render(explain(run, catalogue()), "en", encoding="ascii")

    assert 'The router "a"... answers.' in text


@both
def test_states_are_words(lang: Lang) -> None:
    text = render(explain(router_unreachable(), catalogue()), lang, encoding="gbk")
    words = {"zh": "正常 故障 待查 未测", "en": "ok fault waiting measured"}[lang]

    for word in words.split():
        assert f" {word} " in text
    assert not set("√×") & set(text)


@both
@pytest.mark.parametrize("width", [40, 59])
def test_on_a_narrow_screen_texts_stand_under_their_titles(
    lang: Lang, width: int
) -> None:
    explained = explain(router_unreachable(), catalogue())
    lines = render(explained, lang, width=width).splitlines()

    row = next(at for at, line in enumerate(lines) if line.endswith(("网卡", "Link")))
    assert lines[row + 1].startswith("    ")
    assert "eth0" in lines[row + 1]


@every
@both
@pytest.mark.parametrize("width", [40, 80])
def test_nothing_is_cut(name: str, lang: Lang, width: int) -> None:
    explained = explain(ALL[name](), catalogue())
    whole = "".join(render(explained, lang, width=width).split())

    for result in explained.results:
        assert "".join(result.text.of(lang).split()) in whole
        assert "".join(result.title.of(lang).split()) in whole
    for cause in explained.causes[:1]:
        for step in cause.steps:
            assert "".join(step.text.of(lang).split()) in whole


def test_without_colour_there_is_no_escape_sequence() -> None:
    for name in ALL:
        assert "\x1b" not in render(explain(ALL[name](), catalogue()), "zh")


def test_colour_changes_nothing_but_colour() -> None:
    import re

    explained = explain(router_unreachable(), catalogue())
    coloured = render(explained, "zh", color=True)

    assert "\x1b[" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render(explained, "zh")


def test_the_report_says_what_the_run_cost() -> None:
    explained = explain(healthy(), catalogue())
    dear = replace(explained, received=40_000)

    assert "9.8 KB of data, less than one card sale" in render(explained, "en")
    assert "less than" not in render(dear, "en")


def test_markup_is_not_obeyed() -> None:
    finding = Finding(Status.OK, "", {"gateway": "[bold red]x[/] :boom: [link=a]"})
    run = report(Verdict.HEALTHY, (Result("router.reach", finding),))
    text = render(explain(run, catalogue()), "en", color=True, width=100)

    assert "[bold red]x[/] :boom: [link=a]" in text.replace("\n", "")


def test_many_causes_are_counted_not_all_told() -> None:
    run = loss()
    many = replace(run, causes=run.causes[:1] + run.causes[1:] * 9)

    assert "4 more" in render(explain(many, catalogue()), "en")


HOSTILE = st.text(st.characters(exclude_categories=()), max_size=120)


@settings(max_examples=60)
@given(HOSTILE, HOSTILE, st.sampled_from(["utf-8", "gbk", "ascii"]), st.booleans())
def test_whatever_is_found_can_be_printed(
    text: str, id: str, encoding: str, color: bool
) -> None:
    facts = {"gateway": text, "what": text, "hint": text, id: text}
    run = report(
        Verdict.BROKEN,
        (
            Result("router.reach", Finding(Status.OK, id, facts)),
            Result(id, Finding(Status.ERROR, "tool.bug", facts)),
            Result("x", Finding(Status.FAIL, id, facts), blamed_on=id),
        ),
        (
            Cause(
                id=id,
                confidence=2.0,
                severity=Severity.BROKEN,
                checks=(id,),
                facts=facts,
                rivals=(id,),
                explains=(id,),
                against=(id,),
            ),
        ),
        notes=(text,),
    )
    shown = render(
        explain(run, catalogue()), "zh", encoding=encoding, color=color, width=40
    )

    shown.encode(encoding)
    assert not set(shown) & set("\u202e\u200b\x07\x9b\r")
    if not color:
        assert "\x1b" not in shown


def test_a_report_without_texts_is_still_a_report() -> None:
    text = render(explain(router_unreachable(), Catalogue()), "en")

    assert "router.unreachable" in text
    assert "Show this report to a network technician." in text


@given(st.text("网络路由器，。；“”（）…ab c 12-", max_size=120), st.integers(8, 40))
def test_wrapping_keeps_the_text_and_the_width(text: str, width: int) -> None:
    lines = wrap(text, width)

    assert "".join("".join(lines).split()) == "".join(text.split())
    for line in lines:
        assert cells(line) <= width


@given(st.text("网络路由器电源灯收款", max_size=30), st.integers(8, 40))
def test_a_line_does_not_begin_with_a_comma(run: str, width: int) -> None:
    text = "，".join(["网" + run] * 5) + "（" + run + "）。"
    for line in wrap(text, width)[1:]:
        assert line[0] not in CLOSING
    for line in wrap(text, width)[:-1]:
        assert line[-1] not in OPENING


def test_chinese_fills_the_line_and_words_stay_whole() -> None:
    lines = wrap("路由器 192.168.1.1 没有应答，所有设备都上不了网", 24)

    assert lines == ["路由器 192.168.1.1 没有", "应答，所有设备都上不了网"]


def test_cutting_counts_columns() -> None:
    assert cut("路由器没有应答", 8) == "路由器…"
    assert cut("short", 8) == "short"
