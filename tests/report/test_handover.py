"""The page that ends a commissioning, in every format that is handed over."""

import json
from pathlib import Path

import jsonschema
import pytest

from posdiag.report.formats import render
from posdiag.report.handover import as_text
from posdiag.report.receipt import columns
from posdiag.report.terminal.wrap import cells
from posdiag.texts.explain import Explained, commissioned, explain
from posdiag.texts.lang import Lang
from tests.golden.compare import matches
from tests.golden.reports import ALL, SITE, catalogue
from tests.report.hostile import hostile
from tests.report.html.browser import browser
from tests.report.html.test_page import OUTSIDE, OVERFLOWING
from tests.report.test_json import SCHEMA

LANGS = pytest.mark.parametrize("lang", ["zh", "en"])


def run(name: str = "router-unreachable") -> Explained:
    found = hostile() if name == "hostile" else ALL[name]()
    return commissioned(explain(found, catalogue()), SITE)


def lines(lang: Lang, width: int = 80) -> str:
    page = run().handover
    assert page is not None
    return as_text(page, lang, width)


@LANGS
def test_the_page_is_the_one_on_file(lang: Lang) -> None:
    matches(f"handover.{lang}.txt", lines(lang))


@LANGS
@pytest.mark.parametrize("width", [40, 79])
def test_no_line_is_too_wide(lang: Lang, width: int) -> None:
    assert max(cells(line) for line in lines(lang, width).splitlines()) <= width


@LANGS
@pytest.mark.parametrize("name", ["html", "markdown", "receipt"])
def test_each_format_has_every_gate_and_who_signs(name: str, lang: Lang) -> None:
    whole = run()
    assert whole.handover is not None
    text = render(name, whole, lang, 48).replace("\n", "").replace(" ", "")

    for gate in whole.handover.gates:
        if gate.state != "none":
            assert gate.title.of(lang).replace(" ", "") in text
            assert gate.signer.of(lang).replace(" ", "") in text
    assert "10010" in text  # the provider's number in the profile


@LANGS
def test_the_receipt_stays_on_its_paper(lang: Lang) -> None:
    text = render("receipt", run("hostile"), lang)

    assert max(columns(line) for line in text.splitlines()) == 32


def test_programs_get_the_gates_and_the_schema_knows_them() -> None:
    whole = json.loads(render("json", run(), "en"))

    jsonschema.validate(whole, SCHEMA)
    assert whole["gates"]["ready"] is False
    states = {g["id"]: (g["state"], g["who"]) for g in whole["gates"]["gates"]}
    assert states["router"] == ("failed", "technician")
    assert states["sale"] == ("by-hand", "merchant")
    assert "gates" not in json.loads(
        render("json", explain(ALL["healthy"](), catalogue()), "en")
    )


@pytest.mark.parametrize("name", ["loss", "hostile"])
def test_the_page_fits_a_telephone_and_a_screen(name: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(render("html", run(name), "zh"), "utf-8")
    with browser() as chromium:
        for width in (360, 1280):
            chromium.show(page, width)

            assert chromium.requests == [page.as_uri()]
            assert chromium.value("document.documentElement.scrollWidth") <= width
            assert chromium.value(OVERFLOWING) == []
            assert chromium.value(OUTSIDE) == []
