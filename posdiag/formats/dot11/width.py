"""Width and centre of an access point's channel, by its operation elements.

Pure. IEEE 802.11-2020 9.4.2.56 (HT), .158 (VHT), .249 (HE) and 802.11be (EHT), the
newest first. All in MHz.
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
    """Of the whole channel; of 80+80 MHz that of the primary half."""

    width: int
    centre: int


def channel_width(found: Mapping[int, bytes], frequency: int) -> Width:
    """From the elements by id; `frequency` is the primary channel's centre."""
    announced = (
        _eht(found.get(EHT_OPERATION, b""), frequency)
        or _he(found.get(HE_OPERATION, b""), frequency)
        or _vht(found.get(VHT_OPERATION, b""), frequency)
        or _ht(found.get(HT_OPERATION, b""), frequency)
    )
    # A channel without its own primary channel is an error.
    if announced and abs(announced.centre - frequency) <= announced.width / 2:
        return announced
    return Width(20, frequency)


def _ht(body: bytes, frequency: int) -> Width | None:
    if len(body) < 2:
        return None
    offset = {1: 10, 3: -10}.get(body[1] & 3)
    # Bit 2 clear: stations transmit in the primary 20 MHz only.
    if offset is None or not body[1] & 4:
        return None
    return Width(40, frequency + offset)


def _vht(body: bytes, frequency: int) -> Width | None:
    if len(body) < 3 or not body[0]:
        return None
    kind, first, second = body[:3]
    if kind == 2:  # 160 MHz before 802.11-2016
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
    # Up to 80 MHz the first number is the centre of the whole, beyond it the second.
    return Width(wide, frequency_in_band_of(frequency, second if wide > 80 else first))
