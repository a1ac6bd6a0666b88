"""Who is on which channel, and what does the band look like? Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from posdiag.formats.dot11 import ssid
from posdiag.formats.dot11.channels import band, channel
from posdiag.measure.wifi.airtime import UNTOLD, Busy
from posdiag.measure.wifi.channel_plan import (
    FLOOR,
    Proposal,
    candidates,
    inband,
    propose,
    radios,
    relation,
    same_device,
    span,
)
from posdiag.measure.wifi.network import mine, nameless, strength
from posdiag.measure.wifi.reception import Frames
from posdiag.model import Bar
from posdiag.model.questions.wifi_answers import AccessPoint, Radio, WifiLink, WifiScan

STALE = 60.0  # seconds after which an access point may be gone
CULPRITS = 5
ROWS = 14
TOP = -35.0  # dBm that fill a bar


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Our access point, all of our network, and all that is heard beside it, one for
    each transmitter. `level` is ours in dBm, the median of a window where there was
    one."""

    own: AccessPoint | None
    ours: tuple[AccessPoint, ...] = ()
    others: tuple[AccessPoint, ...] = ()
    level: float | None = None
    frames: Frames | None = None
    busy: Busy = UNTOLD
    proposal: Proposal | None = None
    fresh: bool = True

    def related(self, kind: str) -> list[AccessPoint]:
        """Others that share our channel wholly ("same") or in part ("overlap")."""
        if self.own is None:
            return []
        own, wide = self.own.frequency, span(self.own)
        return [o for o in self.others if relation(own, wide, o) == kind]

    def disturbing(self, loud: float, separation: float) -> list[AccessPoint]:
        """Others on overlapping channels, of whose power so much falls into ours that
        it is loud in itself and too near to our own level. Of the 2.4 GHz band only:
        above it channels do not lie across each other."""
        if self.own is None or self.level is None:
            return []
        if band(self.own.frequency) != "2.4":
            return []
        wide = span(self.own)
        least = max(loud, self.level - separation)
        found = [(inband(wide, o), o) for o in self.related("overlap")]
        return [o for power, o in found if power is not None and power >= least]

    def rivals(self, loud: float) -> list[AccessPoint]:
        """Others on the same channel that are at least as loud as ours."""
        if self.level is None:
            return []
        least = max(loud, self.level)
        return [o for o in self.related("same") if (o.signal or FLOOR) >= least]


def current(points: Sequence[AccessPoint]) -> list[AccessPoint]:
    """Without those that may be gone by now."""
    return [p for p in points if p.age is None or p.age <= STALE]


def ours(
    found: WifiScan, octets: bytes, link: WifiLink | None
) -> tuple[AccessPoint, ...]:
    """The access points of the network that is meant. Where the system withholds names
    it still tells which one is joined."""
    points = current(found.all)
    named = mine(points, octets, link)
    if named or (octets and not found.redacted):
        return named
    return tuple(p for p in points if p.joined)


def own_point(
    points: Sequence[AccessPoint], link: WifiLink | None, level: float | None
) -> AccessPoint | None:
    """The access point in use: the one that is joined, also where the scan missed it,
    else the strongest of the network."""
    if link is None or link.frequency is None:
        return max(points, key=strength, default=None)
    for point in points:
        if point.bssid.lower() == link.bssid.lower():
            return point
    return AccessPoint(link.bssid, link.ssid, link.frequency, level, width=link.width)


def neighbours(
    points: Sequence[AccessPoint], ours: Sequence[AccessPoint]
) -> tuple[AccessPoint, ...]:
    """Everybody else's transmitters: without our network, and without further names of
    our own devices."""
    addresses = {p.bssid.lower() for p in ours}
    return radios(
        p
        for p in points
        if p.bssid.lower() not in addresses and not any(same_device(p, o) for o in ours)
    )


def proposal(
    own: AccessPoint | None,
    others: Sequence[AccessPoint],
    country: str,
    radio: Radio | None,
) -> Proposal | None:
    if own is None:
        return None
    told = own.country[:2].upper()
    known = radio.country if radio is not None and radio.country != "00" else ""
    return propose(own, others, candidates(own, country or told or known, radio))


def culprits(points: Sequence[AccessPoint]) -> tuple[str, ...]:
    """Names with channel and level, the loudest first; ("-",) for nobody."""
    ranked = sorted(points, key=strength, reverse=True)
    return tuple(map(_named, ranked[:CULPRITS])) or ("-",)


def _named(point: AccessPoint) -> str:
    hidden = nameless(point)
    name = point.bssid if hidden else ssid.shown(ssid.of_hex(point.ssid))
    told = [str(channel(point.frequency) or f"{point.frequency} MHz")]
    if point.signal is not None:
        told.append(f"{point.signal:.0f} dBm")
    return f"{name} ({', '.join(told)})"


def picture(around: Surroundings) -> tuple[Bar, ...]:
    """The band as a chart: one row for each channel in use, its bar the loudest."""
    own = {p.frequency for p in around.ours}
    heard: dict[int, list[AccessPoint]] = {f: [] for f in own}
    for point in (*radios(around.ours), *around.others):
        heard.setdefault(point.frequency, []).append(point)
    better = around.proposal if around.proposal and around.proposal.better else None
    if better:
        heard.setdefault(better.frequency, [])
    marked = {**({better.frequency: "proposed"} if better else {})}
    marked |= dict.fromkeys(own, "own")
    rows = sorted(_chosen(heard, marked))
    return tuple(
        Bar(_label(f), _level(heard[f]), _note(heard[f]), marked.get(f, ""))
        for f in rows
    )


def _chosen(
    heard: Mapping[int, Sequence[AccessPoint]], marked: Mapping[int, str]
) -> list[int]:
    """The rows that there is room for: what is marked, then the loudest."""
    ranked = sorted(heard, key=lambda f: (f not in marked, -_level(heard[f])))
    return ranked[:ROWS]


def _label(frequency: int) -> str:
    number = channel(frequency)
    if number is None:
        return f"{frequency} MHz"
    return f"{number} (6 GHz)" if band(frequency) == "6" else str(number)


def _level(points: Sequence[AccessPoint]) -> float:
    levels = [p.signal for p in points if p.signal is not None]
    if not levels:
        return 0.0
    part = (max(levels) - FLOOR) / (TOP - FLOOR)
    return round(min(max(part, 0.02), 1.0), 3)


def _note(points: Sequence[AccessPoint]) -> str:
    levels = [p.signal for p in points if p.signal is not None]
    loudest = f"{max(levels):.0f} dBm" if levels else "-"
    return f"{len(points):2d}  {loudest:>8}"
