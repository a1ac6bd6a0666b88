"""Do the measurements prove that a sale can pass, or did they merely find no fault?

The verdict is `healthy` only where the terminal's path was examined to its end
(docs/PROOF.md has the table). A site requires kinds of evidence, by its connection and
its acquirer; each check declares which kinds it can give (`Check.evidence`) and each ok
gives them all, unless the finding says which (`Finding.proves`). Pure.
"""

from collections.abc import Mapping, Sequence

from posdiag.model import Check, Finding, Result, Status
from posdiag.model.check import CORE
from posdiag.model.site import Site

CONNECTIONS: Mapping[str | None, str] = {
    None: "link",
    "private": "link",
    "ethernet": "link.ethernet",
    "wifi": "wifi",
    "hotspot": "wifi",
    "cellular": "cellular",
    "pstn": "pstn",
    "bluetooth": "bluetooth",
}
"""The evidence for each kind of connection: this machine's own link, its cable, a join
of the network, or what only the checks of that kind can show."""

LINES = frozenset(("cellular", "pstn", "bluetooth"))
"""The evidence of a line that does not pass through this machine's network."""

NO_MATTER = (
    "skip.not-configured",
    "skip.not-applicable",
    "skip.not-selected",
    "skip.not-asked-for",
)
"""Reasons of a skip for which nothing is missing."""


def required(site: Site, consent: frozenset[str]) -> tuple[str, ...]:
    """The kinds of evidence without which this site is not called healthy."""
    acquirer = site.acquirer
    kind = site.connection.kind
    # A capture of the terminal joining is there to be examined.
    captured = kind is None and site.wifi.handshake
    tunnel = ("vpn",) if site.vpn.interface else ()
    connection = (CONNECTIONS[kind], *(("wifi",) if captured else ()), *tunnel)
    if not acquirer.host:
        # A call that is answered has reached the far end.
        return connection if kind == "pstn" else (*connection, "internet")
    echo = acquirer.iso8583 is not None and "echo" in consent
    return (
        *connection,
        "payment.tcp",
        *(("payment.tls",) if acquirer.tls else ()),
        *(("payment.echo",) if echo else ()),
        "loss",
    )


def unproven(
    needed: Sequence[str],
    checks: Sequence[Check],
    chosen: frozenset[str],
    results: Sequence[Result],
    selected: frozenset[str] | None = None,
) -> tuple[str, ...]:
    """Ids of the checks, in order, whose evidence is missing; empty is a proof.

    Evidence that no check can give yet stands by its own name. `chosen` are the checks
    that ran. With `selected`, those that the user named, only the evidence that the
    chosen ones can give is asked for, and each of those named has to be carried out;
    None: everything was wanted, whatever was left out since. What ended in an error or
    was cut short is a gap as well, and so is a vital check that could not look while
    nothing beyond it worked, unless the terminal has a line of its own.
    """
    ran = [r for r in results if r.check in chosen]
    found = {r.check: r.finding for r in ran}
    core = [c for c in checks if c.package == CORE]
    proven = given(checks, ran)
    missing: set[str] = set()
    for kind in needed:
        able = [c.id for c in core if kind in c.evidence]
        if kind in proven:
            continue
        if selected is None:
            missing |= set(able) or {kind}
        else:
            missing |= chosen.intersection(able)
    missing |= {
        c.id for c in core if c.id in found and found[c.id].status is Status.ERROR
    }
    if LINES.isdisjoint(needed):
        missing |= _blind(core, found)
    wanted = found.keys() if selected is None else found.keys() & selected
    not_done = {id for id in wanted if found[id].status in (Status.SKIP, Status.ERROR)}
    if not_done == wanted:
        missing |= not_done
    elif selected is not None:
        missing |= {id for id in not_done if found[id].code not in NO_MATTER}
    place = {check.id: at for at, check in enumerate(checks)}
    return tuple(sorted(missing, key=lambda id: place.get(id, len(place))))


def given(checks: Sequence[Check], results: Sequence[Result]) -> frozenset[str]:
    """The kinds of evidence that the core's checks gave."""
    found = {r.check: r.finding for r in results}
    core = [c for c in checks if c.package == CORE and c.id in found]
    return frozenset(kind for c in core for kind in _given(c, found[c.id]))


def _given(check: Check, finding: Finding) -> tuple[str, ...]:
    if finding.status is not Status.OK:
        return ()
    return check.evidence if finding.proves is None else finding.proves


def _blind(core: Sequence[Check], found: Mapping[str, Finding]) -> set[str]:
    """Vital checks that could not look, where no later one shows that all is well."""
    vital = [(c.id, found[c.id]) for c in core if c.vital and c.id in found]
    return {
        id
        for at, (id, finding) in enumerate(vital)
        if finding.status is Status.SKIP
        and finding.code not in NO_MATTER
        and not any(later.status is Status.OK for _, later in vital[at + 1 :])
    }
