"""In which steps is a scan carried out, and when may one say who is there?

Pure but for the `Air` that it is given: the kernel's in `_wifi_air`, a fake in tests.
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
LISTEN = 0.5  # seconds, for one channel: a driver stays 0.1 to 0.2
PROMPT = 5.2  # seconds after which no channel is scanned again
LATEST = 5.9  # seconds after which none is listened to either, nor others waited for
BEACON = 0.13  # seconds for a beacon of everybody, ten a second, and to get there
USUAL = {2412, 2437, 2462}  # channels 1, 6 and 11, where most access points are
LEAST = len(USUAL)  # channels that are listened to even after that
# The bands where payment terminals are. Below is 802.11ah; above are 59 channels of
# 6 GHz, where no terminal is and a scan takes longer than in all others together.
BANDS = ((2400, 2500), (4900, 5950))


@dataclass(frozen=True, slots=True)
class Round:
    """Channels to scan: `call` asks who is there, else they are but listened to.
    `again`: there before, and only as long as there is time; but a few channels are
    always listened to. On the `silent` ones of them a call is not allowed."""

    where: tuple[int, ...]
    call: bool = True
    again: bool = False
    silent: frozenset[int] = frozenset()

    def after(self, other: "Notice", known: AbstractSet[int]) -> "Round":
        """What is left of this round after another's scan. Where nobody may call, that
        one has listened as ours would: only those whom it may have heard before our
        time are listened for again."""
        done = (self.silent & other.frequencies) - known
        kept = (f for f in self.where if f not in done)
        return replace(self, where=tuple(sorted(kept, key=lambda f: f not in known)))


class Pace:
    """How long scanning takes since it `began`."""

    def __init__(self, began: float) -> None:
        self.each, self.since = 0.0, began  # `each`: seconds a channel

    def learn(self, seconds: float, channels: int) -> None:
        self.each = self.each or seconds / channels

    def fitting(self, planned: Round, now: float, left: float) -> Sequence[int]:
        """The channels of a round that there is time for; `left` until all is over."""
        if not planned.again or not self.each:
            return planned.where
        # To listen takes as long as a call does, or as a beacon.
        each = self.each if planned.call else max(self.each, BEACON)
        gone = now - self.since
        late = 0 if planned.call else min(LEAST, int((LATEST - gone) / each))
        fits = min(int(left / each), max(late, int((PROMPT - gone) / each)))
        return planned.where[: max(0, fits)]


@dataclass(frozen=True, slots=True)
class Notice:
    """A scan began, or came to its end, or was given up."""

    command: int
    frequencies: frozenset[int] = frozenset()
    names: frozenset[bytes] = frozenset()

    @property
    def began(self) -> bool:
        return self.command == nl.TRIGGER_SCAN

    @property
    def done(self) -> bool:
        return self.command == nl.NEW_SCAN_RESULTS

    def covers(self, frequencies: Iterable[int]) -> bool:
        return self.frequencies.issuperset(frequencies)


class Air(Protocol):
    """One adapter for the length of one question."""

    @property
    def left(self) -> float:
        """Seconds until the question's time is up."""
        ...

    def clock(self) -> float: ...

    async def begin(
        self, names: Sequence[bytes], frequencies: Sequence[int], flush: bool
    ) -> int:
        """Begin a scan: 0, or the errno of the refusal."""
        ...

    async def stop(self) -> None:
        """Give up the scan that we began."""
        ...

    async def request(self, name: bytes) -> bool:
        """Have the manager scan; False where there is none or it refuses."""
        ...

    async def next(self, until: float = inf) -> Notice | None:
        """What happens next; None when time is up, or at `until` by our clock."""
        ...

    def forget(self) -> None:
        """Pass over what has happened until now."""
        ...

    async def known(self) -> AbstractSet[int]:
        """The frequencies where somebody was heard in the last half minute."""
        ...

    async def hears(self, name: bytes, since: float) -> bool:
        """Was somebody of this name heard within so many seconds?"""
        ...

    async def answered(self, name: bytes, since: float) -> Sequence[int]:
        """The frequencies of those of this name whose answers were heard, but none of
        their beacons."""
        ...


def notice(message: Message, wiphy: int) -> Notice | None:
    """What a notification says of a scan by this adapter."""
    said = message.attributes
    kinds = (nl.TRIGGER_SCAN, nl.NEW_SCAN_RESULTS, nl.SCAN_ABORTED)
    if message.command not in kinds or number(said.get(nl.WIPHY)) != wiphy:
        return None
    where = (number(body) for _, body in entries(said.get(nl.SCAN_FREQUENCIES, b"")))
    names = (body for _, body in entries(said.get(nl.SCAN_SSIDS, b"")))
    return Notice(message.command, frozenset(filter(None, where)), frozenset(names))


def plan(
    every: Iterable[RadioChannel], known: set[int], joined: int | None
) -> tuple[Round, ...]:
    """Where to listen in each round: first where somebody was heard already, at last
    once more. `joined` is the frequency of our own association.

    While joined, each channel costs the live connection a pause. So the first round has
    only where terminals are, which is 2.4 GHz, and our own band; channels where we may
    but listen take four times as long, and are left to the second.
    """
    kept = [
        channel
        for channel in every
        if not channel.disabled
        and any(low <= channel.frequency < high for low, high in BANDS)
    ]
    kept.sort(key=lambda c: (c.frequency not in known, c.frequency))
    whole = tuple(c.frequency for c in kept)
    silent = frozenset(c.frequency for c in kept if c.silent or c.radar)
    if joined is None:
        return (Round(whole, silent=silent), *_again(whole, known))
    highest = BANDS[0 if joined < BANDS[0][1] else 1][1]
    near = tuple(
        c.frequency
        for c in kept
        if c.frequency in known or (c.frequency < highest and c.frequency not in silent)
    )
    far = tuple(f for f in whole if f not in near)
    first = (near, far) if near and far else (whole,)
    rounds = (Round(where, silent=silent & set(where)) for where in first)
    return (*rounds, *_again(first[0], known))


def _again(where: Sequence[int], known: set[int]) -> tuple[Round, Round]:
    """One that turns us away by our address does not answer when called; its beacons
    are heard, but half of the time not while a call waits for its answers, which takes
    a driver 0.03 s. One that hides its name is called once more after that."""

    def rank(frequency: int) -> tuple[bool, bool]:
        return frequency not in known, frequency not in USUAL

    low = [f for f in where if f in known or f < BANDS[0][1]]
    likeliest = tuple(sorted(low or where, key=rank))
    return Round(likeliest, call=False, again=True), Round(likeliest, again=True)


async def carry_out(
    air: Air, rounds: Sequence[Round], name: bytes, joined: bool
) -> tuple[Why, float]:
    """Scan until somebody of this name is heard (b"" for anybody), all rounds are done,
    or time is up. What stood in the way, and for how long back what is heard counts.

    One scan misses a beacon now and then, so whoever is looked for and not heard is
    looked for once more, on as many channels as there is time for.
    """
    began, names = air.clock(), (b"", name) if name else (b"",)
    left, flush, pace = list(rounds), not joined, Pace(began)
    while left and (where := pace.fitting(left[0], air.clock(), air.left)):
        air.forget()
        called, started = names if left[0].call else (), air.clock()
        # What the supplicant knows is not forgotten while it may want to roam.
        until = began + LATEST if left[0].again else inf
        code, end = await _scan(air, called, where, flush, until)
        if code in nl.REFUSED:
            return await _by_manager(air, rounds[0].where, name)
        if code and code not in BUSY:
            return "trouble", RECENT
        whole = end is not None and end.done
        if end and whole and code:
            known = await air.known()
            left = [r for one in left if (r := one.after(end, known)).where]
            if not end.covers(where):
                continue  # another's, of a few channels: now it is our turn
        since = air.clock() - began
        if not name or await air.hears(name, since):
            if name and not joined and not code:
                await _beacons(air, name, since)
            return "", air.clock() - began if whole and not code else RECENT
        if not whole:
            break
        flush = False
        # Another's scan did not call a hidden one by its name.
        if not code:
            pace.learn(air.clock() - started, len(where))
            del left[0]
    undone = left and not left[0].again  # what is done again comes last
    return ("busy", RECENT) if undone else ("", air.clock() - began)


async def _scan(
    air: Air,
    names: Sequence[bytes],
    where: Sequence[int],
    flush: bool,
    until: float = inf,
) -> tuple[int, Notice | None]:
    """One scan of ours, or of another where that is under way: the errno of a refusal,
    and how it ended, None where it was not over in time."""
    code = await air.begin(names, where, flush)
    if code and code not in BUSY:
        return code, None
    end = await _end(air, until)
    if end is None and not code:
        await air.stop()
    return code, end


async def _beacons(air: Air, name: bytes, since: float) -> None:
    """Who answers to a name may hide it: only the beacons, ten a second, tell. They are
    listened for on those channels alone, without a call."""
    where = await air.answered(name, since)
    if where and air.left > LISTEN * len(where):
        air.forget()
        await _scan(air, (), where, flush=False)


async def _end(air: Air, until: float) -> Notice | None:
    while (heard := await air.next(until)) and heard.began:
        pass
    return heard


async def _by_manager(
    air: Air, frequencies: Sequence[int], name: bytes
) -> tuple[Why, float]:
    """It may take its time before it scans, and scan for reasons of its own first."""
    if not await air.request(name):
        return "no-rights", RECENT
    began, called = None, False
    while heard := await air.next():
        if heard.began and heard.covers(frequencies):
            began, called = air.clock(), not name or name in heard.names
        elif heard.done and began is not None:
            since = air.clock() - began
            if called or await air.hears(name, since):
                return "", since
            began = None
    if began is not None and (not name or await air.hears(name, air.clock() - began)):
        return "", RECENT
    return "busy", RECENT
