"""What happened between one station and one access point, frame after frame?

Pure. Nonces and signatures are put together by replay counter, within one association
and a few seconds: an access point that heard no answer asks again under a new counter
with the same nonce, and begins a new nonce with each association.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from posdiag.formats.dot11.eapol import KeyMessage, key_message
from posdiag.formats.dot11.frames import Seen
from posdiag.formats.dot11.psk import PERSONAL
from posdiag.model.questions.wifi_answers import Akm

WINDOW = 3.0  # seconds from message 1 to its answer; access points wait about 1
CODES = 64
KEPT = 64  # pairs that are tried, of one station
RECENT = 64  # messages of one association that are remembered
SAE = 3  # authentication algorithm
# Steps of SAE, not refusals: token wanted, group not known, hash to element, SAE-PK.
SAE_STEPS = (76, 77, 126, 127)
TIMEOUT = 15  # reason code: the four-way handshake timed out


@dataclass(frozen=True, slots=True)
class Pair:
    """A message 2 and a nonce of the access point that may belong to it. `sure`: by
    its replay counter it does."""

    second: KeyMessage
    nonce: bytes
    sure: bool


@dataclass(slots=True)
class Exchange:
    """All handshakes of one station with one access point."""

    point: bytes
    station: bytes
    name: bytes = b""
    akm: Akm | None = None
    messages: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    codes: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    pairs: deque[Pair] = field(default_factory=lambda: deque(maxlen=KEPT))
    took_part: bool = False
    broken: bool = False  # an association with a message 2 ended without a message 4
    _ended_well: bool = False
    _once_completed: bool = False
    _recent: deque[tuple[float | None, KeyMessage]] = field(
        default_factory=lambda: deque(maxlen=RECENT)
    )
    _last: dict[bool, int] = field(default_factory=dict)

    @property
    def completed(self) -> bool:
        """Did some association end with a message 4 that the access point heard?"""
        return self._once_completed or self._ended_well

    def add(self, frame: Seen, seconds: float | None) -> None:
        by_point = frame.sender == self.point
        if frame.retry and self._last.get(by_point) == frame.number:
            return  # the same frame once more
        self._last[by_point] = frame.number
        if frame.kind == "data":
            message = key_message(frame.eapol) if frame.eapol else None
            if message is not None and by_point == (message.message in (1, 3)):
                self._key(message, seconds)
        elif frame.kind in ("associate", "authenticate", "associated", "part"):
            self._management(frame, by_point)

    # --- management ----------------------------------------------------------------

    def _management(self, frame: Seen, by_point: bool) -> None:
        if frame.kind == "part":
            self._part(frame, by_point)
            return
        self.took_part = True
        if frame.kind == "authenticate" and frame.algorithm == SAE:
            self.akm = self.akm or "sae"
        if frame.kind == "associate":
            self._begin()
            self.name = frame.name or self.name
            self.akm = frame.akms[0] if len(frame.akms) == 1 else self.akm
        if by_point and frame.code and not _is_step(frame):
            _keep(self.refused, frame.code)

    def _part(self, frame: Seen, by_point: bool) -> None:
        if by_point and frame.code == TIMEOUT:
            self._ended_well = False  # our message 4 did not arrive
        if by_point and frame.code is not None:
            _keep(self.codes, frame.code)
        self._begin()

    def _begin(self) -> None:
        """A new association: nothing of the last one belongs to it."""
        answered = any(other.message == 2 for _, other in self._recent)
        self.broken = self.broken or (answered and not self._ended_well)
        self._once_completed = self.completed
        self._ended_well = False
        self._recent.clear()

    # --- keys ------------------------------------------------------------------------

    def _key(self, message: KeyMessage, seconds: float | None) -> None:
        self.took_part = True
        self.messages[message.message - 1] += 1
        if message.message == 4:
            self._ended_well = True
        elif message.message in (1, 3):
            self._ended_well = False  # asked again: it did not hear message 4
        if message.message == 2:
            self.akm = message.akm or self.akm
            self.pairs.extend(self._before(message, seconds))
        elif message.message == 3:
            self.pairs.extend(self._after(message, seconds))
        self._recent.append((seconds, message))

    def _before(self, second: KeyMessage, seconds: float | None) -> Iterator[Pair]:
        """The nonces that the access point has sent up to now."""
        tried: dict[bytes, bool] = {}
        for when, other in self._recent:
            if other.message == 1 and _near(when, seconds):
                sure = other.counter == second.counter
                tried[other.nonce] = sure or tried.get(other.nonce, False)
        for nonce, sure in tried.items():
            yield Pair(second, nonce, sure)

    def _after(self, third: KeyMessage, seconds: float | None) -> Iterator[Pair]:
        """Message 3 repeats the nonce: the only one where message 1 was missed."""
        for when, other in self._recent:
            if other.message == 2 and _near(when, seconds):
                known = any(
                    p.second is other and p.nonce == third.nonce for p in self.pairs
                )
                if not known:
                    sure = third.counter == other.counter + 1
                    yield Pair(other, third.nonce, sure)

    def usable(self) -> list[Pair]:
        """Those that a passphrase can be held against."""
        return [
            pair
            for pair in self.pairs
            if pair.second.version in (1, 2, 3)
            and (pair.second.akm is None or pair.second.akm in PERSONAL)
        ]


def _near(before: float | None, after: float | None) -> bool:
    return before is None or after is None or -0.5 <= after - before <= WINDOW


def _is_step(frame: Seen) -> bool:
    return frame.algorithm == SAE and frame.code in SAE_STEPS


def _keep(codes: list[int], code: int) -> None:
    if len(codes) < CODES:
        codes.append(code)
