"""One run of `posdiag guide`, from its options to what is written."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

import typer

from posdiag.commands.guide import TEXTS
from posdiag.commands.shared.common import put, reason, refuse
from posdiag.commands.shared.exit_codes import INTERRUPTED
from posdiag.commands.shared.outputs import Destination, width
from posdiag.commands.shared.sites import site_of

if TYPE_CHECKING:
    from posdiag.commands.guide.kept import Kept
    from posdiag.commands.guide.measuring import Measurer
    from posdiag.commands.guide.scripted import Answers
    from posdiag.guide.conclude import Conclusion
    from posdiag.guide.knowledge import Knowledge
    from posdiag.guide.walk import Walk
    from posdiag.guide.walk.drive import Person
    from posdiag.model.site import Site
    from posdiag.texts.catalogue import Catalogue
    from posdiag.texts.lang import Lang

EXIT = {"fixed": 0, "call": 1, "told": 1, "undecided": 3}
#: Which answer the profile gives to `terminal.connection`.
CONNECTION = {
    "ethernet": "wired",
    "wifi": "wifi",
    "hotspot": "hotspot",
    "cellular": "sim",
    "pstn": "telephone",
    "bluetooth": "bluetooth",
}


@dataclass(frozen=True, slots=True)
class GuideOptions:
    """The command line."""

    symptom: str | None
    lang: Lang
    outputs: tuple[Destination, ...]
    profile: str | None
    acquirer: str | None
    plain: bool
    resume: bool
    answers: str | None
    words: list[str] | None
    sheet: str | None
    limit: int
    plan: str
    consent: frozenset[str]
    seconds: float
    no_color: bool
    system: str | None
    web: bool


def _answers(given: GuideOptions, known: Knowledge) -> Answers | None:
    from posdiag.commands.guide.scripted import load
    from posdiag.profile.load import BadProfile

    if given.answers is None:
        return None
    try:
        return load(given.answers, known)
    except BadProfile as bad:
        refuse(*bad.show(given.lang), prefix="")


def carry_out(given: GuideOptions) -> int:
    """Walk to the end; returns the exit code."""
    from posdiag.commands.guide import kept
    from posdiag.guide.walk.drive import Left, drive

    begin = monotonic()
    site = site_of(given.profile, given.acquirer, given.lang)
    measure, catalogue, known = _prepared(given, site)
    answers = _answers(given, known)
    former = kept.load() if given.resume else None
    if given.resume and former is None:
        typer.echo(f"posdiag: {TEXTS('resume.none').of(given.lang)}", err=True)
    walk = _walk(given, site, known, answers, former)
    owned = any(o.path is None and o.format == "json" for o in given.outputs)
    left = False
    with (
        redirect_stdout(sys.stderr if owned or given.sheet == "-" else sys.stdout),
        _person(given, answers, former, measure) as person,
    ):
        try:
            found = drive(walk, person, measure, kept.save)
        except (Left, KeyboardInterrupt):
            left = True
            found = walk.conclusion()
            kept.save(walk)
            _end_line(person)
            typer.echo(TEXTS("left").of(given.lang), err=True)
        end = _End(walk, found, site, left, former is not None, monotonic() - begin)
        whole = _whole(end, measure, catalogue)
        _farewell(person, end, whole)
    _deliver(given, end, whole)
    return INTERRUPTED if left else exit_code(walk, found)


def _end_line(person: Person) -> None:
    """The farewell does not stand on the line of a prompt."""
    from posdiag.commands.guide.plain import Plain

    if isinstance(person, Plain):
        person.end_line()


def exit_code(walk: Walk, found: Conclusion) -> int:
    healthy = walk.seen is not None and walk.seen.healthy
    if found.outcome == "told" and found.cause is None and healthy:
        return 0
    return EXIT[found.outcome]


def _prepared(given: GuideOptions, site: Site) -> tuple[Measurer, Catalogue, Knowledge]:
    from posdiag.guide.families import with_menus
    from posdiag.guide.load import knowledge
    from posdiag.guide.seen import with_catalogue

    measure = measurer(site, given.plan, given.seconds, given.consent, given.system)
    known = with_menus(knowledge(), site.site.terminal_model or "")
    return measure, measure.catalogue, with_catalogue(known, measure.catalogue)


def measurer(
    site: Site,
    plan: str,
    seconds: float,
    consent: frozenset[str] = frozenset(),
    system: str | None = None,
) -> Measurer:
    """What runs all registered checks on this machine."""
    from posdiag.commands.guide.measuring import Measurer
    from posdiag.engine.registry import checks
    from posdiag.engine.session import Order
    from posdiag.model.limits import Plan
    from posdiag.system.choose import choose
    from posdiag.texts.catalogue import Catalogue

    registered = checks()
    catalogue = Catalogue(registered.checks)
    order = Order(
        checks=registered.checks,
        chosen=frozenset(check.id for check in registered.checks),
        site=site,
        relations=catalogue,
        plan=Plan(plan),
        consent=consent,
        deadline=seconds,
        left_out=registered.left_out,
    )
    try:
        choose(system)
    except ValueError as trouble:
        refuse(str(trouble))
    return Measurer(order, catalogue, lambda: choose(system))


def _walk(
    given: GuideOptions,
    site: Site,
    known: Knowledge,
    answers: Answers | None,
    former: Kept | None,
) -> Walk:
    from posdiag.commands.guide import kept
    from posdiag.guide.load import profile
    from posdiag.guide.rules import Lan
    from posdiag.guide.walk import Walk

    connection = CONNECTION.get(site.connection.kind or "")
    written = answers.symptom if answers else None
    walk = Walk(
        known,
        given.symptom or written or (former.symptom if former else None),
        certain={"terminal.connection": connection} if connection else {},
        lan=Lan(
            site.connection.address or "",
            site.connection.gateway or "",
            site.connection.dns,
        ),
        limit=given.limit,
        plain=profile("any"),
    )
    if former:
        kept.resume(walk, former)
    return walk


@dataclass(frozen=True, slots=True)
class _End:
    """How the walk came out, after so many seconds."""

    walk: Walk
    found: Conclusion
    site: Site
    left: bool
    resumed: bool
    seconds: float

    @property
    def contact(self) -> str:
        """The number of the party to call."""
        from posdiag.texts.explain import contact

        return contact(self.found.who, self.site)


def _whole(end: _End, measure: Measurer, catalogue: Catalogue) -> dict[str, Any]:
    """The transcript; its report is empty where no run of the checks has ended."""
    from posdiag import __version__
    from posdiag.guide.papers.transcript import as_object
    from posdiag.report.json import as_object as report_object
    from posdiag.texts.explain import explain

    report = report_object(explain(measure.last, catalogue)) if measure.last else {}
    return as_object(
        end.walk,
        end.found,
        seconds=end.seconds,
        report=report,
        contact=end.contact,
        version=__version__,
        left=end.left,
        resumed=end.resumed,
    )


def _farewell(person: Person, end: _End, whole: dict[str, Any]) -> None:
    """A browser shows the end itself."""
    from posdiag.commands.guide.browser import Browser
    from posdiag.commands.guide.sheet import in_both, to_be_called
    from posdiag.guide.phrases import conclusion

    if not isinstance(person, Browser):
        return
    if end.left:
        person.finish(end.walk, TEXTS("left"))
        return
    told = conclusion(end.walk, end.found, end.contact)
    sheet = in_both(end.walk.known, whole) if to_be_called(whole) else ()
    person.finish(end.walk, told, sheet)


@contextmanager
def _person(
    given: GuideOptions,
    answers: Answers | None,
    former: Kept | None,
    measure: Measurer,
) -> Iterator[Person]:
    """Who answers: a browser while its page is served, a script, or the screen."""
    if not given.web or answers is not None:
        yield _at_screen(given, answers, former, measure)
        return
    from posdiag.commands.guide.browser import Browser, opened, page
    from posdiag.system.browser.local_page import LocalPage

    browser = Browser(given.lang)
    local = LocalPage(page(), browser.look, browser.take)
    try:
        opening = TEXTS("web.open", address=local.address)
        typer.echo(opening.of(given.lang), err=True)
        opened(local.address)
        yield browser
    finally:
        local.close()


def _at_screen(
    given: GuideOptions,
    answers: Answers | None,
    former: Kept | None,
    measure: Measurer,
) -> Person:
    from posdiag.commands.guide.plain import Plain
    from posdiag.commands.guide.scripted import Script
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
    from posdiag.commands.guide.menus import capable, menus

    return menus(plain, given.no_color) if capable() else plain


# --- what is written ------------------------------------------------------------------


def _deliver(given: GuideOptions, end: _End, whole: dict[str, Any]) -> None:
    from posdiag.commands.guide import kept

    if not end.left:
        kept.finish(whole)
    known = end.walk.known
    for destination in given.outputs:
        if destination.format == "json":
            text = json.dumps(whole, ensure_ascii=False, indent=2) + "\n"
            _write(destination.path, text, given.lang)
        elif destination.on_screen and not end.left:
            from posdiag.commands.guide.page import page

            scripted = given.answers is not None
            put(page(known, whole, given.lang, width(), steps=scripted) + "\n")
    if given.sheet is not None and whole["report"]:
        _write_sheet(given, given.sheet, known, whole)


def _write_sheet(
    given: GuideOptions,
    file: str,
    known: Knowledge,
    whole: dict[str, Any],
) -> None:
    from pathlib import Path

    from posdiag.commands.guide.sheet import html, lines, receipt

    rows = lines(known, whole, given.lang)
    text = html(rows, given.lang) if file.lower().endswith(".html") else receipt(rows)
    _write(None if file == "-" else Path(file), text, given.lang)


def _write(path: Any, text: str, lang: Lang) -> None:
    from posdiag.commands import TEXTS as COMMON
    from posdiag.system.core.files import replace_file

    if path is None:
        put(text.encode("utf-8", "backslashreplace"))
        return
    try:
        replace_file(path, text.encode("utf-8", "backslashreplace"))
    except OSError as trouble:
        refuse(f"{path}: {reason(trouble, lang)}")
    typer.echo(COMMON("output.written", file=str(path)).of(lang), err=True)
