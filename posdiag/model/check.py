"""The words every other module speaks. Imports only the standard library."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from posdiag.model.finding import Facts, Finding, Status
from posdiag.model.limits import Limits, Plan
from posdiag.model.questions.base import System
from posdiag.model.questions.terminal import WatchTerminal
from posdiag.model.site import ConnectionKind, PluginTable, Site

if TYPE_CHECKING:
    import asyncio

CORE = "posdiag_checks"  # the package of the checks that come with posdiag
#: Who can mend a cause or carry out a step (contract section 2, `who`).
PARTIES = (
    "merchant",
    "technician",
    "isp",
    "hotspot-owner",
    "acquirer",
    "terminal-service",
)


class Severity(StrEnum):
    """What a cause does to payments."""

    BROKEN = "broken"
    DEGRADED = "degraded"


class Verdict(StrEnum):
    """What the whole run says."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Result:
    """A finding with its place in the run."""

    check: str
    finding: Finding
    seconds: float = 0.0
    blamed_on: str | None = None


Seen = Mapping[str, Finding]


@dataclass(frozen=True, slots=True)
class Context:
    """All that a check is handed: the machine, the site, the limits, its needs.

    `ends` is the time of the event loop at which the whole run ends, None for never.
    `plugin` is the profile's table of the package that the check belongs to, with the
    defaults that it declares; empty for checks of the core.
    `watch` is how the terminal is to be watched, None where nobody said. `others_done`
    is set once all checks have ended that neither run beside others (`Check.beside`)
    nor wait for one that does.
    """

    system: System
    site: Site
    limits: Limits
    plan: Plan = Plan.DEFAULT
    seen: Seen = field(default_factory=dict)
    consent: frozenset[str] = frozenset()
    ends: float | None = None
    plugin: PluginTable = field(default_factory=dict)
    watch: WatchTerminal | None = None
    others_done: "asyncio.Event | None" = None

    def of_line(self, kind: ConnectionKind, finding: Finding) -> Finding:
        """What a finding about a line of its own (SIM, telephone, Bluetooth) means for
        this site: where the terminal goes online in another way, payments still work
        without it."""
        spare = self.site.connection.kind not in (None, kind)
        if not spare or finding.status is not Status.FAIL:
            return finding
        return replace(finding, status=Status.WARN)


Probe = Callable[[Context], Awaitable[Finding]]
Needs = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One item of the checklist.

    `needs` are checks without which this one cannot possibly succeed, but for those
    that `unless` lifts on a given site. `after` are checks whose findings it wants to
    see but can do without. `vital` checks must be carried out, or something beyond them
    must work, before a run is called healthy.
    `rights` is what it asks of the machine, "" or "raw". `timeout` is in seconds.
    `disturbing`: it spoils what others measure beside it, so that it waits for all
    checks of the core that are not.
    `beside`: it goes on for as long as others run, and ends by itself soon after.
    `alone` is the consent (`join`) with which this check disturbs all others, so that
    nothing but what it needs runs before or beside it.

    Its place: `order` within its group; `proves` is what its ok is proof of, `path`
    (the layers below work) or `payment` (a sale can pass), else ""; `first_host` tells
    that it is about the acquirer's first host alone; `part` is the part of the path
    code (`link`, `address`, `dns`, `tcp`, `tls`, `echo`) that its finding gives a digit
    to, "" for none; `evidence` are the kinds of evidence for a healthy site that it can
    give (engine/proof.py).
    """

    id: str
    probe: Probe
    needs: Needs = ()
    after: Needs = ()
    unless: Callable[[Site, str], bool] | None = None
    vital: bool = False
    rights: str = ""
    timeout: float = 12.0
    alone: str = ""
    disturbing: bool = False
    beside: bool = False
    order: int = 0
    proves: str = ""
    first_host: bool = False
    part: str = ""
    evidence: tuple[str, ...] = ()
    package: str = "posdiag_checks"
    module: str = ""


def check(
    id: str,
    *,
    needs: Needs = (),
    after: Needs = (),
    unless: Callable[[Site, str], bool] | None = None,
    vital: bool = False,
    rights: str = "",
    timeout: float = 12.0,
    alone: str = "",
    disturbing: bool = False,
    beside: bool = False,
    order: int = 0,
    proves: str = "",
    first_host: bool = False,
    part: str = "",
    evidence: tuple[str, ...] = (),
) -> Callable[[Probe], Check]:
    """Turn a probe function into a `Check`.

    `unless(site, need)` true means that this site does not depend on `need`, for
    instance `dns.resolve` where the acquirer is given by address.
    """

    def make(probe: Probe) -> Check:
        package, _, module = probe.__module__.partition(".")
        return Check(
            id=id,
            probe=probe,
            needs=needs,
            after=after,
            unless=unless,
            vital=vital,
            rights=rights,
            timeout=timeout,
            alone=alone,
            disturbing=disturbing,
            beside=beside,
            order=order,
            proves=proves,
            first_host=first_host,
            part=part,
            evidence=evidence,
            package=package,
            module=module,
        )

    return make


@dataclass(frozen=True, slots=True)
class Cause:
    """What is wrong, with what speaks for it and what would decide between rivals.

    `facts` are those that its finding reports; `variant` chooses among its texts.
    """

    id: str
    confidence: float
    severity: Severity
    checks: tuple[str, ...]
    facts: Facts
    variant: str = ""
    rivals: tuple[str, ...] = ()
    explains: tuple[str, ...] = ()
    against: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Traffic:
    """What the run itself cost on the wire, in bytes at the IP layer."""

    sent: int = 0
    received: int = 0

    @property
    def total(self) -> int:
        return self.sent + self.received


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run. Texts are looked up by the renderers, never stored here.

    `beside` is what is wrong with this machine's own network where the terminal does
    not use it: no cause of its outage.
    """

    version: str
    started_at: str
    seconds: float
    site: Site
    verdict: Verdict
    causes: tuple[Cause, ...]
    results: tuple[Result, ...]
    traffic: Traffic
    notes: tuple[str, ...] = ()
    interrupted: bool = False
    unproven: tuple[str, ...] = ()
    beside: tuple[Cause, ...] = ()
