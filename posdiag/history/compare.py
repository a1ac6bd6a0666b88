"""What changed between two reports, beyond what chance alone would change?

Pure. A measurement has changed where the two intervals have nothing in common: losses
by their confidence sequences, which hold though sampling stopped early; delays by the
middle eight tenths of their round trips, because two samples of a second each say
nothing of how a line varies from hour to hour; levels by the range that was seen.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeGuard

from posdiag.history.reading import Past, PastCause, PastCheck
from posdiag.measure.statistics import Sample, confidence_sequence, percentile
from posdiag.model.limits import Limits

Change = Literal["same", "better", "worse", "unclear"]
Kind = Literal["loss", "delay", "level"]

FEWEST = 6  # round trips of which a range is taken
LOW, HIGH = 0.1, 0.9  # shares of the round trips


@dataclass(frozen=True, slots=True)
class Reading:
    """One measured value with its interval, in base units."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A value that both reports have. `kind` tells its unit: a ratio, seconds, dBm."""

    check: PastCheck
    kind: Kind
    before: Reading
    after: Reading
    change: Change


@dataclass(frozen=True, slots=True)
class CheckPair:
    """A check as both reports have it."""

    before: PastCheck
    after: PastCheck

    @property
    def unseen(self) -> bool:
        """Did only one of the runs carry it out?"""
        return self.before.carried_out is not self.after.carried_out


@dataclass(frozen=True, slots=True)
class Comparison:
    """From `before` to `after`. `layer` is the nearest group of checks or causes that
    changed, "" where none did; `unseen` are checks that only one of them carried
    out."""

    before: Past
    after: Past
    change: Change
    layer: str
    came: tuple[PastCause, ...]
    went: tuple[PastCause, ...]
    stayed: tuple[PastCause, ...]
    checks: tuple[CheckPair, ...]
    measured: tuple[Measured, ...]
    unseen: tuple[CheckPair, ...]

    @property
    def other_site(self) -> bool:
        return self.before.site != self.after.site


def compare(before: Past, after: Past, limits: Limits) -> Comparison:
    """Every difference, and whether all in all it is better or worse."""
    came, went = came_and_went(before, after)
    old = {check.id: check for check in before.checks}
    pairs = tuple(CheckPair(old[c.id], c) for c in after.checks if c.id in old)
    checks = tuple(p for p in pairs if _differs(p))
    measured = tuple(m for pair in pairs for m in _measured(pair, limits))
    return Comparison(
        before=before,
        after=after,
        change=_verdict(before.verdict, after.verdict, came, went, measured),
        layer=_layer(pairs, checks, measured),
        came=came,
        went=went,
        stayed=tuple(c for c in after.causes if c not in came),
        checks=checks,
        measured=measured,
        unseen=tuple(
            p for p in pairs if p.before.carried_out is not p.after.carried_out
        ),
    )


def came_and_went(
    before: Past, after: Past
) -> tuple[tuple[PastCause, ...], tuple[PastCause, ...]]:
    """The causes that only the later report has, and those that only the former has."""
    old = {cause.id for cause in before.causes}
    new = {cause.id for cause in after.causes}
    return (
        tuple(c for c in after.causes if c.id not in old),
        tuple(c for c in before.causes if c.id not in new),
    )


def _differs(pair: CheckPair) -> bool:
    if not (pair.before.carried_out and pair.after.carried_out):
        return False
    faults = {c.code for c in (pair.before, pair.after) if c.status != "ok"}
    return pair.before.status != pair.after.status or len(faults) > 1


def _verdict(
    before: str,
    after: str,
    came: Sequence[PastCause],
    went: Sequence[PastCause],
    measured: Sequence[Measured],
) -> Change:
    """Verdicts outweigh causes, causes outweigh what was measured."""
    if before != after:
        if after == "healthy":
            return "better"
        if before == "healthy" or after == "broken":
            return "worse"
        if "unknown" in (before, after):
            return "worse" if came else "unclear"
        return "better"  # from broken to degraded
    if came:
        return "worse"
    if went:
        return "better"
    changes = {m.change for m in measured}
    if "worse" in changes:
        return "worse"
    return "better" if "better" in changes else "same"


def _layer(
    pairs: Sequence[CheckPair],
    checks: Sequence[CheckPair],
    measured: Sequence[Measured],
) -> str:
    """The nearest group that changed. A fault may be found by a check further out than
    where it is: then its own group counts."""
    order: dict[str, int] = {}
    for place, pair in enumerate(pairs):
        order.setdefault(_group(pair.after.id), place)
    places = {pair.after.id: place for place, pair in enumerate(pairs)}
    found: list[tuple[int, str]] = []
    for pair in checks:
        faulty = pair.after if pair.after.status != "ok" else pair.before
        group = _group(faulty.code or faulty.id)
        found.append((order.get(group, places[pair.after.id]), group))
    changed = {pair.after.id for pair in checks}
    for one in measured:
        if one.change in ("better", "worse") and one.check.id not in changed:
            group = _group(one.check.id)
            found.append((order[group], group))
    return min(found, key=lambda f: f[0])[1] if found else ""


def _group(id: str) -> str:
    return id.partition(".")[0]


def _measured(pair: CheckPair, limits: Limits) -> Iterator[Measured]:
    before, after = readings(pair.before), readings(pair.after)
    for kind in before.keys() & after.keys():
        old, new = before[kind], after[kind]
        least = limits["compare.delay"] if kind == "delay" else 0.0
        change: Change = "same"
        apart = new.low > old.high or new.high < old.low
        if apart and abs(new.value - old.value) >= least:
            rose = new.value > old.value
            change = "better" if rose is (kind == "level") else "worse"
        yield Measured(pair.after, kind, old, new, change)


def readings(check: PastCheck) -> dict[Kind, Reading]:
    """The values of a check that have an interval of their own."""
    found: dict[Kind, Reading] = {}
    lost, sent = check.facts.get("lost"), check.facts.get("sent")
    if _count(lost) and _count(sent) and 0 <= lost <= sent and 0 < sent < 1_000_000:
        found["loss"] = Reading(lost / sent, *_loss(check, int(lost), int(sent)))
    trips = sorted(trip for trip in check.trips if trip is not None)
    if len(trips) >= FEWEST:
        low, middle, high = (percentile(trips, s) or 0.0 for s in (LOW, 0.5, HIGH))
        found["delay"] = Reading(middle, low, high)
    level = [check.facts.get(name) for name in ("level", "low", "high")]
    if check.id.startswith("wifi.") and all(isinstance(v, int | float) for v in level):
        value, low, high = (float(v) for v in level if isinstance(v, int | float))
        found["level"] = Reading(value, min(low, high, value), max(low, high, value))
    return found


def _count(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _loss(check: PastCheck, lost: int, sent: int) -> tuple[float, float]:
    """Wider where losses came in bursts, as far as the order of the probes is known."""
    order = tuple(trip is None for trip in check.trips)
    if len(order) == sent and sum(order) == lost:
        return Sample(order).always_valid()
    return confidence_sequence(lost, sent)
