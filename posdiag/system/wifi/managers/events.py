"""When is one try to join a network over, and how did it end? What all sources told is
kept on one tape; `ended` reads it and is pure."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Literal

from posdiag.model.questions.wifi_answers import EventKind, WifiEvent

Outcome = Literal["joined", "failed", "silent"]

MOST = 400  # events of one test
MOST_CHANNELS = 8
# Seconds after a refusal in which the supplicant's own next try may still succeed.
SECOND_THOUGHT = 2.0
NOT_FOUND = 2  # scans without the network, after which another will not find it
SCAN_APART = 1.0  # seconds; what was said sooner rests on one and the same scan
# The access point asks for patience or for another form of the same: anti-clogging
# token, "come back later", SAE hash to element (IEEE 802.11-2020, table 9-50).
PATIENCE = frozenset({30, 76, 126})
HEARD: frozenset[EventKind] = frozenset(
    {
        "authenticated",
        "auth-rejected",
        "associated",
        "assoc-rejected",
        "connected",
        "key-suspected",
    }
)


@dataclass(frozen=True, slots=True)
class Heard:
    """A network as it was last heard: what it `offers` ("open", "wep", "wpa", "" not
    known), its loudest signal in dBm, and its frequencies in MHz."""

    offers: str = ""
    signal: float | None = None
    frequencies: tuple[int, ...] = ()

    def and_also(self, other: "Heard") -> "Heard":
        """Two access points of one network."""
        louder = max(self, other, key=lambda one: one.signal or -1000.0)
        both = dict.fromkeys((*self.frequencies, *other.frequencies))
        return Heard(louder.offers, louder.signal, tuple(both)[:MOST_CHANNELS])


class Tape:
    """Everything that was told since the question was asked, in order."""

    def __init__(self) -> None:
        self._start = monotonic()
        self._grew = asyncio.Event()
        self.events: list[WifiEvent] = []

    def now(self) -> float:
        return monotonic() - self._start

    def since(self, mark: int) -> list[WifiEvent]:
        """The events from number `mark` on, in the order in which they happened."""
        return sorted(self.events[mark:], key=lambda event: event.seconds)

    def add(self, event: WifiEvent | None) -> None:
        if event is not None and len(self.events) < MOST:
            self.events.append(event)
        self.stir()

    def stir(self) -> None:
        """Wake who waits: something happened that is no event."""
        self._grew.set()

    async def wait(self, seconds: float) -> None:
        """Until something happens, at most `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._grew.wait()
        except TimeoutError:
            return
        self._grew.clear()


def relevant(events: Sequence[WifiEvent]) -> list[WifiEvent]:
    """Without the farewell to the former network (what this machine ended itself before
    the access point was heard), and without a suspicion of the key for which this
    machine gave the cause: wpa_supplicant has one whoever breaks a handshake off."""
    kept: list[WifiEvent] = []
    heard = broken = False
    for event in events:
        heard = heard or event.kind in HEARD
        if event.kind == "disconnected" and event.source != "kernel":
            broken = event.local
        farewell = event.kind == "disconnected" and event.local and not heard
        if not farewell and not (event.kind == "key-suspected" and broken):
            kept.append(event)
    return kept


def ended(events: Sequence[WifiEvent], now: float, end: float) -> Outcome | None:
    """How the try ended whose events these are; None while it goes on. `end`: when its
    time is up. Whether it joined is said by the supplicant or the manager, since the
    kernel knows nothing of keys that others have made."""
    own = [e for e in relevant(events) if e.source != "kernel"]
    joined = [e for e in own if e.kind == "connected"]
    if joined:
        return "joined"
    if any(e.kind in ("key-suspected", "given-up") for e in own):
        return _lost(events)
    refused = [e.seconds for e in relevant(events) if _is_refusal(e)]
    if refused and now - refused[0] >= SECOND_THOUGHT:
        return "failed"
    missed = [e.seconds for e in own if e.kind == "not-found"]
    if len(missed) >= NOT_FOUND and missed[-1] - missed[0] >= SCAN_APART:
        return _lost(events)
    return _lost(events) if now >= end else None


def _is_refusal(event: WifiEvent) -> bool:
    if event.kind in ("auth-rejected", "assoc-rejected"):
        return event.code not in PATIENCE
    return event.kind == "disconnected"


def _lost(events: Sequence[WifiEvent]) -> Outcome:
    heard = any(e.kind in HEARD or _is_refusal(e) for e in relevant(events))
    return "failed" if heard else "silent"


def thrown_out(events: Sequence[WifiEvent]) -> bool:
    """Did the other side end an association that was complete?"""
    joined = False
    for event in events:
        joined = joined or (event.kind == "connected" and event.source != "kernel")
        if joined and event.kind == "disconnected" and not event.local:
            return True
    return False
