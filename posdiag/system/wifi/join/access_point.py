"""This machine as the access point of a network, by whichever program manages the
interface: opened like a join, with the same events. A wrong passphrase of a client is
among the program's events by WPA2, among the kernel's by WPA3."""

from typing import Protocol

from posdiag.model.questions.wifi_answers import EventKind
from posdiag.system.wifi.join.join_test import Manager
from posdiag.system.wifi.join.request import OfferWifi
from posdiag.system.wifi.managers.events import EventLog

OPEN_TIME = 20.0  # seconds: the former network is left, and channels may be surveyed
TICK = 0.25
OPENED = ("opened", "connected")  # by the supplicant, by the manager
FAILED = ("given-up",)
CLIENTS: tuple[EventKind, ...] = ("client-joined", "client-refused")


class Send(Protocol):
    def __call__(self, **message: str) -> None: ...


class AccessPoint:
    """To be opened; then `report_clients` runs until it is cancelled."""

    def __init__(self, request: OfferWifi, manager: Manager, log: EventLog) -> None:
        self.manager = manager
        self._request, self._log = request, log

    async def open(self) -> bool:
        """False where program, driver or the rules of the country do not let us."""
        if not await self.manager.configure(self._request):
            return False
        mark, end = len(self._log.events), self._log.now() + OPEN_TIME
        await self.manager.start_attempt(self._request)
        while self._log.now() < end:
            kinds = {event.kind for event in self._log.since(mark)}
            if kinds.intersection(OPENED):
                return True
            if kinds.intersection(FAILED):
                return False
            await self._log.wait(TICK)
        return False

    async def report_clients(self, send: Send) -> None:
        """Send one message for each event of a client, until cancelled."""
        reported = 0
        while True:
            news = self._log.events[reported:]
            reported += len(news)
            for event in news:
                if event.kind in CLIENTS and event.bssid:
                    send(client=event.bssid, kind=event.kind)
            await self._log.wait(TICK)
