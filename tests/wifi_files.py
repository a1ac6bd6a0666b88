"""CaptureFile files of the tests: what is in them, and the same in other forms."""

import struct

from posdiag.formats.dot11.radiotap import strip_radio_header
from posdiag.formats.pcap import CaptureFile, header, record
from tests import FIXTURES

FOLDER = FIXTURES
RIGHT, WRONG = "correct-horse-42", "wrong-horse-99"
SHOP = b"SHOP-POS"
POINT, STATION = "02:00:00:00:01:00", "02:00:00:00:00:00"
RADIOTAP = 127


def fixture(name: str) -> bytes:
    return (FOLDER / f"{name}.pcap").read_bytes()


def frames(data: bytes) -> list[tuple[float, bytes]]:
    """Time and bytes of each frame."""
    return [(frame.seconds or 0.0, frame.data) for frame in CaptureFile(data)]


def pcap(link: int, kept: list[tuple[float, bytes]]) -> bytes:
    return header(link) + b"".join(record(*one) for one in kept)


def plain(data: bytes) -> list[tuple[float, bytes]]:
    """Without what the sniffer puts before each frame."""
    found = [
        (when, strip_radio_header(RADIOTAP, frame)) for when, frame in frames(data)
    ]
    return [(when, one.frame) for when, one in found if one is not None]


def turned(data: bytes, magic: bytes, ticks: int) -> bytes:
    """The same pcap file, big-endian, with this magic number and resolution."""
    out = magic + struct.pack(">HHiIII", 2, 4, 0, 0, 65535, RADIOTAP)
    for when, frame in frames(data):
        whole = int(when)
        part = round((when - whole) * ticks)
        out += struct.pack(">IIII", whole, part, len(frame), len(frame)) + frame
    return out


def block(order: str, kind: int, body: bytes) -> bytes:
    """One block of a pcapng file."""
    body += bytes(-len(body) % 4)
    size = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + size + body + size


def section(order: str) -> bytes:
    head = struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1)
    comment = struct.pack(order + "HH", 1, 5) + b"hello\0\0\0" + bytes(4)
    return block(order, 0x0A0D0D0A, head + comment)


def interface(order: str, link: int, resolution: int | None = None) -> bytes:
    body = struct.pack(order + "HHI", link, 0, 65535)
    body += struct.pack(order + "HH", 2, 4) + b"wlan"
    if resolution is not None:
        body += struct.pack(order + "HHB3x", 9, 1, resolution)
    return block(order, 1, body + bytes(4))


def enhanced(order: str, number: int, ticks: int, frame: bytes) -> bytes:
    sizes = ticks >> 32, ticks & 0xFFFFFFFF, len(frame), len(frame)
    return block(order, 6, struct.pack(order + "5I", number, *sizes) + frame)


def simple(order: str, frame: bytes) -> bytes:
    return block(order, 3, struct.pack(order + "I", len(frame)) + frame)
