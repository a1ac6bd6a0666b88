"""wpa_supplicant's events by D-Bus, where its control socket is absent or closed to us.
It publishes less there: states and codes, no events."""

import asyncio
import contextlib
from collections.abc import Sequence
from functools import partial
from typing import Any

from posdiag.model.questions.wifi_answers import WifiEvent
from posdiag.system.core.dbus import PROPERTIES, Bus, BusError, Service
from posdiag.system.wifi.managers.events import EventLog
from posdiag.system.wifi.managers.supplicant_socket import SCAN_TIME

SUPPLICANT = "fi.w1.wpa_supplicant1"
PATH = "/fi/w1/wpa_supplicant1"
INTERFACE = f"{SUPPLICANT}.Interface"
# Reasons with which the supplicant itself ends a handshake without suspecting the key
# (hostap, wpa_supplicant/events.c): 4 inactivity, 17 element differs.
NOT_THE_KEY = (-4, -17)
SAE = 3  # authentication algorithm (IEEE 802.11-2020, 9.4.1.1)


class PropertyMonitor:
    """Turns property changes of the interface into events."""

    def __init__(self, bus: Bus, log: EventLog) -> None:
        self._supplicant = Service(bus, SUPPLICANT)
        self._log = log
        self._path = ""
        self._state = ""
        self._sae = False
        self._scanned = asyncio.Event()

    async def start(self, interface: str) -> None:
        """Raises `BusError` where wpa_supplicant is not on the bus."""
        self._path = await self._supplicant.call(
            PATH, SUPPLICANT, "GetInterface", "s", interface
        )
        await self._supplicant.listen(self._signal)

    async def scan(
        self, frequencies: Sequence[int], ssid: bytes, abort: bool = False
    ) -> None:
        """Like `Control.scan`."""
        from dbus_fast import Variant

        self._scanned.clear()
        options = {
            "Type": Variant("s", "active"),
            "SSIDs": Variant("aay", [ssid]),
            "Channels": Variant("a(uu)", [[f, 20] for f in frequencies]),
        }
        if abort:
            with contextlib.suppress(BusError):  # none is running
                await self._supplicant.call(self._path, INTERFACE, "AbortScan")
        with contextlib.suppress(BusError, TimeoutError):
            await self._supplicant.call(self._path, INTERFACE, "Scan", "a{sv}", options)
            async with asyncio.timeout(SCAN_TIME):
                await self._scanned.wait()

    def _signal(self, message: Any) -> None:
        if message.path == self._path and message.member == "ScanDone":
            self._scanned.set()
        # It also sends an older signal of its own with the same content.
        if message.path != self._path or message.member != "PropertiesChanged":
            return
        if message.interface != PROPERTIES or message.signature != "sa{sv}as":
            return
        from dbus_fast import unpack_variants

        for event in self.read(unpack_variants(message.body[1]), self._log.now()):
            self._log.add(event)

    def read(self, changed: dict[str, Any], now: float) -> list[WifiEvent]:
        """Pure but for the state that it keeps."""
        found = []
        if "CurrentAuthMode" in changed:
            self._sae = "SAE" in str(changed["CurrentAuthMode"]).upper()
        auth, association, reason = (
            value if isinstance(value := changed.get(name), int) else 0
            for name in ("AuthStatusCode", "AssocStatusCode", "DisconnectReason")
        )
        event = partial(WifiEvent, now, source="supplicant")
        if auth:
            algorithm = SAE if self._sae else None
            found.append(event("auth-rejected", code=auth, algorithm=algorithm))
        if association:
            found.append(event("assoc-rejected", code=association))
        if reason:
            local = reason < 0
            found.append(event("disconnected", code=abs(reason), local=local))
        return found + self._state_event(str(changed.get("State", "")), reason, now)

    def _state_event(self, state: str, reason: int, now: float) -> list[WifiEvent]:
        if not state or state == self._state:
            return []
        before, self._state = self._state, state
        if state == "completed":
            return [WifiEvent(now, "connected", "supplicant")]
        if state == "associated":
            return [WifiEvent(now, "associated", "supplicant")]
        lost = before == "4way_handshake" and state == "disconnected"
        if lost and reason not in NOT_THE_KEY:
            detail = "disconnected in the 4-way handshake"
            return [WifiEvent(now, "key-suspected", "supplicant", detail=detail)]
        return []
