"""How well is the access point heard while it is being joined, and do our frames reach
it? A thread of its own asks the kernel several times a second, and is told how it was
with a station that is gone: one that never answers is there for milliseconds (nl80211).
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

PERIOD = 0.2  # seconds between two looks
SAMPLES = 2000  # of one test


class Sample(NamedTuple):
    """One look at one station: counters since it was made, its address, and whether
    there was one at the look before, or no look."""

    seconds: float
    signal: int | None
    sent: int | None
    retries: int | None
    failed: int | None
    address: bytes = b""
    still: bool = True


def sample(seconds: float, station: Attributes, still: bool) -> Sample:
    told = attributes(station.get(nl.STA_INFO, b""))
    sent, retries, failed = (number(told.get(key)) for key in (SENT, RETRIES, FAILED))
    # 0 stands in the kernel's table until the first frame has come.
    signal = number(told.get(STA_SIGNAL), signed=True)
    address = station.get(nl.MAC, b"")
    return Sample(seconds, signal or None, sent, retries, failed, address, still)


def _made_anew(before: Sample | None, now: Sample) -> bool:
    """Is that another station than the one of the last look, or the same anew?"""
    if before is None or not now.still:
        return not now.still
    return now.address != before.address or (now.sent or 0) < (before.sent or 0)


def summary(samples: Iterable[Sample], begin: float, end: float) -> dict[str, Any]:
    """`signal`, `sent`, `retries` and `failed` of a `JoinAttempt`, as far as known:
    of all stations that were made within its time. The one that was there when it
    began is the former access point, or what is left of the attempt before."""
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
    """The looks at each station that was made between `begin` and `end`."""
    lives: list[list[Sample]] = []
    last = None
    for one in samples:
        if begin <= one.seconds <= end:
            if _made_anew(last, one):
                lives.append([])
            if lives:
                lives[-1].append(one)
        last = one
    return lives


class Station:
    """Watches from `start` to `stop`, by the clock `now`."""

    def __init__(self, interface: str, now: Callable[[], float]) -> None:
        self._interface = interface
        self._now = now
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._still = True  # there before, for all that is known
        self.samples: list[Sample] = []

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()

    def _watch(self) -> None:
        with contextlib.suppress(OSError), nl.kernel() as family, nl.kernel() as told:
            index = nl.index_of(self._interface)
            told.join("mlme")
            told.socket.setblocking(False)
            self._look(family, index)
            while len(self.samples) < SAMPLES and not self._over.is_set():
                if select.select([told.socket], [], [], PERIOD)[0]:
                    self.hear(told, index)
                else:
                    self._look(family, index)

    def _look(self, family: Family, index: int) -> None:
        with contextlib.suppress(OSError):
            there = nl.stations(family, index)[:1]
            for station in there:
                self._add(station)
            self._still = bool(there)

    def hear(self, told: Family, index: int) -> None:
        """Take what the kernel has told of stations of ours that are gone."""
        with contextlib.suppress(OSError):  # some were lost, and looks remain
            for message in told.notifications(told.socket.recv(BUFFER)):
                said = message.attributes
                ours = number(said.get(nl.IFINDEX)) == index
                if ours and message.command == nl.DEL_STATION:
                    self._add(said)
                    self._still = False

    def _add(self, station: Attributes) -> None:
        self.samples.append(sample(self._now(), station, self._still))
