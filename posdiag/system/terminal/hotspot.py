"""The access point that this machine opens for a terminal, and its clients.

It is run by the join test's child, so that the former network is restored in the same
way, whatever ends us (`system.wifi.join`).
"""

from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.terminal import WatchTerminal, WifiClient
from posdiag.system.wifi.join.joiner import Joiner
from posdiag.system.wifi.join.request import OfferWifi

CLIENTS = 32  # devices that are counted


class Hotspot:
    """`on_change` is called at each event of a client. To be closed, also after a
    failure."""

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._joiner = Joiner()
        self._clients: dict[str, WifiClient] = {}
        self._begun = monotonic()
        self._sae = False

    @property
    def clients(self) -> tuple[WifiClient, ...]:
        return tuple(self._clients.values())

    async def open(self, question: WatchTerminal) -> Unknown | None:
        """None once the network is on the air."""
        wifi = question.wifi
        if wifi is None:
            return None
        self._sae = wifi.security == "wpa3"
        request = OfferWifi(
            question.interface,
            wifi.ssid,
            security=wifi.security,
            hidden=wifi.hidden,
            passphrase=wifi.passphrase,
        )
        trouble = await self._joiner.offer(request, self._on_client)
        self._begun = monotonic()
        return trouble

    def _on_client(self, mac: str, kind: str) -> None:
        known = self._clients.get(mac)
        if known is None:
            if len(self._clients) >= CLIENTS:
                return
            first = round(monotonic() - self._begun, 1)
            known = WifiClient(mac, first, sae=self._sae)
        joined = known.joined + (kind == "client-joined")
        refused = known.refused + (kind == "client-refused")
        self._clients[mac] = replace(known, joined=joined, refused=refused)
        self._on_change()

    async def close(self) -> None:
        """Back in the former network."""
        await self._joiner.close()
