"""Where does a message begin and end in the bytes of a connection?

A frame is a length, then TPDU (5 bytes, may be absent), header (may be absent), then
the message. The length counts what follows it, with some hosts itself
too (`inclusive`): two or four bytes, big-endian, four ASCII digits, or four digits in
BCD. Sizes are bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Length = Literal["binary2", "binary4", "ascii4", "bcd2"]
State = Literal["whole", "partial", "impossible"]

LIMIT = 4096  # bytes of one frame, its length included; an echo's reply has some 100
SHORTEST = 10  # a message type in BCD and a bitmap
PREFIX: Mapping[Length, int] = {"binary2": 2, "binary4": 4, "ascii4": 4, "bcd2": 2}


@dataclass(frozen=True, slots=True)
class Cut:
    """The first frame of a stream. `after` counts the bytes behind it.

    `announced` is the length field's value, None while it has not come or is no number.
    """

    state: State
    body: bytes = b""
    after: int = 0
    announced: int | None = None


def wrap(body: bytes, length: Length, *, inclusive: bool = False) -> bytes:
    """`body` with its length before it. ValueError if it is too long to send."""
    size = PREFIX[length]
    if len(body) > LIMIT - size:
        raise ValueError("message too long")
    count = len(body) + (size if inclusive else 0)
    if length == "ascii4":
        return b"%04d" % count + body
    if length == "bcd2":
        return bytes.fromhex(f"{count:04d}") + body
    return count.to_bytes(size, "big") + body


def cut(data: bytes, length: Length, *, inclusive: bool = False) -> Cut:
    """The first frame of `data`, as far as it has come."""
    size = PREFIX[length]
    head = data[:size]
    announced = _count(head, length)
    if announced is None:
        return Cut("impossible")
    if len(head) < size:
        return Cut("partial")
    count = announced - (size if inclusive else 0)
    if not SHORTEST <= count <= LIMIT - size:
        return Cut("impossible", announced=announced)
    body = data[size : size + count]
    if len(body) < count:
        return Cut("partial", body, announced=announced)
    return Cut("whole", body, len(data) - size - count, announced)


def _count(head: bytes, length: Length) -> int | None:
    """The value of a length field, or of its first bytes; None if it is no number."""
    if length == "ascii4":
        return int(head or b"0") if all(48 <= byte <= 57 for byte in head) else None
    if length == "bcd2":
        digits = head.hex() or "0"
        return int(digits) if digits.isdigit() else None
    return int.from_bytes(head, "big")


def keep_alives(data: bytes, length: Length, *, inclusive: bool = False) -> int:
    """How many bytes at the start of `data` are frames without a message.

    Hosts send them on idle connections; a frame of length 0 is no answer.
    """
    size, at = PREFIX[length], 0
    empty = (0, size) if inclusive else (0,)
    while len(head := data[at : at + size]) == size and _count(head, length) in empty:
        at += size
    return at


def swapped(tpdu: str) -> str:
    """The TPDU of the reply: destination and source change places (ISO 8583 over
    TPDU as acquirers use it; seen with jPOS: 60 0003 0000 -> 60 0000 0003)."""
    return tpdu[:2] + tpdu[6:10] + tpdu[2:6]
