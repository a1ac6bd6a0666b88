"""Overlap of access points, the load that they put on a channel, and the channel with
the least load. Pure.

Sources: IEEE 802.11-2020 for the grid; vendor guides for what overlaps and for what
is allowed in China. Spans in MHz, levels in dBm.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log10
from typing import Literal

from posdiag.formats.dot11.channels import GRID, Band, band, block, channel, frequency
from posdiag.measure.wifi.network import by_signal
from posdiag.model.questions.wifi_answers import AccessPoint, Radio

Relation = Literal["same", "overlap", "clear"]
Span = tuple[float, float]  # MHz

GUARD = 1.0
"""MHz at either edge of a channel without energy: OFDM fills 18 of 20 MHz, so channels
four apart do not overlap."""
FLOOR = -95.0  # dBm; a weaker frame is not decoded
OVERLAP_COST = 1.5
"""An overlapping AP costs more than a co-channel one: that one is decoded and waited
for, this one is only noise."""
LOAD_RATIO = 0.6  # a proposed channel has at most this part of our channel's load
LOAD_GAIN = 6.0  # and less by at least two APs 30 dB above the floor
BSSID_RANGE = 15  # the last octets of one device's BSSIDs differ by no more
CLEAR_24 = (1, 6, 11)  # the only three that do not overlap
CHINA_5 = (36, 40, 44, 48, 149, 153, 157, 161, 165)  # without radar channels 52-64
EVERYWHERE_5 = (36, 40, 44, 48)
GRID_5 = (*range(36, 68, 4), *range(100, 148, 4), *range(149, 169, 4))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A channel that may be proposed; `span` is its whole width."""

    channel: int
    frequency: int
    span: Span


@dataclass(frozen=True, slots=True)
class Proposal:
    """The channel with the least load. `same` and `overlapping` count the APs there,
    `loudest` is the strongest level; `better`: it is worth the change."""

    channel: int
    frequency: int
    same: int
    overlapping: int
    loudest: float | None
    better: bool


def span(point: AccessPoint) -> Span:
    """The lower and upper edge of an access point's channel."""
    if point.centre is not None and point.width is not None and point.width > 20:
        return point.centre - point.width / 2, point.centre + point.width / 2
    return point.frequency - 10.0, point.frequency + 10.0


def shared_width(one: Span, other: Span) -> float:
    """MHz in which both channels carry energy."""
    low, high = max(one[0], other[0]) + GUARD, min(one[1], other[1]) - GUARD
    return max(0.0, high - low)


def relation(own: int, wide: Span, other: AccessPoint) -> Relation:
    """How an access point's channel relates to the one with this primary frequency and
    span."""
    if other.frequency == own:
        return "same"
    return "overlap" if shared_width(wide, span(other)) > 0 else "clear"


def in_channel_power(wide: Span, other: AccessPoint) -> float | None:
    """The part of an access point's level that falls into this channel; None if its
    level is unknown or they do not overlap."""
    theirs = span(other)
    shared = shared_width(wide, theirs)
    if other.signal is None or shared <= 0:
        return None
    return other.signal + 10 * log10(shared / (theirs[1] - theirs[0] - 2 * GUARD))


def load(point: AccessPoint) -> float:
    """Tens of dB above the floor, scaled by the channel utilisation that it announces.
    An unknown level counts as weak."""
    level = 0.5 if point.signal is None else max(0.0, (point.signal - FLOOR) / 10)
    return level if point.utilisation is None else level * (0.5 + point.utilisation)


def total_load(own: int, wide: Span, others: Iterable[AccessPoint]) -> float:
    """The load of all access points that share or overlap a channel."""
    total = 0.0
    for other in others:
        kind = relation(own, wide, other)
        if kind == "same":
            total += load(other)
        elif kind == "overlap":
            part = shared_width(wide, span(other)) / (wide[1] - wide[0] - 2 * GUARD)
            total += OVERLAP_COST * min(part, 1.0) * load(other)
    return total


def same_device(one: AccessPoint, other: AccessPoint) -> bool:
    """Do two BSSIDs look like one device's? For further SSIDs and bands vendors count
    up the last octet and flip bits of the first."""
    a, b = one.bssid.lower().split(":"), other.bssid.lower().split(":")
    if len(a) != 6 or len(b) != 6 or a[1:5] != b[1:5]:
        return False
    try:
        return abs(int(a[5], 16) - int(b[5], 16)) <= BSSID_RANGE
    except ValueError:
        return False


def transmitters(points: Iterable[AccessPoint]) -> tuple[AccessPoint, ...]:
    """One access point per transmitter, strongest first: several SSIDs of one device on
    one channel are one."""
    kept: list[AccessPoint] = []
    for point in sorted(points, key=by_signal, reverse=True):
        if not any(
            point.frequency == k.frequency and same_device(point, k) for k in kept
        ):
            kept.append(point)
    return tuple(kept)


def candidates(
    own: AccessPoint, country: str, radio: Radio | None
) -> tuple[Candidate, ...]:
    """The channels that may be proposed, in the band and width of this access point."""
    own_band = band(own.frequency)
    if own_band == "2.4":
        return tuple(_candidate("2.4", (n,)) for n in CLEAR_24)
    if own_band != "5":
        return ()
    width = min(own.width or 20, 80)
    usable = allowed_5(country, radio)
    blocks = (block(n, width, "5") for n in usable)
    # Each once, by its lowest channel.
    return tuple(
        _candidate("5", members)
        for n, members in zip(usable, blocks, strict=True)
        if members and n == members[0] and set(usable).issuperset(members)
    )


def _candidate(band: Band, members: Sequence[int]) -> Candidate:
    base = GRID[band][0]
    low, high = base + 5 * members[0], base + 5 * members[-1]
    return Candidate(members[0], low, (low - 10.0, high + 10.0))


def allowed_5(country: str, radio: Radio | None) -> tuple[int, ...]:
    """20 MHz channels of the 5 GHz band that need no DFS in this country. If it is not
    known, only those that are allowed everywhere."""
    if country == "CN":
        return CHINA_5
    if country and radio is not None and radio.country == country and radio.channels:
        free = {
            c.frequency
            for c in radio.channels
            if not (c.disabled or c.radar or c.silent)
        }
        return tuple(n for n in GRID_5 if frequency(n, "5") in free)
    return EVERYWHERE_5


def propose(
    own: AccessPoint, others: Sequence[AccessPoint], choice: Sequence[Candidate]
) -> Proposal | None:
    """The channel with the least load; None without a choice."""
    if not choice:
        return None
    own_channel = channel(own.frequency)
    present = total_load(own.frequency, span(own), others)

    def cost(c: Candidate) -> tuple[float, bool]:
        return total_load(c.frequency, c.span, others), c.channel != own_channel

    best = min(choice, key=cost)
    expected = cost(best)[0]
    kinds = [(relation(best.frequency, best.span, o), o) for o in others]
    levels = [o.signal for kind, o in kinds if kind != "clear" and o.signal is not None]
    return Proposal(
        best.channel,
        best.frequency,
        same=sum(kind == "same" for kind, _ in kinds),
        overlapping=sum(kind == "overlap" for kind, _ in kinds),
        loudest=max(levels, default=None),
        better=(
            best.channel != own_channel
            and expected <= LOAD_RATIO * present
            and present - expected >= LOAD_GAIN
        ),
    )
