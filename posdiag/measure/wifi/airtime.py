"""How much of the time was a channel busy, and how much of that was no Wi-Fi?

Two looks at the driver's counters. Drivers differ in what they count; some tell
constants. Whatever does not grow, or grows beyond the time itself, is not known.
"""

from dataclasses import dataclass

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wifi_answers import Survey, SurveyChannel

LEAST = 0.3  # seconds on the channel that make a share
SLACK = 1.05  # counters are read one after the other


@dataclass(frozen=True, slots=True)
class Busy:
    """Shares of the time, 0-1. `foreign` is energy that was neither received as Wi-Fi
    nor sent by us; None: the driver does not tell."""

    ratio: float | None = None
    foreign: float | None = None


UNTOLD = Busy()


def between(
    before: Survey | Unknown, after: Survey | Unknown, frequency: int | None = None
) -> Busy:
    """What happened on the channel in use between two looks."""
    if isinstance(before, Unknown) or isinstance(after, Unknown):
        return UNTOLD
    first, last = _used(before, frequency), _used(after, frequency)
    if first is None or last is None or first.frequency != last.frequency:
        return UNTOLD
    active = _grown(first.active, last.active)
    busy = _grown(first.busy, last.busy)
    if active is None or busy is None or active < LEAST or busy > active * SLACK:
        return UNTOLD
    ratio = min(1.0, busy / active)
    return Busy(ratio, _foreign(first, last, busy, active))


def lesser(one: Busy, other: Busy) -> Busy:
    """What two windows agree on."""
    return Busy(_least(one.ratio, other.ratio), _least(one.foreign, other.foreign))


def _foreign(
    first: SurveyChannel, last: SurveyChannel, busy: float, active: float
) -> float | None:
    receive = _grown(first.receive, last.receive)
    transmit = _grown(first.transmit, last.transmit)
    # Beacons of our own access point arrive ten times a second: a count of what is
    # received that stands still counts nothing.
    if receive is None or transmit is None or receive <= 0:
        return None
    if receive + transmit > busy * SLACK:
        return None
    return max(0.0, busy - receive - transmit) / active


def _used(survey: Survey, frequency: int | None) -> SurveyChannel | None:
    used = [c for c in survey.all if c.in_use]
    if frequency is not None:
        used = [c for c in used if c.frequency == frequency]
    return used[0] if len(used) == 1 else None


def _grown(before: float | None, after: float | None) -> float | None:
    if before is None or after is None or after < before:
        return None
    return after - before


def _least(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else min(one, other)
