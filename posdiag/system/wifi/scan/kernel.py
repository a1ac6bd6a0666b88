"""One Wi-Fi adapter, and all that happens on it while a scan is on (nl80211)."""

import asyncio
import errno
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import inf

from posdiag.system.wifi.managers.detect import request_scan
from posdiag.system.wifi.nl80211 import messages as nl
from posdiag.system.wifi.nl80211.bss import ASSOCIATED, FREQUENCY, STATUS, points
from posdiag.system.wifi.nl80211.radio import channels
from posdiag.system.wifi.nl80211.transport import BUFFER, Attributes, number
from posdiag.system.wifi.scan.plan import Notice, Round, notice, plan


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
    rounds: tuple[Round, ...]


def look(name: str) -> Place:
    """OSError where it is no Wi-Fi interface."""
    index = nl.index_of(name)
    with nl.kernel() as family:
        said = nl.interface(family, index)
        wiphy = number(said.get(nl.WIPHY)) or 0
        heard = nl.heard(family, index)
        every = channels(nl.wiphy(family, wiphy))
    own = [bss for bss in heard if number(bss.get(STATUS)) == ASSOCIATED]
    joined = number(own[0].get(FREQUENCY)) if own else None
    rounds = plan(every, where(heard), joined)
    return Place(name, index, wiphy, bool(own), rounds)


def where(heard: Iterable[Attributes]) -> set[int]:
    return {number(bss.get(FREQUENCY)) or 0 for bss in heard}


def remembered(index: int) -> list[Attributes]:
    with nl.kernel() as family:
        return nl.heard(family, index)


class KernelAir:
    """Listens from its making on, until `deadline` (monotonic)."""

    def __init__(self, place: Place, deadline: float) -> None:
        self._place, self._deadline = place, deadline
        self._family = nl.kernel()
        self._waiting: list[Notice] = []
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
        return clock()

    def forget(self) -> None:
        self._waiting.clear()
        with suppress(OSError):
            while self._family.socket.recv(BUFFER):
                pass

    async def next(self, until: float = inf) -> Notice | None:
        loop = asyncio.get_running_loop()
        left = min(self.left, until - self.clock())
        try:
            async with asyncio.timeout(max(0.0, left)):
                while not self._waiting:
                    data = await loop.sock_recv(self._family.socket, BUFFER)
                    for message in self._family.notifications(data):
                        if heard := notice(message, self._place.wiphy):
                            self._waiting.append(heard)
        except (TimeoutError, OSError):  # OSError: too many at once, and some are lost
            return None
        return self._waiting.pop(0)

    async def begin(
        self, names: Sequence[bytes], frequencies: Sequence[int], flush: bool
    ) -> int:
        return await asyncio.to_thread(self._begin, names, frequencies, flush)

    def _begin(
        self, names: Sequence[bytes], frequencies: Sequence[int], flush: bool
    ) -> int:
        try:
            with nl.kernel() as family:
                nl.trigger(family, self._place.index, names, frequencies, flush)
        except OSError as error:
            # Some drivers call one name in a scan; they hear the others all the same.
            if error.errno == errno.EINVAL and len(names) > 1:
                return self._begin(names[-1:], frequencies, flush)
            return error.errno or errno.EIO
        return 0

    async def stop(self) -> None:
        await asyncio.to_thread(self._stop)

    def _stop(self) -> None:
        with suppress(OSError), nl.kernel() as family:  # OSError: it is over
            nl.abort(family, self._place.index)

    async def request(self, name: bytes) -> bool:
        return await request_scan(self._place.name, name)

    async def known(self) -> set[int]:
        return where(await asyncio.to_thread(remembered, self._place.index))

    async def hears(self, name: bytes, since: float) -> bool:
        heard = await asyncio.to_thread(remembered, self._place.index)
        return any(p.ssid == name.hex() for p in points(heard, clock(), since))

    async def answered(self, name: bytes, since: float) -> Sequence[int]:
        heard = await asyncio.to_thread(remembered, self._place.index)
        mine = (p for p in points(heard, clock(), since) if p.ssid == name.hex())
        return sorted({p.frequency for p in mine if p.hidden is None})
