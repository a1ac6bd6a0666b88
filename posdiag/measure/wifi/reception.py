"""How well does this machine hear its access point, over a window and not just once?

Two checks listen at the same time. They put the same questions, so that everything is
measured once.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, sqrt
from statistics import median

from posdiag.measure.statistics import Z95
from posdiag.model import Context
from posdiag.model.limits import Plan
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wifi import AskWifiLink, WatchWifi
from posdiag.model.questions.wifi_answers import WifiEvent, WifiEvents, WifiLink

READINGS = {Plan.QUICK: (5, 1.0), Plan.DEFAULT: (12, 3.0), Plan.THOROUGH: (30, 30.0)}
"""How many readings over how many seconds."""
ENOUGH = 2  # readings after which a machine that answers slowly is asked no more
LATE = 1.5  # times the window's length that slow answers may take
INACTIVE = 4  # reason code: no frame for too long; the kernel says so when beacons stop


@dataclass(frozen=True, slots=True)
class Frames:
    """Our own frames to the access point while we listened. `retries` counts every
    further try at one of them, `failed` those that were given up at last."""

    sent: int
    retries: int
    failed: int | None = None

    @property
    def tries(self) -> int:
        return self.sent + self.retries

    @property
    def vain(self) -> int:
        """Tries that the access point did not acknowledge."""
        return min(self.tries, self.retries + (self.failed or 0))

    @property
    def ratio(self) -> float:
        """How much of what was sent into the air was not acknowledged."""
        return self.vain / self.tries if self.tries else 0.0

    @property
    def proven(self) -> float:
        """The lower end of Wilson's 95 % interval of `ratio`."""
        return _at_least(self.vain, self.tries)

    @property
    def lost(self) -> float:
        """The same of the frames that were given up, among all of them."""
        return _at_least(min(self.sent, self.failed or 0), self.sent)


def _at_least(hits: int, n: int) -> float:
    if not n:
        return 0.0
    p = hits / n
    centre = p + Z95**2 / (2 * n)
    half = Z95 * sqrt(p * (1 - p) / n + Z95**2 / (4 * n * n))
    return max(0.0, (centre - half) / (1 + Z95**2 / n))


@dataclass(frozen=True, slots=True)
class Reception:
    """What was read in one window; None: the machine does not tell.

    `links` are the readings in order, those of a lost association among them.
    """

    links: tuple[WifiLink, ...] = ()
    events: WifiEvents | None = None
    seconds: float = 0.0
    why: Unknown | None = None

    @property
    def joined(self) -> WifiLink | None:
        """The last reading of an association; None where there was none at all."""
        held = [x for x in self.links if x.state != "disconnected"]
        return held[-1] if held else None

    @property
    def levels(self) -> tuple[float, ...]:
        return tuple(v for v in map(level, self.links) if v is not None)

    @property
    def snr(self) -> float | None:
        """Median distance of the signal from the noise, in dB."""
        gaps = [
            now - x.noise
            for x in self.links
            if (now := level(x)) is not None and x.noise is not None
        ]
        return median(gaps) if gaps else None

    @property
    def noise(self) -> float | None:
        told = [x.noise for x in self.links if x.noise is not None]
        return median(told) if told else None

    @property
    def rate(self) -> float | None:
        told = [x.transmit_rate for x in self.links if x.transmit_rate is not None]
        return median(told) if told else None

    @property
    def frames(self) -> Frames | None:
        ends = self._ends()
        if ends is None:
            return None
        first, last = ends
        sent = _grown(first.sent, last.sent)
        retries = _grown(first.retries, last.retries)
        if sent is None or retries is None:
            return None
        return Frames(sent, retries, _grown(first.failed, last.failed))

    @property
    def beacons_lost(self) -> int | None:
        """Losses of beacons that the driver noticed, by its own count or its events."""
        ends = self._ends()
        counted = _grown(ends[0].beacons_lost, ends[1].beacons_lost) if ends else None
        told = None if self.events is None else _told(self.events, ("beacon-loss",))
        known = [n for n in (counted, told) if n is not None]
        return max(known) if known else None

    @property
    def drops(self) -> int:
        """How often the association was lost, but for our own leaving."""
        seen = sum(
            a.state != "disconnected" and b.state == "disconnected"
            for a, b in pairwise(self.links)
        )
        return max(seen, _drops(self.events) if self.events else 0)

    @property
    def switches(self) -> int:
        """How often the access point changed its channel."""
        return _told(self.events, ("channel-switch",)) if self.events else 0

    @property
    def roams(self) -> int:
        points = [x.bssid for x in self.links if x.state != "disconnected"]
        return sum(a != b for a, b in pairwise(points))

    def _ends(self) -> tuple[WifiLink, WifiLink] | None:
        """The first and last reading of the association that stands at the end: the
        counters begin anew with each."""
        if not self.links or self.links[-1].state == "disconnected":
            return None
        last = first = self.links[-1]
        for one in reversed(self.links):
            same = one.bssid == last.bssid and one.state != "disconnected"
            if not same or _younger(first, one):
                break
            first = one
        return first, last


async def listen(ctx: Context, interface: str) -> Reception:
    """Read the link again and again, and watch what happens to it meanwhile. Ends
    early where this machine is not joined, or does not tell."""
    count, seconds = READINGS[ctx.plan]
    clock = asyncio.get_running_loop().time
    began = clock()
    watching = asyncio.create_task(ctx.system.ask(WatchWifi(interface, seconds)))
    links: list[WifiLink] = []
    try:
        for number in range(1, count + 1):
            due = began + (number - 1) * seconds / (count - 1)
            await asyncio.sleep(max(0.0, due - clock()))
            reading = AskWifiLink(interface, series="reception", number=number)
            link = await ctx.system.ask(reading)
            if isinstance(link, Unknown):
                if not links:
                    return Reception(why=link)
                continue
            links.append(link)
            if len(links) == 2 and all(x.state == "disconnected" for x in links):
                return Reception(tuple(links))
            if len(links) >= ENOUGH and clock() - began > LATE * seconds:
                break
        events = await watching
    finally:
        watching.cancel()
    told = None if isinstance(events, Unknown) else events
    return Reception(tuple(links), told, round(clock() - began, 1))


def level(link: WifiLink) -> float | None:
    """The level in one reading, in dBm."""
    if link.state == "disconnected":
        return None
    return link.signal if link.signal is not None else link.average


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of `values` do not exceed (nearest rank)."""
    return sorted(values)[max(ceil(share * len(values)), 1) - 1]


def _grown(before: int | None, after: int | None) -> int | None:
    if before is None or after is None or after < before:
        return None
    return after - before


def _younger(later: WifiLink, earlier: WifiLink) -> bool:
    """Was the association made anew between two readings?"""
    return _grown(earlier.sent, later.sent) is None and None not in (
        earlier.sent,
        later.sent,
    )


def _drops(events: WifiEvents) -> int:
    """Each source tells of the same loss once, so the most that one tells counts."""
    lost = [
        e
        for e in events.all
        if e.kind == "disconnected" and (not e.local or e.code == INACTIVE)
    ]
    return _most(lost)


def _told(events: WifiEvents, kinds: Sequence[str]) -> int:
    return _most([e for e in events.all if e.kind in kinds])


def _most(events: Sequence[WifiEvent]) -> int:
    sources = [e.source for e in events]
    return max(map(sources.count, sources), default=0)
