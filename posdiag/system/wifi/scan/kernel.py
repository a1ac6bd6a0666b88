"""A `Scanner` for one Wi-Fi adapter, by nl80211."""

import asyncio
import errno
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import inf

from posdiag.model.questions.wifi_answers import AccessPoint
from posdiag.system.wifi.managers.detect import request_scan
from posdiag.system.wifi.nl80211 import messages as nl
from posdiag.system.wifi.nl80211.bss import ASSOCIATED, FREQUENCY, STATUS, points
from posdiag.system.wifi.nl80211.radio import channels
from posdiag.system.wifi.nl80211.transport import BUFFER, Attributes, number
from posdiag.system.wifi.scan.plan import (
    ScanNotification,
    ScanRound,
    notification,
    plan,
)


def boot_clock() -> float:
    """Seconds since boot, suspended time included: the clock of the scan cache."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


@dataclass(frozen=True, slots=True)
class ScanTarget:
    """One interface, and the rounds of its scan."""

    name: str
    index: int
    wiphy: int
    joined: bool
    rounds: tuple[ScanRound, ...]


def scan_target(name: str) -> ScanTarget:
    """OSError if it is no Wi-Fi interface."""
    index = nl.index_of(name)
    with nl.kernel() as family:
        wiphy = number(nl.interface(family, index).get(nl.WIPHY)) or 0
        cached = nl.scan_cache(family, index)
        supported = channels(nl.wiphy(family, wiphy))
    own = [bss for bss in cached if number(bss.get(STATUS)) == ASSOCIATED]
    joined = number(own[0].get(FREQUENCY)) if own else None
    rounds = plan(supported, _frequencies(cached), joined)
    return ScanTarget(name, index, wiphy, bool(own), rounds)


def scan_cache(index: int) -> list[Attributes]:
    """The kernel's entries for this interface, up to half a minute old."""
    with nl.kernel() as family:
        return nl.scan_cache(family, index)


def _frequencies(cached: Iterable[Attributes]) -> set[int]:
    return {number(bss.get(FREQUENCY)) or 0 for bss in cached}


class KernelScanner:
    """Receives notifications from its construction on, until `deadline` (monotonic)."""

    def __init__(self, target: ScanTarget, deadline: float) -> None:
        self._target, self._deadline = target, deadline
        self._family = nl.kernel()
        self._queue: list[ScanNotification] = []
        try:
            self._family.join("scan")
        except OSError:
            self.close()
            raise
        self._family.socket.setblocking(False)

    def close(self) -> None:
        self._family.socket.close()

    @property
    def left(self) -> float:
        return self._deadline - time.monotonic()

    def clock(self) -> float:
        return boot_clock()

    def discard(self) -> None:
        self._queue.clear()
        with suppress(OSError):
            while self._family.socket.recv(BUFFER):
                pass

    async def next(self, until: float = inf) -> ScanNotification | None:
        loop = asyncio.get_running_loop()
        left = min(self.left, until - self.clock())
        try:
            async with asyncio.timeout(max(0.0, left)):
                while not self._queue:
                    data = await loop.sock_recv(self._family.socket, BUFFER)
                    for message in self._family.notifications(data):
                        if received := notification(message, self._target.wiphy):
                            self._queue.append(received)
        except (TimeoutError, OSError):  # OSError: overrun, some are lost
            return None
        return self._queue.pop(0)

    async def begin(
        self, ssids: Sequence[bytes], frequencies: Sequence[int], flush: bool
    ) -> int:
        return await asyncio.to_thread(self._begin, ssids, frequencies, flush)

    def _begin(
        self, ssids: Sequence[bytes], frequencies: Sequence[int], flush: bool
    ) -> int:
        try:
            with nl.kernel() as family:
                nl.trigger(family, self._target.index, ssids, frequencies, flush)
        except OSError as error:
            # Some drivers probe for one name only; they report the others all the same.
            if error.errno == errno.EINVAL and len(ssids) > 1:
                return self._begin(ssids[-1:], frequencies, flush)
            return error.errno or errno.EIO
        return 0

    async def abort(self) -> None:
        await asyncio.to_thread(self._abort)

    def _abort(self) -> None:
        with suppress(OSError), nl.kernel() as family:  # OSError: it has ended
            nl.abort(family, self._target.index)

    async def request(self, ssid: bytes) -> bool:
        return await request_scan(self._target.name, ssid)

    async def recent(self) -> set[int]:
        return _frequencies(await asyncio.to_thread(scan_cache, self._target.index))

    async def found(self, ssid: bytes, since: float) -> bool:
        return bool(await self._named(ssid, since))

    async def without_beacon(self, ssid: bytes, since: float) -> Sequence[int]:
        own = await self._named(ssid, since)
        return sorted({p.frequency for p in own if p.hidden is None})

    async def _named(self, ssid: bytes, since: float) -> list[AccessPoint]:
        cached = await asyncio.to_thread(scan_cache, self._target.index)
        found = points(cached, boot_clock(), since)
        return [p for p in found if p.ssid == ssid.hex()]
