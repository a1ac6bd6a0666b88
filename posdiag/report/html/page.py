"""The report as one HTML file that needs nothing else.

It holds both languages and shows one; which, is chosen on the page by two radio buttons
and CSS. There is no script, and a policy in the file forbids the browser to load
anything. All values are escaped by jinja2.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

from posdiag import __version__
from posdiag.report import FORMATS, summary
from posdiag.report.handover import verdict
from posdiag.report.html import pictures
from posdiag.texts import commissioning
from posdiag.texts.explain import Explained
from posdiag.texts.lang import Lang
from posdiag.texts.lookup import WORDS
from posdiag.texts.path_code import shown_code

if TYPE_CHECKING:
    from jinja2 import Environment


def render(explained: Explained, lang: Lang) -> str:
    """The page; `lang` is the language that it shows first."""
    way = pictures.path(explained)
    return draw(
        "report.html.j2",
        lang=lang,
        report=explained,
        first=explained.causes[0] if explained.causes else None,
        code=shown_code(explained.results) or "-",
        way=way if pictures.has_way(way) else (),
        trips=[pictures.trips(r) for r in explained.results if r.trips],
        charts=[
            (r.chart_title or r.title, pictures.chart(r.chart))
            for r in explained.results
            if r.chart
        ],
        gates=commissioning.TEXTS,
        handover_verdict=verdict(explained.handover) if explained.handover else None,
    )


def draw(template: str, **values: Any) -> str:
    """A template of this folder, filled in."""
    words = {
        "label": FORMATS,
        "word": WORDS,
        "summary": summary,
        "version": __version__,
    }
    return environment().get_template(template).render(**words, **values)


@cache
def environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("posdiag.report", "html"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
