"""Which access points and stations are on the air, and what is between them?

Pure: frames in, one after the other; bounded however many senders there are.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median

from posdiag.formats.dot11.four_way import Exchange
from posdiag.formats.dot11.frames import Seen
from posdiag.model.questions.wifi_answers import Akm

POINTS = 2000  # access points that are remembered
EXCHANGES = 2000
SAMPLES = 1000  # of the signal of one sender
NAMES = 8  # of one access point


@dataclass(slots=True)
class Air:
    """All that a capture shows, put together by access point and station."""

    names: dict[bytes, list[bytes]] = field(default_factory=dict)
    akms: dict[bytes, tuple[Akm, ...]] = field(default_factory=dict)
    exchanges: dict[tuple[bytes, bytes], Exchange] = field(default_factory=dict)
    signals: dict[tuple[bytes, bytes], list[int]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add(self, frame: Seen, seconds: float | None) -> None:
        if frame.kind == "beacon":
            self._beacon(frame)
            return
        point, station = self._pair(frame)
        if not point or station[0] & 1:  # a group's address is no station
            return
        exchange = self.exchanges.get((point, station))
        if exchange is None:
            talk = frame.kind in ("authenticate", "associate", "associated")
            if not (talk or frame.eapol) or len(self.exchanges) >= EXCHANGES:
                return
            exchange = self.exchanges[point, station] = Exchange(point, station)
        exchange.add(frame, seconds)
        self._signal(point, point if frame.sender == point else station, frame)

    def _beacon(self, frame: Seen) -> None:
        point = frame.bssid
        if point not in self.names and len(self.names) >= POINTS:
            return
        names = self.names.setdefault(point, [])
        if frame.name and frame.name not in names and len(names) < NAMES:
            names.append(frame.name)
        self.akms[point] = frame.akms
        self._signal(point, point, frame)

    def _pair(self, frame: Seen) -> tuple[bytes, bytes]:
        """Access point and station; nothing where the frame does not tell them."""
        if frame.point is None:
            known = (frame.receiver, frame.sender) in self.exchanges
            point, station = frame.receiver, frame.sender
            if not known:  # four addresses: the one that asks is the access point
                ack = frame.eapol and len(frame.eapol) > 6 and frame.eapol[6] & 0x80
                point, station = (station, point) if ack else (point, station)
            return point, station
        if frame.bssid not in (frame.sender, frame.receiver):
            return b"", b""
        station = frame.receiver if frame.point else frame.sender
        return frame.bssid, station

    def _signal(self, point: bytes, sender: bytes, frame: Seen) -> None:
        values = self.signals[point, sender]
        if frame.signal is not None and len(values) < SAMPLES:
            values.append(frame.signal)

    def level(self, point: bytes, sender: bytes) -> float | None:
        values = self.signals.get((point, sender))
        return float(median(values)) if values else None
