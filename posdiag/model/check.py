"""Checks, their results, causes and reports. Imports only the standard library."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Concatenate, ParamSpec

from posdiag.model.finding import Facts, Finding, Status
from posdiag.model.limits import Limits, Plan
from posdiag.model.questions.base import System
from posdiag.model.questions.terminal import WatchTerminal
from posdiag.model.site import ConnectionKind, PluginTable, Site

if TYPE_CHECKING:
    import asyncio

CORE = "posdiag_checks"  # the package of the checks that come with posdiag
#: The parties that can fix a cause or carry out a step (contract section 2, `who`).
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
    """The outcome of the whole run."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Result:
    """The finding of one check, how long it took, and the check that blocked it."""

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
    `watch` is how the terminal is to be watched, None for no watch. `others_done` is
    set once all checks have ended that neither run beside others (`Check.beside`) nor
    wait for one that does.
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
        """The finding about a line of its own (SIM, telephone, Bluetooth) as it counts
        at this site: only a warning where the terminal is connected in another way."""
        spare = self.site.connection.kind not in (None, kind)
        if spare and finding.status is Status.FAIL:
            return replace(finding, status=Status.WARN)
        return finding


Probe = Callable[[Context], Awaitable[Finding]]
Needs = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One item of the checklist.

    `needs` are checks without which this one cannot possibly succeed;
    `unless(site, need)` true lifts a need on this site, for instance `dns.resolve`
    where the acquirer is given by address. `after` are checks whose findings it wants
    to see but can do without. `vital` checks must be carried out, or something beyond
    them must work, before a run is called healthy.
    `rights` is what it asks of the machine, "" or "raw". `timeout` is in seconds.
    `disturbing`: it distorts measurements made at the same time, so it waits for all
    checks of the core that do not.
    `beside`: it runs as long as the others do, and ends by itself soon after.
    `alone` is the consent (`join`) with which this check disturbs all others, so that
    only what it needs runs before it, and nothing at the same time.

    Its place: `order` within its group; `proves` is what its ok is proof of, `path`
    (the layers below work) or `payment` (a sale can pass), else ""; `first_host`: it is
    about the acquirer's first host alone; `part` is the digit of the path code (`link`,
    `address`, `dns`, `tcp`, `tls`, `echo`) that its finding sets, "" for none;
    `evidence` are the kinds of evidence for a healthy site that it can give
    (engine/proof.py).
    """

    id: str
    probe: Probe
    _: KW_ONLY
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
    package: str = CORE
    module: str = ""


P = ParamSpec("P")


def _decorator(
    make: Callable[Concatenate[str, Probe, P], Check],
) -> Callable[Concatenate[str, P], Callable[[Probe], Check]]:
    def with_id(
        id: str, /, *args: P.args, **fields: P.kwargs
    ) -> Callable[[Probe], Check]:
        def of(probe: Probe) -> Check:
            package, _, module = probe.__module__.partition(".")
            made = make(id, probe, *args, **fields)
            return replace(made, package=package, module=module)

        return of

    return with_id


check = _decorator(Check)
"""Turns a probe function into a `Check`: `@check("router.reach", needs=...)`."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A fault, its evidence, and the other causes that the evidence allows.

    `facts` are those that its finding reports; `variant` chooses among its texts.
    `explains` are causes that are its consequences, `against` the checks that ended ok
    although it rules that out.
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
    """What the run itself sent and received, in bytes at the IP layer."""

    sent: int = 0
    received: int = 0

    @property
    def total(self) -> int:
        return self.sent + self.received


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A plugin package, or one check of it (`check`), that could not be used.

    `why` is a key of `left-out` in words.toml, filled with `facts`. `unseen`: it may
    have checks whose ids are not known, because it could not be described.
    """

    package: str
    why: str
    facts: Facts = field(default_factory=dict)
    check: str = ""
    unseen: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """A whole run. Texts are looked up by the renderers, never stored here.

    `beside` are faults of this machine's own network where the terminal does not use
    it, and so no causes of its outage. `unproven` are the checks whose evidence is
    missing for a healthy verdict.
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
    left_out: tuple[LeftOut, ...] = ()
