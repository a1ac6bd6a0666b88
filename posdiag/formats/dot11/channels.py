"""Which frequency is a channel number, and what does its whole width cover?

Centres in MHz: 2407 + 5n (14 is 2484), 5000 + 5n, 5950 + 5n (IEEE 802.11-2020 annex E).
"""

import re

GHZ = re.compile(r"(?<![\d.])(2\.4|2|5|6)\s*GHz", re.IGNORECASE)
# Where the blocks of 40, 80 and 160 MHz begin: channels in 5 GHz, and in 6 GHz.
STARTS_5 = (36, 100, 149)
LAST_5 = 177
LAST_6 = 233


def band_of(text: str) -> str:
    """ "2.4", "5" or "6" where a text names the band, else ""."""
    found = GHZ.search(text)
    return "2.4" if found and found[1] == "2" else found[1] if found else ""


def frequency(channel: int, band: str = "") -> int:
    """The centre of a channel; 0 for what is none. Without a band 6 GHz is not meant:
    the systems that know it also name it."""
    if band == "6":
        return 5950 + 5 * channel if 1 <= channel <= LAST_6 else 0
    if band != "5" and 1 <= channel <= 14:
        return 2484 if channel == 14 else 2407 + 5 * channel
    if band != "2.4" and STARTS_5[0] <= channel <= LAST_5:
        return 5000 + 5 * channel
    return 0


def centre(primary: int, width: int | None) -> int | None:
    """The centre of the whole channel. None where it is not settled by these two: a
    40 MHz channel of 2.4 GHz lies to either side."""
    if width == 20:
        return primary or None
    if width not in (40, 80, 160) or primary < 5000:
        return None
    base, first = (5950, 1) if primary > 5950 else (5000, 0)
    number = (primary - base) // 5
    if base == 5000:
        first = max((start for start in STARTS_5 if start <= number), default=0)
    if first == 0:
        return None
    at_once = width // 20
    block = (number - first) // 4 // at_once
    return base + 5 * (first + 4 * block * at_once + 2 * (at_once - 1))


def frequency_of(channel: int) -> int | None:
    """The centre of a channel of 2.4 or 5 GHz, or of a frequency that was given itself
    (6 GHz repeats the numbers); None for what is neither."""
    return frequency(channel) or (channel if 2412 <= channel <= 7125 else None)


def channel_of(frequency: int) -> int:
    """The number of the channel with this centre."""
    if frequency == 2484:
        return 14
    if frequency < 2484:
        return (frequency - 2407) // 5
    return (frequency - (5950 if frequency >= 5950 else 5000)) // 5


def beside(tuned: int, channel: int | None) -> int:
    """The frequency of `channel` in the band of the frequency `tuned`."""
    if not channel:
        return tuned
    if tuned < 3000:
        return (frequency_of(channel) or tuned) if channel <= 14 else tuned
    if tuned < 5950:
        return (frequency_of(channel) or tuned) if channel >= 32 else tuned
    return 5950 + 5 * channel
