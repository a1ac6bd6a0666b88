"""One direction of a TCP connection, its payload in order.

Bounded: what arrives out of order is kept up to `ROOM` bytes, then the gap is given up
and reported as missing bytes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

ROOM = 65_536  # bytes that wait for a gap to be filled
PIECES = 64
SPACE = 1 << 32  # of sequence numbers
HALF = 1 << 31


@dataclass(slots=True)
class Stream:
    """`count` is the payload seen once, `start` the sequence number of its first byte
    (None: nothing seen yet)."""

    start: int | None = None
    count: int = 0
    _next: int = 0
    _waiting: dict[int, tuple[bytes, int]] = field(default_factory=dict)

    def begin(self, sequence: int) -> None:
        """The first byte will have this sequence number (that of the SYN and one)."""
        if self.start is None:
            self.start = self._next = sequence % SPACE

    @property
    def end(self) -> int:
        """The sequence number behind the last byte in order."""
        return self._next

    def take(
        self, sequence: int, payload: bytes, missing: int
    ) -> Iterator[tuple[bytes, int]]:
        """The pieces that are in order now: payload, then how many bytes are missing
        behind it."""
        if not payload and not missing:
            return
        if self.start is None:
            self.begin(sequence)
        ahead = (sequence - self._next) % SPACE
        if ahead >= HALF:  # sent again, at least in part
            known = SPACE - ahead
            if known >= len(payload) + missing:
                return
            payload, missing = (
                payload[known:],
                min(missing, len(payload) + missing - known),
            )
            ahead = 0
        if ahead == 0:
            yield self._pass(payload, missing)
            yield from self._filled()
            return
        self._waiting[sequence] = payload, missing
        kept = sum(len(p) + m for p, m in self._waiting.values())
        if kept > ROOM or len(self._waiting) > PIECES:
            gap = min((s - self._next) % SPACE for s in self._waiting)
            yield self._pass(b"", gap)
            yield from self._filled()

    def _pass(self, payload: bytes, missing: int) -> tuple[bytes, int]:
        self.count += len(payload) + missing
        self._next = (self._next + len(payload) + missing) % SPACE
        return payload, missing

    def _filled(self) -> Iterator[tuple[bytes, int]]:
        while self._waiting:
            first = min(self._waiting, key=lambda s: (s - self._next + HALF) % SPACE)
            ahead = (first - self._next) % SPACE
            if 0 < ahead < HALF:
                return
            payload, missing = self._waiting.pop(first)
            known = (self._next - first) % SPACE
            if known < len(payload) + missing:
                rest = len(payload) + missing - known
                yield self._pass(payload[known:], min(missing, rest))


def covers(acknowledged: int, end: int) -> bool:
    """Does this acknowledgement cover all bytes before `end`?"""
    return (acknowledged - end) % SPACE < HALF
