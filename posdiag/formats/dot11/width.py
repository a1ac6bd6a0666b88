"""How wide is an access point's channel, and where is its middle?

From the operation elements of IEEE 802.11-2020 9.4.2.56 (HT), .158 (VHT), .249 (HE)
and 802.11be (EHT), the newest first. All in MHz.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from posdiag.formats.dot11.channels import frequency_in_band_of

HT_OPERATION = 61
VHT_OPERATION = 192
HE_OPERATION = 256 + 36
EHT_OPERATION = 256 + 106

VHT_INSIDE = 1 << 14
COHOSTED = 1 << 15
SIX_GHZ = 1 << 17


@dataclass(frozen=True, slots=True)
class Width:
    """Of the whole channel. Of two separate halves (80+80) it is the primary one's."""

    width: int
    centre: int


def channel_width(found: Mapping[int, bytes], frequency: int) -> Width:
    """`found` are the elements by id, `frequency` is the primary channel's centre."""
    said = (
        _eht(found.get(EHT_OPERATION, b""), frequency)
        or _he(found.get(HE_OPERATION, b""), frequency)
        or _vht(found.get(VHT_OPERATION, b""), frequency)
        or _ht(found.get(HT_OPERATION, b""), frequency)
    )
    # What does not hold its own primary channel is not believed.
    if said and abs(said.centre - frequency) <= said.width / 2:
        return said
    return Width(20, frequency)


def _ht(body: bytes, frequency: int) -> Width | None:
    if len(body) < 2:
        return None
    offset = {1: 10, 3: -10}.get(body[1] & 3)
    # Bit 2 clear: stations are to send in the primary 20 MHz alone.
    if offset is None or not body[1] & 4:
        return None
    return Width(40, frequency + offset)


def _vht(body: bytes, frequency: int) -> Width | None:
    if len(body) < 3 or not body[0]:
        return None
    kind, first, second = body[:3]
    if kind == 2:  # 160 MHz in the way before 2016
        return Width(160, frequency_in_band_of(frequency, first))
    if kind == 1 and second and abs(second - first) == 8:
        return Width(160, frequency_in_band_of(frequency, second))
    return Width(80, frequency_in_band_of(frequency, first))


def _he(body: bytes, frequency: int) -> Width | None:
    if len(body) < 6:
        return None
    flags = int.from_bytes(body[:3], "little")
    at = 6
    if flags & VHT_INSIDE:
        inside = _vht(body[at : at + 3], frequency)
        if inside:
            return inside
        at += 3
    at += 1 if flags & COHOSTED else 0
    six = body[at : at + 5]
    if not flags & SIX_GHZ or len(six) < 5:
        return None
    control, first, second = six[1] & 3, six[2], six[3]
    if control == 3 and abs(second - first) == 8:
        return Width(160, frequency_in_band_of(frequency, second))
    return Width((20, 40, 80, 80)[control], frequency_in_band_of(frequency, first))


def _eht(body: bytes, frequency: int) -> Width | None:
    if len(body) < 8 or not body[0] & 1:
        return None
    control, first, second = body[5] & 7, body[6], body[7]
    if control > 4:
        return None
    wide = (20, 40, 80, 160, 320)[control]
    # Up to 80 MHz the first number is the whole's centre, beyond it the second.
    return Width(wide, frequency_in_band_of(frequency, second if wide > 80 else first))
