"""Channel numbers, centre frequencies and channel blocks of the three Wi-Fi bands.

Pure. IEEE 802.11-2020 annex E. Frequencies in MHz; `channel` and `frequency` are each
other's inverse.
"""

import re
from collections.abc import Mapping
from typing import Literal

Band = Literal["2.4", "5", "6"]

# Base frequency, first and last channel; channel 14 is off the grid of 2.4 GHz.
GRID: Mapping[Band, tuple[int, int, int]] = {
    "2.4": (2407, 1, 13),
    "5": (5000, 32, 177),
    "6": (5950, 1, 233),
}
CHANNEL_14 = 2484
# First and last channel of the ranges that wide channels are counted from.
RANGES: Mapping[Band, tuple[tuple[int, int], ...]] = {
    "2.4": (),
    "5": ((36, 64), (100, 144), (149, 177)),
    "6": ((1, 233),),
}
NAMED: Mapping[str, Band] = {"2.4": "2.4", "2": "2.4", "5": "5", "6": "6"}
GHZ = re.compile(r"(?<![\d.])(2\.4|2|5|6)\s*GHz", re.IGNORECASE)


def band(frequency: int) -> Band | None:
    """The band of a frequency, its edges included."""
    if 2400 <= frequency < 2500:
        return "2.4"
    if 4900 <= frequency < 5925:
        return "5"
    return "6" if 5925 <= frequency <= 7125 else None


def band_in_text(text: str) -> Band | None:
    """The band that a text names, as in "36 (5GHz)"."""
    found = GHZ.search(text)
    return NAMED[found[1]] if found else None


def channel(frequency: int) -> int | None:
    """The channel with this centre; None if it is no channel's."""
    for base, first, last in GRID.values():
        number, rest = divmod(frequency - base, 5)
        if rest == 0 and first <= number <= last:
            return number
    return 14 if frequency == CHANNEL_14 else None


def frequency(channel: int, band: Band | None = None) -> int | None:
    """The centre of a channel; None if there is none. Without a band 6 GHz is not
    meant: it repeats the numbers, and systems that know it also name it."""
    band = band or ("2.4" if channel <= 14 else "5")
    if band == "2.4" and channel == 14:
        return CHANNEL_14
    base, first, last = GRID[band]
    return base + 5 * channel if first <= channel <= last else None


def channel_or_frequency(number: int) -> int | None:
    """The centre of a channel of 2.4 or 5 GHz, or a frequency in MHz as it is."""
    return frequency(number) or (number if 2412 <= number <= 7125 else None)


def frequency_in_band_of(tuned: int, channel: int | None) -> int:
    """The frequency of `channel` in the band of the frequency `tuned`; `tuned` if there
    is none."""
    return (frequency(channel, band(tuned)) if channel else None) or tuned


def block(number: int, width: int, band: Band) -> tuple[int, ...]:
    """All 20 MHz channels of the 20 to 160 MHz wide channel that this one belongs to;
    () if there is none, or if the number does not settle it (40 MHz in 2.4 GHz)."""
    if width == 20:
        return (number,)
    step = width // 5
    for first, last in RANGES[band] if width in (40, 80, 160) else ():
        if first <= number <= last:
            start = first + (number - first) // step * step
            members = tuple(range(start, start + step, 4))
            return members if members[-1] <= last else ()
    return ()


def centre(primary: int, width: int | None) -> int | None:
    """The centre of a channel of this width, by the centre of its primary 20 MHz; None
    if these two do not settle it."""
    if width == 20:
        return primary or None
    number, where = channel(primary), band(primary)
    members = block(number, width, where) if number and where and width else ()
    if not members or not where:
        return None
    return GRID[where][0] + 5 * (members[0] + members[-1]) // 2
