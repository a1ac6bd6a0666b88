"""Which access points share a piece of the band, how much do they weigh, and which
channel would be quieter? Pure.

Figures: IEEE 802.11-2020 for the grid; field-facts 1.2 for what overlaps and for what
is allowed in China.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log10
from typing import Literal

from posdiag.formats.dot11.channels import GRID, Band, band, block, channel, frequency
from posdiag.measure.wifi.network import strength
from posdiag.model.questions.wifi_answers import AccessPoint, Radio

Relation = Literal["same", "overlap", "clear"]
Span = tuple[float, float]  # MHz

GUARD = 1.0
"""MHz at either edge of a channel that carry nothing: OFDM fills 18 of 20 MHz, so that
channels four apart are clear of each other."""
FLOOR = -95.0  # dBm; what is weaker is not decoded
COSTLIER = 1.5
"""An overlapping access point costs more than one on the same channel: that one is
decoded and waited for, this one is only noise."""
BETTER = 0.6  # another channel must weigh less than this part of ours to be proposed
WORTH = 6.0  # and less by at least two access points 30 dB above the floor
NEAR = 15  # the last octets of one device's addresses lie no farther apart
CLEAR_24 = (1, 6, 11)  # the only three that are mutually clear
CHINA_5 = (36, 40, 44, 48, 149, 153, 157, 161, 165)  # without radar channels 52-64
EVERYWHERE_5 = (36, 40, 44, 48)
GRID_5 = (*range(36, 68, 4), *range(100, 148, 4), *range(149, 169, 4))


@dataclass(frozen=True, slots=True)
class Candidate:
    """A channel that could be used; `span` is all of it."""

    channel: int
    frequency: int
    span: Span


@dataclass(frozen=True, slots=True)
class Proposal:
    """The quietest channel, and what is heard there. `better`: worth the change."""

    channel: int
    frequency: int
    same: int
    overlapping: int
    loudest: float | None
    better: bool


def span(point: AccessPoint) -> Span:
    """From where to where an access point transmits, in MHz."""
    if point.centre is not None and point.width is not None and point.width > 20:
        return point.centre - point.width / 2, point.centre + point.width / 2
    return point.frequency - 10.0, point.frequency + 10.0


def common(one: Span, other: Span) -> float:
    """How many MHz two channels really share."""
    low, high = max(one[0], other[0]) + GUARD, min(one[1], other[1]) - GUARD
    return max(0.0, high - low)


def relation(own: int, wide: Span, other: AccessPoint) -> Relation:
    """How does another access point stand to a channel of this primary frequency?"""
    if other.frequency == own:
        return "same"
    return "overlap" if common(wide, span(other)) > 0 else "clear"


def inband(wide: Span, other: AccessPoint) -> float | None:
    """The level in dBm of what another access point sends into this channel."""
    theirs = span(other)
    shared = common(wide, theirs)
    if other.signal is None or shared <= 0:
        return None
    return other.signal + 10 * log10(shared / (theirs[1] - theirs[0] - 2 * GUARD))


def weight(point: AccessPoint) -> float:
    """Tens of dB above the floor, more where it says that it is busy. One that does not
    tell its level counts as weak."""
    level = 0.5 if point.signal is None else max(0.0, (point.signal - FLOOR) / 10)
    return level if point.utilisation is None else level * (0.5 + point.utilisation)


def burden(own: int, wide: Span, others: Iterable[AccessPoint]) -> float:
    """The weight of all others that a channel would have to bear."""
    total = 0.0
    for other in others:
        kind = relation(own, wide, other)
        if kind == "same":
            total += weight(other)
        elif kind == "overlap":
            part = common(wide, span(other)) / (wide[1] - wide[0] - 2 * GUARD)
            total += COSTLIER * min(part, 1.0) * weight(other)
    return total


def same_device(one: AccessPoint, other: AccessPoint) -> bool:
    """Do two addresses look like one device's? Makers count up the last octet and flip
    bits of the first for further names and bands."""
    a, b = one.bssid.lower().split(":"), other.bssid.lower().split(":")
    if len(a) != 6 or len(b) != 6 or a[1:5] != b[1:5]:
        return False
    try:
        return abs(int(a[5], 16) - int(b[5], 16)) <= NEAR
    except ValueError:
        return False


def radios(points: Iterable[AccessPoint]) -> tuple[AccessPoint, ...]:
    """One access point for each transmitter, the loudest first: a device that sends
    several names on one channel is one neighbour."""
    kept: list[AccessPoint] = []
    for point in sorted(points, key=strength, reverse=True):
        if not any(
            point.frequency == k.frequency and same_device(point, k) for k in kept
        ):
            kept.append(point)
    return tuple(kept)


def candidates(
    own: AccessPoint, country: str, radio: Radio | None
) -> tuple[Candidate, ...]:
    """The channels that may be proposed in place of this one, in its band."""
    here = band(own.frequency)
    if here == "2.4":
        return tuple(_candidate("2.4", (n,)) for n in CLEAR_24)
    if here != "5":
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
    """20 MHz channels of the 5 GHz band that everybody may use there without waiting
    for radar. Where the country is not known, only those that are free everywhere."""
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
    """The quietest of the channels; None where there is no choice."""
    if not choice:
        return None
    present = burden(own.frequency, span(own), others)

    def cost(c: Candidate) -> tuple[float, bool]:
        return burden(c.frequency, c.span, others), channel(own.frequency) != c.channel

    best = min(choice, key=cost)
    load = cost(best)[0]
    kinds = [(relation(best.frequency, best.span, o), o) for o in others]
    levels = [o.signal for kind, o in kinds if kind != "clear" and o.signal is not None]
    return Proposal(
        best.channel,
        best.frequency,
        same=sum(kind == "same" for kind, _ in kinds),
        overlapping=sum(kind == "overlap" for kind, _ in kinds),
        loudest=max(levels, default=None),
        better=(
            best.channel != channel(own.frequency)
            and load <= BETTER * present
            and present - load >= WORTH
        ),
    )
