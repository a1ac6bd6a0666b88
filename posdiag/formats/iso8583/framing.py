"""Where does a message begin and end in the bytes of a connection?

A frame is a length, then TPDU (5 bytes, may be absent), header (may be absent), then
the message. The length counts what follows it (field-facts 6.1): two bytes, big-endian,
or four ASCII digits. Sizes are bytes.
"""

from dataclasses import dataclass
from typing import Literal

Length = Literal["binary2", "ascii4"]
State = Literal["whole", "partial", "impossible"]

LIMIT = 4096  # bytes of one frame, its length included; an echo's reply has some 100
SHORTEST = 10  # a message type in BCD and a bitmap


@dataclass(frozen=True, slots=True)
class Cut:
    """The first frame of a stream. `after` counts the bytes behind it.

    `announced` is the length field's value, None while it has not come or is no number.
    """

    state: State
    body: bytes = b""
    after: int = 0
    announced: int | None = None


def wrap(body: bytes, length: Length) -> bytes:
    """`body` with its length before it. ValueError if it is too long to send."""
    if len(body) > LIMIT - prefix(length):
        raise ValueError("message too long")
    if length == "ascii4":
        return b"%04d" % len(body) + body
    return len(body).to_bytes(2, "big") + body


def prefix(length: Length) -> int:
    """How many bytes the length itself takes."""
    return 4 if length == "ascii4" else 2


def cut(data: bytes, length: Length) -> Cut:
    """The first frame of `data`, as far as it has come."""
    size = prefix(length)
    head = data[:size]
    if length == "ascii4" and not all(48 <= byte <= 57 for byte in head):
        return Cut("impossible")
    if len(head) < size:
        return Cut("partial")
    announced = int(head) if length == "ascii4" else int.from_bytes(head, "big")
    if not SHORTEST <= announced <= LIMIT - size:
        return Cut("impossible", announced=announced)
    body = data[size : size + announced]
    if len(body) < announced:
        return Cut("partial", body, announced=announced)
    return Cut("whole", body, len(data) - size - announced, announced)


def swapped(tpdu: str) -> str:
    """The TPDU of the reply: destination and source change places (ISO 8583 over
    TPDU as acquirers use it; seen with jPOS: 60 0003 0000 -> 60 0000 0003)."""
    return tpdu[:2] + tpdu[6:10] + tpdu[2:6]
