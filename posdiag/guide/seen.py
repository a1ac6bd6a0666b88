"""What one run of the checks means to the guide."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from posdiag.guide.knowledge import CauseWords, Knowledge
from posdiag.model import Cause, Report, Severity, Status, Verdict
from posdiag.texts.catalogue import Catalogue
from posdiag.texts.pair import Pair
from posdiag.texts.safe import safe_facts


@dataclass(frozen=True, slots=True)
class Found:
    """A cause that a check has named. `then` is whom to call where the merchant could
    not mend it, "" for the network's technician."""

    cause: str
    confidence: float
    broken: bool
    who: str
    title: Pair
    say: Pair
    rivals: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    then: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """`carried` are the checks that were carried out, `passed` those that ended ok;
    `cleared` the causes that these could have found. `lan` is this machine's address
    with its prefix, `gateway` its router, "" where not known. `unproven` are the checks
    that could not prove that all is well; `no_host`: no payment host is set."""

    verdict: str
    found: tuple[Found, ...] = ()
    carried: tuple[str, ...] = ()
    passed: frozenset[str] = frozenset()
    cleared: frozenset[str] = frozenset()
    lan: str = ""
    gateway: str = ""
    interrupted: bool = False
    titles: Mapping[str, Pair] = field(default_factory=dict)
    unproven: tuple[str, ...] = ()
    no_host: bool = False

    @property
    def causes(self) -> tuple[str, ...]:
        return tuple(found.cause for found in self.found)

    @property
    def healthy(self) -> bool:
        return self.verdict == Verdict.HEALTHY.value

    def of(self, cause: str) -> Found | None:
        return next((f for f in self.found if f.cause == cause), None)


CARRIED = (Status.OK, Status.WARN, Status.FAIL)


def seen_of(report: Report, catalogue: Catalogue) -> Seen:
    """The report as the guide reads it."""
    passed = {r.check for r in report.results if r.finding.status is Status.OK}
    found = tuple(_found(cause, catalogue) for cause in report.causes)
    named = {f.cause for f in found}
    facts = {r.check: r.finding.facts for r in report.results}
    return Seen(
        verdict=report.verdict.value,
        found=found,
        carried=tuple(r.check for r in report.results if r.finding.status in CARRIED),
        passed=frozenset(passed),
        cleared=frozenset(c for id in passed for c in catalogue.causes_of(id)) - named,
        lan=_text(facts, "ip.address", "address"),
        gateway=_text(facts, "ip.gateway", "gateway"),
        interrupted=report.interrupted,
        titles={r.check: catalogue.check_title(r.check) for r in report.results},
        unproven=report.unproven,
        no_host=report.site.acquirer.host is None,
    )


def _found(cause: Cause, catalogue: Catalogue) -> Found:
    text = catalogue.cause(
        cause.id, safe_facts(cause.facts), cause.checks, cause.variant
    )
    return Found(
        cause=cause.id,
        confidence=cause.confidence,
        broken=cause.severity is Severity.BROKEN,
        who=text.who,
        title=text.title,
        say=text.say,
        rivals=cause.rivals,
        checks=cause.checks,
        then="" if text.then == "technician" else text.then,
    )


def _text(facts: Mapping[str, Mapping[str, object]], check: str, key: str) -> str:
    value = facts.get(check, {}).get(key)
    return value if isinstance(value, str) else ""


def with_catalogue(known: Knowledge, catalogue: Catalogue) -> Knowledge:
    """What the guide knows, with the words of every cause that a check can name."""
    words = {}
    for id in catalogue.cause_ids():
        text = catalogue.cause(id)
        words[id] = CauseWords(text.title, text.say, text.who)
    return replace(known, causes={**known.causes, **words})
