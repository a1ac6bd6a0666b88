"""The capture headers that precede an 802.11 frame: radiotap, PPI, AVS, Prism.

Pure; no bytes make this raise. Sources: radiotap.org, CACE PPI 1.0.10, linux-wlan-ng.
"""

import struct
from dataclasses import dataclass

PLAIN, PRISM, RADIOTAP, AVS, PPI = 105, 119, 127, 163, 192  # LINKTYPE_IEEE802_11_*
AVS_MAGIC = 0x80211000  # the last four bits are a version

# Radiotap fields in the order of their bits: size, alignment.
FIELDS = ((8, 8), (1, 1), (1, 1), (4, 2), (2, 1), (1, 1))
TIME, FLAGS, RATE, CHANNEL, HOPS, SIGNAL = range(6)
HAS_FCS, PADDED, BAD_FCS = 0x10, 0x20, 0x40  # radiotap flags
EXTENDED = 1 << 31  # another word of bits follows
WORDS = 64
PPI_COMMON = 2
PPI_FCS, PPI_BAD = 1, 4 | 8  # flags: checksum at the end; checksum or PHY wrong
PRISM_SIGNAL = 6  # number of the item


@dataclass(frozen=True, slots=True)
class RawFrame:
    """An 802.11 frame without FCS, and its reception metadata.

    `signal` in dBm, `frequency` in MHz, None if not recorded. `padded`: the MAC header
    is padded to a multiple of four bytes. `damaged`: the FCS is wrong.
    """

    frame: bytes
    signal: int | None = None
    frequency: int | None = None
    padded: bool = False
    damaged: bool = False


def strip_radio_header(link: int, data: bytes, fcs: int = 0) -> RawFrame | None:
    """The frame behind the header of this link type (LINKTYPE_*); None if there is no
    whole header or the link type is another. `fcs` is the length of the FCS, for
    headers that do not say."""
    if link == PLAIN:
        return RawFrame(_without_fcs(data, fcs))
    if link == RADIOTAP:
        return _radiotap(data)
    if link == PPI:
        return _ppi(data)
    if link in (PRISM, AVS):
        magic = struct.unpack_from(">I", data)[0] if len(data) >= 4 else 0
        if magic & 0xFFFF_FFF0 == AVS_MAGIC:
            return _avs(data, fcs)
        return _prism(data, fcs) if link == PRISM else None
    return None


def _without_fcs(frame: bytes, fcs: int) -> bytes:
    return frame[:-fcs] if fcs else frame


def _dbm(value: int) -> int | None:
    """Drivers that do not measure write 0 or a positive number."""
    return value if -127 <= value < 0 else None


def _radiotap(data: bytes) -> RawFrame | None:
    if len(data) < 8 or data[0]:
        return None
    length, present = struct.unpack_from("<HI", data, 2)
    if not 8 <= length <= len(data):
        return None
    position, word, words = 8, present, 1
    while word & EXTENDED and words < WORDS and position + 4 <= length:
        (word,) = struct.unpack_from("<I", data, position)
        position += 4
        words += 1
    flags, signal, frequency = 0, None, None
    for bit, (size, alignment) in enumerate(FIELDS):
        if not present >> bit & 1:
            continue
        position += -position % alignment
        if position + size > length:
            break
        if bit == FLAGS:
            flags = data[position]
        elif bit == CHANNEL:
            (frequency,) = struct.unpack_from("<H", data, position)
        elif bit == SIGNAL:
            signal = _dbm(struct.unpack_from("b", data, position)[0])
        position += size
    frame = _without_fcs(data[length:], 4 if flags & HAS_FCS else 0)
    return RawFrame(
        frame, signal, frequency or None, bool(flags & PADDED), bool(flags & BAD_FCS)
    )


def _ppi(data: bytes) -> RawFrame | None:
    if len(data) < 8:
        return None
    length, link = struct.unpack_from("<HI", data, 2)
    if link != PLAIN or not 8 <= length <= len(data):
        return None
    position, flags, signal, frequency = 8, 0, None, 0
    while position + 4 <= length:
        kind, size = struct.unpack_from("<HH", data, position)
        position += 4
        if kind == PPI_COMMON and size >= 20 and position + 20 <= length:
            flags, _, frequency = struct.unpack_from("<HHH", data, position + 8)
            signal = _dbm(struct.unpack_from("b", data, position + 18)[0])
        position += size
    frame = _without_fcs(data[length:], 4 if flags & PPI_FCS else 0)
    return RawFrame(frame, signal, frequency or None, damaged=bool(flags & PPI_BAD))


def _avs(data: bytes, fcs: int) -> RawFrame | None:
    if len(data) < 64:
        return None
    (length,) = struct.unpack_from(">I", data, 4)
    if not 64 <= length <= len(data):
        return None
    scale, value = struct.unpack_from(">Ii", data, 44)
    signal = _dbm(value) if scale == 2 else None  # 2: dBm
    return RawFrame(_without_fcs(data[length:], fcs), signal)


def _prism(data: bytes, fcs: int) -> RawFrame | None:
    """Byte order is that of the capturing machine."""
    for order in "<>":
        if len(data) < 24:
            return None
        (length,) = struct.unpack_from(order + "I", data, 4)
        if not 24 <= length <= min(len(data), 4096):
            continue
        signal = None
        for position in range(24, length - 11, 12):
            id, unknown, _, value = struct.unpack_from(order + "IHHi", data, position)
            if id >> 12 & 0xF == PRISM_SIGNAL and not unknown:
                signal = _dbm(value)
        return RawFrame(_without_fcs(data[length:], fcs), signal)
    return None
