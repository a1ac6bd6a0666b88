"""What does a run say, in both languages? All that renderers print, and no more."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from posdiag.engine.proof import NO_MATTER
from posdiag.model import Backup, Bar, Facts, Severity, Status, Verdict
from posdiag.texts.catalogue import Advice, Gap, Step
from posdiag.texts.commissioning import Handover
from posdiag.texts.explain.repeat import RUN
from posdiag.texts.explain.verdict import Headline
from posdiag.texts.pair import Pair

NOT_HERE = (*NO_MATTER, "skip.one-uplink")
SURE = 0.9  # from here on, without rivals, no hint on how to decide


@dataclass(frozen=True, slots=True)
class Rival:
    """Another cause that the same evidence allows."""

    id: str
    title: Pair


@dataclass(frozen=True, slots=True)
class ExplainedCause:
    """A cause with all its texts. `confidence` is 0 to 1; `contact` is the telephone
    number of `who`, "" if the profile has none; `call` says whom to call, and how."""

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
    call: Pair
    danger: bool = False
    machine: bool = False

    @property
    def percent(self) -> int:
        """How sure it is."""
        return round(self.confidence * 100)

    @property
    def unsure(self) -> bool:
        """Does it help to know how to decide between this and others?"""
        return bool(self.rivals) or self.confidence < SURE


@dataclass(frozen=True, slots=True)
class ExplainedResult:
    """One check with its texts. `hint` is the command that would make it possible,
    `chart` the heading of the chart that its facts may hold; `spared`: payments pass in
    spite of what it found."""

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
    digits: Mapping[str, str] = field(default_factory=dict)
    part: str = ""
    fallback: str = ""
    backups: tuple[Backup, ...] = ()
    chart: tuple[Bar, ...] = ()
    chart_title: Pair | None = None
    trips: tuple[float | None, ...] = ()
    proof: Pair | None = None
    unproven: bool = False
    spared: bool = False

    @property
    def held_up(self) -> bool:
        """Does another check's fault explain what this one found, or that it found
        nothing? Then it says nothing of its own subject."""
        found = self.status in (Status.WARN, Status.FAIL) or self.code == "skip.blocked"
        return found and self.blamed_on is not None

    @property
    def state(self) -> str:
        """How it ended, as a key of `[state]` in the words of the interface. An answer
        that is not the proof wanted does not pass for one."""
        if self.held_up:
            return "waiting"
        if self.status is Status.OK and self.unproven:
            return "unmeasured"
        if self.status is Status.FAIL and self.spared:
            return "warn"  # as the verdict has it
        if self.status not in (Status.SKIP, Status.ERROR):
            return self.status.value
        if self.code == "skip.blocked":
            return "waiting"
        return "not-here" if self.code in NOT_HERE else "unmeasured"


@dataclass(frozen=True, slots=True)
class Note:
    """A line about the run as a whole."""

    id: str
    text: Pair


@dataclass(frozen=True, slots=True)
class Explained:
    """A whole run in words. `open_ends` are the gaps, those that the same closes in
    one."""

    version: str
    started_at: str
    seconds: float
    site: Mapping[str, str]
    verdict: Verdict
    headline: Headline
    meaning: Pair
    causes: tuple[ExplainedCause, ...]
    results: tuple[ExplainedResult, ...]
    emergency: tuple[Advice, ...]
    prevention: tuple[Advice, ...]
    sent: int
    received: int
    notes: tuple[Note, ...] = field(default=())
    interrupted: bool = False
    unproven: tuple[Gap, ...] = ()
    open_ends: tuple[Gap, ...] = ()
    handover: Handover | None = None
    again: str = RUN
    terminal: tuple[Advice, ...] = ()

    @property
    def when(self) -> str:
        """The start, to the minute, as a person reads it."""
        return self.started_at[:16].replace("T", " ")
