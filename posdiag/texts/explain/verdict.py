"""What is the one line that a shopkeeper reads, and what does it mean for the till?

`kind` says which sentence it is. Danger is never softened: where names, certificates or
the Wi-Fi may be false, no card is taken, whether or not a sale would pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from posdiag.model import Report, Severity, Status, Verdict
from posdiag.texts.lookup import WORDS
from posdiag.texts.pair import Pair

SALE = "terminal.acquirer"
SEEN = (
    "terminal.seen",
    "terminal.address",
    "terminal.gateway",
    "terminal.names",
    "terminal.tls",
)
"""The checks of a terminal that is watched, from the wire to its sale."""
UNFINISHED = ("tool.interrupted", "tool.deadline")
PROPER = ("Bluetooth",)  # English words that are never written small


class CauseBrief(Protocol):
    """Of a cause, what decides on the line."""

    @property
    def title(self) -> Pair: ...
    @property
    def danger(self) -> bool: ...
    @property
    def machine(self) -> bool: ...
    @property
    def checks(self) -> tuple[str, ...]: ...
    @property
    def severity(self) -> Severity: ...


@dataclass(frozen=True, slots=True)
class Headline:
    """`word` is the state in one word, `text` the line behind it, `warning` a danger
    that is not the first cause."""

    kind: str
    word: Pair
    text: Pair
    warning: Pair | None = None


def headline(report: Report, causes: Sequence[CauseBrief]) -> Headline:
    """The verdict in a line."""
    if causes:
        return _of_causes(report, causes)
    if report.verdict is Verdict.HEALTHY:
        return _healthy(report)
    open_ends = sum(r.finding.code in UNFINISHED for r in report.results)
    if report.interrupted or open_ends:
        kind = "interrupted" if report.interrupted else "deadline"
        text = WORDS(f"no_cause.{kind}", count=open_ends)
    elif _without_rights(report):
        kind = "no-rights"
        text = WORDS("no_cause.no-rights")
    else:
        kind = "unknown"
        watched = SALE in report.unproven
        open_ = WORDS("no_cause.unknown", count=len(report.unproven))
        text = _watched(report) if watched else open_
    return Headline(kind, WORDS("verdict_word.unknown"), text)


def _watched(report: Report) -> Pair:
    """What was seen of a terminal that was watched, and what is missing."""
    found = {r.check: r.finding for r in report.results}
    fine = [id for id in SEEN if id in found and found[id].status is Status.OK]
    if SEEN[0] not in fine:
        reason = found[SEEN[0]].code if SEEN[0] in found else ""
        if reason == "skip.terminal-unheard":
            return WORDS("watched.unheard")
        unnamed = reason in ("", "skip.terminal-unnamed")
        return WORDS("watched.unnamed") if unnamed else WORDS("watched.not-at-all")
    parts = [WORDS(f"seen.{id.partition('.')[2]}") for id in fine]
    zh, en = "\u3001".join(p.zh for p in parts), ", ".join(p.en for p in parts)
    return WORDS("watched.no-sale", seen=Pair(zh, en))


def _without_rights(report: Report) -> bool:
    """Are missing rights the only reason why nothing is known?"""
    found = {r.check: r.finding for r in report.results}
    missing = [found.get(id) for id in report.unproven]
    return bool(missing) and all(
        f and f.code == "skip.no-rights" and f.hint for f in missing
    )


def _healthy(report: Report) -> Headline:
    fine = sum(r.finding.status is Status.OK for r in report.results)
    if any(r.finding.code == "skip.not-selected" for r in report.results):
        kind = "partial"
    elif any(r.check == SALE and r.finding.status is Status.OK for r in report.results):
        kind = "healthy-terminal"
    else:
        dials = report.site.connection.kind == "pstn"
        open_ = "healthy-call" if dials else "healthy-internet"
        kind = "healthy" if report.site.acquirer.host else open_
    text = WORDS(f"no_cause.{kind}", count=fine)
    return Headline(kind, WORDS("verdict_word.healthy"), text)


def _of_causes(report: Report, causes: Sequence[CauseBrief]) -> Headline:
    first = causes[0]
    danger = next((c for c in causes if c.danger), None)
    kind = _kind(report, first)
    text = WORDS(
        "headline", verdict=WORDS(f"verdict.{kind}"), title=_inside_sentence(first)
    )
    warning = None
    if danger and danger is not first:
        verdict = WORDS("verdict.danger")
        warning = WORDS("headline", verdict=verdict, title=_inside_sentence(danger))
    word = "danger" if first.danger else report.verdict.value
    return Headline(kind, WORDS(f"verdict_word.{word}"), text, warning)


def _kind(report: Report, first: CauseBrief) -> str:
    if first.danger:
        return "danger"
    if first.machine:
        return "machine"
    if first.severity is Severity.DEGRADED and _saved_by_backup(report, first):
        return "backup"
    if report.site.acquirer.host:
        return report.verdict.value
    # Where no acquirer was examined, nothing is said of payments.
    broken = report.verdict is Verdict.BROKEN
    # A printer or a reader says nothing of the network.
    device = first.checks and all(c.startswith("peripheral.") for c in first.checks)
    return f"{'broken' if broken else 'degraded'}-{'device' if device else 'network'}"


def _saved_by_backup(report: Report, first: CauseBrief) -> bool:
    """Has the first host failed, and only a backup host keeps payments possible?"""
    by_id = {r.check: r.finding for r in report.results}
    failed = any(by_id[c].status is Status.FAIL for c in first.checks[:1] if c in by_id)
    return failed and any(r.finding.fallback for r in report.results)


def _inside_sentence(cause: CauseBrief) -> Pair:
    """The title as it reads inside a sentence."""
    title = cause.title
    first = title.en.partition(" ")[0].rstrip(",").removesuffix("'s")
    plain = first.isalpha() and first == first.capitalize() and first not in PROPER
    return Pair(title.zh, title.en[0].lower() + title.en[1:]) if plain else title
