"""Select the frames of one network that belong in its capture.

Pure. Kept is only what a handshake is judged by: a beacon now and then, authentication,
association and their ends, and key messages. No payload, no other network, no device
that merely probes.
"""

from dataclasses import dataclass, field

from posdiag.formats.dot11.eapol import KEY
from posdiag.formats.dot11.frames import Dot11Frame, parse_frame
from posdiag.formats.dot11.radiotap import RADIOTAP
from posdiag.formats.dot11.traffic import GROUP, Traffic

BEACON_INTERVAL = 1.0  # seconds between two that are kept of one access point
MAX_PENDING_APS, MAX_PENDING_FRAMES = 64, 16  # held back until a hidden name is known
MAX_SSIDS = 4096
JOINING = ("auth", "assoc-request", "assoc-response", "deauth")

Record = tuple[float, bytes]
"""Time of reception (UNIX time in seconds), and the frame with its radiotap header."""


@dataclass(frozen=True, slots=True)
class CapturedStation:
    """`messages` counts messages 1 to 4. `ended`: "completed", "broken" (a message 2
    without a message 4), "refused" by the access point, "" not yet."""

    station: str
    bssid: str
    messages: tuple[int, ...]
    ended: str = ""
    sae: bool = False


@dataclass(slots=True)
class FrameFilter:
    """`ssid` or `bssid` name the network; without either it is every one in range.

    With `channel`, access points that announce another one are left out: they are in
    range, but not all of their stations are. `other_channels` are theirs. `hidden`:
    some access point hides its name, which shows once a station joins it.
    """

    ssid: bytes = b""
    bssid: bytes = b""
    channel: int | None = None
    other_channels: set[int] = field(default_factory=set)
    traffic: Traffic = field(default_factory=Traffic)
    beacons: int = 0
    hidden: bool = False
    _ssids: dict[bytes, bytes] = field(default_factory=dict)
    _off_channel: set[bytes] = field(default_factory=set)
    _last_beacon: dict[bytes, float] = field(default_factory=dict)
    _pending: dict[bytes, list[tuple[float, bytes, Dot11Frame]]] = field(
        default_factory=dict
    )

    def add(self, data: bytes, seconds: float) -> list[Record]:
        """Take a frame with radiotap header; returns what is to be written, frames that
        were held back before it included."""
        frame = parse_frame(RADIOTAP, data)
        if frame is None:
            return []
        if frame.kind == "beacon":
            return self._add_beacon(frame, data, seconds)
        key = frame.eapol is not None and frame.eapol[1:2] == bytes([KEY])
        if frame.kind not in JOINING and not key:
            return []
        ap = self._ap(frame)
        if frame.kind == "assoc-request" and frame.ssid:
            self._learn(ap, frame.ssid)
        wanted = self._is_wanted(ap)
        if ap in self._off_channel:
            return []
        if wanted is None:
            self._hold_back(ap, seconds, data, frame)
        if not wanted:
            return []
        return [*self._release(ap), self._accept(seconds, data, frame)]

    def _add_beacon(
        self, frame: Dot11Frame, data: bytes, seconds: float
    ) -> list[Record]:
        if frame.ssid:
            self._learn(frame.bssid, frame.ssid)
        wanted = self._is_wanted(frame.bssid)
        self.hidden = self.hidden or (wanted is None and frame.ssid == b"")
        if not wanted:
            return []
        if frame.channel and self.channel and frame.channel != self.channel:
            self.other_channels.add(frame.channel)
            self._off_channel.add(frame.bssid)
            return []
        self._off_channel.discard(frame.bssid)
        self.beacons += 1
        records = self._release(frame.bssid)
        probe_response = not frame.receiver[0] & GROUP
        last = self._last_beacon.get(frame.bssid)
        due = last is None or seconds - last >= BEACON_INTERVAL
        if due and not probe_response:
            self._last_beacon[frame.bssid] = seconds
            records.append(self._accept(seconds, data, frame))
        else:
            self.traffic.add(frame, seconds)
        return records

    def _ap(self, frame: Dot11Frame) -> bytes:
        if frame.from_ap is not None:
            return frame.bssid
        return frame.sender if self._is_wanted(frame.sender) else frame.receiver

    def _learn(self, ap: bytes, ssid: bytes) -> None:
        if ap in self._ssids or len(self._ssids) < MAX_SSIDS:
            self._ssids[ap] = ssid

    def _is_wanted(self, ap: bytes) -> bool | None:
        """None: its name is not known yet."""
        if self.bssid:
            return ap == self.bssid
        if not self.ssid:
            return True
        ssid = self._ssids.get(ap)
        return None if ssid is None else ssid == self.ssid

    def _hold_back(
        self, ap: bytes, seconds: float, data: bytes, frame: Dot11Frame
    ) -> None:
        if ap in self._pending or len(self._pending) < MAX_PENDING_APS:
            frames = self._pending.setdefault(ap, [])
            if len(frames) < MAX_PENDING_FRAMES:
                frames.append((seconds, data, frame))

    def _release(self, ap: bytes) -> list[Record]:
        return [self._accept(*held) for held in self._pending.pop(ap, [])]

    def _accept(self, seconds: float, data: bytes, frame: Dot11Frame) -> Record:
        self.traffic.add(frame, seconds)
        return seconds, data

    # --- progress ------------------------------------------------------------------

    @property
    def found(self) -> bool:
        """Is the network on this channel?"""
        return bool(self.beacons or self.traffic.handshakes)

    @property
    def finished(self) -> bool:
        """Is there a handshake that can be judged?"""
        return any(h.completed or h.broken for h in self.traffic.handshakes.values())

    def stations(self) -> tuple[CapturedStation, ...]:
        """Every station that joined or tried to."""
        found = []
        for shakes in self.traffic.handshakes.values():
            ended = "refused" if shakes.refused else ""
            if shakes.completed:
                ended = "completed"
            elif shakes.broken:
                ended = "broken"
            station = CapturedStation(
                shakes.station.hex(":"),
                shakes.ap.hex(":"),
                tuple(shakes.messages),
                ended,
                sae=shakes.akm in ("sae", "ft-sae"),
            )
            found.append(station)
        return tuple(found)

    def signal(self) -> float | None:
        """Median dBm of the strongest access point of the network."""
        aps = {ap for ap, _ in self.traffic.signals}
        levels = [self.traffic.median_signal(ap, ap) for ap in aps]
        return max((level for level in levels if level is not None), default=None)
