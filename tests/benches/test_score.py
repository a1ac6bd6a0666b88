"""What counts, what does not, and what all trials together say."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import xmlschema
from junitparser import JUnitXml

from posdiag.lab.forms import LabRun, as_json, as_junit
from posdiag.lab.inventory import Bench, Fault
from posdiag.lab.outcome import Look, Outcome, Verdict, judge
from posdiag.lab.plan import Trial
from posdiag.lab.score import compare, exit_code, score
from posdiag.lab.summary import as_html, lines, row
from posdiag.texts.lang import Lang
from tests import TESTS

XSD = xmlschema.XMLSchema(TESTS / "junit.xsd")
FAULT = Fault("router off", "a", "b", "router.unreachable")
BENCH = Bench("counter", ("wifi", "a920"), hardware="PAX A920 <1> & \x1b")


def look(verdict: str, *causes: str) -> Look:
    rows = [{"id": cause, "confidence": 0.9} for cause in causes]
    return Look({"verdict": verdict, "causes": rows}, 2.0)


GOOD = look("healthy")


def outcome(verdict: Verdict, seen: Look, fault: Fault | None = FAULT) -> Outcome:
    return Outcome(Trial(BENCH, fault), verdict, "", "", seen, GOOD, GOOD)


ALL = (
    outcome("right", look("broken", "router.unreachable")),
    outcome("wrong", look("broken", "isp.no-internet", "router.unreachable")),
    outcome("missed", GOOD),
    outcome("undecided", look("unknown")),
    Outcome(Trial(BENCH, None), "alarm", look=look("degraded", "isp.slow")),
    Outcome(Trial(BENCH, FAULT, 2), "invalid", "inject", "exit code 7"),
    Outcome(Trial(BENCH, FAULT, 3), "untried", "held", "root 12"),
)
RUN = LabRun("2026-11-29T20:00:00+08:00", 12.5, ALL)


@pytest.mark.parametrize(
    ("seen", "fault", "verdict"),
    [
        (look("broken", "router.unreachable"), FAULT, "right"),
        (look("degraded", "router.unreachable", "isp.slow"), FAULT, "right"),
        (look("broken", "isp.slow", "router.unreachable"), FAULT, "wrong"),
        (GOOD, FAULT, "missed"),
        (look("unknown"), FAULT, "undecided"),
        (GOOD, None, "right"),
        (look("unknown"), None, "undecided"),
        (look("broken", "isp.slow"), None, "alarm"),
        (Look(trouble="took too long"), FAULT, "no-report"),
    ],
)
def test_a_run_is_judged_by_its_first_cause(
    seen: Look, fault: Fault | None, verdict: str
) -> None:
    assert judge(Trial(BENCH, fault), seen) == verdict


def test_what_is_invalid_counts_for_nothing() -> None:
    found = score(ALL)

    assert (found.right, found.counted) == (1, 5)
    assert (found.missed, found.undecided, found.wrong) == (1, 1, 1)
    assert (found.among_rivals, found.invalid, found.untried) == (1, 1, 1)
    assert (found.alarms, found.healthy) == (1, 9)  # the looks around the faults too
    assert found.low is not None
    assert found.low < 0.2 < (found.high or 0)


def test_the_exit_code_says_whether_all_was_as_expected() -> None:
    assert exit_code(ALL[:1]) == 0
    assert exit_code((ALL[0], ALL[5])) == 0
    assert [exit_code((ALL[0], other)) for other in ALL[1:5]] == [1, 1, 1, 1]
    assert exit_code(ALL[5:]) == exit_code(()) == 3


def test_a_posdiag_that_gives_no_report_is_not_as_expected() -> None:
    crashed = Outcome(Trial(BENCH, FAULT), "no-report", "no-report", "exit code 70")
    found = score((ALL[0], crashed))

    assert (found.right, found.counted, found.no_report) == (1, 2, 1)
    assert exit_code((crashed,)) == exit_code((ALL[0], crashed)) == 1


def test_a_run_that_ended_before_its_last_trial_is_not_all_right() -> None:
    late = Outcome(Trial(BENCH, FAULT, 2), "untried", "over")

    assert exit_code((ALL[0], late)) == 1
    assert exit_code((late,)) == 3


def test_a_bench_that_was_left_broken_is_not_as_expected() -> None:
    right = outcome("right", look("broken", "router.unreachable"))
    broken = replace(outcome("invalid", Look()), why="restore", broken="no arm")

    assert exit_code([right, broken]) == 1
    assert exit_code([broken]) == 3


def test_a_bench_that_stayed_broken_raises_no_false_alarm() -> None:
    broken = look("broken", "router.unreachable")
    why = "not-healthy-after"
    invalid = Outcome(Trial(BENCH, FAULT), "invalid", why, "", broken, GOOD, broken)

    assert (score((invalid,)).alarms, score((invalid,)).healthy) == (0, 0)


def test_a_baseline_shows_what_got_worse_and_better() -> None:
    earlier = json.loads(as_json(LabRun("", 0.0, ALL[:2])))
    earlier["trials"][1]["trial"] = "gone"
    now = (outcome("missed", GOOD), outcome("right", GOOD, None))
    found = compare(now, earlier)

    assert found.worse == ("counter / router off",)
    assert (found.new, found.gone) == (("counter / none",), ("counter / gone",))
    with pytest.raises(ValueError, match=r"posdiag\.lab/1"):
        compare((), {"schema": "else"})


def test_a_baseline_of_other_trials_is_not_the_same() -> None:
    earlier = json.loads(as_json(LabRun("", 0.0, ALL[:1])))
    now = (outcome("right", GOOD),)
    same = LabRun("", 0.0, now, compare(now, earlier))
    earlier["trials"][0]["trial"] = "gone"
    other = LabRun("", 0.0, now, compare(now, earlier))

    assert [line.en for line in lines(same)][-1] == "as in the baseline"
    assert [line.en for line in lines(other)][-1] == (
        "trials in both: 0; only now: 1, only in the baseline: 1"
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_junit_validates_and_is_read_by_junitparser(lang: Lang, tmp_path: Path) -> None:
    file = tmp_path / "lab.xml"
    file.write_text(as_junit(RUN, lang), "utf-8")
    XSD.validate(str(file))
    read: Any = JUnitXml.fromfile(str(file))  # junitparser types only some of it
    (suite,) = read
    properties = {p.name: p.value for p in suite.properties()}

    assert (suite.name, suite.tests, suite.failures) == ("counter", 7, 4)
    assert suite.skipped == 2
    assert properties["tags"] == "wifi a920"
    assert properties["router off.expected"] == "router.unreachable"
    assert "\x1b" not in file.read_text("utf-8")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_people_read_the_same(lang: Lang) -> None:
    said = "\n".join(line.of(lang) for line in lines(RUN))
    page = as_html(RUN, lang)

    assert "1 / 5" in said or "1 of 5" in said
    assert "&lt;1&gt; &amp;" in page
    assert "exit code 7" in page
    assert all(row(outcome, lang) for outcome in ALL)


def test_the_json_holds_the_reports() -> None:
    whole = json.loads(as_json(RUN))

    assert whole["schema"] == "posdiag.lab/1"
    assert whole["trials"][1]["rivals"] == ["router.unreachable"]
    assert whole["trials"][0]["report"]["verdict"] == "broken"
    assert whole["trials"][5]["why"] == "inject failed: exit code 7"
    assert whole["score"]["right"] == 1
