"""The radio environment: our AP, its neighbours, and a better channel. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from posdiag.formats.dot11 import ssid
from posdiag.formats.dot11.channels import band, channel
from posdiag.measure.statistics import median_or_none
from posdiag.measure.wifi.airtime import UNKNOWN, Airtime
from posdiag.measure.wifi.channel_plan import (
    FLOOR,
    Proposal,
    Relation,
    candidates,
    in_channel_power,
    propose,
    relation,
    same_device,
    span,
    transmitters,
)
from posdiag.measure.wifi.network import Network, by_signal, current, hides_name
from posdiag.measure.wifi.reception import FrameCounts, Reception
from posdiag.model.questions.wifi_answers import AccessPoint, Radio, WifiLink, WifiScan

LISTED = 5  # names of neighbours that a finding mentions


@dataclass(frozen=True, slots=True)
class Environment:
    """Our access point, our whole network, and one AP per foreign transmitter.

    `level` is our access point's in dBm, the median of the window if there was one.
    `frames` and `airtime` are of that window. `fresh`: the scan was carried out now.
    """

    own: AccessPoint | None
    network: tuple[AccessPoint, ...] = ()
    neighbours: tuple[AccessPoint, ...] = ()
    level: float | None = None
    frames: FrameCounts | None = None
    airtime: Airtime = UNKNOWN
    proposal: Proposal | None = None
    fresh: bool = True

    def related(self, kind: Relation) -> list[AccessPoint]:
        """Neighbours on our channel ("same") or on one that overlaps it ("overlap")."""
        if self.own is None:
            return []
        own, wide = self.own.frequency, span(self.own)
        return [n for n in self.neighbours if relation(own, wide, n) == kind]

    def overlapping_above(self, loud: float, separation: float) -> list[AccessPoint]:
        """Overlapping APs whose in-channel power is above `loud` (dBm) and within
        `separation` dB of ours. Of 2.4 GHz only: elsewhere channels do not overlap."""
        if self.own is None or self.level is None:
            return []
        if band(self.own.frequency) != "2.4":
            return []
        wide = span(self.own)
        least = max(loud, self.level - separation)
        found = [(in_channel_power(wide, n), n) for n in self.related("overlap")]
        return [n for power, n in found if power is not None and power >= least]

    def co_channel_above(self, loud: float) -> list[AccessPoint]:
        """Neighbours on our channel that are above `loud` (dBm) and as loud as ours."""
        if self.level is None:
            return []
        least = max(loud, self.level)
        return [n for n in self.related("same") if (n.signal or FLOOR) >= least]


def environment(
    scan: WifiScan,
    network: Network,
    reception: Reception,
    airtime: Airtime,
    *,
    country: str = "",
    radio: Radio | None = None,
) -> Environment:
    """Combine the scan and the measurements of one window.

    `country` is the profile's, "" if it names none.
    """
    link = network.own_link(reception.association)
    level = median_or_none(reception.levels) if link else None
    found = network.with_link(link).current_points(scan)
    own = _own_point(found, link, level)
    ours = found if own is None or own in found else (own, *found)
    neighbours = _neighbours(current(scan.all), ours)
    return Environment(
        own=own,
        network=ours,
        neighbours=neighbours,
        level=level if level is not None or own is None else own.signal,
        frames=reception.frames if link else None,
        airtime=airtime,
        proposal=_proposal(own, neighbours, country.upper(), radio),
        fresh=scan.fresh,
    )


def _own_point(
    points: Sequence[AccessPoint], link: WifiLink | None, level: float | None
) -> AccessPoint | None:
    """The AP that this machine is associated with, even if the scan missed it, else the
    strongest of the network."""
    if link is None or link.frequency is None:
        return max(points, key=by_signal, default=None)
    for point in points:
        if point.bssid.lower() == link.bssid.lower():
            return point
    return AccessPoint(link.bssid, link.ssid, link.frequency, level, width=link.width)


def _neighbours(
    points: Sequence[AccessPoint], ours: Sequence[AccessPoint]
) -> tuple[AccessPoint, ...]:
    """Foreign transmitters: neither our network nor further SSIDs of our devices."""
    bssids = {p.bssid.lower() for p in ours}
    return transmitters(
        p
        for p in points
        if p.bssid.lower() not in bssids and not any(same_device(p, o) for o in ours)
    )


def _proposal(
    own: AccessPoint | None,
    neighbours: Sequence[AccessPoint],
    country: str,
    radio: Radio | None,
) -> Proposal | None:
    if own is None:
        return None
    announced = own.country[:2].upper()
    domain = radio.country if radio is not None and radio.country != "00" else ""
    choice = candidates(own, country or announced or domain, radio)
    return propose(own, neighbours, choice)


def strongest_names(points: Sequence[AccessPoint]) -> tuple[str, ...]:
    """Names with channel and level, strongest first; ("-",) for none."""
    ranked = sorted(points, key=by_signal, reverse=True)
    return tuple(map(_described, ranked[:LISTED])) or ("-",)


def _described(point: AccessPoint) -> str:
    hidden = hides_name(point)
    name = point.bssid if hidden else ssid.shown(ssid.of_hex(point.ssid))
    where = str(channel(point.frequency) or f"{point.frequency} MHz")
    level = "" if point.signal is None else f", {point.signal:.0f} dBm"
    return f"{name} ({where}{level})"
