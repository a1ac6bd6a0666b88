"""The process that holds the sockets: it relays frames, answers them as the terminal's
router, sends ARP requests, and copies every frame to the process that parses them.

It does nothing else, so that parsing never delays a frame between two interfaces. It
ends when the other process does.
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
from typing import Any

from posdiag.system.terminal.hosting import Hosting
from posdiag.system.terminal.port import BridgePort, Frame

HEADER = struct.Struct("=dBB")  # time of reception, kind, 1 for the terminal's socket
FRAME_KIND, STATE_KIND = 0, 1
BURST = 64  # frames of one interface before the other gets its turn
SAMPLE = 512  # latest frames whose delay in the relay is known
TICK = 0.1  # seconds between two polls of the carrier
BROADCAST, ARP_TYPE = b"\xff" * 6, b"\x08\x06"
QUEUE = 4 << 20  # bytes on the way to the reader
SNAP = 20_000  # bytes of a frame that are read: a whole TLS record
FORCED = (32, 33)  # SO_SNDBUFFORCE, SO_RCVBUFFORCE: beyond the system's limit, as root


class Relay:
    """`inside` is the terminal's interface, `outside` that of the LAN to which frames
    are relayed, if any. `host` answers in the place of a LAN."""

    def __init__(
        self,
        reader: socket.socket,
        inside: BridgePort,
        outside: BridgePort | None = None,
        host: Hosting | None = None,
        asking: BridgePort | None = None,
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
        polled = 0.0
        self._send_state()
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
            if time.monotonic() - polled > TICK:
                polled = time.monotonic()
                self._poll_carrier()

    def _wait_for_host(
        self, poll: select.epoll, handlers: dict[int, Callable[[], None]]
    ) -> None:
        number = self._host.fileno() if self._host else -1
        if number >= 0 and number not in handlers:
            poll.register(number, select.EPOLLIN)
            handlers[number] = self._from_host

    def _hung_up(self, poll: select.epoll, number: int) -> None:
        """passt has ended: nothing more comes from there."""
        if self._host and number == self._host.fileno():
            poll.unregister(number)

    # --- frames ------------------------------------------------------------------

    def _pump(self, port: BridgePort) -> None:
        for _ in range(BURST):
            try:
                frame = port.receive()
            except BlockingIOError:
                return
            if frame is not None:
                self._handle(port, frame)

    def _handle(self, port: BridgePort, frame: Frame) -> None:
        inside = port is self._inside
        if self._outside is not None and port in (self._inside, self._outside):
            other = self._outside if inside else self._inside
            # What goes to our own interfaces is for this machine's own connection.
            if frame.data[:6] not in (self._inside.mac, self._outside.mac):
                other.send(frame)
                self._ages.append(frame.age)
        if inside or self._outside is not None or frame.data[12:14] == ARP_TYPE:
            self._to_reader(FRAME_KIND, frame.data, inside and not self._alone)
        if self._host is not None and inside:
            for answer in self._host.frame(frame):
                self._to_terminal(answer)

    def _from_host(self) -> None:
        if self._host is not None:
            for frame in self._host.frames_back():
                self._to_terminal(frame)

    def _to_terminal(self, frame: bytes) -> None:
        self._inside.send_plain(frame)
        self._to_reader(FRAME_KIND, frame)

    def _to_reader(self, kind: int, data: bytes, inside: bool = False) -> None:
        head = HEADER.pack(time.monotonic(), kind, inside)
        try:
            self._reader.send(head + data[:SNAP], socket.MSG_DONTWAIT)
        except OSError:
            self._lost += 1

    # --- state and commands ------------------------------------------------------

    def _poll_carrier(self) -> None:
        carrier = self._inside.carrier()
        if carrier and self._carrier is False and self._had is not None:
            self._replugged = True
        if carrier != self._carrier or self._lost or self._ages:
            self._carrier = carrier
            self._send_state()

    def _send_state(self) -> None:
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
        port.send_plain(arp_request(port.mac, self._address, asked["address"]))
        return True


def arp_request(mac: bytes, own: str, address: str) -> bytes:
    """From our own address, or from none (a probe, RFC 5227)."""
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


def raise_priority() -> None:
    """Be scheduled before others where that is permitted."""
    with contextlib.suppress(OSError):
        os.nice(-10)
