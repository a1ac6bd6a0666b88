"""The report for Nagios and Prometheus, read as those read it."""

import re
from dataclasses import replace

import pytest
from prometheus_client.parser import text_string_to_metric_families

from posdiag.model import Finding, Report, Result, Status, Value, Verdict
from posdiag.report.monitoring import nagios, prometheus
from posdiag.texts.explain import explain
from tests.golden.reports import (
    ALL,
    catalogue,
    healthy,
    loss,
    report,
    router_unreachable,
)
from tests.report.hostile import hostile

# Monitoring Plugins Development Guidelines, "Performance data".
FIGURE = re.compile(
    r"(?:'[^'=]+'|[^\s'=]+)=-?[0-9.]+(?:s|us|ms|%|B|KB|MB|GB|TB|c)?"
    r"(?:;[0-9.:~@]*){0,4}"
)


def line(run: Report, lang: str = "en") -> tuple[str, list[str]]:
    """Words and figures."""
    text = nagios.render(explain(run, catalogue()), "zh" if lang == "zh" else "en")
    assert text.count("\n") == 1
    assert text.count("|") == 1
    words, _, figures = text.rstrip("\n").partition(" | ")
    found = re.findall(r"(?:'[^']*'|[^\s'])+", figures)
    assert " ".join(found) == figures
    return words, found


@pytest.mark.parametrize(
    ("verdict", "word", "code"),
    [
        (Verdict.HEALTHY, "OK", 0),
        (Verdict.DEGRADED, "WARNING", 1),
        (Verdict.BROKEN, "CRITICAL", 2),
        (Verdict.UNKNOWN, "UNKNOWN", 3),
    ],
)
def test_each_verdict_is_a_state(verdict: Verdict, word: str, code: int) -> None:
    words, _ = line(replace(healthy(), verdict=verdict))

    assert words.startswith(f"POSDIAG {word} - ")
    assert nagios.exit_code(verdict) == code


def test_a_healthy_line_does_not_count_twice() -> None:
    words, _ = line(healthy())

    assert " ok" not in words
    assert "faulty" not in words
    assert words.endswith("(1 untested)")


def test_the_line_names_the_cause() -> None:
    words, _ = line(router_unreachable())

    assert words == (
        "POSDIAG CRITICAL - The network does not work: the router does not answer "
        "(router.unreachable); 1 ok, 1 faulty, 5 untested"
    )


@pytest.mark.parametrize("case", ALL)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_figures_have_the_form_of_the_guidelines(case: str, lang: str) -> None:
    _, figures = line(ALL[case](), lang)

    assert [f for f in figures if not FIGURE.fullmatch(f)] == []


def test_loss_and_delay_are_among_the_figures() -> None:
    _, lossy = line(loss())
    _, fine = line(healthy())

    assert "'acquirer.loss loss'=11.25%;;;0;100" in lossy
    assert "'acquirer.loss loss'=0%;;;0;100" in fine
    assert "'acquirer.loss rtt'=0.031200s;;;0" in fine


def test_no_text_from_outside_becomes_a_figure_or_a_second_line() -> None:
    words, figures = line(hostile())

    assert "rta" not in " ".join(figures)
    assert words.startswith("POSDIAG CRITICAL - ")


def families(run: Report) -> dict[str, dict[tuple[str, ...], float]]:
    text = prometheus.render(explain(run, catalogue()))
    return {
        family.name: {tuple(s.labels.values()): s.value for s in family.samples}
        for family in text_string_to_metric_families(text)
    }


@pytest.mark.parametrize("case", ALL)
def test_prometheus_takes_every_report(case: str) -> None:
    run = ALL[case]()
    found = families(run)

    verdicts = found["posdiag_verdict"]
    assert [k for k, v in verdicts.items() if v] == [(run.verdict.value,)]
    assert len(found["posdiag_check_status"]) == len(run.results) * len(Status)
    assert found["posdiag_run_start_timestamp_seconds"] == {(): 1769818502.0}


def test_prometheus_gets_what_was_measured() -> None:
    found = families(loss())

    assert found["posdiag_check_fact"]["acquirer.loss", "lost"] == 9
    assert found["posdiag_cause_confidence_ratio"][
        "isp.packet-loss", "degraded", "isp", "1"
    ] == pytest.approx(0.9)
    assert found["posdiag_run_bytes"] == {("sent",): 5210, ("received",): 4600}


def test_a_hostile_name_is_a_label_and_no_line() -> None:
    found = families(hostile())

    assert [k for k, v in found["posdiag_verdict"].items() if v] == [("broken",)]
    ((version, site),) = found["posdiag_info"]
    assert version == "0.1.0"
    assert "<script>" in site


def test_yes_and_no_are_numbers_and_texts_are_left_out() -> None:
    facts: dict[str, Value] = {"yes": True, "name": "x", "list": (1, 2), "none": None}
    run = report(Verdict.HEALTHY, (Result("a.b", Finding(Status.OK, "", facts)),))

    assert families(run)["posdiag_check_fact"] == {("a.b", "yes"): 1.0}
