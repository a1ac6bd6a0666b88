"""What handshakes does a capture file hold, and was this passphrase used?

One passphrase, given by its owner, is held against the signature of message 2. The
file is read and judged in a thread, within bounds of bytes and frames.
"""

import asyncio
import os
import stat
from dataclasses import dataclass, field
from typing import Literal

from posdiag.formats.dot11.four_way import Exchange
from posdiag.formats.dot11.frames import seen
from posdiag.formats.dot11.psk import (
    PERSONAL,
    is_master_key,
    pairwise_master_key,
    signed_by,
)
from posdiag.formats.dot11.traffic import Air
from posdiag.formats.pcap import FILE_LIMIT, Capture
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wifi import ReadHandshakes
from posdiag.model.questions.wifi_answers import Akm, FourWay, Handshakes
from posdiag.model.site import Secret

SHOWN = 64  # handshakes in an answer
Why = Literal["", "no-passphrase", "no-pair", "sae", "unsupported", "no-name"]
MASTERS = 32  # names for which a master key is made: 2 to 10 ms each


async def read(question: ReadHandshakes, meter: Meter) -> Handshakes | Unknown:
    return await asyncio.to_thread(_read, question)


def _read(question: ReadHandshakes) -> Handshakes | Unknown:
    try:
        # What is no file (a pipe, a device) must not be waited for.
        if not stat.S_ISREG(os.stat(question.path).st_mode):
            return Unknown("trouble", "not a file")
        with open(question.path, "rb") as file:
            data = file.read(FILE_LIMIT + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a file name"
        return Unknown("trouble", f"{reason}"[:200])
    found = handshakes(data, bytes.fromhex(question.ssid), question.passphrase)
    return found or Unknown("trouble", "neither pcap nor pcapng")


def handshakes(
    data: bytes, asked: bytes, passphrase: Secret | None
) -> Handshakes | None:
    """Pure: from the bytes of a file. None for what is no capture. `asked` is the
    name of the network, b"" for any."""
    capture = Capture(data[:FILE_LIMIT], cut=len(data) > FILE_LIMIT)
    if not capture.known:
        return None
    air, unread = Air(), 0
    for frame in capture:
        found = seen(frame.link, frame.data, frame.fcs)
        if found is None:
            unread += 1
        else:
            air.add(found, frame.seconds)
    judge = Judge(air, asked, passphrase)
    told = [judge.told(e) for e in air.exchanges.values() if judge.concerns(e)]
    told.sort(key=lambda t: (-sum(t.messages), -len(t.refused), t.bssid, t.station))
    return Handshakes(
        tuple(told[:SHOWN]),
        frames=capture.frames,
        damaged=capture.damaged + unread,
        cut=capture.cut,
    )


@dataclass(slots=True)
class Judge:
    """Holds one passphrase against what was captured."""

    air: Air
    asked: bytes
    passphrase: Secret | None
    _masters: dict[bytes, bytes] = field(default_factory=dict)

    def name(self, exchange: Exchange) -> bytes:
        """As the station or the access point called the network; b"": neither did."""
        if exchange.name:
            return exchange.name
        names = self.air.names.get(exchange.point, [])
        if self.asked in names:
            return self.asked
        return names[0] if names else b""

    def concerns(self, exchange: Exchange) -> bool:
        if not exchange.took_part:
            return False
        return not self.asked or self.name(exchange) in (b"", self.asked)

    def told(self, exchange: Exchange) -> FourWay:
        match, why = self._match(exchange)
        point, station = exchange.point, exchange.station
        return FourWay(
            bssid=point.hex(":"),
            station=station.hex(":"),
            messages=tuple(exchange.messages),
            match=match,
            why=why,
            akm=self._akm(exchange),
            completed=exchange.completed,
            ssid=self.name(exchange).hex(),
            station_signal=self.air.level(point, station),
            point_signal=self.air.level(point, point),
            codes=tuple(exchange.codes),
            refused=tuple(exchange.refused),
        )

    def _akm(self, exchange: Exchange) -> Akm | None:
        offered = self.air.akms.get(exchange.point, ())
        return exchange.akm or (offered[0] if len(offered) == 1 else None)

    def _match(self, exchange: Exchange) -> tuple[bool | None, Why]:
        usable, akm = exchange.usable(), self._akm(exchange)
        if not usable:
            if akm in ("sae", "ft-sae"):
                return None, "sae"
            known = akm is None or akm in PERSONAL
            return None, "no-pair" if known else "unsupported"
        secret = self.passphrase
        if secret is None:
            return None, "no-passphrase"
        name = self.name(exchange) or self.asked
        if not name and not is_master_key(secret.reveal()):
            return None, "no-name"
        key = self._master(secret, name)
        if key is None:
            return None, "unsupported"
        point, station = exchange.point, exchange.station
        for pair in usable:
            if signed_by(key, name, point, station, pair.nonce, pair.second):
                return True, ""
        if not any(pair.sure for pair in usable):
            return None, "no-pair"
        # Without a word on the key management it may be one that has no passphrase.
        told = any(pair.sure and pair.second.akm for pair in usable)
        return (False, "") if told else (None, "unsupported")

    def _master(self, secret: Secret, name: bytes) -> bytes | None:
        if name not in self._masters:
            if len(self._masters) >= MASTERS:
                return None
            self._masters[name] = pairwise_master_key(secret.reveal(), name)
        return self._masters[name]
