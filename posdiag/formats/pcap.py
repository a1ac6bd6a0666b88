"""Read pcap and pcapng files; write pcap.

Pure: bytes in, packets out. The file may come from anywhere: lengths in it are checked
against its own, no bytes make this raise, and what cannot be read is counted. Sources:
draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

FILE_LIMIT = 64 * 1024 * 1024  # bytes of a file
FRAME_LIMIT = 64 * 1024  # bytes of one frame
MAX_FRAMES = 500_000
MAX_INTERFACES = 256  # of one section of a pcapng file

# Magic number as it stands in the file: byte order, and ticks in a second.
PCAP = {
    b"\xa1\xb2\xc3\xd4": (">", 1e6),
    b"\xd4\xc3\xb2\xa1": ("<", 1e6),
    b"\xa1\xb2\x3c\x4d": (">", 1e9),
    b"\x4d\x3c\xb2\xa1": ("<", 1e9),
}
SECTION = b"\x0a\x0d\x0d\x0a"
FILE_HEADER, SECTION_HEADER = 24, 28  # bytes; a section header without options
ORDERS = {b"\x1a\x2b\x3c\x4d": ">", b"\x4d\x3c\x2b\x1a": "<"}
GZIP = b"\x1f\x8b"
INTERFACE, OLD_PACKET, SIMPLE, ENHANCED = 1, 2, 3, 6  # kinds of pcapng blocks
RESOLUTION = 9  # option if_tsresol


@dataclass(frozen=True, slots=True)
class Packet:
    """`link` is the link type (LINKTYPE_*), `fcs` the length in bytes of the FCS that
    the file announces, else 0. `seconds` is UNIX time, None if not recorded."""

    link: int
    data: bytes
    seconds: float | None = None
    fcs: int = 0


@dataclass(slots=True)
class CaptureFile:
    """Iterate once for the packets; the counts are right afterwards.

    `frames` were read, `damaged` could not be. `cut`: there was more than is read.
    """

    data: bytes
    frames: int = 0
    damaged: int = 0
    cut: bool = False
    _interfaces: list[tuple[int, int, float]] = field(default_factory=list)

    @property
    def recognised(self) -> bool:
        """Is it pcap or pcapng, by its magic number and a whole header?"""
        if self.data[:4] == SECTION:
            return len(self.data) >= SECTION_HEADER and self.data[8:12] in ORDERS
        return len(self.data) >= FILE_HEADER and self.data[:4] in PCAP

    def __iter__(self) -> Iterator[Packet]:
        found = self._pcapng() if self.data[:4] == SECTION else self._pcap()
        for frame in found:
            if self.frames >= MAX_FRAMES:
                self.cut = True
                return
            self.frames += 1
            yield frame

    # --- pcap --------------------------------------------------------------------

    def _pcap(self) -> Iterator[Packet]:
        order, ticks = PCAP.get(self.data[:4], ("<", 1e6))
        if not self.recognised:
            self.damaged += 1
            return
        (network,) = struct.unpack_from(order + "I", self.data, 20)
        # Bit 26: the highest four bits are the length of the FCS in units of 16 bits.
        fcs = (network >> 28) * 2 if network & 0x0400_0000 else 0
        position = FILE_HEADER
        while position < len(self.data):
            if position + 16 > len(self.data):
                self.damaged += 1
                return
            head = struct.unpack_from(order + "IIII", self.data, position)
            end = position + 16 + head[2]
            if end > len(self.data):  # cut off, or a wrong length
                self.damaged += 1
                return
            if head[2] > FRAME_LIMIT:
                self.damaged += 1
            else:
                data = self.data[position + 16 : end]
                seconds = head[0] + head[1] / ticks
                yield Packet(network & 0xFFFF, data, seconds, fcs)
            position = end

    # --- pcapng ------------------------------------------------------------------

    def _pcapng(self) -> Iterator[Packet]:
        position, order = 0, "<"
        while position < len(self.data):
            if self.data[position : position + 4] == SECTION:
                order = ORDERS.get(self.data[position + 8 : position + 12], order)
                self._interfaces.clear()
            if position + 12 > len(self.data):
                self.damaged += 1
                return
            kind, size = struct.unpack_from(order + "II", self.data, position)
            if size < 12 or size % 4 or position + size > len(self.data):
                self.damaged += 1
                return
            body = self.data[position + 8 : position + size - 4]
            frame = self._block(order, kind, body)
            if frame is not None:
                yield frame
            position += size

    def _block(self, order: str, kind: int, body: bytes) -> Packet | None:
        if kind == INTERFACE:
            self._interface(order, body)
        elif kind in (ENHANCED, OLD_PACKET):
            return self._packet(order, kind, body)
        elif kind == SIMPLE:
            return self._simple(order, body)
        return None

    def _interface(self, order: str, body: bytes) -> None:
        """Packets refer to interfaces by index, so a damaged one keeps its place."""
        if len(self._interfaces) >= MAX_INTERFACES:
            return
        if len(body) < 8:
            self.damaged += 1
            self._interfaces.append((-1, 0, 1e6))
            return
        link, _, snap = struct.unpack_from(order + "HHI", body)
        self._interfaces.append((link, snap, _ticks(order, body[8:])))

    def _packet(self, order: str, kind: int, body: bytes) -> Packet | None:
        if len(body) < 20:
            self.damaged += 1
            return None
        number, high, low, size = struct.unpack_from(order + "IIII", body)
        if kind == OLD_PACKET:  # the number is 16 bits here, a count of drops follows
            (number,) = struct.unpack_from(order + "H", body)
        known = self._at(number)
        if known is None or size > min(len(body) - 20, FRAME_LIMIT):
            self.damaged += 1
            return None
        link, _, ticks = known
        return Packet(link, body[20 : 20 + size], ((high << 32) + low) / ticks)

    def _simple(self, order: str, body: bytes) -> Packet | None:
        known = self._at(0)
        if known is None or len(body) < 4:
            self.damaged += 1
            return None
        link, snap, _ = known
        (size,) = struct.unpack_from(order + "I", body)
        size = min(size, snap or size)
        if size > min(len(body) - 4, FRAME_LIMIT):
            self.damaged += 1
            return None
        return Packet(link, body[4 : 4 + size])

    def _at(self, number: int) -> tuple[int, int, float] | None:
        known = self._interfaces[number] if number < len(self._interfaces) else None
        return known if known and known[0] >= 0 else None


def _ticks(order: str, options: bytes) -> float:
    """Ticks in a second, from the options of an interface (if_tsresol)."""
    position = 0
    while position + 4 <= len(options):
        code, size = struct.unpack_from(order + "HH", options, position)
        if code == 0:
            break
        if code == RESOLUTION and size >= 1 and position + 4 < len(options):
            value = options[position + 4]
            # Powers of 10, or of 2 if the highest bit is set; bounded at 1e-30 s.
            base, power = (2.0, value & 0x7F) if value & 0x80 else (10.0, value)
            return base ** min(power, 30)
        position += 4 + size + -size % 4
    return 1e6


def unpacked(data: bytes, limit: int = FILE_LIMIT) -> bytes:
    """What a gzip file holds, up to `limit` bytes and where it is damaged; any other
    file as it is."""
    if data[:2] != GZIP:
        return data
    out = b""
    while data[:2] == GZIP and len(out) < limit:
        member = zlib.decompressobj(wbits=31)
        try:
            out += member.decompress(data, limit - len(out))
        except zlib.error:
            return out
        data = member.unused_data
    return out


def header(link: int, snap: int = FRAME_LIMIT) -> bytes:
    """The header of a pcap file of this link type, in microseconds."""
    return struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, snap, link)


def record(seconds: float, data: bytes) -> bytes:
    """One packet of such a file; `seconds` is UNIX time."""
    whole = int(seconds)
    part = int((seconds - whole) * 1e6)
    return struct.pack("<IIII", whole, part, len(data), len(data)) + data
