"""The report as a page, in a real browser: offline, on a telephone and on paper."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from posdiag.report.html import pictures
from posdiag.report.html.page import render
from posdiag.texts.explain import explain
from posdiag.texts.lang import Lang
from tests.golden.reports import ALL, catalogue
from tests.report.hostile import TEXT, hostile
from tests.report.html.browser import Browser, browser

EVERY = {**ALL, "hostile": hostile}
CHINESE = re.compile(r"[\u3400-\u9fff]")

#: Elements that hold text of the page and are wider than the room that they have.
OVERFLOWING = """[...document.querySelectorAll('main *')].filter(e => {
  const r = e.getBoundingClientRect();
  return r.width && (r.right > innerWidth + 1 || r.left < -1);
}).map(e => e.outerHTML.slice(0, 100))"""
#: Texts of a picture that leave it.
OUTSIDE = """[...document.querySelectorAll('svg text')].filter(e => {
  const r = e.getBoundingClientRect(), s = e.ownerSVGElement.getBoundingClientRect();
  return r.width && (r.right > s.right + 1 || r.left < s.left - 1);
}).map(e => e.textContent)"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as page:
        yield page


def written(folder: Path, name: str, lang: Lang = "zh") -> Path:
    page = folder / f"{name}.html"
    page.write_text(render(explain(EVERY[name](), catalogue()), lang), "utf-8")
    return page


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_asked_for_and_nothing_overflows(
    chromium: Browser, tmp_path: Path, name: str, width: int
) -> None:
    page = written(tmp_path, name)

    for language in ("#zh", "#en"):
        chromium.show(page, width)
        chromium.click(language)

        assert chromium.requests == [page.as_uri()]
        assert chromium.value("document.documentElement.scrollWidth") <= width
        assert chromium.value(OVERFLOWING) == []
        assert chromium.value(OUTSIDE) == []


def test_one_language_is_shown_and_a_click_shows_the_other(
    chromium: Browser, tmp_path: Path
) -> None:
    chromium.show(written(tmp_path, "router-unreachable", "zh"), 360)
    title = "document.querySelector('h1').innerText"

    assert chromium.value(title) == "网络用不了：路由器没有应答"
    chromium.click("#en")
    assert (
        chromium.value(title) == "The network does not work: the router does not answer"
    )
    shop = "阿明面馆"
    text = chromium.value("document.querySelector('main').innerText").replace(shop, "")
    assert CHINESE.search(text) is None


def test_a_hostile_report_does_nothing_but_stand_there(
    chromium: Browser, tmp_path: Path
) -> None:
    chromium.show(written(tmp_path, "hostile", "en"), 1280)

    assert chromium.value("document.querySelectorAll('script, img, base').length") == 0
    assert "<script>alert(1)</script>" in chromium.value("document.body.innerText")
    assert chromium.value("document.title").startswith("posdiag 2026-01-31")


def test_the_picture_of_the_path_breaks_before_the_router(
    chromium: Browser, tmp_path: Path
) -> None:
    chromium.show(written(tmp_path, "router-unreachable", "en"), 360)
    states = chromium.value(
        "[...document.querySelectorAll('figure:first-of-type circle')]"
        ".map(e => e.className.baseVal)"
    )

    assert states == [
        "f-ok",  # this computer
        "f-ok",  # cable or Wi-Fi
        "f-unmeasured",  # address: without the rights to ask
        "f-fail",  # router
        "f-waiting",
        "f-unmeasured",
        "f-waiting",
    ]


def test_a_fault_stands_where_it_is_not_where_it_was_found() -> None:
    """The loss test of the acquirer has found a lossy line of the provider."""
    places = pictures.path(explain(ALL["loss"](), catalogue()))
    states = {place.title.en: place.state for place in places}

    assert (states["Internet"], states["Acquirer"]) == ("warn", "ok")
    assert [place.title.en for place in places if place.broken] == ["Internet"]


def test_on_paper_there_is_no_choice_of_language(
    chromium: Browser, tmp_path: Path
) -> None:
    chromium.show(written(tmp_path, "loss", "en"), 800)
    chromium.call("Emulation.setEmulatedMedia", media="print")

    assert chromium.value(
        "getComputedStyle(document.querySelector('label')).display"
    ) == ("none")
    chromium.call("Emulation.setEmulatedMedia", media="")


class Outline(HTMLParser):
    """Tags that are opened and never closed, and what would leave the file."""

    VOID = frozenset(("meta", "input", "br", "rect", "line", "circle", "path"))

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.outside: list[tuple[str, Any]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.open.append(tag)
        self.outside += [
            (tag, value) for key, value in attrs if key in ("src", "href", "style")
        ]
        self.outside += [(tag, key) for key, _ in attrs if key.startswith("on")]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("name", EVERY)
def test_every_tag_is_closed_and_nothing_points_elsewhere(name: str) -> None:
    outline = Outline()
    outline.feed(render(explain(EVERY[name](), catalogue()), "en"))

    assert (outline.open, outline.outside) == ([], [])


def test_a_template_in_a_name_is_not_filled_in() -> None:
    page = render(explain(hostile("{{ 7*7 }}"), catalogue()), "en")

    assert "{{ 7*7 }}" in page
    assert "49" not in re.sub(r"<style>.*</style>", "", page, flags=re.DOTALL)
    assert TEXT not in page
