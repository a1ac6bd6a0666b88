"""Events of an association, from the kernel (nl80211's multicast group `mlme`).

    with KernelEvents("wlan0") as events:
        ...
        found = events.take()

`take` never waits, `await collect(3.0)` listens for 3 s. Unprivileged. OSError if there
is no nl80211 or no such interface. SoftMAC drivers (mac80211) report the frames,
FullMAC drivers only the outcome (CONNECT, DISCONNECT); what the kernel reports both
ways is one event here. Of an access point that runs here the group carries the frames
that it sent (FRAME_TX_STATUS), so its refusals of a WPA3 password too, which hostap
reports by no event of its own.
"""

import asyncio
import errno
import struct
import time
from typing import Self

from posdiag.model.questions.wifi_answers import EventKind, WifiEvent
from posdiag.system.wifi.nl80211 import messages as nl
from posdiag.system.wifi.nl80211.bss import address
from posdiag.system.wifi.nl80211.transport import (
    BUFFER,
    Attributes,
    Message,
    attributes,
    number,
)

AUTHENTICATE, ASSOCIATE, DEAUTHENTICATE, DISASSOCIATE = 37, 38, 39, 40
CONNECT, ROAM, DISCONNECT, CQM_EVENT = 46, 47, 48, 64
FRAME_TX_STATUS, CHANNEL_SWITCH, PORT_AUTHORIZED = 60, 88, 125

FRAME, REASON, TIMED_OUT, BY_AP, STATUS, CQM = 51, 54, 65, 71, 72, 94
TIMEOUT_REASON = 248
CQM_RSSI, CQM_BEACON_LOSS = 3, 8
CQM_LOW = 0
SCAN_TIMEOUT, AUTH_TIMEOUT = 1, 2

HEADER = 24  # octets of a management frame's header
AUTHENTICATION = 0xB0  # first octet of the frame
SAE, CONFIRM = 3, 2
# Status codes of a refused confirm: hostap up to 2.10 says 1, the standard 15.
CONFIRM_REFUSED = (1, 15)
# Status codes of an SAE commit that are no refusal: token required, hash-to-element.
SAE_CONTINUES = {76, 126}

MAX_EVENTS = 2000
SAME = 1.0  # seconds within which the kernel reports an event twice


def event(command: int, attrs: Attributes, seconds: float) -> WifiEvent | None:
    """One notification as an event; None if it is another or damaged."""
    if command in (AUTHENTICATE, ASSOCIATE) and TIMED_OUT in attrs:
        kind: EventKind = "auth-timeout" if command == AUTHENTICATE else "assoc-timeout"
        return WifiEvent(seconds, kind, "kernel", address(attrs.get(nl.MAC)))
    if command in (AUTHENTICATE, ASSOCIATE, DEAUTHENTICATE, DISASSOCIATE):
        return _frame(command, attrs.get(FRAME, b""), seconds)
    if command == FRAME_TX_STATUS:
        return _refusal(attrs.get(FRAME, b""), seconds)
    if command == CQM_EVENT:
        return _quality(attributes(attrs.get(CQM, b"")), seconds)
    if command == CHANNEL_SWITCH:
        detail = str(number(attrs.get(nl.FREQUENCY)) or "")
        return WifiEvent(seconds, "channel-switch", "kernel", detail=detail)
    return _outcome(command, attrs, seconds)


def _frame(command: int, frame: bytes, seconds: float) -> WifiEvent | None:
    """Responses to our requests; deauthentication and disassociation by either side."""
    body = frame[HEADER:]
    sender, bssid = frame[10:16], frame[16:22]
    point = address(bssid)
    if command in (DEAUTHENTICATE, DISASSOCIATE):
        if len(body) < 2:
            return None
        (reason,) = struct.unpack_from("<H", body)
        local = sender != bssid
        return WifiEvent(
            seconds, "disconnected", "kernel", point, reason, local=local, framed=True
        )
    if command == ASSOCIATE:
        if len(body) < 4:
            return None
        (status,) = struct.unpack_from("<H", body, 2)
        kind: EventKind = "assoc-rejected" if status else "associated"
        return WifiEvent(seconds, kind, "kernel", point, status, framed=True)
    return _authentication(body, point, seconds)


def _authentication(body: bytes, point: str, seconds: float) -> WifiEvent | None:
    if len(body) < 6:
        return None
    algorithm, step, status = struct.unpack_from("<HHH", body)
    if algorithm == SAE and step == 1 and (not status or status in SAE_CONTINUES):
        return None
    if algorithm == 1 and step == 2 and not status:
        return None  # the challenge of WEP's shared key
    kind: EventKind = "auth-rejected" if status else "authenticated"
    return WifiEvent(
        seconds, kind, "kernel", point, status, algorithm=algorithm, framed=True
    )


def _refusal(frame: bytes, seconds: float) -> WifiEvent | None:
    """Our access point's refusal of an SAE confirm: it proves that the station derived
    its key from another password (IEEE 802.11-2020, 12.4.5.6, 12.4.8.6.5)."""
    if frame[:1] != bytes([AUTHENTICATION]) or frame[10:16] != frame[16:22]:
        return None
    body = frame[HEADER:]
    if len(body) < 6:
        return None
    algorithm, step, status = struct.unpack_from("<HHH", body)
    if (algorithm, step) != (SAE, CONFIRM) or status not in CONFIRM_REFUSED:
        return None
    station = address(frame[4:10])
    return WifiEvent(
        seconds, "client-refused", "kernel", station, status, SAE, framed=True
    )


def _quality(attrs: Attributes, seconds: float) -> WifiEvent | None:
    if CQM_BEACON_LOSS in attrs:
        return WifiEvent(seconds, "beacon-loss", "kernel")
    if number(attrs.get(CQM_RSSI)) == CQM_LOW:
        return WifiEvent(seconds, "weaker", "kernel")
    return None


def _outcome(command: int, attrs: Attributes, seconds: float) -> WifiEvent | None:
    """The outcome of an association."""
    point = address(attrs.get(nl.MAC))
    if command == DISCONNECT:
        local = BY_AP not in attrs
        code = number(attrs.get(REASON))
        return WifiEvent(
            seconds, "disconnected", "kernel", point, code, local=local, framed=False
        )
    if command == PORT_AUTHORIZED:
        return WifiEvent(seconds, "connected", "kernel", point)
    if command == ROAM:
        return WifiEvent(seconds, "associated", "kernel", point, 0)
    if command != CONNECT:
        return None
    status = number(attrs.get(STATUS))
    if TIMED_OUT in attrs:
        detail = "" if number(attrs.get(TIMEOUT_REASON)) else "unspecified"
        return WifiEvent(seconds, _timeout(attrs), "kernel", point, detail=detail)
    kind: EventKind = "assoc-rejected" if status else "associated"
    return WifiEvent(seconds, kind, "kernel", point, status, framed=False)


def _timeout(attrs: Attributes) -> EventKind:
    reason = number(attrs.get(TIMEOUT_REASON))
    if reason == SCAN_TIMEOUT:
        return "not-found"
    return "auth-timeout" if reason == AUTH_TIMEOUT else "assoc-timeout"


class EventDecoder:
    """Turns one interface's notifications into events, without repetitions."""

    def __init__(self, index: int) -> None:
        self._index = index
        self._last: WifiEvent | None = None
        self._count = 0

    def decode(self, message: Message, seconds: float) -> WifiEvent | None:
        attrs = message.attributes
        if self._count >= MAX_EVENTS or number(attrs.get(nl.IFINDEX)) != self._index:
            return None
        new = event(message.command, attrs, seconds)
        if new is None or (self._last and _same(new, self._last)):
            return None
        self._last = new
        self._count += 1
        return new


def _same(new: WifiEvent, old: WifiEvent) -> bool:
    """Is it one event, reported as a frame and again as an outcome?"""
    return (
        (new.kind, new.code) == (old.kind, old.code)
        and new.seconds - old.seconds <= SAME
        and (new.bssid == old.bssid or not new.bssid)
        and new.algorithm is None
    )


class KernelEvents:
    """Receives from its construction on."""

    def __init__(self, interface: str) -> None:
        self._index = nl.index_of(interface)
        self._family = nl.kernel()
        try:
            nl.interface(self._family, self._index)
            self._family.join("mlme")
        except OSError:
            self.close()
            raise
        self._family.socket.setblocking(False)
        self._start = time.monotonic()
        self._decoder = EventDecoder(self._index)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._family.socket.close()

    @property
    def seconds(self) -> float:
        """Since its construction."""
        return time.monotonic() - self._start

    def fileno(self) -> int:
        """Readable when there is an event: for an event loop or `select`."""
        return self._family.socket.fileno()

    async def collect(self, seconds: float) -> list[WifiEvent]:
        loop, found = asyncio.get_running_loop(), self.take()
        loop.add_reader(self.fileno(), lambda: found.extend(self.take()))
        try:
            await asyncio.sleep(seconds)
        finally:
            loop.remove_reader(self.fileno())
        return found + self.take()

    def take(self) -> list[WifiEvent]:
        """Events since the last call."""
        found: list[WifiEvent] = []
        while True:
            try:
                data = self._family.socket.recv(BUFFER)
            except BlockingIOError:
                break
            except OSError as error:
                if error.errno != errno.ENOBUFS:  # overrun: the rest is good
                    break
                continue
            for message in self._family.notifications(data):
                if new := self._decoder.decode(message, self.seconds):
                    found.append(new)
        return found
