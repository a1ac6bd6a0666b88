"""EAPOL as an access point or a station itself captures it: without 802.11 headers.

Ethernet, and the cooked captures of Linux (LINKTYPE_LINUX_SLL, SLL2), which hold the
sender's address alone. Pure; no bytes make this raise.
"""

from collections.abc import Sequence
from dataclasses import replace

from posdiag.formats.dot11.eapol import KeyMessage, key_message
from posdiag.formats.dot11.frames import Dot11Frame
from posdiag.formats.traffic.layers import COOKED, COOKED2, ETHERNET, link_of

LINKS = frozenset({ETHERNET, COOKED, COOKED2})
EAPOL_TYPE = 0x888E
ANSWER_TIME = 3.0  # seconds between a message and its answer

Timed = tuple[Dot11Frame, float | None]


def parse_ethernet(link: int, data: bytes) -> Dot11Frame | None:
    """A frame without a receiver where the capture does not keep it (b""); of other
    protocols nothing but the addresses. None for what is cut off."""
    found = link_of(link, data) if link in LINKS else None
    if found is None:
        return None
    if found.protocol != EAPOL_TYPE or not found.source:
        return Dot11Frame("other", b"", b"", b"")
    receiver = _octets(found.target) if link == ETHERNET else b""
    return Dot11Frame("data", _octets(found.source), receiver, b"", eapol=found.body)


def _octets(mac: str) -> bytes:
    return bytes.fromhex(mac.replace(":", ""))


def with_receivers(frames: Sequence[Timed]) -> list[Timed]:
    """Key messages with the receiver that a cooked capture leaves out: a message and
    its answer have the same replay counter and follow each other closely. One that is
    not answered goes to the station that was sent the same nonce before. Those that
    stay without a receiver are left out."""
    keys = [(frame, when, key_message(frame.eapol or b"")) for frame, when in frames]
    stations: dict[tuple[bytes, bytes], bytes] = {}
    found: list[Timed] = []
    for at, (frame, when, key) in enumerate(keys):
        if frame.receiver or key is None:
            found.append((frame, when))
            continue
        by_station = key.message in (2, 4)
        others = keys[:at][::-1] if by_station else keys[at + 1 :]
        near = (s for s, t, k in others if _close(when, t) and _is_answer(key, k))
        peer = next((s.sender for s in near), b"")
        if not by_station:
            peer = peer or stations.get((frame.sender, key.nonce), b"")
            stations[frame.sender, key.nonce] = peer
        if peer:
            found.append((replace(frame, receiver=peer), when))
    return found


def _is_answer(key: KeyMessage, other: KeyMessage | None) -> bool:
    """Are these two a message of the access point and its answer?"""
    if other is None or other.counter != key.counter:
        return False
    return {key.message, other.message} in ({1, 2}, {3, 4})


def _close(one: float | None, other: float | None) -> bool:
    return one is None or other is None or abs(one - other) <= ANSWER_TIME
