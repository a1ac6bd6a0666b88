"""How well is the access point heard while it is being joined, and do our frames reach
it? The kernel is asked several times a second by a thread of its own (nl80211)."""

import contextlib
import socket
import threading
from statistics import median
from typing import Any

PERIOD = 0.2  # seconds between two looks
SAMPLES = 1000  # of one attempt
COUNTS = {
    "sent": "NL80211_STA_INFO_TX_PACKETS",
    "retries": "NL80211_STA_INFO_TX_RETRIES",
    "failed": "NL80211_STA_INFO_TX_FAILED",
}


class Station:
    """Watches from `start` to `stop`; `take` gives what was seen since the last one."""

    def __init__(self, interface: str) -> None:
        self._interface = interface
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._levels: list[float] = []
        self._counts: dict[str, int] = {}
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()

    def take(self) -> dict[str, Any]:
        """`signal`, `sent`, `retries` and `failed` of a `JoinAttempt`, as far as they
        are known."""
        with self._lock:
            found: dict[str, Any] = dict(self._counts)
            if self._levels:
                found["signal"] = median(self._levels)
            self._levels, self._counts = [], {}
        return found

    def _watch(self) -> None:
        from pyroute2 import IW
        from pyroute2.netlink.exceptions import NetlinkError

        with contextlib.suppress(OSError, NetlinkError), IW() as radio:
            index = socket.if_nametoindex(self._interface)
            while not self._over.wait(PERIOD):
                with contextlib.suppress(OSError, NetlinkError):
                    for message in radio.get_stations(index):
                        self._keep(message.get_attr("NL80211_ATTR_STA_INFO"))

    def _keep(self, info: Any) -> None:
        if info is None:
            return
        level = info.get_attr("NL80211_STA_INFO_SIGNAL")
        with self._lock:
            # 0 stands in the kernel's table until the first frame has come.
            if level and len(self._levels) < SAMPLES:
                self._levels.append(float(level))
            for name, attribute in COUNTS.items():
                count = info.get_attr(attribute)
                if count is not None:
                    self._counts[name] = max(count, self._counts.get(name, 0))
