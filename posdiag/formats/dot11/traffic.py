"""Access points and stations of a capture, and the handshakes between them.

Pure: takes frames in order; memory is bounded however many senders there are.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from statistics import median

from posdiag.formats.dot11.four_way import StationHandshakes
from posdiag.formats.dot11.frames import Dot11Frame
from posdiag.model.questions.wifi_answers import Akm

MAX_APS = 2000
MAX_HANDSHAKES = 2000  # pairs of an access point and a station
MAX_SAMPLES = 1000  # of the signal of one sender
MAX_SSIDS = 8  # of one access point
GROUP = 1  # lowest bit of the first octet of an address
ACK = 0x80  # key information bit that only the access point sets, octet 6 of EAPOL


@dataclass(slots=True)
class Traffic:
    """Addresses are six octets. `signals` (dBm) are by access point and sender."""

    ssids: dict[bytes, list[bytes]] = field(default_factory=dict)
    akms: dict[bytes, tuple[Akm, ...]] = field(default_factory=dict)
    handshakes: dict[tuple[bytes, bytes], StationHandshakes] = field(
        default_factory=dict
    )
    signals: dict[tuple[bytes, bytes], list[int]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def add(self, frame: Dot11Frame, seconds: float | None) -> None:
        """Take the next frame; `seconds` by the capture's clock."""
        if frame.kind == "beacon":
            self._add_beacon(frame)
            return
        ap, station = self._addresses(frame)
        if not ap or station[0] & GROUP:
            return
        found = self.handshakes.get((ap, station))
        if found is None:
            joining = frame.kind in ("auth", "assoc-request", "assoc-response")
            full = len(self.handshakes) >= MAX_HANDSHAKES
            if not (joining or frame.eapol) or full:
                return
            found = self.handshakes[ap, station] = StationHandshakes(ap, station)
        found.add(frame, seconds)
        self._add_signal(ap, ap if frame.sender == ap else station, frame)

    def _add_beacon(self, frame: Dot11Frame) -> None:
        ap = frame.bssid
        if ap not in self.ssids and len(self.ssids) >= MAX_APS:
            return
        ssids = self.ssids.setdefault(ap, [])
        if frame.ssid and frame.ssid not in ssids and len(ssids) < MAX_SSIDS:
            ssids.append(frame.ssid)
        self.akms[ap] = frame.akms
        self._add_signal(ap, ap, frame)

    def _addresses(self, frame: Dot11Frame) -> tuple[bytes, bytes]:
        """Access point and station; (b"", b"") if the frame does not tell them."""
        if frame.from_ap is None:
            known = (frame.receiver, frame.sender) in self.handshakes
            ap, station = frame.receiver, frame.sender
            if not known:  # four addresses: only the key message tells
                eapol = frame.eapol or b""
                by_ap = len(eapol) > 6 and eapol[6] & ACK
                ap, station = (station, ap) if by_ap else (ap, station)
            return ap, station
        if frame.bssid not in (frame.sender, frame.receiver):
            return b"", b""
        return frame.bssid, frame.receiver if frame.from_ap else frame.sender

    def _add_signal(self, ap: bytes, sender: bytes, frame: Dot11Frame) -> None:
        samples = self.signals[ap, sender]
        if frame.signal is not None and len(samples) < MAX_SAMPLES:
            samples.append(frame.signal)

    def median_signal(self, ap: bytes, sender: bytes) -> float | None:
        """In dBm at the sniffer; None without samples."""
        samples = self.signals.get((ap, sender))
        return float(median(samples)) if samples else None
