"""What all formats have in common: none is broken by what a report holds."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from posdiag.model import Facts
from posdiag.model.site import Acquirer, Iso8583, Secret, Wifi
from posdiag.report.formats import MODULES, NAMES, render
from posdiag.texts.explain import Explained, explain
from posdiag.texts.lang import Lang
from tests.golden.reports import ALL, catalogue
from tests.report.hostile import TEXT, hostile

FORMATS = pytest.mark.parametrize("name", MODULES)
LANGS = pytest.mark.parametrize("lang", ["zh", "en"])
TEXTS = st.text(st.characters(exclude_categories=()), max_size=80)


def explained(text: str = TEXT) -> Explained:
    return explain(hostile(text), catalogue())


def test_the_formats_are_those_of_the_contract() -> None:
    assert set(NAMES) == set(
        [
            "terminal",
            "json",
            "junit",
            "html",
            "markdown",
            "receipt",
            "ndjson",
            "nagios",
            "prometheus",
        ]
    )


@FORMATS
@LANGS
@pytest.mark.parametrize("case", ALL)
def test_every_report_has_every_format(name: str, lang: Lang, case: str) -> None:
    text = render(name, explain(ALL[case](), catalogue()), lang)

    assert text.endswith("\n")
    assert text.encode()


@FORMATS
@LANGS
@pytest.mark.parametrize("case", ALL)
@pytest.mark.parametrize("number", [1e306, -1e306, 1e-320, 10**400])
def test_no_number_is_too_large_for_a_report(
    name: str, lang: Lang, case: str, number: float
) -> None:
    run = ALL[case]()
    results = tuple(
        replace(r, finding=replace(r.finding, facts=_swollen(r.finding.facts, number)))
        for r in run.results
    )
    causes = tuple(replace(c, facts=_swollen(c.facts, number)) for c in run.causes)

    text = render(
        name, explain(replace(run, results=results, causes=causes), catalogue()), lang
    )

    assert text.endswith("\n")


def _swollen(facts: Facts, number: float) -> Facts:
    """The same facts with that number in place of each of theirs."""
    kinds = (int, float)
    return {
        k: number if isinstance(v, kinds) and not isinstance(v, bool) else v
        for k, v in facts.items()
    }


@FORMATS
@LANGS
def test_nothing_in_any_format_moves_a_cursor(name: str, lang: Lang) -> None:
    text = render(name, explained(), lang)

    assert not {c for c in text if c != "\n" and ord(c) < 32}
    assert "\u202e" not in text


@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
@given(TEXTS, st.sampled_from(list(MODULES)), st.sampled_from(["zh", "en"]))
def test_any_text_can_stand_in_any_format(text: str, name: str, lang: Lang) -> None:
    assert render(name, explained(text), lang).encode()


@FORMATS
@LANGS
def test_no_format_holds_a_secret_or_a_whole_number_of_a_card(
    name: str, lang: Lang
) -> None:
    card, mac = "6222020200112233446", "02:00:5e:10:00:7f"
    run = hostile(f"card {card} mac {mac} password correct-horse 12345678")
    site = replace(
        run.site,
        wifi=Wifi(ssid="x", passphrase=Secret("correct-horse")),
        acquirer=Acquirer(iso8583=Iso8583(terminal_id="12345678")),
    )
    text = render(name, explain(replace(run, site=site), catalogue()), lang)

    for secret in (card, mac, "correct-horse", "12345678"):
        assert secret not in text, secret


def test_lines_of_ndjson_are_one_object_each_and_the_last_is_the_verdict() -> None:
    lines = render("ndjson", explained(), "en").splitlines()
    objects = [json.loads(line) for line in lines]

    assert {o["schema"] for o in objects} == {"posdiag.ndjson/1"}
    assert [o["type"] for o in objects] == ["check"] * (len(lines) - 1) + ["verdict"]
    last = objects[-1]
    assert (last["verdict"], last["causes"][0]["id"]) == (
        "broken",
        "router.unreachable",
    )
    assert last["blamed_on"]["isp.reach"] == "router.reach"


def test_lines_that_went_out_while_the_run_lasted_are_not_repeated() -> None:
    from posdiag.report import ndjson

    whole = ndjson.render(explained()).splitlines()
    rest = ndjson.render(explained(), sent={"link.state", "clock.skew"}).splitlines()

    assert len(whole) - len(rest) == 2
    assert rest[-1] == whole[-1]
