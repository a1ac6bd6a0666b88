"""When is one attempt to join a network over, and how did it end? The events of all
sources go into one log; `outcome_of` judges them and is pure."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Literal

from posdiag.model.questions.wifi_answers import EventKind, WifiEvent

Outcome = Literal["joined", "failed", "silent"]

MOST = 400  # events of one test
MOST_CHANNELS = 8
# Seconds after a rejection in which the supplicant's own retry may still succeed.
RETRY_TIME = 2.0
NOT_FOUND = 2  # scans without the network, after which another will not find it
SCAN_APART = 1.0  # seconds; reports that are closer rest on one and the same scan
# Not final: association comeback time, anti-clogging token required, SAE hash to
# element (IEEE 802.11-2020, table 9-50).
NOT_FINAL = frozenset({30, 76, 126})
AP_RESPONDED: tuple[EventKind, ...] = (
    "authenticated", "auth-rejected", "associated", "assoc-rejected", "connected",
    "key-suspected",
)  # fmt: skip
"""Events that need a frame of the access point."""


@dataclass(frozen=True, slots=True)
class SeenNetwork:
    """A network in the last scan: what it `offers` ("open", "wep", "wpa", "" not
    known), its strongest signal in dBm, and its frequencies in MHz."""

    offers: str = ""
    signal: float | None = None
    frequencies: tuple[int, ...] = ()

    def merged_with(self, other: "SeenNetwork") -> "SeenNetwork":
        """Two access points of one network."""
        stronger = max(self, other, key=lambda one: one.signal or -1000.0)
        both = dict.fromkeys((*self.frequencies, *other.frequencies))
        return SeenNetwork(
            stronger.offers, stronger.signal, tuple(both)[:MOST_CHANNELS]
        )


class EventLog:
    """All events since the request, in order of arrival; times are seconds since."""

    def __init__(self) -> None:
        self._start = monotonic()
        self._changed = asyncio.Event()
        self.events: list[WifiEvent] = []

    def now(self) -> float:
        return monotonic() - self._start

    def since(self, mark: int) -> list[WifiEvent]:
        """The events from number `mark` on, in order of time."""
        return sorted(self.events[mark:], key=lambda event: event.seconds)

    def add(self, event: WifiEvent | None) -> None:
        if event is not None and len(self.events) < MOST:
            self.events.append(event)
        self.notify()

    def notify(self) -> None:
        """Wake up `wait`, also for what is no event."""
        self._changed.set()

    async def wait(self, seconds: float) -> None:
        """Until something is added, at most `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return
        self._changed.clear()


def relevant(events: Sequence[WifiEvent]) -> list[WifiEvent]:
    """Without leaving the former network (a disconnect by this machine before the new
    access point responded), and without a suspected key where this machine broke off
    the handshake: wpa_supplicant suspects the key whichever side does."""
    kept: list[WifiEvent] = []
    responded = broken_off = False
    for event in events:
        responded = responded or event.kind in AP_RESPONDED
        if event.kind == "disconnected" and event.source != "kernel":
            broken_off = event.local
        leaving = event.kind == "disconnected" and event.local and not responded
        if not leaving and not (event.kind == "key-suspected" and broken_off):
            kept.append(event)
    return kept


def outcome_of(events: Sequence[WifiEvent], now: float, end: float) -> Outcome | None:
    """How the attempt of these events ended; None while it goes on. `end`: when its
    time is up. Only the supplicant or the manager knows that it joined: the kernel does
    not see whether the keys that they derive are right."""
    own = [e for e in relevant(events) if e.source != "kernel"]
    joined = [e for e in own if e.kind == "connected"]
    if joined:
        return "joined"
    if any(e.kind in ("key-suspected", "given-up") for e in own):
        return _failed_or_silent(events)
    rejected = [e.seconds for e in relevant(events) if _is_rejection(e)]
    if rejected and now - rejected[0] >= RETRY_TIME:
        return "failed"
    missed = [e.seconds for e in own if e.kind == "not-found"]
    if len(missed) >= NOT_FOUND and missed[-1] - missed[0] >= SCAN_APART:
        return _failed_or_silent(events)
    return _failed_or_silent(events) if now >= end else None


def _is_rejection(event: WifiEvent) -> bool:
    if event.kind in ("auth-rejected", "assoc-rejected"):
        return event.code not in NOT_FINAL
    return event.kind == "disconnected"


def _failed_or_silent(events: Sequence[WifiEvent]) -> Outcome:
    seen = relevant(events)
    responded = any(e.kind in AP_RESPONDED or _is_rejection(e) for e in seen)
    return "failed" if responded else "silent"


def disconnected_by_ap(events: Sequence[WifiEvent]) -> bool:
    """Did the access point end an association that was complete?"""
    joined = False
    for event in events:
        joined = joined or (event.kind == "connected" and event.source != "kernel")
        if joined and event.kind == "disconnected" and not event.local:
            return True
    return False
