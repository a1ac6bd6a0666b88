"""The report for programs: its schema, its size, its numbers."""

import json
from dataclasses import replace
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posdiag.model import (
    Cause,
    Finding,
    Report,
    Result,
    Severity,
    Status,
    Value,
    Verdict,
)
from posdiag.report.json import LARGEST, render, rounded
from posdiag.texts.explain import explain
from tests.golden.compare import matches
from tests.golden.reports import ALL, catalogue, loss, report, router_unreachable

SCHEMA = json.loads((files("posdiag.report") / "report.schema.json").read_text("utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def parsed(run: Report) -> dict[str, Any]:
    text = render(explain(run, catalogue()))

    assert len(text.encode()) <= LARGEST
    whole: dict[str, Any] = json.loads(text, parse_constant=pytest.fail)
    VALIDATOR.validate(whole)
    return whole


@pytest.mark.parametrize("name", ALL)
def test_the_report_is_the_one_on_file_and_keeps_the_schema(name: str) -> None:
    parsed(ALL[name]())

    matches(f"{name}.json", render(explain(ALL[name](), catalogue())))


def test_the_schema_is_one_and_can_refuse() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    whole = parsed(router_unreachable())
    for path in (("verdict",), ("causes", 0, "title"), ("checks", 0, "status")):
        broken = json.loads(json.dumps(whole))
        place = broken
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = 7

        assert not VALIDATOR.is_valid(broken), path


def test_every_key_of_the_contract_is_there() -> None:
    whole = parsed(loss())
    cause, check = whole["causes"][0], whole["checks"][0]

    assert whole.keys() >= {
        "schema",
        "version",
        "started_at",
        "duration_s",
        "site",
        "verdict",
        "causes",
        "checks",
        "advice",
    }
    assert cause.keys() >= {
        "id",
        "confidence",
        "severity",
        "checks",
        "facts",
        "title",
        "why",
        "steps",
        "who",
    }
    assert check.keys() >= {
        "id",
        "status",
        "code",
        "facts",
        "blamed_on",
        "duration_s",
        "text",
    }
    assert whole["schema"] == "posdiag.report/1"
    assert whole["advice"].keys() == {"emergency", "prevention"}


def test_numbers_have_six_significant_digits() -> None:
    assert rounded(0.123456789) == 0.123457
    assert rounded(1234567.8) == 1234570
    assert rounded(float("nan")) == 0


def test_tuples_are_lists_and_numbers_numbers() -> None:
    facts: dict[str, Value] = {
        "names": ("a", "b"),
        "n": 3,
        "x": 0.25,
        "none": None,
        "yes": True,
    }
    run = report(
        Verdict.HEALTHY, (Result("link.state", Finding(Status.OK, "", facts)),)
    )

    assert parsed(run)["checks"][0]["facts"] == {
        "names": ["a", "b"],
        "n": 3,
        "x": 0.25,
        "none": None,
        "yes": True,
    }


@pytest.mark.parametrize("count", [1, 40, 120])
def test_the_report_stays_small_whatever_the_facts_hold(count: int) -> None:
    text = "文" * 5000
    facts: dict[str, Value] = {f"k{i}": (text,) * 99 for i in range(99)}
    finding = Finding(Status.FAIL, "router.unreachable", {**facts, "gateway": text})
    cause = Cause(
        id="router.unreachable",
        confidence=float("inf"),
        severity=Severity.BROKEN,
        checks=("router.reach",) * 99,
        facts=finding.facts,
        rivals=("x" * 300,) * 50,
    )
    results = tuple(Result(f"check.{i}", finding) for i in range(count))
    run = report(Verdict.BROKEN, results, (cause,) * 3, notes=(text,) * 50)
    whole = parsed(run)

    assert len(whole["checks"]) == count
    assert whole["causes"][0]["id"] == "router.unreachable"


def test_a_report_that_was_squeezed_keeps_the_gate_before_what_interrupts() -> None:
    from posdiag.report.json import _squeezed, as_object

    whole: Any = as_object(explain(router_unreachable(), catalogue()))
    for entries in range(6):
        cut: Any = _squeezed(whole, 40, entries)
        steps = cut["causes"][0]["steps"]
        kinds = [s["gate"] for s in steps[: 1 + len(steps)]]
        for place, step in enumerate(steps):
            assert step["touches"] != "terminal" or any(kinds[:place])


def test_the_language_changes_nothing() -> None:
    explained = explain(loss(), catalogue())

    assert render(explained, "zh") == render(explained, "en")


def test_an_interrupted_run_says_so() -> None:
    assert parsed(ALL["interrupted"]())["interrupted"] is True
    assert parsed(replace(ALL["healthy"](), interrupted=False))["interrupted"] is False


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(exclude_categories=()), max_size=30),
)


@settings(max_examples=60)
@given(st.dictionaries(st.text(max_size=10), VALUES | st.tuples(VALUES, VALUES)))
def test_any_facts_make_a_valid_report(facts: dict[str, Any]) -> None:
    finding = Finding(Status.FAIL, "router.unreachable", facts)
    parsed(report(Verdict.BROKEN, (Result("router.reach", finding),)))


def test_the_probes_of_a_sample_are_kept_in_order() -> None:
    finding = Finding(Status.OK, trips=(0.0312345678, None, 0.03))
    run = report(Verdict.HEALTHY, (Result("acquirer.loss", finding),))

    assert parsed(run)["checks"][0]["trips"] == [0.0312346, None, 0.03]
