"""Signal and frame counters of the access point while it is being joined (nl80211).

A thread polls the kernel several times a second, and takes the final counters of
stations that are deleted: an AP that never answers is a station for milliseconds.
"""

import contextlib
import select
import threading
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import Any, NamedTuple

from posdiag.system.wifi.nl80211 import messages as nl
from posdiag.system.wifi.nl80211.link import FAILED, RETRIES, SENT, STA_SIGNAL
from posdiag.system.wifi.nl80211.transport import (
    BUFFER,
    Attributes,
    Family,
    attributes,
    number,
)

PERIOD = 0.2  # seconds between two polls
SAMPLES = 2000  # of one test


class Sample(NamedTuple):
    """One poll of one station. `signal` in dBm; counters are since its creation.
    `continued`: there was a station at the poll before, or no poll."""

    seconds: float
    signal: int | None
    sent: int | None
    retries: int | None
    failed: int | None
    address: bytes = b""
    continued: bool = True


def sample(seconds: float, station: Attributes, continued: bool) -> Sample:
    info = attributes(station.get(nl.STA_INFO, b""))
    sent, retries, failed = (number(info.get(key)) for key in (SENT, RETRIES, FAILED))
    # The kernel has 0 until the first frame is received.
    signal = number(info.get(STA_SIGNAL), signed=True)
    address = station.get(nl.MAC, b"")
    return Sample(seconds, signal or None, sent, retries, failed, address, continued)


def _is_new(before: Sample | None, now: Sample) -> bool:
    """Was this station created since the last poll?"""
    if before is None or not now.continued:
        return not now.continued
    return now.address != before.address or (now.sent or 0) < (before.sent or 0)


def summary(samples: Iterable[Sample], begin: float, end: float) -> dict[str, Any]:
    """`signal`, `sent`, `retries` and `failed` of a `JoinAttempt`, as far as known:
    of all stations created between `begin` and `end`. A station from before is the
    former access point, or belongs to the last attempt."""
    lives = _lives(samples, begin, end)
    found: dict[str, Any] = {}
    levels = [one.signal for life in lives for one in life if one.signal is not None]
    if levels:
        found["signal"] = float(median(levels))
    for name in ("sent", "retries", "failed"):
        counts = [[getattr(one, name) or 0 for one in life] for life in lives]
        if any(getattr(one, name) is not None for life in lives for one in life):
            found[name] = sum(max(life) for life in counts)
    return found


def _lives(
    samples: Iterable[Sample], begin: float, end: float
) -> Sequence[Sequence[Sample]]:
    """The samples of each station created between `begin` and `end`."""
    lives: list[list[Sample]] = []
    last = None
    for one in samples:
        if begin <= one.seconds <= end:
            if _is_new(last, one):
                lives.append([])
            if lives:
                lives[-1].append(one)
        last = one
    return lives


class Station:
    """Polls from `start` to `stop`; times are by the clock `now`."""

    def __init__(self, interface: str, now: Callable[[], float]) -> None:
        self._interface = interface
        self._now = now
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._continued = True  # a station may be older than our polls
        self.samples: list[Sample] = []

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()

    def _run(self) -> None:
        with contextlib.suppress(OSError), nl.kernel() as family, nl.kernel() as events:
            index = nl.index_of(self._interface)
            events.join("mlme")
            events.socket.setblocking(False)
            self._poll(family, index)
            while len(self.samples) < SAMPLES and not self._stopped.is_set():
                if select.select([events.socket], [], [], PERIOD)[0]:
                    self.receive(events, index)
                else:
                    self._poll(family, index)

    def _poll(self, family: Family, index: int) -> None:
        with contextlib.suppress(OSError):
            there = nl.stations(family, index)[:1]
            for station in there:
                self._add(station)
            self._continued = bool(there)

    def receive(self, events: Family, index: int) -> None:
        """Take the final counters of our deleted stations."""
        with contextlib.suppress(OSError):  # overrun: the polls remain
            for message in events.notifications(events.socket.recv(BUFFER)):
                attrs = message.attributes
                ours = number(attrs.get(nl.IFINDEX)) == index
                if ours and message.command == nl.DEL_STATION:
                    self._add(attrs)
                    self._continued = False

    def _add(self, station: Attributes) -> None:
        self.samples.append(sample(self._now(), station, self._continued))
