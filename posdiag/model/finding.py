"""The finding of a check: a status, typed fields that steer, and facts as evidence."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from posdiag.model.questions.base import A, Unknown

Scalar = str | int | float | bool | None
Entry = Mapping[str, Scalar]
Value = Scalar | tuple[Scalar | Entry, ...]
Facts = Mapping[str, Value]


class Status(StrEnum):
    """How one check ended."""

    OK = "ok"
    WARN = "warn"  # payments work but are at risk
    FAIL = "fail"  # payments cannot work
    SKIP = "skip"  # not run: blocked, not applicable, not configured, no rights
    ERROR = "error"  # our own trouble: a bug, a time limit, a missing tool


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a chart: `value` 0-1 is the length of the bar, `note` stands beside
    the label, `mark` is "" or a key of `[chart_mark]` in the words of the interface."""

    label: str
    value: float
    note: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup host of the acquirer. `tcp` is the outcome of the connect, `name` where
    it does not resolve; `tls` is `ok`, `-` if not tried, or what failed."""

    name: str
    tcp: str
    tls: str = "-"


STEERING = {
    "variant",
    "loss",
    "elsewhere",
    "note",
    "hint",
    "fallback",
    "chart",
    "trips",
}
"""Fields of a finding that must not stand among its facts by mistake."""


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of a check's judge.

    `code` is a cause id where the status is warn or fail, a reason (`skip.*`,
    `tool.*`) where it is skip or error. `variant` chooses among the texts of an ok or
    of a cause. `facts` are the evidence, in base units; nothing in them steers.
    `confidence` is 0-1. `rivals` are other causes that the same evidence allows,
    likeliest first. `tries` is how many independent exchanges were lost in a row to
    reach this finding (0: it does not rest on silence), and `loss` the packet loss
    measured (0-1), so that the one can be weighed against the other.

    `elsewhere`: it concerns the terminal's path and not this machine's. `note` is the
    key of a remark about the run as a whole, `hint` the exact command that would make
    the check possible. `proves` are the kinds of evidence for a healthy site that
    it gives; None: all that its check can give (`Check.evidence`), if it is ok.
    `backups` are the acquirer's other hosts that were tried, and
    `fallback` the first of them that works, as host:port.
    `trips` are the probes of a sample in the order in which they were sent, for a
    picture of loss and delay over time: RTT in seconds, None for a lost one.
    """

    status: Status
    code: str = ""
    facts: Facts = field(default_factory=dict)
    confidence: float = 0.97
    rivals: tuple[str, ...] = ()
    tries: int = 0
    variant: str = ""
    loss: float | None = None
    elsewhere: bool = False
    note: str = ""
    hint: str = ""
    fallback: str = ""
    backups: tuple[Backup, ...] = ()
    chart: tuple[Bar, ...] = ()
    trips: tuple[float | None, ...] = ()
    proves: tuple[str, ...] | None = None

    def reported(self) -> Facts:
        """The facts as texts and the JSON report have them: the evidence, then the
        other fields that are set."""
        fields: dict[str, Value] = {
            "variant": self.variant or None,
            "loss": self.loss,
            "elsewhere": self.elsewhere or None,
            "note": self.note or None,
            "hint": self.hint or None,
        }
        more: dict[str, Value] = {k: v for k, v in fields.items() if v is not None}
        if self.backups:
            working = sum(b.tcp == "ok" for b in self.backups)
            more |= {
                "backups": len(self.backups),
                "backups_alive": working,
                # A check may have an `alive` of its own: how the host gave a sign.
                "alive": self.facts.get("alive", working),
                "backup": tuple(b.name for b in self.backups),
                "backup_tcp": tuple(b.tcp for b in self.backups),
                "backup_tls": tuple(b.tls for b in self.backups),
                "fallback": self.fallback,
            }
        if self.chart:
            more |= {
                "chart_labels": tuple(b.label for b in self.chart),
                "chart_values": tuple(b.value for b in self.chart),
                "chart_notes": tuple(b.note for b in self.chart),
                "chart_marks": tuple(b.mark for b in self.chart),
            }
        return {**self.facts, **more}


def ok(
    code: str = "", facts: Facts | None = None, /, *, variant: str = "", **more: Value
) -> Finding:
    """No fault found. `code` is a variant of the text, too."""
    return Finding(Status.OK, code, _evidence(facts, more), variant=variant)


def _fault(
    status: Status,
    code: str,
    facts: Facts | None = None,
    /,
    *,
    confidence: float = 0.97,
    rivals: tuple[str, ...] = (),
    tries: int = 0,
    variant: str = "",
    **more: Value,
) -> Finding:
    every = _evidence(facts, more)
    return Finding(status, code, every, confidence, rivals, tries, variant=variant)


warn = partial(_fault, Status.WARN)
"""Payments work but are at risk. The first argument is a cause id."""
fail = partial(_fault, Status.FAIL)
"""Payments cannot work. The first argument is a cause id."""


def skip(code: str, *, hint: str = "", **facts: Value) -> Finding:
    """`code` is the reason: `skip.not-configured`, `skip.not-applicable`..."""
    return Finding(Status.SKIP, code, _evidence(None, facts), hint=hint)


def _evidence(facts: Facts | None, more: Facts) -> Facts:
    every = {**(facts or {}), **more}
    if stray := every.keys() & STEERING:
        raise TypeError(f"fields of Finding among its facts: {sorted(stray)}")
    return every


class Unmeasured(Exception):
    """A check cannot continue because an answer is unknown; the engine turns it into a
    skip with the reason."""

    def __init__(self, unknown: Unknown) -> None:
        super().__init__(unknown.why)
        self.unknown = unknown


def known(answer: A | Unknown) -> A:
    """The answer itself; raises `Unmeasured` where there is none."""
    if isinstance(answer, Unknown):
        raise Unmeasured(answer)
    return answer


def unmeasured(unknown: Unknown) -> Finding:
    """The skip for an unknown answer: no rights, no tool, not on this system."""
    return Finding(Status.SKIP, f"skip.{unknown.why}", hint=unknown.hint)


def state_of(port: str, state: str) -> str:
    """`away` where what is missing is no device of this machine but a serial server."""
    return "away" if state == "missing" and "://" in port else state


def unopened(port: str, unknown: Unknown) -> Finding:
    """The same for a device on a port: which program holds it, or what would open
    it."""
    if unknown.why == "busy":
        return skip("skip.busy", port=port, holder=unknown.hint or "?")
    if unknown.why == "no-rights":
        return skip("skip.port-rights", port=port, hint=unknown.hint)
    if unknown.why == "unfit":
        return skip("skip.no-serial-port", port=port)
    return unmeasured(unknown)
