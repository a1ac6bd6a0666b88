"""A receipt printer, as it answers status requests.

The healthy one is an ESC/POS printer of the kind that stands beside most tills. It
counts what would have been printed, which has to stay nothing.
"""

from dataclasses import dataclass
from typing import Literal

from posdiag.demo.devices.terminal import Reply


@dataclass(frozen=True, slots=True)
class PrinterSettings:
    """`speaks`: "nothing" is a printer that tells nothing of itself. `answers` are the
    questions of `DLE EOT` that it knows; `greeting` is what it sends when it is
    opened, such as Automatic Status Back."""

    speaks: Literal["esc/pos", "starprnt", "nothing"] = "esc/pos"
    offline: bool = False
    cover_open: bool = False
    no_paper: bool = False
    near_end: bool = False
    cutter: bool = False
    hot: bool = False
    broken: bool = False
    answers: tuple[int, ...] = (1, 2, 3, 4)
    greeting: bytes = b""
    latency: float = 0.02


class SimulatedPrinter:
    """Bytes in, bytes out. `printed` are bytes that are no status request."""

    def __init__(self, settings: PrinterSettings) -> None:
        self.printed = b""
        self._settings = settings
        self._waiting = b""
        self._greeting = settings.greeting

    def receive(self, data: bytes) -> list[Reply]:
        self._waiting += data
        replies: list[Reply] = []
        while self._waiting:
            if self._waiting[0] in (0x10, 0x1B) and len(self._waiting) < 3:
                break
            head, rest = self._waiting[:3], self._waiting[3:]
            if head[:2] == b"\x10\x04":
                answer = self._escpos(head[2])
            elif head == b"\x1b\x06\x01":
                answer = self._star()
            else:
                head, rest, answer = head[:1], self._waiting[1:], b""
                self.printed += head
            self._waiting = rest
            if answer:
                replies.append((self._settings.latency, answer))
        return replies

    def poll(self) -> list[Reply]:
        greeting, self._greeting = self._greeting, b""
        return [(0.0, greeting)] if greeting else []

    def _escpos(self, number: int) -> bytes:
        s = self._settings
        if s.speaks != "esc/pos" or number not in s.answers:
            return b""
        failed = s.cutter or s.hot or s.broken
        away = s.offline or s.cover_open or s.no_paper or failed
        bits = {
            1: 0x08 * away,
            2: 0x04 * s.cover_open | 0x20 * s.no_paper | 0x40 * failed,
            3: 0x08 * s.cutter | 0x20 * s.broken | 0x40 * s.hot,
            4: 0x0C * (s.near_end or s.no_paper) | 0x60 * s.no_paper,
        }
        return bytes((0x12 | bits.get(number, 0),))

    def _star(self) -> bytes:
        s = self._settings
        if s.speaks != "starprnt":
            return b""
        failed = s.cutter or s.hot or s.broken
        away = s.offline or s.cover_open or s.no_paper or failed
        printer = 0x20 * s.cover_open | 0x08 * away
        error = 0x08 * s.cutter | 0x20 * s.broken | 0x40 * s.hot
        paper = 0x08 * s.no_paper | 0x04 * s.near_end
        return bytes((0x23, 0x86, printer, error, 0, paper, 0, 0, 0))
