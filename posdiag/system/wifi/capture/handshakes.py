"""Read the handshakes of a capture file, and check one passphrase against them.

The passphrase is given by its owner. The file is read and judged in a thread, within
bounds of bytes and frames.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from posdiag.formats.dot11.four_way import NoncePair, StationHandshakes
from posdiag.formats.dot11.frames import parse_frame
from posdiag.formats.dot11.passphrase import is_master_key
from posdiag.formats.dot11.psk import (
    PERSONAL,
    pairwise_master_key,
    pmkid_of,
    verify_mic,
)
from posdiag.formats.dot11.traffic import Traffic
from posdiag.formats.pcap import FILE_LIMIT, CaptureFile, unpacked
from posdiag.formats.traffic.eapol import LINKS, Timed, parse_ethernet, with_receivers
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wifi import ReadHandshakes
from posdiag.model.questions.wifi_answers import Akm, FourWay, Handshakes
from posdiag.model.site import Secret
from posdiag.system.core.files import NotRegular, read_regular

MAX_HANDSHAKES = 64  # in an answer
MAX_EAPOL = 2000  # of a capture without 802.11 headers
MAX_KEYS = 32  # names for which a master key is computed: 2 to 10 ms each
Why = Literal["", "no-passphrase", "no-pair", "sae", "unsupported", "no-name"]


async def read(question: ReadHandshakes, meter: Meter) -> Handshakes | Unknown:
    return await asyncio.to_thread(_read, question)


def _read(question: ReadHandshakes) -> Handshakes | Unknown:
    try:
        data = read_regular(question.path, FILE_LIMIT)  # a pipe would block
    except NotRegular:
        return Unknown("trouble", "not a file")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a file name"
        return Unknown("trouble", f"{reason}"[:200])
    data = unpacked(data, FILE_LIMIT + 1)
    found = handshakes(data, bytes.fromhex(question.ssid), question.passphrase)
    return found or Unknown("trouble", "neither pcap nor pcapng")


def handshakes(
    data: bytes, wanted: bytes, passphrase: Secret | None
) -> Handshakes | None:
    """From the bytes of a capture file; None if it is none. Pure. `wanted` is the
    network's name, b"" for any."""
    capture = CaptureFile(data[:FILE_LIMIT], cut=len(data) > FILE_LIMIT)
    if not capture.recognised:
        return None
    traffic, unreadable = Traffic(), 0
    wired: list[Timed] = []
    for packet in capture:
        if packet.link in LINKS:
            frame = parse_ethernet(packet.link, packet.data)
            if frame is not None and frame.eapol:
                wired.append((frame, packet.seconds))
        else:
            frame = parse_frame(packet.link, packet.data, packet.fcs)
            if frame is not None:
                traffic.add(frame, packet.seconds)
        unreadable += frame is None
    for each, seconds in with_receivers(wired[:MAX_EAPOL]):
        traffic.add(each, seconds)
    check = PassphraseCheck(traffic, wanted, passphrase)
    every = traffic.handshakes.values()
    found = [check.four_way(shakes) for shakes in every if check.concerns(shakes)]
    found.sort(key=lambda f: (-sum(f.messages), -len(f.refused), f.bssid, f.station))
    return Handshakes(
        tuple(found[:MAX_HANDSHAKES]),
        frames=capture.frames,
        damaged=capture.damaged + unreadable,
        cut=capture.cut,
        others=sum(s.active and not check.concerns(s) for s in every),
    )


@dataclass(slots=True)
class PassphraseCheck:
    """Checks one passphrase against the handshakes of a capture."""

    traffic: Traffic
    wanted: bytes
    passphrase: Secret | None
    _keys: dict[bytes, bytes] = field(default_factory=dict)

    def ssid(self, shakes: StationHandshakes) -> bytes:
        """As the station or the access point announced it; b"" if neither did."""
        if shakes.ssid:
            return shakes.ssid
        ssids = self.traffic.ssids.get(shakes.ap, [])
        if self.wanted in ssids:
            return self.wanted
        return ssids[0] if ssids else b""

    def concerns(self, shakes: StationHandshakes) -> bool:
        if not shakes.active:
            return False
        return not self.wanted or self.ssid(shakes) in (b"", self.wanted)

    def four_way(self, shakes: StationHandshakes) -> FourWay:
        match, why, accepted = self._match(shakes)
        ap, station = shakes.ap, shakes.station
        return FourWay(
            bssid=ap.hex(":"),
            station=station.hex(":"),
            messages=tuple(shakes.messages),
            match=match,
            why=why,
            akm=self._akm(shakes),
            completed=shakes.completed,
            ssid=self.ssid(shakes).hex(),
            station_signal=self.traffic.median_signal(ap, station),
            point_signal=self.traffic.median_signal(ap, ap),
            codes=tuple(shakes.codes),
            refused=tuple(shakes.refused),
            accepted=accepted,
            lost=shakes.lost,
            pmkid=self._pmkid(shakes),
        )

    def _akm(self, shakes: StationHandshakes) -> Akm | None:
        offered = self.traffic.akms.get(shakes.ap, ())
        return shakes.akm or (offered[0] if len(offered) == 1 else None)

    def _match(self, shakes: StationHandshakes) -> tuple[bool | None, Why, bool]:
        """Does the passphrase match, and did the AP accept the message 2 in question?
        One that it accepted decides: the station may have been corrected meanwhile."""
        pairs, akm = shakes.usable_pairs(), self._akm(shakes)
        accepted = bool(shakes.accepted)
        if not pairs:
            if akm in ("sae", "ft-sae"):
                return None, "sae", accepted
            known = akm is None or akm in PERSONAL
            return None, "no-pair" if known else "unsupported", accepted
        secret = self.passphrase
        if secret is None:
            return None, "no-passphrase", accepted
        ssid = self.ssid(shakes) or self.wanted
        if not ssid and not is_master_key(secret.reveal()):
            return None, "no-name", accepted
        pmk = self._key(secret, ssid)
        if pmk is None:
            return None, "unsupported", accepted
        decisive = [pair for pair in pairs if pair.second in shakes.accepted]
        match = _matches(decisive, pmk, ssid, shakes)
        if match is not None:
            return match, "", True
        match = _matches(pairs, pmk, ssid, shakes)
        if match is not None:
            return match, "", False
        certain = any(pair.certain for pair in pairs)
        return None, "unsupported" if certain else "no-pair", accepted

    def _pmkid(self, shakes: StationHandshakes) -> bool | None:
        """Does the AP's PMKID come from the passphrase?"""
        secret, akm = self.passphrase, self._akm(shakes)
        ssid = self.ssid(shakes) or self.wanted
        if secret is None or akm is None or not ssid or not shakes.pmkids:
            return None
        pmk = self._key(secret, ssid)
        own = pmkid_of(pmk, akm, shakes.ap, shakes.station) if pmk else b""
        return own in shakes.pmkids if own else None

    def _key(self, secret: Secret, ssid: bytes) -> bytes | None:
        if ssid not in self._keys:
            if len(self._keys) >= MAX_KEYS:
                return None
            self._keys[ssid] = pairwise_master_key(secret.reveal(), ssid)
        return self._keys[ssid]


def _matches(
    pairs: Sequence[NoncePair], pmk: bytes, ssid: bytes, shakes: StationHandshakes
) -> bool | None:
    """Did this PMK sign one of them? None if undecided."""
    ap, station = shakes.ap, shakes.station
    if any(verify_mic(pmk, ssid, ap, station, p.nonce, p.second) for p in pairs):
        return True
    # An AKM that is not announced may be one without a passphrase.
    announced = any(pair.certain and pair.second.akm for pair in pairs)
    return False if announced else None
