"""Channel utilisation in a window, and how much of it is not Wi-Fi.

Two readings of the driver's channel counters (nl80211 survey). Drivers differ in what
they count, and some report constants: a counter that does not grow, or grows by more
than the window lasted, is unknown.
"""

import asyncio
from dataclasses import dataclass

from posdiag.measure.statistics import increase
from posdiag.model import Context
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wifi import AskSurvey
from posdiag.model.questions.wifi_answers import Survey, SurveyChannel

MIN_ACTIVE = 0.3  # seconds on the channel without which no share is computed
TOLERANCE = 1.05  # the counters are not read at the same instant
RECHECK = 1.5  # seconds of the second window


@dataclass(frozen=True, slots=True)
class Airtime:
    """Shares of the time on the channel, 0-1; None if the driver does not report it.

    `busy`: energy was detected. `foreign`: of that, energy that was neither received as
    Wi-Fi nor sent by this machine.
    """

    busy: float | None = None
    foreign: float | None = None

    def reaches(self, limit: "Airtime") -> bool:
        """Is any known share at or above its limit?"""
        pairs = ((self.busy, limit.busy), (self.foreign, limit.foreign))
        return any(s is not None and m is not None and s >= m for s, m in pairs)


UNKNOWN = Airtime()


async def measure_airtime(
    ctx: Context,
    interface: str,
    frequency: int | None,
    before: Survey | Unknown,
    limit: Airtime,
) -> Airtime:
    """The airtime of the channel in use since the survey `before`.

    A short burst of traffic is no fault: shares that reach `limit` are measured again,
    and the lower ones returned.
    """
    now = await ctx.system.ask(AskSurvey(interface, series="busy", number=1))
    first = airtime_between(before, now, frequency)
    if not first.reaches(limit):
        return first
    await asyncio.sleep(RECHECK)
    later = await ctx.system.ask(AskSurvey(interface, series="busy", number=2))
    return lower_of(first, airtime_between(now, later, frequency))


def airtime_between(
    before: Survey | Unknown, after: Survey | Unknown, frequency: int | None = None
) -> Airtime:
    """The airtime of the channel in use, from two surveys. `frequency` in MHz, None for
    whichever is in use."""
    first, last = _channel_in_use(before, frequency), _channel_in_use(after, frequency)
    if first is None or last is None or first.frequency != last.frequency:
        return UNKNOWN
    active = increase(first.active, last.active)
    busy = increase(first.busy, last.busy)
    if active is None or busy is None:
        return UNKNOWN
    if active < MIN_ACTIVE or busy > active * TOLERANCE:
        return UNKNOWN
    return Airtime(min(1.0, busy / active), _foreign(first, last, busy, active))


def lower_of(one: Airtime, other: Airtime) -> Airtime:
    """The shares that both windows reached; unknown if either is."""
    return Airtime(
        _min_or_none(one.busy, other.busy), _min_or_none(one.foreign, other.foreign)
    )


def _foreign(
    first: SurveyChannel, last: SurveyChannel, busy: float, active: float
) -> float | None:
    receive = increase(first.receive, last.receive)
    transmit = increase(first.transmit, last.transmit)
    # Our own access point sends ten beacons a second: a receive counter that stands
    # still counts nothing.
    if receive is None or transmit is None or receive <= 0:
        return None
    if receive + transmit > busy * TOLERANCE:
        return None
    return max(0.0, busy - receive - transmit) / active


def _channel_in_use(
    survey: Survey | Unknown, frequency: int | None
) -> SurveyChannel | None:
    used = [] if isinstance(survey, Unknown) else [c for c in survey.all if c.in_use]
    if frequency is not None:
        used = [c for c in used if c.frequency == frequency]
    return used[0] if len(used) == 1 else None


def _min_or_none(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else min(one, other)
