"""How much is lost on the way to a host? Echoes, full segments and connections of the
lab's own, sent side by side from the shop."""

from __future__ import annotations

import selectors
import socket
import struct
import time
from dataclasses import dataclass, field

from tests.lab.netns import inside

APART = 0.01  # seconds between two rounds
CONNECT_EVERY = 3  # rounds: connections cost a server more than echoes
LOST = 2  # lost of one kind, with answers of that kind beside them: that is loss
SMALL, FULL = 28, 1472  # bytes behind the IP header
KINDS = ("echo", "full", "connect")


@dataclass
class Count:
    """What came back of one kind of probe: by number, when it left and returned."""

    sent: dict[int, float] = field(default_factory=dict)
    back: dict[int, float] = field(default_factory=dict)

    def lost(self, now: float, wait: float) -> int:
        return sum(
            n not in self.back and now - at > wait for n, at in self.sent.items()
        )

    @property
    def quickest(self) -> float | None:
        """The shortest round trip in seconds."""
        return min((at - self.sent[n] for n, at in self.back.items()), default=None)


class Sampler:
    """Probes one host until it is stopped; sockets of the shop's namespace."""

    def __init__(self, address: str, port: int, kinds: tuple[str, ...] = KINDS) -> None:
        self.counts = {kind: Count() for kind in kinds}
        self._to, self._port, self._round = address, port, 0
        self._sockets: dict[socket.socket, int] = {}
        self._chooser = selectors.DefaultSelector()
        with inside("shop"):
            self._icmp = socket.socket(
                socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP
            )
        self._icmp.setblocking(False)
        self._chooser.register(self._icmp, selectors.EVENT_READ)
        self._mark = id(self) & 0xFFFF

    def __enter__(self) -> Sampler:
        return self

    def __exit__(self, *_: object) -> None:
        self._chooser.close()
        for plug in (self._icmp, *self._sockets):
            plug.close()

    def round(self) -> None:
        """One probe of each kind, then listen until the next round."""
        for kind, size in (("echo", SMALL), ("full", FULL)):
            if kind in self.counts:
                self._echo(kind, size)
        if "connect" in self.counts and self._round % CONNECT_EVERY == 0:
            self._connect()
        self._round += 1
        self.listen(APART)

    def _echo(self, kind: str, size: int) -> None:
        number = self._round * 2 + (kind == "full")
        head = struct.pack(">BBHHH", 8, 0, 0, self._mark, number)
        packet = head + bytes(size - len(head))
        total = sum(struct.unpack(f">{size // 2}H", packet))
        total = (total & 0xFFFF) + (total >> 16)
        check = struct.pack(">H", ~total & 0xFFFF)
        self.counts[kind].sent[number] = time.monotonic()
        try:
            self._icmp.sendto(packet[:2] + check + packet[4:], (self._to, 0))
        except OSError:
            return  # nothing leaves: it is lost

    def _connect(self) -> None:
        with inside("shop"):
            plug = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        plug.setblocking(False)
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._sockets[plug] = self._round
        self.counts["connect"].sent[self._round] = time.monotonic()
        plug.connect_ex((self._to, self._port))
        self._chooser.register(plug, selectors.EVENT_WRITE)

    def listen(self, seconds: float) -> None:
        ends = time.monotonic() + seconds
        while (left := ends - time.monotonic()) > 0:
            for key, _ in self._chooser.select(left):
                if key.fileobj is self._icmp:
                    self._hear()
                    continue
                plug = key.fileobj
                assert isinstance(plug, socket.socket)
                self._chooser.unregister(plug)
                if plug.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) in (0, 111):
                    self._back("connect", self._sockets.pop(plug))
                    plug.close()

    def _hear(self) -> None:
        try:
            packet = self._icmp.recv(4096)
        except OSError:
            return
        kind, _, _, mark, number = struct.unpack(">BBHHH", packet[20:28])
        if kind == 0 and mark == self._mark:
            self._back("full" if number % 2 else "echo", number)

    def _back(self, kind: str, number: int) -> None:
        self.counts[kind].back.setdefault(number, time.monotonic())


def loses(
    address: str, port: int, wait: float, most: float, kinds: tuple[str, ...] = KINDS
) -> str:
    """Which kind of probe loses some and not all within `most` seconds; "" for none."""
    ends = time.monotonic() + most
    with Sampler(address, port, kinds) as sampler:
        while (now := time.monotonic()) < ends:
            sampler.round()
            for kind, count in sampler.counts.items():
                if count.back and (lost := count.lost(now, wait)) >= LOST:
                    return f"{kind}: {lost} of {len(count.sent)} lost"
    return ""


def quickest(address: str, port: int, most: float) -> float | None:
    """Seconds to that host and back by connection or echo; None for no answer."""
    ends = time.monotonic() + most
    with Sampler(address, port, ("echo", "connect")) as sampler:
        sampler.round()
        while time.monotonic() < ends:
            sampler.listen(0.05)
            seen = [c.quickest for c in sampler.counts.values()]
            if any(s is not None for s in seen):
                return min(s for s in seen if s is not None)
    return None
