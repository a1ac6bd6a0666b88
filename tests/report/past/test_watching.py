"""A watch in words, as a line of signs, for programs, and as a page."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from posdiag.history.watch import Run, Turn, longest_gap, run_of, summary, turn
from posdiag.report.past import day, watching
from posdiag.texts.lang import Lang
from tests.history.reports import START, cause, check, report, run
from tests.report.html.browser import browser
from tests.report.html.test_page import OUTSIDE, OVERFLOWING

RUNS = [
    run(0, delay=0.01),
    run(1, "degraded", "dns.slow", delay=0.02),
    run(2, "broken", "isp.no-internet"),
    run(3, "broken", "isp.no-internet"),
    run(4, "unknown"),
    run(5, delay=0.08),
]
FOUND = summary(RUNS, START, START + timedelta(minutes=6), timedelta(minutes=2))


def test_a_sign_a_run_and_an_outage_is_seen_in_any_width() -> None:
    assert watching.sparkline(RUNS, 80) == "▂▃xx?█"
    assert watching.sparkline(RUNS, 3) == "▃x█"
    assert watching.sparkline(RUNS, 80, "ascii") == ":-xx?%"
    assert watching.sparkline(RUNS * 300, 40).count("x") == 40
    assert watching.sparkline([], 80) == watching.sparkline(RUNS, 0) == ""


def test_the_signs_can_be_printed_on_a_console_in_gbk() -> None:
    assert watching.STEPS.encode("gbk")


def text(lang: Lang) -> str:
    return "\n".join(watching.summary_lines(FOUND, RUNS, lang, 80, "utf-8"))


def test_the_summary_names_the_outage() -> None:
    assert text("en") == (
        "Summary: 2026-01-31 08:15:00 to 08:21:00, runs: 6\n"
        "Available 60 % (down 2 min, not known 60 s)\n"
        "Outages: 1\n"
        "  08:17:00 to 08:19:00, 2 min: isp.no-internet (isp.no-internet)\n"
        "  Begin and end are known to within 60 s, the time between two runs.\n"
        "Runs at risk: 1\n"
        "Round trip (x: outage)  10 ms to 80 ms\n"
        "  ▂▃xx?█\n"
        "900 B of data in all"
    ).replace("900 B", "0 B")
    assert "08:17:00 到 08:19:00，2 分钟：中isp.no-internet" in text("zh")


def test_one_run_is_not_told_as_if_there_were_two() -> None:
    """No time between two runs is known where only one was made."""
    runs = [run(0, "broken", "isp.no-internet")]
    end = runs[0].at + timedelta(minutes=1)
    found = summary(runs, START, end, timedelta(minutes=2))
    told = "\n".join(watching.summary_lines(found, runs, "en", 80, "utf-8"))

    assert "Outages: 1" in told
    assert "runs: 1" in told
    assert "known to within" not in told


def test_a_time_of_another_day_has_its_date() -> None:
    later = START + timedelta(days=1, minutes=3)

    assert watching.clock(START, START) == "08:15:00"
    assert watching.clock(later, START) == "02-01 08:18:00"
    assert watching.clock(later) == "08:18:00"


@pytest.mark.parametrize(
    ("value", "told"), [(1.0, "100 %"), (0.99999, "99.99 %"), (0.0, "0 %")]
)
def test_an_outage_never_disappears_by_rounding(value: float, told: str) -> None:
    assert watching.availability(value).en == told


def test_programs_get_a_line_a_run_and_a_summary() -> None:
    addresses = ("10.0.0.1", "10.0.0.2")
    known = [check("ip.gateway", facts={"gateway": a}) for a in addresses]
    before = report("healthy", known[0])
    after = report("broken", known[1], causes=[cause("isp.no-internet")])
    one = run_of(after, START)
    line = json.loads(watching.run_line(one, turn(before, after, one)))

    assert (line["type"], line["verdict"]) == ("run", "broken")
    assert line["came"] == ["isp.no-internet"]
    assert line["coincidences"] == [
        {
            "check": "ip.gateway",
            "fact": "gateway",
            "before": "10.0.0.1",
            "after": "10.0.0.2",
        }
    ]
    whole = json.loads(watching.summary_line(FOUND))
    (outage,) = whole["outages"]
    assert (whole["type"], outage["cause"], outage["duration_s"]) == (
        "summary",
        "isp.no-internet",
        120,
    )
    assert whole["hours"][0]["outages"] == 1
    assert {**json.loads(watching.summary_json(FOUND)), "type": "summary"} == whole


def test_a_coincidence_is_called_one_in_both_languages() -> None:
    one, other = (check("a.b", facts={"gateway": g}) for g in "xy")
    found = turn(report("healthy", one), report("broken", other), RUNS[2])
    (_, beside) = watching.turn_texts(found, START)

    assert "coincidence" in beside.en
    assert "碰巧" in beside.zh


def longer() -> list[Run]:
    """A day, a run a minute."""
    return [
        run(m, "broken" if 300 < m < 330 else "healthy", delay=0.02 + m % 7 / 100)
        for m in range(1440)
    ]


@pytest.mark.parametrize("runs", [RUNS, longer(), [run(0, "unknown")]])
def test_the_page_shows_the_day(runs: list[Run], tmp_path: Path) -> None:
    found = summary(
        runs, START, runs[-1].at + timedelta(minutes=1), timedelta(minutes=2)
    )
    turns = [Turn(runs[0], "none")]
    page = tmp_path / "day.html"
    page.write_text(day.render(found, runs, turns, "<b>店</b>", "zh"), "utf-8")
    with browser() as chromium:
        for width in (360, 1280):
            chromium.show(page, width)

            assert chromium.requests == [page.as_uri()]
            assert chromium.value("document.documentElement.scrollWidth") <= width
            assert chromium.value(OVERFLOWING) == []
            assert chromium.value(OUTSIDE) == []
        assert "<b>店</b>" in chromium.value("document.querySelector('h1').innerText")
        slices = "document.querySelectorAll('[class^=t-]').length"
        assert chromium.value(slices) == len(runs)
    assert page.stat().st_size < 400_000
    assert longest_gap(runs) in (0.0, 60.0)
