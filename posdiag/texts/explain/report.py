"""From a report to all its words.

Two rules of safety are kept here and nowhere else. Everything shown has gone through
`texts.safe`; hardware addresses stay whole on the user's own screen alone. And what
money needs stands before the step that touches it (`texts.explain.money`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from posdiag.model import Bar, Cause, Facts, Report, Result, Severity, Status, Verdict
from posdiag.model.site import Site
from posdiag.texts.catalogue import Advice, Catalogue, Gap, advice
from posdiag.texts.clean import clean
from posdiag.texts.commissioning import handover
from posdiag.texts.explain.explained import (
    Explained,
    ExplainedCause,
    ExplainedResult,
    Note,
    Rival,
)
from posdiag.texts.explain.gaps import gap, open_ends
from posdiag.texts.explain.money import gated, gated_advice
from posdiag.texts.explain.parties import call, contact
from posdiag.texts.explain.repeat import RUN, repeated, repeated_in
from posdiag.texts.explain.verdict import Headline, headline
from posdiag.texts.lookup import WORDS, left_out
from posdiag.texts.pair import Pair
from posdiag.texts.safe import Hidden, hidden_texts, last4, safe_facts, safe_text

TRIPS = 600  # probes of one sample that a report holds
ADVICE = 4  # measures of each kind; a longer list is not read
QR_CODE = "EMG-07"  # the one way to sell that needs nothing of the shop's
#: What is left where the network is fine and the terminal still fails.
TERMINAL = ("EMG-01", "EMG-02", "EMG-15")


def explain(
    report: Report, catalogue: Catalogue, *, again: str = RUN, own_screen: bool = False
) -> Explained:
    """All that the renderers need, cleaned and redacted.

    `again` is the command that repeats this run. `own_screen`: shown to the user alone
    and never stored, so hardware addresses stay whole (a device is found by them).
    """
    known = Hidden(hidden_texts(report.site), hardware=not own_screen)
    offline = report.verdict is Verdict.BROKEN
    causes = tuple(_cause(c, report, catalogue, known) for c in report.causes)
    texts = [catalogue.cause(c.id, c.facts, c.checks, c.variant) for c in report.causes]
    blamed = {check: c.title for c in reversed(causes) for check in c.checks}
    urgent = dict.fromkeys(i for t in texts for i in t.emergency)
    first = [i for i in urgent if i == QR_CODE]
    ordered = _advice([*first, *(i for i in urgent if i != QR_CODE)])
    gaps = tuple(gap(id, report, catalogue, again) for id in report.unproven)
    ends = tuple(open_ends(gaps))
    line = headline(report, causes)
    spared = {
        check
        for c in report.causes
        if c.severity is Severity.DEGRADED
        for check in c.checks
    }
    return Explained(
        version=clean(report.version, 40),
        started_at=clean(report.started_at, 40),
        seconds=report.seconds,
        site=_site(report.site, known),
        verdict=report.verdict,
        headline=line,
        meaning=_meaning(line, causes, ends, again),
        causes=causes,
        results=tuple(
            replace(
                _result(r, catalogue, known, blamed, again),
                unproven=r.check in report.unproven,
                spared=r.check in spared,
            )
            for r in report.results
        ),
        emergency=gated_advice(ordered, ADVICE, offline=offline),
        prevention=_advice(i for t in texts for i in t.prevention)[:ADVICE],
        sent=report.traffic.sent,
        received=report.traffic.received,
        notes=tuple(_notes(report, catalogue, known)),
        interrupted=report.interrupted,
        unproven=gaps,
        open_ends=ends,
        again=again,
        terminal=gated_advice(_advice(TERMINAL), ADVICE, offline=False)
        if report.verdict is Verdict.HEALTHY
        else (),
    )


def commissioned(explained: Explained, site: Site) -> Explained:
    """The same with the page that ends a commissioning."""
    return replace(explained, handover=handover(explained.results, site))


def explain_result(result: Result, site: Site, catalogue: Catalogue) -> ExplainedResult:
    """One check as it ends, before the causes are known: cleaned and redacted."""
    return _result(result, catalogue, Hidden(hidden_texts(site)), {}, RUN)


def _meaning(
    line: Headline, causes: Sequence[ExplainedCause], gaps: Sequence[Gap], again: str
) -> Pair:
    """What the verdict means, in a sentence or two."""
    if causes and line.kind == "backup":
        return WORDS("backup_told", why=_glossed(causes[0].why))
    if causes:
        return _glossed(causes[0].why)
    if line.kind in ("unknown", "no-rights") and gaps:
        return WORDS("first_gap", what=gaps[0].title, how=gaps[0].how)
    return repeated_in(WORDS(f"meaning.{line.kind}"), again)


def _glossed(text: Pair) -> Pair:
    """With the one word that no shopkeeper knows explained where it comes first."""
    word, gloss = WORDS("gloss.acquirer"), WORDS("gloss.acquirer-told")
    if gloss.zh in text.zh:
        return text
    # A blank that Latin letters wanted after the word is none after its explanation.
    first, found, rest = text.zh.partition(word.zh)
    return Pair(first + gloss.zh + rest.lstrip() if found else text.zh, text.en)


def _advice(ids: Iterable[str]) -> tuple[Advice, ...]:
    found = (advice(id) for id in dict.fromkeys(ids))
    return tuple(a for a in found if a)


def _cause(
    cause: Cause, report: Report, catalogue: Catalogue, known: Hidden
) -> ExplainedCause:
    facts = safe_facts(cause.facts, known)
    text = catalogue.cause(cause.id, facts, cause.checks, cause.variant)
    return ExplainedCause(
        id=text.id,
        confidence=min(max(cause.confidence, 0.0), 1.0),
        severity=cause.severity,
        checks=tuple(clean(c, 60) for c in cause.checks),
        facts=facts,
        title=text.title,
        why=text.say,
        proof=text.proof,
        decide=text.decide,
        steps=gated(text.steps, offline=report.verdict is Verdict.BROKEN),
        who=text.who,
        contact=contact(text.who, report.site),
        call=call(text, report.site.support),
        rivals=_titled(cause.rivals, catalogue),
        explains=_titled(cause.explains, catalogue),
        against=tuple(
            Rival(clean(c, 60), catalogue.check_title(c)) for c in cause.against
        ),
        danger=text.danger,
        machine=text.machine,
    )


def _titled(ids: Iterable[str], catalogue: Catalogue) -> tuple[Rival, ...]:
    return tuple(Rival(clean(i, 60), catalogue.cause(i).title) for i in ids)


def _result(
    result: Result,
    catalogue: Catalogue,
    known: Hidden,
    blamed: Mapping[str, Pair],
    again: str,
) -> ExplainedResult:
    root = result.blamed_on or ""
    title = (blamed.get(root) or catalogue.check_title(root)) if root else None
    finding = result.finding
    hint = repeated(safe_text(finding.hint, known), again)
    facts = safe_facts(finding.reported(), known)
    if hint:
        facts["hint"] = hint
    text = catalogue.finding(result.check, finding, title, facts)
    short = catalogue.short(result.check, finding, title, facts)
    if title and finding.status in (Status.WARN, Status.FAIL):
        text = short = WORDS("consequence", blamed=title)
    return ExplainedResult(
        check=clean(result.check, 60),
        status=finding.status,
        code=clean(finding.code, 60),
        facts=facts,
        blamed_on=clean(result.blamed_on, 60) if result.blamed_on else None,
        seconds=result.seconds,
        title=catalogue.check_title(result.check),
        text=text,
        short=short,
        proof=_proof(result, catalogue, facts),
        hint=hint,
        part=catalogue.part(result.check),
        digits=catalogue.digits_of(finding.code),
        fallback=safe_text(finding.fallback, known),
        backups=finding.backups,
        chart=tuple(_bar(b, known) for b in finding.chart),
        chart_title=catalogue.check_title(result.check, "chart"),
        trips=tuple(t if t is None else max(t, 0.0) for t in finding.trips[:TRIPS]),
    )


def _proof(result: Result, catalogue: Catalogue, facts: Facts) -> Pair | None:
    finding = result.finding
    if finding.status not in (Status.WARN, Status.FAIL) or result.blamed_on:
        return None
    ids = (result.check,)
    return catalogue.cause(finding.code, facts, ids, finding.variant).proof


def _bar(bar: Bar, known: Hidden) -> Bar:
    label, note = safe_text(bar.label, known), safe_text(bar.note, known)
    return replace(bar, label=label, note=note, mark=clean(bar.mark, 20))


def _notes(report: Report, catalogue: Catalogue, known: Hidden) -> Iterator[Note]:
    """What is wrong with this machine's own network alone, notes of the run itself,
    then those that checks make about it."""
    for cause in report.beside[:1]:
        facts = safe_facts(cause.facts, known)
        title = catalogue.cause(cause.id, facts, cause.checks, cause.variant).title
        yield Note("own-network", WORDS("note.own-network", what=title))
    for note in report.notes:
        if f"note.{note}" in WORDS:
            yield _note(note, {})
        else:
            yield Note("", Pair.same(safe_text(note, known)))
    for left in report.left_out:
        shown = replace(left, facts=safe_facts(left.facts, known))
        package = safe_text(left.package, known, 80)
        text = WORDS("note.plugin.left-out", why=left_out(shown), package=package)
        yield Note("plugin.left-out", text)
    for result in report.results:
        id = result.finding.note
        if f"note.{id}" in WORDS:
            facts = safe_facts(result.finding.reported(), known)
            yield _note(id, facts)


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
