"""Who takes this walk: a browser, a script, or the person at the screen?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from posdiag.commands.guide import TEXTS
from posdiag.commands.shared.outputs import width

if TYPE_CHECKING:
    from posdiag.commands.guide.kept import Kept
    from posdiag.commands.guide.measuring import Measurer
    from posdiag.commands.guide.person.scripted import Answers
    from posdiag.commands.guide.session import GuideOptions
    from posdiag.guide.walk.drive import Person


@contextmanager
def person_for(
    given: GuideOptions, answers: Answers | None, former: Kept | None, measure: Measurer
) -> Iterator[Person]:
    """Who answers: a browser while its page is served, a script, or the screen."""
    if not given.web or answers is not None:
        yield _on_screen(given, answers, former, measure)
        return
    from posdiag.commands.guide.person.browser import Browser, page
    from posdiag.system.browser.desktop import open_browser
    from posdiag.system.browser.local_page import LocalPage

    browser = Browser(given.lang)
    local = LocalPage(page(), browser.next_view, browser.receive)
    try:
        opening = TEXTS("web.open", address=local.address)
        typer.echo(opening.of(given.lang), err=True)
        open_browser(local.address)
        yield browser
    finally:
        local.close()


def _on_screen(
    given: GuideOptions, answers: Answers | None, former: Kept | None, measure: Measurer
) -> Person:
    from posdiag.commands.guide.person.plain import Plain
    from posdiag.commands.guide.person.scripted import Script
    from posdiag.report.terminal.console import printable_lang

    if answers is not None:
        return Script(answers, given.words)
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    plain = Plain(
        printable_lang(given.lang, encoding),
        width(),
        sys.stdout,
        previous=former.answers if former else {},
        moving=not given.plain and sys.stdout.isatty(),
    )
    measure.progress = plain.progress
    if given.plain:
        return plain
    from posdiag.commands.guide.person.menus import menus
    from posdiag.system.browser.desktop import moves_cursor

    return menus(plain, given.no_color) if moves_cursor() else plain
