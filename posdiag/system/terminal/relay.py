"""The process that holds the sockets: it copies, answers and asks.

It hands every frame to the process that reads them.

It does nothing else, so that a frame between two sockets is not held up by its reading.
It ends when the other process does.
"""

import contextlib
import gc
import json
import os
import select
import socket
import struct
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any, Protocol

from posdiag.system.terminal.port import Frame, Port

HEADER = struct.Struct("=dBB")  # time of reception, kind, 1 for the terminal's socket
FRAME_KIND, STATE_KIND = 0, 1
BURST = 64  # frames of one socket before the other gets its turn
SAMPLE = 512  # frames of which it is known how long they were held
TICK = 0.1  # seconds between two looks at the carrier
BROADCAST, ARP_TYPE = b"\xff" * 6, b"\x08\x06"
QUEUE = 4 << 20  # bytes on the way to the reader
SNAP = 20_000  # bytes of a frame that are read: a whole TLS record
FORCED = (32, 33)  # SO_SNDBUFFORCE, SO_RCVBUFFORCE: beyond the system's limit, as root


class Host(Protocol):
    """Plays the terminal's router."""

    def frame(self, frame: Frame) -> list[bytes]:
        """Frames to send to the terminal in return."""
        ...

    def fileno(self) -> int:
        """What to wait for beside the socket; -1 for nothing yet."""
        ...

    def back(self) -> list[bytes]:
        """Frames for the terminal that have arrived."""
        ...


class Relay:
    """`inside` is the socket of the terminal, `outside` the one of the LAN that frames
    are copied to, if any. `host` answers in the place of a LAN."""

    def __init__(
        self,
        reader: socket.socket,
        inside: Port,
        outside: Port | None = None,
        host: Host | None = None,
        asking: Port | None = None,
        address: str = "",
    ) -> None:
        self._reader = reader
        self._inside, self._outside, self._host = inside, outside, host
        self._asking = asking or outside or inside
        self._address = address
        self._lost = 0
        self._ages: deque[float] = deque(maxlen=SAMPLE)
        self._carrier: bool | None = inside.carrier()
        self._replugged = False
        self._had = self._carrier
        self._alone = outside is None and host is None

    def run(self) -> None:
        """Until the reader is gone."""
        gc.disable()
        poll = select.epoll()
        poll.register(self._reader, select.EPOLLIN)
        ports = {self._inside, self._asking} | ({self._outside} - {None})
        handlers: dict[int, Callable[[], None]] = {}
        for port in ports:
            if port is not None:
                poll.register(port, select.EPOLLIN)
                handlers[port.fileno()] = partial(self._pump, port)
        looked = 0.0
        self._state()
        while True:
            self._wait_for_host(poll, handlers)
            for number, event in poll.poll(TICK):
                if number == self._reader.fileno():
                    if not self._command():
                        return
                    continue
                handlers[number]()
                if event & select.EPOLLHUP:
                    self._hung_up(poll, number)
            if time.monotonic() - looked > TICK:
                looked = time.monotonic()
                self._look()

    def _wait_for_host(
        self, poll: select.epoll, handlers: dict[int, Callable[[], None]]
    ) -> None:
        number = self._host.fileno() if self._host else -1
        if number >= 0 and number not in handlers:
            poll.register(number, select.EPOLLIN)
            handlers[number] = self._from_host

    def _hung_up(self, poll: select.epoll, number: int) -> None:
        """passt has ended: without it, nothing more comes from there."""
        if self._host and number == self._host.fileno():
            poll.unregister(number)

    # --- frames ------------------------------------------------------------------

    def _pump(self, port: Port) -> None:
        for _ in range(BURST):
            try:
                frame = port.receive()
            except BlockingIOError:
                return
            if frame is not None:
                self._handle(port, frame)

    def _handle(self, port: Port, frame: Frame) -> None:
        inside = port is self._inside
        if self._outside is not None and port in (self._inside, self._outside):
            other = self._outside if inside else self._inside
            # What goes to our own interfaces is for this machine's own connection.
            if frame.data[:6] not in (self._inside.mac, self._outside.mac):
                other.send(frame)
                self._ages.append(frame.age)
        if inside or self._outside is not None or frame.data[12:14] == ARP_TYPE:
            self._copy(frame.data, inside and not self._alone)
        if self._host is not None and inside:
            for answer in self._host.frame(frame):
                self._to_terminal(answer)

    def _from_host(self) -> None:
        if self._host is not None:
            for frame in self._host.back():
                self._to_terminal(frame)

    def _to_terminal(self, frame: bytes) -> None:
        self._inside.send_plain(frame)
        self._copy(frame, False)

    def _copy(self, data: bytes, inside: bool) -> None:
        self._to_reader(FRAME_KIND, data, inside)

    def _to_reader(self, kind: int, data: bytes, inside: bool = False) -> None:
        head = HEADER.pack(time.monotonic(), kind, inside)
        try:
            self._reader.send(head + data[:SNAP], socket.MSG_DONTWAIT)
        except OSError:
            self._lost += 1

    # --- state and commands ------------------------------------------------------

    def _look(self) -> None:
        carrier = self._inside.carrier()
        if carrier and self._carrier is False and self._had is not None:
            self._replugged = True
        if carrier != self._carrier or self._lost or self._ages:
            self._carrier = carrier
            self._state()

    def _state(self) -> None:
        state = {
            "carrier": self._carrier,
            "replugged": self._replugged,
            "lost": self._lost,
            "held": round(median(self._ages), 6) if self._ages else None,
        }
        self._to_reader(STATE_KIND, json.dumps(state).encode())

    def _command(self) -> bool:
        """Carry out what the reader asks for; False when it is gone."""
        try:
            data = self._reader.recv(65_536)
        except OSError:
            return False
        if not data:
            return False
        asked: dict[str, Any] = json.loads(data)
        port = self._inside if asked.get("inside") else self._asking
        port.send_plain(arp_question(port.mac, self._address, asked["address"]))
        return True


def arp_question(mac: bytes, own: str, address: str) -> bytes:
    """Who has this address? In our own name, or in none (RFC 5227)."""
    sender = socket.inet_aton(own) if own else bytes(4)
    body = b"\0\1\x08\0\6\4\0\1" + mac + sender + bytes(6) + socket.inet_aton(address)
    return BROADCAST + mac + ARP_TYPE + body


def pair() -> tuple[socket.socket, socket.socket]:
    """A channel between the two processes that keeps frames apart."""
    ends = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for end in ends:
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF, *FORCED):
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, option, QUEUE)
    return ends


def hurry() -> None:
    """Be scheduled before others where that is allowed."""
    try:
        os.nice(-10)
    except OSError:
        return
