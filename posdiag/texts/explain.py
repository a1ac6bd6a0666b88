"""What does a report mean in words? One structure, which all renderers print.

Two rules of safety are kept here and nowhere else. Everything shown has gone through
`texts.safe`. And the first step that restarts, resets, unplugs or switches anything is
preceded by the question about unsettled or unsent sales (seed map SEC-30, EMG-06; traps
3 and 4): such a step can destroy them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from posdiag.model import (
    Backup,
    Bar,
    Cause,
    Facts,
    Report,
    Result,
    Severity,
    Status,
    Verdict,
)
from posdiag.model.site import Site
from posdiag.texts.catalogue import Advice, Catalogue, Gap, Step, advice
from posdiag.texts.clean import clean
from posdiag.texts.commissioning import Handover, handover
from posdiag.texts.lookup import WORDS
from posdiag.texts.pair import Pair
from posdiag.texts.safe import hidden_texts, last4, safe_facts, safe_text

TRIPS = 600  # probes of one sample that a report holds
ADVICE = 4  # measures of each kind; a longer list is not read
GATE_ID = "EMG-06"


@dataclass(frozen=True, slots=True)
class Rival:
    """Another cause that the same evidence allows."""

    id: str
    title: Pair


@dataclass(frozen=True, slots=True)
class ExplainedCause:
    """A cause with all its texts. `contact` is "" if the profile has none."""

    id: str
    confidence: float
    severity: Severity
    checks: tuple[str, ...]
    facts: Facts
    title: Pair
    why: Pair
    proof: Pair | None
    decide: Pair | None
    steps: tuple[Step, ...]
    who: str
    contact: str
    rivals: tuple[Rival, ...]
    explains: tuple[Rival, ...]
    against: tuple[Rival, ...]


@dataclass(frozen=True, slots=True)
class ExplainedResult:
    """One check with its texts. `hint` is the command that would make it possible,
    `chart` the heading of the chart that its facts may hold."""

    check: str
    status: Status
    code: str
    facts: Facts
    blamed_on: str | None
    seconds: float
    title: Pair
    text: Pair
    short: Pair
    hint: str = ""
    part: str = ""
    digit: str = ""
    fallback: str = ""
    backups: tuple[Backup, ...] = ()
    chart: tuple[Bar, ...] = ()
    chart_title: Pair | None = None
    trips: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A line about the run as a whole."""

    id: str
    text: Pair


@dataclass(frozen=True, slots=True)
class Explained:
    """A whole run in words."""

    version: str
    started_at: str
    seconds: float
    site: Mapping[str, str]
    verdict: Verdict
    headline: Pair
    causes: tuple[ExplainedCause, ...]
    results: tuple[ExplainedResult, ...]
    emergency: tuple[Advice, ...]
    prevention: tuple[Advice, ...]
    sent: int
    received: int
    notes: tuple[Note, ...] = field(default=())
    interrupted: bool = False
    unproven: tuple[Gap, ...] = ()
    handover: Handover | None = None


def explain(report: Report, catalogue: Catalogue) -> Explained:
    """All that the renderers need, cleaned and redacted."""
    known = hidden_texts(report.site)
    causes = tuple(_cause(c, report.site, catalogue, known) for c in report.causes)
    texts = [catalogue.cause(c.id, c.facts, c.checks, c.variant) for c in report.causes]
    broken = report.verdict is Verdict.BROKEN
    blamed = {check: c.title for c in reversed(causes) for check in c.checks}
    urgent = _advice(i for t in texts for i in t.emergency) if broken else ()
    emergency = _gated_advice(urgent)
    prevention = _advice(i for t in texts for i in t.prevention)
    if not any(s.gate for c in causes for s in c.steps) and emergency == urgent:
        prevention = _gated_advice(prevention)  # else the gate stands further up
    return Explained(
        version=clean(report.version, 40),
        started_at=clean(report.started_at, 40),
        seconds=report.seconds,
        site=_site(report.site, known),
        verdict=report.verdict,
        headline=_headline(report),
        causes=causes,
        results=tuple(_result(r, catalogue, known, blamed) for r in report.results),
        emergency=emergency,
        prevention=prevention,
        sent=report.traffic.sent,
        received=report.traffic.received,
        notes=tuple(_notes(report, known)),
        interrupted=report.interrupted,
        unproven=tuple(catalogue.gap(id) for id in report.unproven),
    )


def commissioned(explained: Explained, site: Site) -> Explained:
    """The same with the page that ends a commissioning."""
    return replace(explained, handover=handover(explained.results, site))


def explain_result(result: Result, site: Site, catalogue: Catalogue) -> ExplainedResult:
    """One check as it ends, before the causes are known: cleaned and redacted."""
    return _result(result, catalogue, hidden_texts(site), {})


def _headline(report: Report) -> Pair:
    """Where no acquirer was examined, nothing is said of payments."""
    if report.verdict is Verdict.DEGRADED and not report.site.acquirer.host:
        return WORDS("verdict.degraded-network")
    return WORDS(f"verdict.{report.verdict.value}")


def gate() -> Step:
    """The question about unsettled sales, before any step that interrupts."""
    return Step(WORDS("gate"), recheck=WORDS("gate.recheck"), gate=True)


def gated(steps: Sequence[Step]) -> tuple[Step, ...]:
    """`steps` with the gate before the first that interrupts."""
    for place, step in enumerate(steps):
        if step.interrupts:
            return (*steps[:place], gate(), *steps[place:])
    return tuple(steps)


def _gated_advice(found: Sequence[Advice]) -> tuple[Advice, ...]:
    if not any(a.interrupts for a in found):
        return tuple(found)
    others = [a for a in found if a.id != GATE_ID][: ADVICE - 1]
    place = next((i for i, a in enumerate(others) if a.interrupts), 0)
    first = advice(GATE_ID) or Advice(GATE_ID, WORDS("gate"))
    return (*others[:place], first, *others[place:])


def _advice(ids: Iterable[str]) -> tuple[Advice, ...]:
    found = (advice(id) for id in dict.fromkeys(ids))
    return tuple(a for a in found if a)[:ADVICE]


def _cause(
    cause: Cause, site: Site, catalogue: Catalogue, known: Mapping[str, str]
) -> ExplainedCause:
    facts = safe_facts(cause.facts, known)
    text = catalogue.cause(cause.id, facts, cause.checks, cause.variant)
    return ExplainedCause(
        id=text.id,
        confidence=cause.confidence,
        severity=cause.severity,
        checks=tuple(clean(c, 60) for c in cause.checks),
        facts=facts,
        title=text.title,
        why=text.say,
        proof=text.proof,
        decide=text.decide,
        steps=gated(text.steps),
        who=text.who,
        contact=contact(text.who, site),
        rivals=_titled(cause.rivals, catalogue),
        explains=_titled(cause.explains, catalogue),
        against=tuple(
            Rival(clean(c, 60), catalogue.check_title(c)) for c in cause.against
        ),
    )


def _titled(ids: Iterable[str], catalogue: Catalogue) -> tuple[Rival, ...]:
    return tuple(Rival(clean(i, 60), catalogue.cause(i).title) for i in ids)


def contact(who: str, site: Site) -> str:
    """The telephone number of that party in the profile; "" if it has none."""
    numbers = {
        "isp": site.support.isp,
        "acquirer": site.support.acquirer,
        "terminal-service": site.support.terminal_service,
    }
    return clean(numbers.get(who) or "", 80)


def _result(
    result: Result,
    catalogue: Catalogue,
    known: Mapping[str, str],
    blamed: Mapping[str, Pair],
) -> ExplainedResult:
    root = result.blamed_on or ""
    title = (blamed.get(root) or catalogue.check_title(root)) if root else None
    finding = result.finding
    facts = safe_facts(finding.reported(), known)
    return ExplainedResult(
        check=clean(result.check, 60),
        status=finding.status,
        code=clean(finding.code, 60),
        facts=facts,
        blamed_on=clean(result.blamed_on, 60) if result.blamed_on else None,
        seconds=result.seconds,
        title=catalogue.check_title(result.check),
        text=catalogue.finding(result.check, finding, title, facts),
        short=catalogue.short(result.check, finding, title, facts),
        hint=safe_text(finding.hint, known),
        part=catalogue.part(result.check),
        digit=catalogue.digits(catalogue.part(result.check)).get(finding.code, ""),
        fallback=safe_text(finding.fallback, known),
        backups=finding.backups,
        chart=tuple(_bar(b, known) for b in finding.chart),
        chart_title=catalogue.check_title(result.check, "chart"),
        trips=tuple(t if t is None else max(t, 0.0) for t in finding.trips[:TRIPS]),
    )


def _bar(bar: Bar, known: Mapping[str, str]) -> Bar:
    label, note = safe_text(bar.label, known), safe_text(bar.note, known)
    return replace(bar, label=label, note=note, mark=clean(bar.mark, 20))


def _notes(report: Report, known: Mapping[str, str]) -> Iterator[Note]:
    """Notes of the run itself, then those that checks make about it."""
    for note in report.notes:
        if f"note.{note}" in WORDS:
            yield _note(note, {})
        else:
            yield Note("", Pair.same(safe_text(note, known)))
    for result in report.results:
        if f"note.{result.finding.note}" in WORDS:
            facts = safe_facts(result.finding.reported(), known)
            yield _note(result.finding.note, facts)


def _note(id: str, facts: Facts) -> Note:
    return Note(id, WORDS(f"note.{id}", **facts))


def _site(site: Site, known: Mapping[str, str]) -> dict[str, str]:
    """The parts of the profile that a report shows; ids by their last four."""
    about = site.site
    shown = {
        "name": safe_text(about.name or "", known, 80),
        "terminal_model": safe_text(about.terminal_model or "", known, 80),
        "kind": about.kind or "",
        "merchant_id": last4(clean(about.merchant_id or "", 40)),
        "terminal_id": last4(clean(about.terminal_id or "", 40)),
    }
    return {key: value for key, value in shown.items() if value}
