"""From results to ranked causes. Pure: no text, no measuring.

The lowest failed dependency wins, broken outranks degraded, and what another cause
already explains is evidence for that one and no cause itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from posdiag.engine.checklist import Checklist, layer
from posdiag.model import Cause, Finding, Result, Severity, Status, Verdict


class Relations(Protocol):
    """What the texts of the checks know of causes."""

    def explains(self, check_id: str, cause_id: str, variant: str) -> Iterable[str]:
        """Ids of the causes that this one makes mere consequences."""
        ...

    def of_degree(self, cause_id: str) -> bool:
        """Is it a cause of degree (loss, delay, weakness)? Only these can a mere
        warning explain when they have failed: what leaves payments possible does not
        explain why they are not."""
        ...

    def forbids(self, check_id: str, cause_id: str, variant: str) -> Iterable[str]:
        """Ids of the checks that cannot possibly be ok while this cause holds."""
        ...

    def own(self, check_id: str, cause_id: str) -> bool | None:
        """Is it about the network of this machine itself? None: its group says so."""
        ...


EXPLAINED = 0.002
"""Silence is put down to packet loss where that loss makes it at least this likely."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    id: str
    result: Result

    @property
    def finding(self) -> Finding:
        return self.result.finding


def rank(
    results: Sequence[Result],
    checklist: Checklist,
    relations: Relations,
    line: str = "",
) -> tuple[Cause, ...]:
    """All causes that remain, the one to fix first at the front. `line` is the group of
    the terminal's own line, which comes before what this machine sees by its network;
    "" where there is no such line (engine/scope.py)."""
    found = [
        _Candidate(r.finding.code, r)
        for r in results
        if r.finding.status in (Status.FAIL, Status.WARN)
    ]
    consequences = _consequences(found, relations)
    roots = [c for c in found if c.id not in consequences]
    if not roots:  # two causes that explain each other: keep the lower one
        roots = sorted(found, key=lambda c: layer(c.id))[:1]
    paying = can_pay(results, checklist)
    spared = checklist.first_host if _fallback(results) else ()
    failed = {
        c.id
        for c in found
        if c.finding.status is Status.FAIL and c.result.check not in spared
    }
    groups = _grouped(roots)
    causes = [
        _cause(group, consequences, results, checklist, failed, paying, relations)
        for group in groups
    ]
    return tuple(sorted(causes, key=lambda c: _order(c, line)))


def can_pay(results: Sequence[Result], checklist: Checklist) -> bool | None:
    """Is it proven that the acquirer can be reached as a terminal reaches it?

    None where no acquirer check ended ok or failed.
    """
    by_id = {r.check: r.finding for r in results}
    known = [by_id[c] for c in checklist.proving("payment") if c in by_id]
    states = [f.status for f in known if f.status is not Status.ERROR]
    if any(s in (Status.FAIL, Status.WARN) for s in states):
        return False
    lifted = ("skip.not-applicable", "skip.not-configured", "skip.no-consent")
    for finding in known:
        if finding.status is Status.OK:
            return True
        if finding.code not in lifted:  # it could not run, so connect alone is no proof
            return None
    return None


def _fallback(results: Sequence[Result]) -> bool:
    """Does a backup host of the acquirer work where the first does not? Then payments
    are possible, if the terminal knows it. Its port and TLS were tried, no more."""
    return any(r.finding.fallback for r in results)


def verdict(causes: Sequence[Cause], unproven: Sequence[str]) -> Verdict:
    """The verdict of the run; without a cause it is healthy only if that is proven."""
    if any(c.severity is Severity.BROKEN for c in causes):
        return Verdict.BROKEN
    if causes:
        return Verdict.DEGRADED
    return Verdict.UNKNOWN if unproven else Verdict.HEALTHY


def reblame(results: Sequence[Result], causes: Sequence[Cause]) -> list[Result]:
    """Let a skipped check, and one whose own finding is a consequence, point at the
    check that names the root."""
    root = {
        consequence: cause.checks
        for cause in causes
        for consequence in cause.explains
        if cause.checks
    }
    code = {r.check: r.finding.code for r in results}

    def blamed(result: Result) -> str | None:
        if result.blamed_on:
            named = root.get(code.get(result.blamed_on, ""))
            return named[0] if named else result.blamed_on
        if result.finding.status not in (Status.FAIL, Status.WARN):
            return None
        named = root.get(result.finding.code, ())
        return named[0] if named and result.check not in named else None

    return [replace(r, blamed_on=blamed(r)) for r in results]


def _consequences(found: Sequence[_Candidate], relations: Relations) -> dict[str, str]:
    """Cause id -> the cause that explains it. Chains end at their first link."""
    direct: dict[str, str] = {}
    for root in sorted(found, key=lambda c: layer(c.id)):
        if _elsewhere(root):
            continue
        told = set(relations.explains(root.result.check, root.id, root.finding.variant))
        for other in found:
            if other.id == root.id or direct.get(root.id) == other.id:
                continue
            if _by_loss(root, other) or (
                other.id in told and _may(root, other, relations)
            ):
                direct.setdefault(other.id, root.id)
    return direct


def _may(root: _Candidate, other: _Candidate, relations: Relations) -> bool:
    if root.finding.status is Status.WARN and other.finding.status is Status.FAIL:
        return relations.of_degree(other.id)
    return True


def _by_loss(root: _Candidate, other: _Candidate) -> bool:
    """Does the loss that was measured make the other's silence likely by itself?"""
    loss = root.finding.loss
    if loss is None:
        return False
    tries = other.finding.tries
    return tries > 0 and loss**tries >= EXPLAINED


def _grouped(roots: Sequence[_Candidate]) -> list[list[_Candidate]]:
    groups: dict[str, list[_Candidate]] = {}
    for root in roots:
        groups.setdefault(root.id, []).append(root)
    return list(groups.values())


def _cause(
    group: Sequence[_Candidate],
    consequences: Mapping[str, str],
    results: Sequence[Result],
    checklist: Checklist,
    failed: set[str],
    paying: bool | None,
    relations: Relations,
) -> Cause:
    """One cause from all that found it. It is as bad as the worst that it explains."""
    first = max(group, key=lambda c: c.finding.status is Status.FAIL)
    explained = [c for c in consequences if _root(c, consequences) == first.id]
    fails = not failed.isdisjoint((first.id, *explained))
    cleared = paying and _below(first.id, checklist) and not _elsewhere(first)
    broken = fails and not cleared
    return Cause(
        id=first.id,
        confidence=max(c.finding.confidence for c in group),
        severity=Severity.BROKEN if broken else Severity.DEGRADED,
        checks=tuple(dict.fromkeys(c.result.check for c in (first, *group))),
        facts=first.finding.reported(),
        variant=first.finding.variant,
        rivals=_rivals(first, results, relations),
        explains=tuple(explained),
        against=_against(first, results, relations),
    )


def _root(cause: str, consequences: Mapping[str, str]) -> str:
    seen = {cause}
    while cause in consequences and consequences[cause] not in seen:
        cause = consequences[cause]
        seen.add(cause)
    return cause


def _against(
    first: _Candidate, results: Sequence[Result], relations: Relations
) -> tuple[str, ...]:
    """Checks that ended ok although this cause forbids it."""
    if first.finding.status is not Status.FAIL or _elsewhere(first):
        return ()
    told = relations.forbids(first.result.check, first.id, first.finding.variant)
    forbidden = frozenset(told)
    return tuple(
        r.check
        for r in results
        if r.finding.status is Status.OK and r.check in forbidden
    )


def _rivals(
    first: _Candidate, results: Sequence[Result], relations: Relations
) -> tuple[str, ...]:
    """Other causes of the same evidence, but for those that a check that ended ok
    forbids."""
    fine = {r.check for r in results if r.finding.status is Status.OK}
    return tuple(
        rival
        for rival in first.finding.rivals
        if rival != first.id
        and fine.isdisjoint(relations.forbids(first.result.check, rival, ""))
    )


def _elsewhere(found: _Candidate) -> bool:
    """Does this cause concern the terminal's path and not this machine's? Then it
    explains nothing that this machine sees, and what this machine reaches is no proof
    against it."""
    return found.finding.elsewhere


def _below(cause: str, checklist: Checklist) -> bool:
    """Does it lie below the layer in which a payment passes?"""
    return layer(cause) < min(map(layer, checklist.proving("payment")), default=0)


def _order(cause: Cause, line: str) -> tuple[bool, bool, int]:
    broken = cause.severity is Severity.BROKEN
    return not broken, cause.id.partition(".")[0] != line, layer(cause.id)
