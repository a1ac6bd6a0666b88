"""A monitor interface, and a packet socket on it (Linux, nl80211).

Raises OSError if the kernel refuses.
"""

import errno
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Self

from posdiag.system.link.packet_socket import ETH_P_ALL
from posdiag.system.process.launcher import start_child
from posdiag.system.wifi.nl80211 import messages as nl
from posdiag.system.wifi.nl80211.adapters import IFNAME, Adapter, set_up, stop_p2p
from posdiag.system.wifi.nl80211.transport import Family, attribute
from posdiag.system.wire.raw import bpf

SET_WIPHY, NEW_INTERFACE, DEL_INTERFACE = 2, 7, 8
CHANNEL_TYPE, SOCKET_OWNER = 39, 204
RECEIVE_BUFFER = 4 * 1024 * 1024  # bytes
MAX_FRAME = 65_536
MIN_WAIT = 0.02  # seconds
MAX_QUEUED = 50_000  # frames
GUARD = "posdiag.system.wifi.capture.interface_guard"
GUARD_TIME = 5.0  # seconds for the guard to bring them up

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
    """A monitor interface while it is entered. It is owned by our netlink socket: the
    kernel removes it even if this process is killed.

    Other interfaces of the adapter that are up but unused keep a driver from changing
    the channel, and so do Wi-Fi Direct devices, silently: they are down meanwhile. A
    child brings them up again once this process has ended or closes its pipe.
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
            self._create_interface()
            set_up(self.name, True)
            self._socket = packet_socket(self.name)
            undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._undo()

    def _create_interface(self) -> None:
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

    def release_channel(self) -> None:
        """Take down unused interfaces and Wi-Fi Direct devices of the adapter."""
        idle = [i.name for i in self._adapter.interfaces if i.up and not i.frequency]
        stopped = [
            wdev.hex()
            for wdev in self._adapter.p2p_devices
            if stop_p2p(self._family, wdev)
        ]
        if not idle and not stopped:
            return
        # In a session of its own: out of reach of Ctrl-C.
        self._guard = start_child(GUARD, *idle, "--", *stopped)
        self.switched_off = tuple(idle)
        for name in idle:
            set_up(name, False)

    def tune(self, frequency: int) -> None:
        """Set the channel. EBUSY if another interface of this adapter holds it."""
        self._family.ask(
            SET_WIPHY,
            attribute(nl.IFINDEX, self._index),
            attribute(nl.FREQUENCY, frequency),
            attribute(CHANNEL_TYPE, 0),  # 20 MHz: management frames are not sent wider
        )
        self._discard()

    def _discard(self) -> None:
        """Drop queued frames, which are from another channel."""
        if self._socket is None:
            return
        self._socket.setblocking(False)
        with suppress(BlockingIOError):
            for _ in range(MAX_QUEUED):
                self._socket.recv(1)

    def frames(self, until: float) -> Iterator[bytes]:
        """Frames with radiotap header, until this time of the monotonic clock."""
        if self._socket is None:
            raise OSError(errno.EBADF, "not entered")
        while (left := until - time.monotonic()) > 0:
            self._socket.settimeout(max(left, MIN_WAIT))
            try:
                data, address = self._socket.recvfrom(MAX_FRAME)
            except TimeoutError:
                return
            if address[2] != socket.PACKET_OUTGOING:
                yield data


def packet_socket(name: str) -> socket.socket:
    """A packet socket on this interface, filtered before its first frame."""
    with ExitStack() as undo:
        sock = undo.enter_context(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0))
        bpf.attach_filter(sock, FILTER)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        sock.bind((name, ETH_P_ALL))
        undo.pop_all()
    return sock
