"""The list of kept reports."""

import json

from posdiag.report.past.listing import as_json, as_text
from posdiag.report.terminal.wrap import cells
from tests.history.reports import cause, report

BROKEN = report("broken", causes=[cause("router.unreachable")])
KEPT = (("20260131-001500-abcd", BROKEN), ("20260130-001500-0000", None))


def test_each_report_is_a_line() -> None:
    assert as_text(KEPT, "/data", 7, "en", 80) == (
        "20260131-001500-abcd  2026-01-31 08:15  FAULT     router.unreachable  店\n"
        "20260130-001500-0000  unreadable\n"
        "\n"
        "7 kept in /data. To compare: posdiag compare last~1 last\n"
    )
    assert as_text((), "", 0, "zh", 80).startswith("还没有留下报告")


def test_no_verdict_is_cut_off_where_there_is_little_room() -> None:
    text = as_text(KEPT[:1], "/a/folder/that/has/a/long/name", 7, "en", 40)

    assert "  FAULT     router.unreachable\n" in text
    assert max(map(cells, text.splitlines())) <= 40


def test_programs_get_the_same() -> None:
    first, second = json.loads(as_json(KEPT, "/data"))["reports"]

    assert (first["verdict"], first["causes"]) == ("broken", ["router.unreachable"])
    assert second == {"id": "20260130-001500-0000", "readable": False}
