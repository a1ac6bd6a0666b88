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
    """One look at one station; counters since it was made."""

    seconds: float
    signal: int | None
    sent: int | None
    retries: int | None
    failed: int | None


def sample(seconds: float, station: Attributes) -> Sample:
    told = attributes(station.get(nl.STA_INFO, b""))
    counts = (number(told.get(key)) for key in (SENT, RETRIES, FAILED))
    signal = number(told.get(STA_SIGNAL), signed=True)
    # 0 stands in the kernel's table until the first frame has come.
    return Sample(seconds, signal or None, *counts)


def summary(samples: Iterable[Sample], begin: float, end: float) -> dict[str, Any]:
    """`signal`, `sent`, `retries` and `failed` of a `JoinAttempt`, as far as known."""
    seen = [one for one in samples if begin <= one.seconds <= end]
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
            while len(self.samples) < SAMPLES and not self._over.wait(PERIOD):
                with contextlib.suppress(OSError):
                    for station in nl.stations(family, index)[:1]:
                        self.samples.append(sample(self._now(), station))
