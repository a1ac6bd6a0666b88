"""From results to ranked causes. Pure: no text, no measuring.

The lowest failed dependency wins, broken outranks degraded, and what another cause
already explains is evidence for that one and no cause itself.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from posdiag.engine.checklist import Checklist, layer
from posdiag.model import Cause, Finding, Result, Severity, Status, Verdict


class Relations(Protocol):
    """Relations of causes, which the texts of the checks declare."""

    def explains(self, check_id: str, cause_id: str, variant: str) -> Iterable[str]:
        """Ids of the causes that are consequences of this one."""
        ...

    def of_degree(self, cause_id: str) -> bool:
        """Is it a cause of degree (loss, delay, weakness)? A mere warning can explain
        the failure of these alone: what leaves payments possible does not explain why
        they are not."""
        ...

    def forbids(self, check_id: str, cause_id: str, variant: str) -> Iterable[str]:
        """Ids of the checks that cannot possibly be ok while this cause holds."""
        ...

    def own(self, check_id: str, cause_id: str) -> bool | None:
        """Is it about the network of this machine itself? None: its group says so."""
        ...


EXPLAINED = 0.002
"""The probability from which on silence is attributed to the measured packet loss."""


def rank(
    results: Sequence[Result],
    checklist: Checklist,
    relations: Relations,
    line: str = "",
) -> tuple[Cause, ...]:
    """All causes that remain, the one to fix first at the front. `line` is the group of
    the terminal's own line, which comes before what this machine sees by its network;
    "" where there is no such line (engine/scope.py)."""
    found = [r for r in results if r.finding.status in (Status.FAIL, Status.WARN)]
    consequences = _consequences(found, relations)
    roots = [r for r in found if r.finding.code not in consequences]
    if not roots:  # two causes that explain each other: keep the lower one
        roots = sorted(found, key=lambda r: layer(r.finding.code))[:1]
    paying = can_pay(results, checklist)
    spared = checklist.first_host if _fallback(results) else ()
    failed = {
        r.finding.code
        for r in found
        if r.finding.status is Status.FAIL and r.check not in spared
    }
    groups: dict[str, list[Result]] = {}
    for root in roots:
        groups.setdefault(root.finding.code, []).append(root)
    causes = [
        _cause(group, consequences, results, checklist, failed, paying, relations)
        for group in groups.values()
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
    are possible if it is configured in the terminal. Only its port and TLS were
    tried."""
    return any(r.finding.fallback for r in results)


def verdict(causes: Sequence[Cause], unproven: Sequence[str]) -> Verdict:
    """The verdict of the run; without a cause it is healthy only if that is proven."""
    if any(c.severity is Severity.BROKEN for c in causes):
        return Verdict.BROKEN
    if causes:
        return Verdict.DEGRADED
    return Verdict.UNKNOWN if unproven else Verdict.HEALTHY


def reblame(results: Sequence[Result], causes: Sequence[Cause]) -> list[Result]:
    """Blame skipped checks, and those whose finding is a consequence, on the check that
    found the root cause."""
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


def _consequences(found: Sequence[Result], relations: Relations) -> dict[str, str]:
    """Cause id -> the cause that explains it. Chains end at their first link."""
    direct: dict[str, str] = {}
    for result in sorted(found, key=lambda r: layer(r.finding.code)):
        root = result.finding
        if root.elsewhere:  # it explains nothing that this machine sees
            continue
        explained = set(relations.explains(result.check, root.code, root.variant))
        for other in (r.finding for r in found):
            if other.code == root.code or direct.get(root.code) == other.code:
                continue
            if _by_loss(root, other) or (
                other.code in explained and _may(root, other, relations)
            ):
                direct.setdefault(other.code, root.code)
    return direct


def _may(root: Finding, other: Finding, relations: Relations) -> bool:
    if root.status is Status.WARN and other.status is Status.FAIL:
        return relations.of_degree(other.code)
    return True


def _by_loss(root: Finding, other: Finding) -> bool:
    """Is the other's silence likely under the measured loss alone?"""
    if root.loss is None or not other.tries:
        return False
    return root.loss**other.tries >= EXPLAINED


def _cause(
    group: Sequence[Result],
    consequences: Mapping[str, str],
    results: Sequence[Result],
    checklist: Checklist,
    failed: set[str],
    paying: bool | None,
    relations: Relations,
) -> Cause:
    """One cause from all that found it. It is as bad as the worst that it explains."""
    first = max(group, key=lambda r: r.finding.status is Status.FAIL)
    finding = first.finding
    explained = [c for c in consequences if _root(c, consequences) == finding.code]
    fails = not failed.isdisjoint((finding.code, *explained))
    # What this machine reaches is no proof against a cause on the terminal's own path.
    below = _below(finding.code, checklist)
    cleared = paying and below and not finding.elsewhere
    broken = fails and not cleared
    return Cause(
        id=finding.code,
        confidence=max(r.finding.confidence for r in group),
        severity=Severity.BROKEN if broken else Severity.DEGRADED,
        checks=tuple(dict.fromkeys(r.check for r in (first, *group))),
        facts=finding.reported(),
        variant=finding.variant,
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
    first: Result, results: Sequence[Result], relations: Relations
) -> tuple[str, ...]:
    """Checks that ended ok although this cause forbids it."""
    found = first.finding
    if found.status is not Status.FAIL or found.elsewhere:
        return ()
    forbidden = frozenset(relations.forbids(first.check, found.code, found.variant))
    return tuple(
        r.check
        for r in results
        if r.finding.status is Status.OK and r.check in forbidden
    )


def _rivals(
    first: Result, results: Sequence[Result], relations: Relations
) -> tuple[str, ...]:
    """Other causes of the same evidence, but for those that a check that ended ok
    forbids."""
    fine = {r.check for r in results if r.finding.status is Status.OK}
    return tuple(
        rival
        for rival in first.finding.rivals
        if rival != first.finding.code
        and fine.isdisjoint(relations.forbids(first.check, rival, ""))
    )


def _below(cause: str, checklist: Checklist) -> bool:
    """Does it lie below the layer in which a payment passes?"""
    return layer(cause) < min(map(layer, checklist.proving("payment")), default=0)


def _order(cause: Cause, line: str) -> tuple[bool, bool, int]:
    broken = cause.severity is Severity.BROKEN
    return not broken, cause.id.partition(".")[0] != line, layer(cause.id)
