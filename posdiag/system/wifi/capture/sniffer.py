"""How does an adapter listen to the air, and on which channel? (Linux, nl80211)

Raises OSError where the kernel refuses; the caller says what that means.
"""

import errno
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Self

from posdiag.system.process.launcher import start_child
from posdiag.system.wifi.nl80211 import messages as nl
from posdiag.system.wifi.nl80211.adapters import IFNAME, Adapter, stop_direct, switch
from posdiag.system.wifi.nl80211.transport import Family, attribute
from posdiag.system.wire import bpf

SET_WIPHY, NEW_INTERFACE, DEL_INTERFACE = 2, 7, 8
CHANNEL_TYPE, SOCKET_OWNER = 39, 204
EVERYTHING = 0x0003  # ETH_P_ALL
ROOM = 4 * 1024 * 1024  # bytes of frames that wait to be read
LONGEST = 65_536
SHORTEST_WAIT = 0.02
WAITING = 50_000  # frames that may wait at most
GUARD = "posdiag.system.wifi.capture.interface_guard"
GUARD_TIME = 5.0  # seconds for the guard to have switched them on

# Management frames and unprotected data; `FrameFilter` keeps only key messages of the
# latter.
FILTER: tuple[bpf.Instruction, ...] = (
    # The radiotap header's length, 16 bits little-endian at byte 2, leads to the frame.
    (bpf.LOAD_8, 0, 0, 3),
    (bpf.SHIFT_LEFT, 0, 0, 8),
    (bpf.A_TO_X, 0, 0, 0),
    (bpf.LOAD_8, 0, 0, 2),
    (bpf.OR_X, 0, 0, 0),
    (bpf.A_TO_X, 0, 0, 0),
    (bpf.LOAD_8_AT_X, 0, 0, 0),
    (bpf.AND, 0, 0, 0x0C),  # frame type
    (bpf.IF_EQUAL, 4, 0, 0x00),  # management: accept
    (bpf.IF_EQUAL, 0, 2, 0x08),  # not data: drop
    (bpf.LOAD_8_AT_X, 0, 0, 1),
    (bpf.AND, 0, 0, 0x40),  # protected
    (bpf.IF_EQUAL, 0, 1, 0),
    bpf.ACCEPT,
    bpf.DROP,
)


class Sniffer:
    """A monitor interface while it is entered. It belongs to our netlink socket: the
    kernel takes it away also where this process is killed.

    Other interfaces of the adapter that are on but not in use keep a driver from
    changing the channel, and Wi-Fi Direct even without a word: they are off meanwhile.
    A child switches them on again as soon as this process has ended or says so.
    """

    def __init__(self, family: Family, adapter: Adapter) -> None:
        self._family = family
        self._adapter = adapter
        self._index = 0
        self._socket: socket.socket | None = None
        self._guard: subprocess.Popen[bytes] | None = None
        self.name = ""
        self.switched_off: tuple[str, ...] = ()

    def __enter__(self) -> Self:
        with ExitStack() as undo:
            undo.callback(self._undo)
            self._make()
            switch(self.name, True)
            self._socket = listening(self.name)
            undo.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._undo()

    def _make(self) -> None:
        taken = {name for _, name in socket.if_nameindex()}
        self.name = next(n for i in range(100) if (n := f"posmon{i}") not in taken)
        self._family.ask(
            NEW_INTERFACE,
            attribute(nl.WIPHY, self._adapter.number),
            attribute(IFNAME, self.name.encode() + b"\0"),
            attribute(nl.IFTYPE, nl.MONITOR),
            attribute(SOCKET_OWNER, b""),
        )
        self._index = socket.if_nametoindex(self.name)

    def _undo(self) -> None:
        if self._socket is not None:
            self._socket.close()
        if self._index:
            with suppress(OSError):
                self._family.ask(DEL_INTERFACE, attribute(nl.IFINDEX, self._index))
            self._index = 0
        if self._guard is not None:
            with suppress(subprocess.TimeoutExpired):
                self._guard.communicate(timeout=GUARD_TIME)
            self._guard = None

    def free(self) -> None:
        """Switch off what would hold the channel and is not in use."""
        idle = [h.name for h in self._adapter.interfaces if h.up and not h.frequency]
        stopped = [
            wdev.hex()
            for wdev in self._adapter.direct
            if stop_direct(self._family, wdev)
        ]
        if not idle and not stopped:
            return
        self._guard = start_child(GUARD, *idle, "--", *stopped)  # Ctrl-C is not for it
        self.switched_off = tuple(idle)
        for name in idle:
            switch(name, False)

    def tune(self, frequency: int) -> None:
        """EBUSY where something else on this adapter holds its channel."""
        self._family.ask(
            SET_WIPHY,
            attribute(nl.IFINDEX, self._index),
            attribute(nl.FREQUENCY, frequency),
            attribute(CHANNEL_TYPE, 0),  # 20 MHz: joining is seldom done wider
        )
        self._forget()

    def _forget(self) -> None:
        """What came in before is from another channel."""
        if self._socket is None:
            return
        self._socket.setblocking(False)
        with suppress(BlockingIOError):
            for _ in range(WAITING):
                self._socket.recv(1)

    def frames(self, until: float) -> Iterator[bytes]:
        """What is heard up to a moment of the monotonic clock."""
        if self._socket is None:
            raise OSError(errno.EBADF, "not entered")
        while (left := until - time.monotonic()) > 0:
            self._socket.settimeout(max(left, SHORTEST_WAIT))
            try:
                data, address = self._socket.recvfrom(LONGEST)
            except TimeoutError:
                return
            if address[2] != socket.PACKET_OUTGOING:
                yield data


def listening(name: str) -> socket.socket:
    """A packet socket that never gets what the filter drops."""
    with ExitStack() as undo:
        heard = undo.enter_context(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0))
        bpf.attach_filter(heard, FILTER)
        heard.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
        heard.bind((name, EVERYTHING))
        undo.pop_all()
    return heard
