"""Reception of the associated access point, sampled over a window.

Signal level in dBm, noise, rates, retries, lost beacons, disconnections. Checks that
run at the same time ask the same questions, so the window is sampled once.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from posdiag.measure.statistics import increase, median_or_none, wilson_interval
from posdiag.model import Context
from posdiag.model.limits import Limits, Plan
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wifi import AskWifiLink, WatchWifi
from posdiag.model.questions.wifi_answers import (
    EventKind,
    WifiEvent,
    WifiEvents,
    WifiLink,
)

WINDOWS = {Plan.QUICK: (5, 1.0), Plan.DEFAULT: (12, 3.0), Plan.THOROUGH: (30, 30.0)}
"""Number of readings, and the seconds over which they are spread."""
ENOUGH = 2  # readings after which a window that overran is ended
OVERRUN = 1.5  # times its length that a window may take where answers are slow
INACTIVITY = 4  # reason code by which the kernel reports lost beacons


@dataclass(frozen=True, slots=True)
class FrameCounts:
    """Unicast frames from this machine to the access point in a window.

    `retries` counts each repeated transmission, `failed` the frames that were dropped
    at the retry limit; None if the driver does not count them.
    """

    sent: int
    retries: int
    failed: int | None = None

    @property
    def transmissions(self) -> int:
        return self.sent + self.retries

    @property
    def unacknowledged(self) -> int:
        """Transmissions without an ACK."""
        return min(self.transmissions, self.retries + (self.failed or 0))

    @property
    def retry_ratio(self) -> float:
        """Share of all transmissions without an ACK, 0-1."""
        return self.unacknowledged / self.transmissions if self.transmissions else 0.0

    @property
    def min_retry_ratio(self) -> float:
        """The lower end of Wilson's 95 % interval of `retry_ratio`."""
        return wilson_interval(self.retry_ratio, self.transmissions)[0]

    def often_retried(self, limits: Limits) -> bool:
        """Are there more retries than usual, beyond chance?"""
        enough = self.transmissions >= limits["wifi.tries"]
        return enough and self.min_retry_ratio >= limits["wifi.retries"]

    @property
    def min_loss(self) -> float:
        """The lower end of the 95 % interval of the share of frames dropped."""
        ratio = min(1.0, (self.failed or 0) / self.sent) if self.sent else 0.0
        return wilson_interval(ratio, self.sent)[0]


@dataclass(frozen=True, slots=True)
class Reception:
    """What one window showed; a property is None if the driver does not report it.

    `readings` are in order and include those without an association. `why`: there are
    none, because the first failed.
    """

    readings: tuple[WifiLink, ...] = ()
    events: WifiEvents | None = None
    seconds: float = 0.0
    why: Unknown | None = None

    @property
    def association(self) -> WifiLink | None:
        """The last reading with an association; None if there was none at all."""
        return next((x for x in reversed(self.readings) if _associated(x)), None)

    @property
    def levels(self) -> tuple[float, ...]:
        """Signal levels in dBm, in order."""
        return tuple(v for v in map(_level, self.readings) if v is not None)

    @property
    def snr(self) -> float | None:
        """Median signal-to-noise ratio in dB."""
        pairs = [(_level(x), x.noise) for x in self.readings]
        known = [s - n for s, n in pairs if s is not None and n is not None]
        return median_or_none(known)

    @property
    def noise(self) -> float | None:
        """Median noise floor in dBm."""
        return median_or_none([x.noise for x in self.readings if x.noise is not None])

    @property
    def rate(self) -> float | None:
        """Median transmit rate in Mbit/s."""
        rates = [x.transmit_rate for x in self.readings]
        return median_or_none([rate for rate in rates if rate is not None])

    @property
    def frames(self) -> FrameCounts | None:
        ends = self._last_association()
        if ends is None:
            return None
        first, last = ends
        sent = increase(first.sent, last.sent)
        retries = increase(first.retries, last.retries)
        if sent is None or retries is None:
            return None
        return FrameCounts(sent, retries, increase(first.failed, last.failed))

    @property
    def beacons_lost(self) -> int | None:
        """Beacon losses by the driver's counter or its events, whichever has more."""
        ends = self._last_association()
        counted = increase(ends[0].beacons_lost, ends[1].beacons_lost) if ends else None
        signalled = None if self.events is None else self._count("beacon-loss")
        return max((n for n in (counted, signalled) if n is not None), default=None)

    @property
    def drops(self) -> int:
        """Associations lost, without those that this machine ended itself."""
        held = map(_associated, self.readings)
        seen = sum(before and not after for before, after in pairwise(held))
        events = self.events.all if self.events else ()
        ended = [e for e in events if e.kind == "disconnected"]
        lost = [e for e in ended if not e.local or e.code == INACTIVITY]
        return max(seen, _most_by_source(lost))

    @property
    def channel_switches(self) -> int:
        return self._count("channel-switch")

    @property
    def roams(self) -> int:
        """Changes from one access point to another."""
        points = [x.bssid for x in self.readings if _associated(x)]
        return sum(a != b for a, b in pairwise(points))

    def _count(self, kind: EventKind) -> int:
        events = self.events.all if self.events else ()
        return _most_by_source([e for e in events if e.kind == kind])

    def _last_association(self) -> tuple[WifiLink, WifiLink] | None:
        """The first and last reading of the association that lasts to the end: each
        association starts the counters anew."""
        if not self.readings or not _associated(self.readings[-1]):
            return None
        last = first = self.readings[-1]
        for earlier in reversed(self.readings):
            same = earlier.bssid == last.bssid and _associated(earlier)
            if not same or _counters_reset(earlier, first):
                break
            first = earlier
        return first, last


async def sample_reception(ctx: Context, interface: str) -> Reception:
    """Read the link at even intervals while watching its events.

    Ends early if this machine is not associated or the first reading is unknown.
    """
    count, seconds = WINDOWS[ctx.plan]
    clock = asyncio.get_running_loop().time
    began = clock()
    watching = asyncio.create_task(ctx.system.ask(WatchWifi(interface, seconds)))
    readings: list[WifiLink] = []
    try:
        for number in range(1, count + 1):
            due = began + (number - 1) * seconds / (count - 1)
            await asyncio.sleep(max(0.0, due - clock()))
            question = AskWifiLink(interface, series="reception", number=number)
            reading = await ctx.system.ask(question)
            if isinstance(reading, Unknown):
                if not readings:
                    return Reception(why=reading)
                continue
            readings.append(reading)
            if len(readings) == 2 and not any(map(_associated, readings)):
                return Reception(tuple(readings))
            if len(readings) >= ENOUGH and clock() - began > OVERRUN * seconds:
                break
        events = await watching
    finally:
        watching.cancel()
    seen = None if isinstance(events, Unknown) else events
    return Reception(tuple(readings), seen, round(clock() - began, 1))


def _associated(link: WifiLink) -> bool:
    return link.state != "disconnected"


def _level(link: WifiLink) -> float | None:
    if not _associated(link):
        return None
    return link.signal if link.signal is not None else link.average


def _counters_reset(earlier: WifiLink, later: WifiLink) -> bool:
    counted = earlier.sent is not None and later.sent is not None
    return counted and increase(earlier.sent, later.sent) is None


def _most_by_source(events: Sequence[WifiEvent]) -> int:
    """Each source reports the same event once, so the most that one reports counts."""
    sources = [e.source for e in events]
    return max(map(sources.count, sources), default=0)
