"""Four-way handshakes of one station with one access point, from frames in order.

Pure. A message 2 is paired with nonces of the AP by replay counter, within one
association and a few seconds: an AP that gets no answer retries under a new counter
with the same nonce, and takes a new nonce for each association (IEEE 802.11-2020
12.7.6).
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from posdiag.formats.dot11.eapol import KeyMessage, key_message
from posdiag.formats.dot11.frames import Dot11Frame
from posdiag.formats.dot11.psk import PERSONAL
from posdiag.model.questions.wifi_answers import Akm

WINDOW = 3.0  # seconds from message 1 to its answer; APs time out after about 1
DATA_WINDOW = 10.0  # seconds from message 2 to encrypted data both ways
MAX_CODES = 64
MAX_PAIRS = 64  # of one station, the latest
MAX_MESSAGES = 64  # of one association, the latest
SAE = 3  # authentication algorithm
# Intermediate SAE results, no refusals: token required, unsupported group,
# hash-to-element, SAE-PK.
SAE_STEPS = (76, 77, 126, 127)
HANDSHAKE_TIMEOUT = 15  # reason code


@dataclass(frozen=True, slots=True)
class NoncePair:
    """A message 2 and a nonce of the AP that may belong to it. `certain`: the replay
    counters match."""

    second: KeyMessage
    nonce: bytes
    certain: bool


@dataclass(slots=True)
class StationHandshakes:
    """All handshakes of `station` with `ap`, six octets each. `codes` are the reason
    codes of the AP, `refused` its status codes. `active`: the station did more than
    receive. `broken`: an association with a message 2 ended without a message 4.
    `accepted` are messages 2 that the AP accepted; `lost`: it asked again after an
    answer, or gave up. `pmkids` are those of its messages 1."""

    ap: bytes
    station: bytes
    ssid: bytes = b""
    akm: Akm | None = None
    messages: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    codes: list[int] = field(default_factory=list)
    refused: list[int] = field(default_factory=list)
    pairs: deque[NoncePair] = field(default_factory=lambda: deque(maxlen=MAX_PAIRS))
    accepted: deque[KeyMessage] = field(default_factory=lambda: deque(maxlen=MAX_PAIRS))
    pmkids: deque[bytes] = field(default_factory=lambda: deque(maxlen=MAX_PAIRS))
    lost: bool = False
    active: bool = False
    broken: bool = False
    _confirmed: bool = False  # the present association has its message 4
    _ever_confirmed: bool = False
    _recent: deque[tuple[float | None, KeyMessage]] = field(
        default_factory=lambda: deque(maxlen=MAX_MESSAGES)
    )
    _last_number: dict[bool, int] = field(default_factory=dict)
    _encrypted: set[bool] = field(default_factory=set)

    @property
    def completed(self) -> bool:
        """Did an association end with a message 4 that the AP accepted?"""
        return self._ever_confirmed or self._confirmed

    def add(self, frame: Dot11Frame, seconds: float | None) -> None:
        """Take the next frame between the two; `seconds` by the capture's clock."""
        by_ap = frame.sender == self.ap
        if frame.retry and self._last_number.get(by_ap) == frame.sequence_control:
            return  # a retransmission
        self._last_number[by_ap] = frame.sequence_control
        if frame.kind == "data":
            message = key_message(frame.eapol) if frame.eapol else None
            if message is not None and by_ap == (message.message in (1, 3)):
                self._add_key(message, seconds)
            elif frame.protected:
                self._add_encrypted(by_ap, seconds)
        elif frame.kind in ("assoc-request", "auth", "assoc-response"):
            self._add_join(frame, by_ap)
        elif frame.kind == "deauth":
            self._add_deauth(frame, by_ap)

    # --- management ----------------------------------------------------------------

    def _add_join(self, frame: Dot11Frame, by_ap: bool) -> None:
        self.active = True
        if frame.kind == "auth" and frame.algorithm == SAE:
            self.akm = self.akm or "sae"
        if frame.kind == "assoc-request":
            self._begin_association()
            self.ssid = frame.ssid or self.ssid
            self.akm = frame.akms[0] if len(frame.akms) == 1 else self.akm
        if by_ap and frame.code and not _is_sae_step(frame):
            _append(self.refused, frame.code)

    def _add_deauth(self, frame: Dot11Frame, by_ap: bool) -> None:
        if by_ap and frame.code == HANDSHAKE_TIMEOUT:
            self._confirmed = False  # message 4 was lost
            self.lost = self.lost or bool(self._recent_of(2))
        if by_ap and frame.code is not None:
            _append(self.codes, frame.code)
        self._begin_association()

    def _begin_association(self) -> None:
        """Nothing of the last association belongs to the next."""
        answered = any(message.message == 2 for _, message in self._recent)
        self.broken = self.broken or (answered and not self._confirmed)
        self._ever_confirmed = self.completed
        self._confirmed = False
        self._recent.clear()
        self._encrypted.clear()

    # --- keys ------------------------------------------------------------------------

    def _add_key(self, message: KeyMessage, seconds: float | None) -> None:
        self.active = True
        self.messages[message.message - 1] += 1
        if message.message == 4:
            self._confirmed = True
            self.accepted.extend(self._recent_of(2, seconds))
        elif message.message in (1, 3):
            self._confirmed = False  # the AP retries: message 4 was lost
            self.lost = self.lost or self._is_retry(message)
        if message.message == 1 and message.pmkid not in (b"", *self.pmkids):
            self.pmkids.append(message.pmkid)
        elif message.message == 2:
            self.akm = message.akm or self.akm
            self.pairs.extend(self._earlier_nonces(message, seconds))
            self._encrypted.clear()
        elif message.message == 3:
            self.pairs.extend(self._answered_by(message, seconds))
            self.accepted.extend(self._recent_of(2, seconds))
        self._recent.append((seconds, message))

    def _recent_of(
        self, number: int, seconds: float | None = None, window: float = WINDOW
    ) -> list[KeyMessage]:
        """Messages of this association, at most `window` before `seconds`."""
        return [
            other
            for when, other in self._recent
            if other.message == number and _within_window(when, seconds, window)
        ]

    def _is_retry(self, message: KeyMessage) -> bool:
        """Does the AP ask again, although the station answered?"""
        if message.message == 1:
            return bool(self._recent_of(2)) and not self._recent_of(3)
        return any(m.counter != message.counter for m in self._recent_of(3))

    def _add_encrypted(self, by_ap: bool, seconds: float | None) -> None:
        """Encrypted data both ways: the keys agree, whatever else was not captured."""
        answers = self._recent_of(2, seconds, DATA_WINDOW)
        if self._confirmed or not answers:
            return
        self._encrypted.add(by_ap)
        if len(self._encrypted) == 2:
            self.accepted.extend(answers)
            self._confirmed = True

    def _earlier_nonces(
        self, second: KeyMessage, seconds: float | None
    ) -> Iterator[NoncePair]:
        """Pairs of a message 2 with the nonces of messages 1 before it."""
        nonces: dict[bytes, bool] = {}
        for when, first in self._recent:
            if first.message == 1 and _within_window(when, seconds):
                certain = first.counter == second.counter
                nonces[first.nonce] = certain or nonces.get(first.nonce, False)
        for nonce, certain in nonces.items():
            yield NoncePair(second, nonce, certain)

    def _answered_by(
        self, third: KeyMessage, seconds: float | None
    ) -> Iterator[NoncePair]:
        """Pairs of messages 2 with this message 3, which repeats the AP's nonce: the
        only source of it if message 1 was not captured."""
        for when, second in self._recent:
            if second.message == 2 and _within_window(when, seconds):
                known = any(
                    p.second is second and p.nonce == third.nonce for p in self.pairs
                )
                if not known:
                    certain = third.counter == second.counter + 1
                    yield NoncePair(second, third.nonce, certain)

    def usable_pairs(self) -> list[NoncePair]:
        """Pairs whose MIC a passphrase can be checked against."""
        return [
            pair
            for pair in self.pairs
            if pair.second.version in (1, 2, 3)
            and (pair.second.akm is None or pair.second.akm in PERSONAL)
        ]


def _within_window(
    before: float | None, after: float | None, window: float = WINDOW
) -> bool:
    return before is None or after is None or -0.5 <= after - before <= window


def _is_sae_step(frame: Dot11Frame) -> bool:
    return frame.algorithm == SAE and frame.code in SAE_STEPS


def _append(codes: list[int], code: int) -> None:
    if len(codes) < MAX_CODES:
        codes.append(code)
