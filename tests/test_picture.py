"""The picture in the README is what the demonstration prints.

`POSDIAG_GOLDEN=write python -m pytest tests/test_picture.py` draws it anew.
"""

import asyncio
import html
import io
import os
import re
from dataclasses import replace
from functools import cache

import pytest
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text

from posdiag.demo.faults import world_with
from posdiag.demo.system import staged
from posdiag.engine.registry import core
from posdiag.engine.session import Order, session
from posdiag.report.terminal.screen import render
from posdiag.report.terminal.wrap import cells
from posdiag.texts.catalogue import Catalogue
from posdiag.texts.explain import Explained, explain
from posdiag.texts.lang import Lang
from tests import ROOT

FAULT = "router.unreachable"
COMMAND = f"posdiag demo {FAULT}"
# The fonts of rich's template would be loaded from elsewhere.
FORMAT = re.sub(r"@font-face \{\{.*?\}\}\s*", "", CONSOLE_SVG_FORMAT, flags=re.S)

LENGTH = re.compile(r'textLength="([0-9.]+)"([^>]*>)([^<]+)</text>')


@cache
def report() -> Explained:
    checks = core()
    catalogue = Catalogue(checks)
    with staged(world_with(FAULT)) as (system, site):
        order = Order(checks, frozenset(c.id for c in checks), site, catalogue)
        found = asyncio.run(session(order, system))
    return explain(replace(found, seconds=7.8), catalogue)


def drawn(lang: Lang) -> str:
    text = render(report(), lang, width=80, color=True, everything=f"{COMMAND} -v")
    console = Console(
        file=io.StringIO(), record=True, width=80, force_terminal=True, _environ={}
    )
    console.print(Text.from_ansi(text.rstrip()))
    svg = console.export_svg(title=COMMAND, code_format=FORMAT, unique_id="posdiag")
    return LENGTH.sub(widened, svg).rstrip() + "\n"


def widened(text: re.Match[str]) -> str:
    """rich reckons the length of a text by its characters, not by its cells."""
    old, between, written = text[1], text[2], text[3]
    shown = html.unescape(written)
    new = float(old) / len(shown) * cells(shown)
    return f'textLength="{new:.1f}"{between}{written}</text>'


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_picture_is_what_is_printed(lang: Lang) -> None:
    file = ROOT / "docs" / "images" / f"report.{lang}.svg"
    svg = drawn(lang)
    if os.environ.get("POSDIAG_GOLDEN") == "write":
        file.write_text(svg, "utf-8")

    assert "https://cdn" not in svg
    assert svg == file.read_text("utf-8")
