"""The steps of a scan, and when an access point counts as absent.

Pure but for its `Scanner`: the kernel's (`scan.kernel`), or a fake in tests.
"""

import errno
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from math import inf
from typing import Literal, Protocol

from posdiag.model.questions.wifi_answers import RadioChannel
from posdiag.system.wifi.nl80211 import messages as nl
from posdiag.system.wifi.nl80211.transport import Message, entries, number

Why = Literal["", "no-rights", "busy", "trouble"]

BUSY = {errno.EBUSY, errno.EAGAIN}
RECENT = 15.0  # seconds
DWELL = 0.5  # seconds of a passive scan, a channel: drivers stay 0.1 to 0.2
PROMPT = 5.2  # seconds after which the second pass begins no active scan
LATEST = 5.9  # seconds after which it begins no passive scan and waits for no other
BEACON = 0.13  # seconds for a beacon of every AP, ten a second, and its report
USUAL = {2412, 2437, 2462}  # channels 1, 6 and 11, where most access points are
LEAST = len(USUAL)  # channels of a passive second pass, even after PROMPT
# MHz. The bands of payment terminals: below is 802.11ah; above are 59 channels of
# 6 GHz, where no terminal is and a scan takes longer than in all others together.
BANDS = ((2400, 2500), (4900, 5950))


@dataclass(frozen=True, slots=True)
class ScanRound:
    """Channels (MHz) of one scan. `active`: with probe requests, else passive.

    `second_pass`: these channels were scanned before, and are again as far as time
    allows, a few always. On `passive_only` channels probing is forbidden (no-IR).
    """

    frequencies: tuple[int, ...]
    active: bool = True
    second_pass: bool = False
    passive_only: frozenset[int] = frozenset()

    def after(self, other: "ScanNotification", recent: AbstractSet[int]) -> "ScanRound":
        """What is left of this round after a scan by another program. On passive-only
        channels that one did what ours would; only those are scanned again where an
        AP may have been found before our time, in `recent`."""
        done = (self.passive_only & other.frequencies) - recent
        left = (f for f in self.frequencies if f not in done)
        return replace(
            self, frequencies=tuple(sorted(left, key=lambda f: f not in recent))
        )


class ScanPace:
    """Seconds that a channel takes, learned since the scan `began`."""

    def __init__(self, began: float) -> None:
        self.each, self.began = 0.0, began

    def learn(self, seconds: float, channels: int) -> None:
        self.each = self.each or seconds / channels

    def fitting(self, planned: ScanRound, now: float, left: float) -> Sequence[int]:
        """The frequencies of a round that there is time for; `left` in all."""
        if not planned.second_pass or not self.each:
            return planned.frequencies
        # A passive scan takes as long as an active one, or as a beacon.
        each = self.each if planned.active else max(self.each, BEACON)
        elapsed = now - self.began
        late = 0 if planned.active else min(LEAST, int((LATEST - elapsed) / each))
        fits = min(int(left / each), max(late, int((PROMPT - elapsed) / each)))
        return planned.frequencies[: max(0, fits)]


@dataclass(frozen=True, slots=True)
class ScanNotification:
    """A scan began, ended or was aborted."""

    command: int
    frequencies: frozenset[int] = frozenset()
    ssids: frozenset[bytes] = frozenset()

    @property
    def began(self) -> bool:
        return self.command == nl.TRIGGER_SCAN

    @property
    def done(self) -> bool:
        return self.command == nl.NEW_SCAN_RESULTS

    def covers(self, frequencies: Iterable[int]) -> bool:
        return self.frequencies.issuperset(frequencies)


class Scanner(Protocol):
    """One adapter for the length of one question. Times in seconds."""

    @property
    def left(self) -> float:
        """Until the question's time is up."""
        ...

    def clock(self) -> float: ...

    async def begin(
        self, ssids: Sequence[bytes], frequencies: Sequence[int], flush: bool
    ) -> int:
        """Begin a scan, passive without names: 0, or the errno of the refusal."""
        ...

    async def abort(self) -> None: ...

    async def request(self, ssid: bytes) -> bool:
        """Ask the manager for a scan; False if there is none or it refuses."""
        ...

    async def next(self, until: float = inf) -> ScanNotification | None:
        """The next notification; None when time is up, or at `until` by our clock."""
        ...

    def discard(self) -> None:
        """Drop notifications that are still queued."""
        ...

    async def recent(self) -> AbstractSet[int]:
        """The frequencies in the kernel's scan cache, which keeps half a minute."""
        ...

    async def found(self, ssid: bytes, since: float) -> bool:
        """Was an AP of this name found within the last `since` seconds?"""
        ...

    async def without_beacon(self, ssid: bytes, since: float) -> Sequence[int]:
        """The frequencies of such APs that sent a probe response but no beacon."""
        ...


def notification(message: Message, wiphy: int) -> ScanNotification | None:
    """A kernel notification about a scan of this adapter; None for any other."""
    attrs = message.attributes
    kinds = (nl.TRIGGER_SCAN, nl.NEW_SCAN_RESULTS, nl.SCAN_ABORTED)
    if message.command not in kinds or number(attrs.get(nl.WIPHY)) != wiphy:
        return None
    numbers = (number(body) for _, body in entries(attrs.get(nl.SCAN_FREQUENCIES, b"")))
    ssids = frozenset(body for _, body in entries(attrs.get(nl.SCAN_SSIDS, b"")))
    return ScanNotification(message.command, frozenset(filter(None, numbers)), ssids)


def plan(
    channels: Iterable[RadioChannel], recent: set[int], joined: int | None
) -> tuple[ScanRound, ...]:
    """The rounds of a scan: first the frequencies of `recent`, last a second pass.
    `joined` is the frequency of our own association.

    While joined, each channel interrupts the connection. So the first round has only
    2.4 GHz, where terminals are, and our own band; passive-only channels take four
    times as long and are left to the second round.
    """
    usable = [
        channel
        for channel in channels
        if not channel.disabled
        and any(low <= channel.frequency < high for low, high in BANDS)
    ]
    usable.sort(key=lambda c: (c.frequency not in recent, c.frequency))
    whole = tuple(c.frequency for c in usable)
    passive = frozenset(c.frequency for c in usable if c.silent or c.radar)
    if joined is None:
        return (ScanRound(whole, passive_only=passive), *_second_pass(whole, recent))
    highest = BANDS[0 if joined < BANDS[0][1] else 1][1]
    near = tuple(f for f in whole if f in recent or (f < highest and f not in passive))
    far = tuple(f for f in whole if f not in near)
    first = (near, far) if near and far else (whole,)
    rounds = (ScanRound(fs, passive_only=passive & set(fs)) for fs in first)
    return (*rounds, *_second_pass(first[0], recent))


def _second_pass(
    frequencies: Sequence[int], recent: set[int]
) -> tuple[ScanRound, ScanRound]:
    """A passive round, then an active one. An AP that denies our address sends no probe
    response; its beacons are received, but only half of the time in an active scan,
    where a driver stays 0.03 s. A hidden AP is probed once more after that."""

    def rank(frequency: int) -> tuple[bool, bool]:
        return frequency not in recent, frequency not in USUAL

    low = [f for f in frequencies if f in recent or f < BANDS[0][1]]
    likeliest = tuple(sorted(low or frequencies, key=rank))
    passive = ScanRound(likeliest, active=False, second_pass=True)
    return passive, ScanRound(likeliest, second_pass=True)


async def carry_out(
    scanner: Scanner, rounds: Sequence[ScanRound], ssid: bytes, joined: bool
) -> tuple[Why, float]:
    """Scan until an AP of this name is found (b"" for any), all rounds are done or time
    is up. Returns what prevented a whole scan, and up to which age in seconds entries
    count. The second pass is for beacons that the first scan missed."""
    began, ssids = scanner.clock(), (b"", ssid) if ssid else (b"",)
    # The supplicant's cache is not flushed while it may want to roam.
    left, flush, pace = list(rounds), not joined, ScanPace(began)
    while left and (chosen := pace.fitting(left[0], scanner.clock(), scanner.left)):
        scanner.discard()
        probed, started = ssids if left[0].active else (), scanner.clock()
        until = began + LATEST if left[0].second_pass else inf
        code, end = await _scan(scanner, probed, chosen, flush, until)
        if code in nl.REFUSED:
            return await _by_manager(scanner, rounds[0].frequencies, ssid)
        if code and code not in BUSY:
            return "trouble", RECENT
        whole = end is not None and end.done
        if end and whole and code:
            recent = await scanner.recent()
            left = [r for one in left if (r := one.after(end, recent)).frequencies]
            if not end.covers(chosen):
                continue  # another program's, of a few channels: now it is our turn
        since = scanner.clock() - began
        if not ssid or await scanner.found(ssid, since):
            if ssid and not joined and not code:
                await _wait_for_beacons(scanner, ssid, since)
            return "", scanner.clock() - began if whole and not code else RECENT
        if not whole:
            break
        flush = False
        # Another program's scan did not probe for a hidden name.
        if not code:
            pace.learn(scanner.clock() - started, len(chosen))
            del left[0]
    undone = left and not left[0].second_pass
    return ("busy", RECENT) if undone else ("", scanner.clock() - began)


async def _scan(
    scanner: Scanner,
    ssids: Sequence[bytes],
    frequencies: Sequence[int],
    flush: bool,
    until: float = inf,
) -> tuple[int, ScanNotification | None]:
    """One scan of ours, or the one that is under way: the errno of a refusal, and how
    it ended, None if not in time."""
    code = await scanner.begin(ssids, frequencies, flush)
    if code and code not in BUSY:
        return code, None
    end = await _end(scanner, until)
    if end is None and not code:
        await scanner.abort()
    return code, end


async def _wait_for_beacons(scanner: Scanner, ssid: bytes, since: float) -> None:
    """Only beacons, ten a second, show whether an AP that answers to its name hides it:
    a passive scan of those channels alone."""
    frequencies = await scanner.without_beacon(ssid, since)
    if frequencies and scanner.left > DWELL * len(frequencies):
        scanner.discard()
        await _scan(scanner, (), frequencies, flush=False)


async def _end(scanner: Scanner, until: float) -> ScanNotification | None:
    while (received := await scanner.next(until)) and received.began:
        pass
    return received


async def _by_manager(
    scanner: Scanner, frequencies: Sequence[int], ssid: bytes
) -> tuple[Why, float]:
    """The manager may delay the scan, and scan for reasons of its own first."""
    if not await scanner.request(ssid):
        return "no-rights", RECENT
    began, probed = None, False
    while received := await scanner.next():
        if received.began and received.covers(frequencies):
            began, probed = scanner.clock(), not ssid or ssid in received.ssids
        elif received.done and began is not None:
            since = scanner.clock() - began
            if probed or await scanner.found(ssid, since):
                return "", since
            began = None
    if began is not None and (
        not ssid or await scanner.found(ssid, scanner.clock() - began)
    ):
        return "", RECENT
    return "busy", RECENT
