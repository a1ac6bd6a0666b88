"""How is a scan carried out, and when is it over? (nl80211)"""

import asyncio
import errno
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from posdiag.system import _nl80211 as nl
from posdiag.system._genetlink import BUFFER, Attributes, number
from posdiag.system._wifi_bss import ASSOCIATED, FREQUENCY, STATUS, points
from posdiag.system._wifi_manager import request_scan
from posdiag.system._wifi_radio import channels
from posdiag.system.wifi_answers import RadioChannel

Why = Literal["", "no-rights", "busy", "trouble"]

ENDS = {nl.NEW_SCAN_RESULTS, nl.SCAN_ABORTED}
RECENT = 15.0  # seconds
LEAST = 1.0  # seconds that are worth beginning another scan
# The bands where payment terminals are. Below is 802.11ah; above are 59 channels of
# 6 GHz, where no terminal is and a scan takes longer than in all others together.
BANDS = ((2400, 2500), (4900, 5950))


def clock() -> float:
    """The kernel's own for what it hears: from boot, with the time asleep."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True, slots=True)
class Place:
    """What a scan needs to know of its interface."""

    name: str
    index: int
    wiphy: int
    joined: bool
    rounds: tuple[tuple[int, ...], ...]  # frequencies; the last is a repetition


def look(name: str) -> Place:
    """OSError where it is no Wi-Fi interface."""
    index = nl.index_of(name)
    with nl.kernel() as family:
        said = nl.interface(family, index)
        wiphy = number(said.get(nl.WIPHY)) or 0
        heard = nl.heard(family, index)
        every = channels(nl.wiphy(family, wiphy))
    joined = any(number(bss.get(STATUS)) == ASSOCIATED for bss in heard)
    known = {number(bss.get(FREQUENCY)) or 0 for bss in heard}
    return Place(name, index, wiphy, joined, plan(every, known, joined))


def plan(
    every: Iterable[RadioChannel], known: set[int], joined: bool
) -> tuple[tuple[int, ...], ...]:
    """Where to listen: where somebody was heard, then where we may ask, which takes a
    quarter of the time, then where we may but listen."""
    kept = [
        channel
        for channel in every
        if not channel.disabled
        and any(low <= channel.frequency < high for low, high in BANDS)
    ]
    kept.sort(key=lambda c: (c.frequency not in known, c.frequency))
    near = tuple(c.frequency for c in kept if c.frequency in known or not c.silent)
    far = tuple(c.frequency for c in kept if c.frequency not in known and c.silent)
    if not joined or not near or not far:
        return (near + far, near + far)
    return (near, far, near)


class Listener:
    """Hears the ends of scans, also of others' scans."""

    def __init__(self, place: Place, deadline: float) -> None:
        self._place, self._deadline = place, deadline
        self._family = nl.kernel()
        self._family.join("scan")
        self._family.socket.setblocking(False)

    def close(self) -> None:
        self._family.socket.close()

    def forget(self) -> None:
        """What ended until now is not what ends next."""
        with suppress(OSError):
            while self._family.socket.recv(BUFFER):
                pass

    @property
    def left(self) -> float:
        return self._deadline - time.monotonic()

    async def end(self) -> bool | None:
        """True: it came to its end; False: it was given up; None: it goes on."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(max(0.0, self.left)):
                while True:
                    data = await loop.sock_recv(self._family.socket, BUFFER)
                    for message in self._family.notifications(data):
                        wiphy = number(message.attributes.get(nl.WIPHY))
                        if wiphy == self._place.wiphy and message.command in ENDS:
                            return message.command == nl.NEW_SCAN_RESULTS
        except (TimeoutError, OSError):  # OSError: it came in a burst and was lost
            return None


async def carry_out(place: Place, name: bytes, deadline: float) -> tuple[Why, float]:
    """Scan until `deadline` (monotonic). What stood in the way, and for how long back
    what is heard counts as heard by this scan.

    One scan misses a beacon now and then, so whoever is looked for and not heard is
    called once more. While joined, each channel costs the live connection a pause, so
    those where we may but listen are visited only for one who was not heard elsewhere.
    """
    listener = await asyncio.to_thread(Listener, place, deadline)
    try:
        return await _rounds(place, name, listener)
    finally:
        listener.close()


async def _rounds(place: Place, name: bytes, listener: Listener) -> tuple[Why, float]:
    began, names = clock(), (b"", name) if name else (b"",)
    rounds, others = list(place.rounds), False
    whole = len(rounds) - 1  # the last one is a repetition
    while rounds and (len(rounds) > 1 or listener.left > LEAST):
        listener.forget()
        # What the supplicant knows is not forgotten while it may want to roam.
        flush = not place.joined and len(rounds) > whole and not others
        code = await asyncio.to_thread(_begin, place, names, rounds[0], flush)
        if code in nl.REFUSED:
            return await _by_manager(place, name, listener, began)
        if code not in (0, errno.EBUSY):
            return "trouble", RECENT
        ended = await listener.end()
        if ended is None and not code:
            await asyncio.to_thread(_stop, place)
        if not ended:
            break
        others = others or code == errno.EBUSY
        if not name or await asyncio.to_thread(_heard, place, name):
            return "", RECENT if others else clock() - began
        # Another's scan did not call a hidden one by its name.
        if not code:
            del rounds[0]
    if len(rounds) > 1:
        return "busy", RECENT
    return "", RECENT if others else clock() - began


async def _by_manager(
    place: Place, name: bytes, listener: Listener, began: float
) -> tuple[Why, float]:
    if not await request_scan(place.name, name):
        return "no-rights", RECENT
    ended = await listener.end()
    return ("", clock() - began) if ended else ("busy", RECENT)


def _begin(
    place: Place, names: Sequence[bytes], frequencies: Sequence[int], flush: bool
) -> int:
    """0 or the errno of the refusal."""
    try:
        with nl.kernel() as family:
            nl.trigger(family, place.index, names, frequencies, flush)
    except OSError as error:
        return error.errno or errno.EIO
    return 0


def _stop(place: Place) -> None:
    try:
        with nl.kernel() as family:
            nl.abort(family, place.index)
    except OSError:
        return  # it is over


def remembered(place: Place) -> list[Attributes]:
    with nl.kernel() as family:
        return nl.heard(family, place.index)


def _heard(place: Place, name: bytes) -> bool:
    now = clock()
    return any(point.ssid == name.hex() for point in points(remembered(place), now))
