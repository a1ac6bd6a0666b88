"""A comparison in words and for programs."""

import json

import pytest

from posdiag.history.compare import compare
from posdiag.model.limits import Limits
from posdiag.report.past.comparison import as_json, as_text, layer_name
from posdiag.report.terminal.wrap import cells
from posdiag.texts.lang import Lang
from tests.history.reports import cause, check, loss, report

BEFORE = report("healthy", check("link.state"), loss(0, 200))
AFTER = report(
    "degraded",
    check("link.state"),
    loss(60, 200, status="warn", code="isp.packet-loss"),
    causes=[cause("isp.packet-loss", "degraded")],
)
WORSE = compare(BEFORE, AFTER, Limits())


def test_the_text_names_layer_cause_and_figures() -> None:
    assert as_text(WORSE, "en", 80) == (
        "Worse: from 2026-01-31 08:15:00 to 2026-01-31 08:15:00\n"
        "The nearest layer that changed: Internet\n"
        "\n"
        "Verdict  OK -> RISK\n"
        "New  isp.packet-loss  isp.packet-loss\n"
        "Checks\n"
        "  Title  ok -> risk isp.packet-loss\n"
        "Measured\n"
        "  Title, loss: 0 % (0 % to 3.1 %) -> 30 % (20 % to 42 %), Worse\n"
    )


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [40, 80])
def test_no_line_is_too_wide(lang: Lang, width: int) -> None:
    text = as_text(WORSE, lang, width)

    assert max(cells(line) for line in text.splitlines()) <= width


def test_programs_get_the_same() -> None:
    whole = json.loads(as_json(WORSE))

    assert whole["schema"] == "posdiag.compare/1"
    assert (whole["change"], whole["layer"]) == ("worse", "isp")
    assert [c["id"] for c in whole["causes"]["came"]] == ["isp.packet-loss"]
    (one,) = whole["measurements"]
    assert (one["check"], one["kind"], one["change"]) == (
        "acquirer.loss",
        "loss",
        "worse",
    )
    assert one["after"]["low"] > one["before"]["high"]


def test_a_layer_without_a_place_is_named_by_its_group() -> None:
    assert layer_name("wifi").en == "Cable or Wi-Fi"
    assert layer_name("ecr").en == "ecr"
