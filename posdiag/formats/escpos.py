"""What do a receipt printer's status bytes mean? ESC/POS and StarPRNT.

ESC/POS (Epson's reference, `DLE EOT n`): one byte for each of four questions. Fixed
bits tell it from other bytes, but digits and letters of a text pass as well (`2`, `6`),
so that one byte alone is no proof of a printer. StarPRNT (Star's specification,
`ESC ACK SOH`): one frame that begins with its own length. All functions are total.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

QUESTIONS = (1, 2, 3, 4)  # printer, why it is offline, error, paper sensor
FLOW = (0x11, 0x13)  # XON, XOFF
IDLE = 0x12  # the fixed bits alone
STAR_LEAST, STAR_MOST = 7, 15  # bytes of a frame

Protocol = Literal["esc/pos", "starprnt"]


def status_question(number: int) -> bytes:
    """`DLE EOT n`, which is answered even while the printer is offline."""
    return bytes((0x10, 0x04, number))


STAR_QUESTION = b"\x1b\x06\x01"


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """What the printer says of itself. `near_end`: the roll is nearly used up."""

    protocol: Protocol
    offline: bool = False
    cover_open: bool = False
    no_paper: bool = False
    near_end: bool = False
    cutter: bool = False
    hot: bool = False
    broken: bool = False  # an error from which only switching it off recovers
    error: bool = False  # any other


def status_byte(reply: bytes) -> int | None:
    """The one status byte that a reply is; None for anything else.

    What a printer sends by itself (Automatic Status Back, flow control) may stand
    around it.
    """
    found: list[int] = []
    place = 0
    while place < len(reply):
        byte = reply[place]
        rest = reply[place + 1 : place + 4]
        if byte & 0x93 == 0x12:
            found.append(byte)
        elif byte & 0x93 == 0x10 and len(rest) == 3 and not any(b & 0x90 for b in rest):
            place += 3
        elif byte not in FLOW:
            return None
        place += 1
    return found[0] if len(found) == 1 else None


def read_escpos(replies: Sequence[tuple[int, bytes]]) -> PrinterStatus | None:
    """The status by replies to numbered questions; None unless two replies, or the
    same one twice, show that it is a printer. Each bit means another thing in another
    reply, so that one byte for all of them, but for "nothing to report", is none."""
    answered = [(n, b) for n, reply in replies if (b := status_byte(reply)) is not None]
    if len(answered) < 2:
        return None
    bits = dict(answered)
    if len(bits) > 2 and len(set(bits.values())) == 1 and answered[0][1] != IDLE:
        return None
    printer, why, error, paper = (bits.get(n, 0) for n in QUESTIONS)
    return PrinterStatus(
        "esc/pos",
        offline=bool(printer & 0x08),
        cover_open=bool(why & 0x04),
        no_paper=paper & 0x60 == 0x60 or bool(why & 0x20),
        near_end=paper & 0x0C == 0x0C,
        cutter=bool(error & 0x08),
        hot=bool(error & 0x40),
        broken=bool(error & 0x20),
        error=bool(why & 0x40 or error & 0x04),
    )


def read_star(reply: bytes) -> PrinterStatus | None:
    """The status in a StarPRNT frame, None where the reply is none."""
    for start in range(min(len(reply), 8)):
        frame = reply[start:]
        size = star_size(frame[0])
        if size is not None and len(frame) >= size and _star_body(frame[1:size]):
            return _star(frame)
    return None


def star_size(header: int) -> int | None:
    """The length of the frame that begins with this byte, itself included."""
    if header & 0x91 != 0x01:
        return None
    size = (header >> 1 & 0x07) + (header >> 2 & 0x08)
    return size if STAR_LEAST <= size <= STAR_MOST else None


def _star_body(body: bytes) -> bool:
    """Bits 0 and 4 of every further byte are 0; bit 7 too, but of the second header."""
    return not any(b & 0x11 for b in body) and not any(b & 0x80 for b in body[1:])


def _star(frame: bytes) -> PrinterStatus:
    printer, error, _, paper = frame[2:6]
    return PrinterStatus(
        "starprnt",
        offline=bool(printer & 0x08),
        cover_open=bool(printer & 0x20),
        no_paper=bool(paper & 0x08),
        near_end=bool(paper & 0x06),
        cutter=bool(error & 0x08),
        hot=bool(error & 0x40),
        broken=bool(error & 0x20),
        error=bool(error & 0x04),
    )


def is_foreign(replies: Iterable[bytes]) -> bool:
    """Is it a text or an echo of our questions, as no printer sends?"""
    data = b"".join(replies)
    echoed = b"".join(map(status_question, QUESTIONS[:2]))
    words = sum(0x20 <= b < 0x7F or b in b"\r\n\t" for b in data)
    return data.startswith(echoed) or (len(data) >= 8 and words >= 0.9 * len(data))
