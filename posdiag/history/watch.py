"""What happened during a watch: outages, availability, changes between two runs.

Pure. A run speaks for the time from its start to the start of the next one. `broken` is
an outage; where a run could not tell, the time is unknown, neither up nor down.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

from posdiag.history.compare import came_and_went, readings
from posdiag.history.reading import Past, PastCause, PastCheck

#: Facts that tell where this machine is and by what it goes out, not how well.
IDENTITY = (
    "interface", "address", "gateway", "server", "servers", "ssid", "bssid", "channel",
    "frequency",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a watch. `at` is its start; `seconds` how long it took; `delay` the
    median round trip in seconds and `loss` the ratio, each None where it was not
    measured; `bytes` what it cost."""

    at: datetime
    verdict: str
    causes: tuple[PastCause, ...] = ()
    seconds: float = 0.0
    delay: float | None = None
    loss: float | None = None
    bytes: int = 0

    @property
    def up(self) -> bool | None:
        """Could payments pass? None: not known."""
        known = {"healthy": True, "degraded": True, "broken": False}
        return known.get(self.verdict)


def run_of(past: Past, at: datetime) -> Run:
    """What is remembered of a run: a watch may last for days."""
    found = [readings(check) for check in past.checks]
    return Run(
        at=at,
        verdict=past.verdict,
        causes=past.causes,
        seconds=past.seconds,
        delay=next((r["delay"].value for r in found if "delay" in r), None),
        loss=next((r["loss"].value for r in found if "loss" in r), None),
        bytes=past.bytes,
    )


@dataclass(frozen=True, slots=True)
class Outage:
    """From the start of the first run that was broken to that of the first that was
    not; `end` None: it lasted to the end of the watch. `causes` are the first ones of
    its runs, that of most runs first."""

    begin: datetime
    end: datetime | None
    lasted: timedelta
    causes: tuple[PastCause, ...]


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of the day on the clock of this machine; times in seconds."""

    begin: datetime
    up: float = 0.0
    down: float = 0.0
    unknown: float = 0.0
    outages: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """A whole watch. `availability` is up / (up + down), None where neither is known;
    times are seconds."""

    begin: datetime
    end: datetime
    runs: int
    up: float
    down: float
    unknown: float
    availability: float | None
    outages: tuple[Outage, ...]
    hours: tuple[Hour, ...]
    degraded: int
    bytes: int


def summary(
    runs: Sequence[Run], begun: datetime, end: datetime, longest: timedelta
) -> Summary:
    """`begun` and `end` are when the watch did, `longest` the time that a run speaks
    for at most: a computer that sleeps watches nothing. Without a run nothing is known
    of the whole time."""
    begin = runs[0].at if runs else begun
    spans = list(_spans(runs, end, longest)) or [(None, begin, max(end - begin, ZERO))]
    up = sum(s.total_seconds() for state, _, s in spans if state is True)
    down = sum(s.total_seconds() for state, _, s in spans if state is False)
    unknown = sum(s.total_seconds() for state, _, s in spans if state is None)
    outages = tuple(_outages(runs, end))
    return Summary(
        begin=begin,
        end=end,
        runs=len(runs),
        up=up,
        down=down,
        unknown=unknown,
        availability=up / (up + down) if up + down > 0 else None,
        outages=outages,
        hours=_hours(spans, outages),
        degraded=sum(run.verdict == "degraded" for run in runs),
        bytes=sum(run.bytes for run in runs),
    )


ZERO = timedelta(0)
Span = tuple[bool | None, datetime, timedelta]
"""Up, down or not known, from when on and for how long."""


def _spans(runs: Sequence[Run], end: datetime, longest: timedelta) -> Iterator[Span]:
    ends = [*(run.at for run in runs[1:]), end]
    for run, following in zip(runs, ends, strict=False):  # no run: one end is left
        whole = max(following - run.at, ZERO)
        known = min(whole, longest)
        yield run.up, run.at, known
        if whole > known:
            yield None, run.at + known, whole - known


def _outages(runs: Sequence[Run], end: datetime) -> Iterator[Outage]:
    down: list[Run] = []
    for run in runs:
        if run.up is False:
            down.append(run)
        elif down:
            yield _outage(down, run.at, run.at)
            down = []
    if down:
        yield _outage(down, None, end)


def _outage(down: Sequence[Run], end: datetime | None, until: datetime) -> Outage:
    causes = {cause.id: cause for run in down for cause in run.causes[:1]}
    runs = Counter(cause.id for run in down for cause in run.causes[:1])
    # A run that was under way when the fault began or ended may name another one.
    ranked = sorted(causes.values(), key=lambda cause: -runs[cause.id])
    return Outage(down[0].at, end, until - down[0].at, tuple(ranked))


def _hours(spans: Sequence[Span], outages: Sequence[Outage]) -> tuple[Hour, ...]:
    """Time by the hour in which it lies; a span is cut where an hour ends."""
    found: dict[datetime, dict[bool | None, float]] = {}
    for up, at, span in spans:
        for hour, seconds in _by_hour(at, at + span):
            held = found.setdefault(hour, {True: 0.0, False: 0.0, None: 0.0})
            held[up] += seconds
    begun = [_hour(outage.begin) for outage in outages]
    return tuple(
        Hour(hour, held[True], held[False], held[None], begun.count(hour))
        for hour, held in sorted(found.items())
    )


def _by_hour(begin: datetime, end: datetime) -> Iterator[tuple[datetime, float]]:
    while begin < end:
        until = min(_hour(begin) + timedelta(hours=1), end)
        yield _hour(begin), (until - begin).total_seconds()
        begin = until


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


#: Check, name of the fact, its value before and after.
Coincidence = tuple[PastCheck, str, str, str]


@dataclass(frozen=True, slots=True)
class Turn:
    """What one run says otherwise than the one before. `beside` are facts of identity
    that changed at the same time: a coincidence, which proves nothing."""

    run: Run
    verdict_before: str = ""
    came: tuple[PastCause, ...] = ()
    went: tuple[PastCause, ...] = ()
    beside: tuple[Coincidence, ...] = field(default=())

    @property
    def anything(self) -> bool:
        return bool(self.verdict_before or self.came or self.went or self.beside)


def turn(before: Past | None, after: Past, run: Run) -> Turn:
    """`run` is that of `after`. Of the first run everything is new."""
    if before is None:
        return Turn(run, "none", came=after.causes)
    came, went = came_and_went(before, after)
    changed = before.verdict if after.verdict != before.verdict else ""
    return Turn(run, changed, came, went, tuple(_coincidences(before, after)))


def _coincidences(before: Past, after: Past) -> Iterator[Coincidence]:
    """Those of the checks that were carried out both times."""
    for check in after.checks:
        old = before.check(check.id)
        if old is None or not (old.carried_out and check.carried_out):
            continue
        for name in IDENTITY:
            was, now = old.facts.get(name), check.facts.get(name)
            if was is not None and now is not None and was != now:
                yield check, name, _as_text(was), _as_text(now)


def _as_text(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def longest_gap(runs: Sequence[Run]) -> float:
    """Seconds between the starts of two runs at most: how late a change may be seen."""
    gaps = [(b.at - a.at).total_seconds() for a, b in pairwise(runs)]
    return max(gaps, default=0.0)
