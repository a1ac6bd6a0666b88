"""Which frames of the air belong into a capture of one network?

Pure. Nothing but what a handshake is judged by: now and then a beacon, authentication,
association and their ends, and key messages, all of the wanted network alone. No
content of anybody, no other network, no device that merely looks for one.
"""

from dataclasses import dataclass, field

from posdiag.formats.dot11.eapol import KEY
from posdiag.formats.dot11.frames import Seen, seen
from posdiag.formats.dot11.radiotap import RADIOTAP
from posdiag.formats.dot11.traffic import Air

BEACON_EVERY = 1.0  # seconds between two that are kept of one access point
WAITING_POINTS, WAITING_FRAMES = 64, 16  # kept back until a hidden name is known
GROUP = 1  # lowest bit of the first octet of an address
TALK = ("authenticate", "associate", "associated", "part")

Record = tuple[float, bytes]


@dataclass(frozen=True, slots=True)
class StationSeen:
    """`messages` counts messages 1 to 4. `ended`: "completed", "broken" (there was a
    message 2, no message 4 came through), "refused" by the access point, "" not yet."""

    station: str
    bssid: str
    messages: tuple[int, ...]
    ended: str = ""
    sae: bool = False


@dataclass(slots=True)
class Keeper:
    """`ssid` or `bssid` name the network; with neither, every one that is heard. With
    `channel`, access points that say they are on another one are left out: they are
    heard across, but not all of their stations are. `elsewhere` holds where they are.
    `hidden`: some access point hides its name, which shows once a station joins it.
    """

    ssid: bytes = b""
    bssid: bytes = b""
    channel: int | None = None
    elsewhere: set[int] = field(default_factory=set)
    air: Air = field(default_factory=Air)
    beacons: int = 0
    hidden: bool = False
    _names: dict[bytes, bytes] = field(default_factory=dict)
    _away: set[bytes] = field(default_factory=set)
    _kept: dict[bytes, float] = field(default_factory=dict)
    _waiting: dict[bytes, list[tuple[float, bytes, Seen]]] = field(default_factory=dict)

    def take(self, data: bytes, seconds: float) -> list[Record]:
        """What of a radiotap frame, and of those kept back before it, is to be kept."""
        frame = seen(RADIOTAP, data)
        if frame is None:
            return []
        if frame.kind == "beacon":
            return self._beacon(frame, data, seconds)
        key = frame.eapol is not None and frame.eapol[1:2] == bytes([KEY])
        if frame.kind not in TALK and not key:
            return []
        point = self._point(frame)
        if frame.kind == "associate" and frame.name:
            self._learn(point, frame.name)
        mine = self._mine(point)
        if point in self._away:
            return []
        if mine is None:
            self._wait(point, seconds, data, frame)
        if not mine:
            return []
        return [*self._released(point), self._keep(seconds, data, frame)]

    def _beacon(self, frame: Seen, data: bytes, seconds: float) -> list[Record]:
        if frame.name:
            self._learn(frame.bssid, frame.name)
        mine = self._mine(frame.bssid)
        self.hidden = self.hidden or (mine is None and frame.name == b"")
        if not mine:
            return []
        if frame.channel and self.channel and frame.channel != self.channel:
            self.elsewhere.add(frame.channel)
            self._away.add(frame.bssid)
            return []
        self._away.discard(frame.bssid)
        self.beacons += 1
        records = self._released(frame.bssid)
        answer = not frame.receiver[0] & GROUP  # to a device that looks for networks
        last = self._kept.get(frame.bssid)
        if not answer and (last is None or seconds - last >= BEACON_EVERY):
            self._kept[frame.bssid] = seconds
            records.append(self._keep(seconds, data, frame))
        else:
            self.air.add(frame, seconds)
        return records

    def _point(self, frame: Seen) -> bytes:
        if frame.point is not None:
            return frame.bssid
        return frame.sender if self._mine(frame.sender) else frame.receiver

    def _learn(self, point: bytes, name: bytes) -> None:
        if point in self._names or len(self._names) < 4096:
            self._names[point] = name

    def _mine(self, point: bytes) -> bool | None:
        """None: its name is not known yet."""
        if self.bssid:
            return point == self.bssid
        if not self.ssid:
            return True
        name = self._names.get(point)
        return None if name is None else name == self.ssid

    def _wait(self, point: bytes, seconds: float, data: bytes, frame: Seen) -> None:
        if point in self._waiting or len(self._waiting) < WAITING_POINTS:
            frames = self._waiting.setdefault(point, [])
            if len(frames) < WAITING_FRAMES:
                frames.append((seconds, data, frame))

    def _released(self, point: bytes) -> list[Record]:
        return [self._keep(*kept) for kept in self._waiting.pop(point, [])]

    def _keep(self, seconds: float, data: bytes, frame: Seen) -> Record:
        self.air.add(frame, seconds)
        return seconds, data

    # --- what was seen so far ------------------------------------------------------

    @property
    def heard(self) -> bool:
        return bool(self.beacons or self.air.exchanges)

    @property
    def finished(self) -> bool:
        """Is there a handshake that can be judged?"""
        return any(e.completed or e.broken for e in self.air.exchanges.values())

    def stations(self) -> tuple[StationSeen, ...]:
        found = []
        for exchange in self.air.exchanges.values():
            ended = "refused" if exchange.refused else ""
            if exchange.completed:
                ended = "completed"
            elif exchange.broken:
                ended = "broken"
            sae = exchange.akm in ("sae", "ft-sae")
            messages = tuple(exchange.messages)
            station, point = exchange.station.hex(":"), exchange.point.hex(":")
            found.append(StationSeen(station, point, messages, ended, sae))
        return tuple(found)

    def signal(self) -> float | None:
        """Of the strongest access point of the network."""
        points = {point for point, _ in self.air.signals}
        levels = [self.air.level(point, point) for point in points]
        return max((level for level in levels if level is not None), default=None)
