"""How well is the access point heard while it is being joined, and do our frames reach
it? The kernel is asked several times a second by a thread of its own (nl80211)."""

import contextlib
import threading
from collections.abc import Callable, Iterable
from statistics import median
from typing import Any, NamedTuple

from posdiag.system import _nl80211 as nl
from posdiag.system._genetlink import Attributes, attributes, number
from posdiag.system._wifi_link import FAILED, RETRIES, SENT, STA_SIGNAL

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
    of the stations that were made within its time. The one that was there when it
    began is the former access point, or what is left of the attempt before."""
    seen: list[Sample] = []
    last, ours = None, False
    for one in samples:
        if one.seconds > end:
            break
        ours = one.seconds >= begin and (ours or _made_anew(last, one))
        seen += [one] if ours else []
        last = one
    found: dict[str, Any] = {}
    levels = [one.signal for one in seen if one.signal is not None]
    if levels:
        found["signal"] = float(median(levels))
    for name in ("sent", "retries", "failed"):
        counts = [n for one in seen if (n := getattr(one, name)) is not None]
        if counts:
            found[name] = max(counts)
    return found


class Station:
    """Watches from `start` to `stop`, by the clock `now`."""

    def __init__(self, interface: str, now: Callable[[], float]) -> None:
        self._interface = interface
        self._now = now
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.samples: list[Sample] = []

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()

    def _watch(self) -> None:
        with contextlib.suppress(OSError), nl.kernel() as family:
            index = nl.index_of(self._interface)
            still = True
            while len(self.samples) < SAMPLES and not self._over.is_set():
                with contextlib.suppress(OSError):
                    there = nl.stations(family, index)[:1]
                    for station in there:
                        self.samples.append(sample(self._now(), station, still))
                    still = bool(there)
                self._over.wait(PERIOD)
