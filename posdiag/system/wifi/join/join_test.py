"""Does this machine join the network? The attempts, the same whichever program manages
the interface."""

import asyncio
import contextlib
from collections.abc import Container, Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal, Protocol

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wifi import JoinWifi
from posdiag.model.questions.wifi_answers import EventKind, JoinAttempt, Joined
from posdiag.system.wifi.join.lease import Lease
from posdiag.system.wifi.managers.events import (
    AP_RESPONDED,
    EventLog,
    Outcome,
    SeenNetwork,
    disconnected_by_ap,
    outcome_of,
    relevant,
)
from posdiag.system.wifi.nl80211.events import KernelEvents
from posdiag.system.wifi.nl80211.station import Station, summary

TICK = 0.25
FLUSH = 0.05  # seconds until the removal of the last station has been reported
RESCAN = 2.5  # seconds without a response of the access point, then scan again

RestorePlan = dict[str, Any]
"""What brings the former network back, as JSON: it outlives the process."""


class Manager(Protocol):
    """The program that manages the interface."""

    name: Literal["networkmanager", "wpa_supplicant"]

    async def last_scan(self, ssid: bytes) -> SeenNetwork: ...
    async def prepare_restore(self, request: JoinWifi) -> RestorePlan | Unknown: ...
    async def configure(self, request: JoinWifi) -> bool:
        """False where it cannot join such a network, as when built without WEP."""
        ...

    async def scan(self, frequencies: Sequence[int], ssid: bytes) -> None: ...
    async def start_attempt(self, request: JoinWifi) -> None: ...
    async def obtain_lease(self, request: JoinWifi) -> Lease: ...
    async def restore(self, plan: RestorePlan) -> str:
        """Bring the former network back: "returned", "nothing" (there was none) or
        "lost"."""
        ...

    async def close(self) -> None: ...


class JoinTest:
    """One test, from the request to its answer. `seen`: the network in the last scan
    of the manager."""

    def __init__(
        self,
        request: JoinWifi,
        manager: Manager,
        log: EventLog,
        plan: RestorePlan,
        seen: SeenNetwork,
    ) -> None:
        self.request = request
        self.manager = manager
        self.plan = plan
        self._ssid = bytes.fromhex(request.ssid)
        self._log = log
        self._seen = seen
        self._station = Station(request.interface, log.now)

    @property
    def seconds(self) -> float:
        return round(self._log.now(), 3)

    async def run(self) -> Joined | Unknown:
        if not await self.manager.configure(self.request):
            return Unknown("unsupported")
        self._station.start()
        attempts: list[JoinAttempt] = []
        lease, seconds = Lease("untried"), 0.0
        for _ in range(max(1, self.request.attempts)):
            await self._scan()
            mark, began = len(self._log.events), self._log.now()
            outcome = await self._attempt(mark, began)
            over = self._log.now()
            if outcome == "joined":
                lease = await self.manager.obtain_lease(self.request)
                seconds = self._log.now() - over
            await asyncio.sleep(FLUSH)
            attempts.append(self._attempt_record(outcome, mark, began, over))
            # One that was disconnected again had no time to ask for an address.
            if outcome == "joined" and (
                lease.status == "ok" or not disconnected_by_ap(self._log.since(mark))
            ):
                break
        self._station.stop()
        return Joined(
            manager=self.manager.name,
            attempts=tuple(attempts),
            lease=lease.status,
            address=lease.address,
            lease_seconds=round(seconds, 3),
            former=self.plan["ssid"],
        )

    async def _scan(self) -> None:
        await self.manager.scan(self._seen.frequencies, self._ssid)

    async def _attempt(self, mark: int, began: float) -> Outcome:
        end = began + self.request.attempt_timeout
        rescan = began + RESCAN
        await self.manager.start_attempt(self.request)
        while True:
            events, now = self._log.since(mark), self._log.now()
            outcome = outcome_of(events, now, end)
            if outcome is not None:
                return outcome
            if now >= rescan and not any(e.kind in AP_RESPONDED for e in events):
                # wpa_supplicant scans every channel; ask for the access point's only.
                await self._scan()
                rescan = self._log.now() + RESCAN
            await self._log.wait(TICK)

    def _attempt_record(
        self, outcome: Outcome, mark: int, began: float, over: float
    ) -> JoinAttempt:
        """All events and station counters since the attempt `began`, those of the lease
        included; the attempt itself was `over` before that."""
        events = relevant(self._log.since(mark))
        counters = summary(self._station.samples, began, self._log.now())
        counters.setdefault("signal", self._seen.signal)
        rounded = (replace(event, seconds=round(event.seconds, 3)) for event in events)
        return JoinAttempt(outcome, round(over - began, 3), tuple(rounded), **counters)


@contextlib.contextmanager
def kernel_events(
    interface: str, log: EventLog, only: Container[EventKind] | None = None
) -> Iterator[None]:
    """Log the kernel's events, all or those of some kinds; none where it does not
    permit that."""
    loop = asyncio.get_running_loop()
    try:
        events = KernelEvents(interface)
    except OSError:
        yield
        return

    def read() -> None:
        for event in events.take():
            if only is None or event.kind in only:
                log.add(replace(event, seconds=log.now()))

    loop.add_reader(events.fileno(), read)
    try:
        yield
    finally:
        loop.remove_reader(events.fileno())
        events.close()
