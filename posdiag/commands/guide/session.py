"""One run of `posdiag guide`, from its options to what is written."""

from __future__ import annotations

import sys
from contextlib import redirect_stdout
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

import typer

from posdiag.commands.guide import TEXTS
from posdiag.commands.shared.common import refuse
from posdiag.commands.shared.exit_codes import INTERRUPTED
from posdiag.commands.shared.outputs import Destination
from posdiag.commands.shared.sites import site_of

if TYPE_CHECKING:
    from posdiag.commands.guide.kept import Kept
    from posdiag.commands.guide.measuring import Measurer
    from posdiag.commands.guide.person.scripted import Answers
    from posdiag.guide.conclude import Conclusion
    from posdiag.guide.knowledge import Knowledge
    from posdiag.guide.walk.drive import Person
    from posdiag.guide.walk.walk import Walk
    from posdiag.model.site import Site
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
    from posdiag.commands.guide.person.scripted import load
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
    from posdiag.commands.guide.delivery import deliver
    from posdiag.commands.guide.person.select import person_for
    from posdiag.guide.walk.drive import Left, drive

    begin = monotonic()
    site = site_of(given.profile, given.acquirer, given.lang)
    measure, known = _prepared(given, site)
    answers = _answers(given, known)
    former = kept.load() if given.resume else None
    if given.resume and former is None:
        typer.echo(f"posdiag: {TEXTS('resume.none').of(given.lang)}", err=True)
    walk = _walk(given, site, known, answers, former)
    owned = any(o.path is None and o.format == "json" for o in given.outputs)
    left = False
    with (
        redirect_stdout(sys.stderr if owned or given.sheet == "-" else sys.stdout),
        person_for(given, answers, former, measure) as person,
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
        transcript = _transcript(end, measure)
        _farewell(person, end, transcript)
    deliver(given, walk.known, transcript, left=left)
    return INTERRUPTED if left else exit_code(walk, found)


def _end_line(person: Person) -> None:
    """The farewell does not stand on the line of a prompt."""
    from posdiag.commands.guide.person.plain import Plain

    if isinstance(person, Plain):
        person.end_line()


def exit_code(walk: Walk, found: Conclusion) -> int:
    healthy = walk.seen is not None and walk.seen.healthy
    if found.outcome == "told" and found.cause is None and healthy:
        return 0
    return EXIT[found.outcome]


def _prepared(given: GuideOptions, site: Site) -> tuple[Measurer, Knowledge]:
    from posdiag.commands.guide.measuring import measurer
    from posdiag.guide.families import with_menus
    from posdiag.guide.load import knowledge
    from posdiag.guide.seen import with_catalogue

    measure = measurer(
        site, given.lang, given.plan, given.seconds, given.consent, given.system
    )
    known = with_menus(knowledge(), site.site.terminal_model or "")
    return measure, with_catalogue(known, measure.catalogue)


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
    from posdiag.guide.walk.walk import Walk

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


def _transcript(end: _End, measure: Measurer) -> dict[str, Any]:
    """The transcript; its report is empty where no run of the checks has ended."""
    from posdiag import __version__
    from posdiag.guide.papers.transcript import as_object
    from posdiag.report.json import as_object as report_object
    from posdiag.texts.explain import explain

    last = measure.last and explain(measure.last, measure.catalogue)
    report = report_object(last) if last else {}
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


def _farewell(person: Person, end: _End, transcript: dict[str, Any]) -> None:
    """A browser shows the end itself."""
    from posdiag.commands.guide.person.browser import Browser
    from posdiag.commands.guide.sheet import bilingual_lines, needs_call
    from posdiag.guide.phrases import conclusion

    if not isinstance(person, Browser):
        return
    if end.left:
        person.finish(end.walk, TEXTS("left"))
        return
    known, text = end.walk.known, conclusion(end.walk, end.found, end.contact)
    sheet = bilingual_lines(known, transcript) if needs_call(transcript) else ()
    person.finish(end.walk, text, sheet)
