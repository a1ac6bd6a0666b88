"""What came of a trial? Pure: a report in, a judgement out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from posdiag.lab.plan import Trial

Verdict = Literal[
    "right", "wrong", "missed", "undecided", "alarm", "no-report", "invalid", "untried"
]
"""`right`: the first cause is the expected one, or healthy where nothing was injected.
`wrong`: another cause came first. `missed`: the fault was called healthy. `undecided`:
posdiag could not tell. `alarm`: a cause where nothing was injected. `no-report`:
posdiag crashed, hung or gave something else. `invalid`: the world did not behave, so
that the trial counts for nothing. `untried`: not begun."""

COUNTED: tuple[Verdict, ...] = get_args(Verdict)[:-2]
HEALTHY = "healthy"


@dataclass(frozen=True, slots=True)
class Look:
    """One run of posdiag on a bench. `trouble`: why there is no report, else "".
    `cut`: the lab run ended before it did."""

    report: Mapping[str, Any] = field(default_factory=dict)
    seconds: float = 0.0
    trouble: str = ""
    cut: bool = False

    @property
    def verdict(self) -> str:
        return str(self.report.get("verdict", ""))

    @property
    def causes(self) -> tuple[str, ...]:
        found = self.report.get("causes")
        causes = found if isinstance(found, Sequence) else ()
        return tuple(str(cause["id"]) for cause in causes if isinstance(cause, Mapping))

    @property
    def confidence(self) -> float | None:
        causes = self.report.get("causes") or ()
        value = causes[0].get("confidence") if causes else None
        return float(value) if isinstance(value, int | float) else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A trial and what came of it. `why` says what made it invalid or untried, as a key
    of lab.toml, `detail` in the words of what went wrong. `look` is the run that
    counts, `before` and `after` those that had to be healthy. `broken`: the restore
    failed, in its words, and the bench needs a hand."""

    trial: Trial
    verdict: Verdict
    why: str = ""
    detail: str = ""
    look: Look = Look()
    before: Look | None = None
    after: Look | None = None
    broken: str = ""

    @property
    def got(self) -> str:
        return self.look.causes[0] if self.look.causes else self.look.verdict

    @property
    def expected(self) -> str:
        return self.trial.fault.expect if self.trial.fault else HEALTHY

    @property
    def counts(self) -> bool:
        return self.verdict in COUNTED

    @property
    def truth_among_rivals(self) -> bool:
        return self.verdict == "wrong" and self.expected in self.look.causes[1:]

    @property
    def healthy_looks(self) -> tuple[Look, ...]:
        """Runs on a bench known to be healthy, of a trial that counts."""
        if not self.counts:
            return ()
        own = (self.look,) if self.trial.fault is None else ()
        around = (look for look in (self.before, self.after) if look is not None)
        return (*own, *around)


def judge(trial: Trial, look: Look) -> Verdict:
    """The verdict on the run that counts, in a world that behaved."""
    if look.trouble:
        return "no-report"
    if trial.fault is None:
        if look.verdict == HEALTHY:
            return "right"
        return "alarm" if look.causes else "undecided"
    if look.causes:
        return "right" if look.causes[0] == trial.fault.expect else "wrong"
    return "missed" if look.verdict == HEALTHY else "undecided"
