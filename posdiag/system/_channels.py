"""Which channel has which frequency? (IEEE 802.11-2020 annex E)"""


def frequency_of(channel: int) -> int | None:
    """Centre in MHz of a channel of 2.4 or 5 GHz, or of a frequency that was given
    itself (6 GHz repeats the numbers); None for what is neither."""
    if 1 <= channel <= 13:
        return 2407 + 5 * channel
    if channel == 14:
        return 2484
    if 32 <= channel <= 177:
        return 5000 + 5 * channel
    return channel if 2412 <= channel <= 7125 else None


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
