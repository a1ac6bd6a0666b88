"""A file that says that it is a report: sound, old, or made to harm."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.history.reading import LARGEST, Past, parse, past
from posdiag.report.json import as_object
from posdiag.texts.explain import explain
from tests.golden.reports import ALL, catalogue
from tests.history.reports import cause, check, report, whole


@pytest.mark.parametrize("name", ALL)
def test_every_report_of_ours_is_read(name: str) -> None:
    run = ALL[name]()
    read = past(as_object(explain(run, catalogue())), "id")

    assert (read.id, read.verdict, read.site) == ("id", run.verdict, "阿明面馆")
    assert [c.id for c in read.causes] == [c.id for c in run.causes]
    assert [c.status for c in read.checks] == [r.finding.status for r in run.results]
    assert read.bytes == 9810


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"schema": "posdiag.report/2"}',
        json.dumps({**whole(), "verdict": "fine"}).encode(),
        json.dumps({**whole(), "checks": None}).encode(),
        json.dumps(whole("broken", causes=[{"id": 7}])).encode(),
        json.dumps(whole("broken", {"id": "x", "status": "odd"})).encode(),
        json.dumps({**whole(), "duration_s": float("nan")}).encode(),
        b" " * LARGEST + b"{}",
    ],
)
def test_what_is_no_report_is_refused(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(raw, "x")


def test_texts_are_cleaned_and_numbers_finite() -> None:
    held = check("a.b", facts={"x\x1b": "\x1b[31m", "n": 1e999, "l": [1, [2], "\n"]})
    held |= {"trips": [0.1, None, "x", -0.2]}
    read = report("broken", held, causes=[cause("a.\x07b")])

    assert read.causes[0].id == "a.\\x07b"
    facts: dict[str, Any] = dict(read.checks[0].facts)
    assert facts == {"x\\x1b": "\\x1b[31m", "n": 0.0, "l": (1, "\\n")}
    assert read.checks[0].trips == (0.1, None, 0.0, 0.2)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=8,
)


@given(st.binary(max_size=200) | st.dictionaries(st.sampled_from(list(whole())), JSON))
def test_reading_is_total(raw: Any) -> None:
    given_ = raw if isinstance(raw, bytes) else json.dumps({**whole(), **raw}).encode()
    try:
        read = parse(given_, "x")
    except ValueError:
        return
    assert isinstance(read, Past)
