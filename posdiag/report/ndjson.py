"""The report as lines of JSON: one per check as it ends, then one with the verdict.

    {"type": "check", "schema": "posdiag.ndjson/1", "id": "dns.resolve", "status": ...}
    {"type": "verdict", "schema": "posdiag.ndjson/1", "verdict": "broken", ...}

A check's line has the keys of `checks` in the JSON report, the last line those of the
report itself without `checks`. `blamed_on` of a check's line is what was known when the
check ended; the last line has the final one of every check that was blocked.
"""

from collections.abc import Container, Mapping
from typing import Any

from posdiag.report.json import as_object, dumped, result_as_object
from posdiag.texts.explain import Explained, ExplainedResult

SCHEMA = "posdiag.ndjson/1"


def render(
    explained: Explained, lang: str = "", sent: Container[str] = frozenset()
) -> str:
    """All lines but those of the checks in `sent`. They hold both languages, so `lang`
    changes nothing."""
    rest = (r for r in explained.results if r.check not in sent)
    return "".join(check_line(result) for result in rest) + verdict_line(explained)


def check_line(result: ExplainedResult) -> str:
    return line("check", result_as_object(result))


def verdict_line(explained: Explained) -> str:
    whole = as_object(explained)
    checks = whole.pop("checks")
    del whole["schema"]
    blamed = {c["id"]: c["blamed_on"] for c in checks if c["blamed_on"]}
    return line("verdict", {**whole, "blamed_on": blamed})


def line(kind: str, values: Mapping[str, Any], schema: str = SCHEMA) -> str:
    """One line of the type `kind`."""
    return dumped({"type": kind, "schema": schema, **values}, indent=None)
