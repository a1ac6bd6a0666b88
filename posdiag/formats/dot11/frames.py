"""Parse one captured 802.11 frame (IEEE 802.11-2020 9.2 to 9.4).

Pure; no bytes make this raise. What is not a whole management or data frame is None.
"""

import struct
from dataclasses import dataclass
from typing import Literal

from posdiag.formats.dot11.elements import akms_of, primary_channel, ssid_of
from posdiag.formats.dot11.radiotap import RawFrame, strip_radio_header
from posdiag.model.questions.wifi_answers import Akm

MANAGEMENT, DATA = 0, 2
EAPOL = b"\xaa\xaa\x03\x00\x00\x00\x88\x8e"  # LLC/SNAP of EtherType 0x888E
TO_DS, FROM_DS, MORE, RETRY, PROTECTED, ORDER = 1, 2, 4, 8, 0x40, 0x80

Kind = Literal[
    "beacon",  # or a probe response
    "assoc-request",  # or a reassociation request
    "assoc-response",  # `code` is a status code
    "auth",  # `algorithm`, `sequence`; `code` is a status code
    "deauth",  # or a disassociation; `code` is a reason code
    "data",  # `eapol` holds the EAPOL packet, if it is one
    "other",
]
SUBTYPES: dict[int, Kind] = {
    0: "assoc-request",
    1: "assoc-response",
    2: "assoc-request",
    3: "assoc-response",
    5: "beacon",
    8: "beacon",
    10: "deauth",
    11: "auth",
    12: "deauth",
}
# Bytes before the elements of a management frame, by subtype.
FIXED = {0: 4, 1: 6, 2: 10, 3: 6, 5: 12, 8: 12, 10: 2, 11: 6, 12: 2}


@dataclass(frozen=True, slots=True)
class Dot11Frame:
    """`bssid`, `sender` and `receiver` are six octets each. `from_ap` is None if the
    header does not tell (four addresses, ad hoc). `ssid` is None without such an
    element, b"" if hidden. `sequence_control` repeats in a retransmission. `channel` is
    what the AP announces, `frequency` (MHz) what the sniffer was tuned to; `signal` in
    dBm."""

    kind: Kind
    sender: bytes
    receiver: bytes
    bssid: bytes
    from_ap: bool | None = None
    sequence_control: int = 0
    retry: bool = False
    protected: bool = False
    signal: int | None = None
    frequency: int | None = None
    ssid: bytes | None = None
    channel: int | None = None
    akms: tuple[Akm, ...] = ()
    code: int | None = None
    algorithm: int | None = None
    sequence: int | None = None
    eapol: bytes | None = None


def parse_frame(link: int, data: bytes, fcs: int = 0) -> Dot11Frame | None:
    """One frame of a capture with this link type (LINKTYPE_*); `fcs` as in
    `strip_radio_header`."""
    raw = strip_radio_header(link, data, fcs)
    if raw is None or raw.damaged or len(raw.frame) < 24:
        return None
    version, kind = raw.frame[0] & 3, raw.frame[0] >> 2 & 3
    if version == 0 and kind == MANAGEMENT:
        return _management(raw)
    return _data(raw) if version == 0 and kind == DATA else None


# --- management frames -------------------------------------------------------------


def _management(raw: RawFrame) -> Dot11Frame | None:
    frame = raw.frame
    subtype, flags = frame[0] >> 4, frame[1]
    kind = SUBTYPES.get(subtype, "other")
    receiver, sender, bssid = frame[4:10], frame[10:16], frame[16:22]
    body = frame[28 if flags & ORDER else 24 :]
    protected = bool(flags & PROTECTED)
    code = algorithm = sequence = None
    ssid = channel = None
    akms: tuple[Akm, ...] = ()
    if flags & MORE or frame[22] & 0xF:
        kind = "other"  # a fragment
    elif not protected and kind != "other":
        fixed = FIXED[subtype]
        if len(body) < fixed:
            return None
        code, algorithm, sequence = _codes(kind, body)
        if kind in ("beacon", "assoc-request"):
            elements = body[fixed:]
            ssid, channel = ssid_of(elements), primary_channel(elements)
            akms = akms_of(elements)
    return Dot11Frame(
        kind=kind,
        sender=sender,
        receiver=receiver,
        bssid=bssid,
        from_ap=sender == bssid,
        sequence_control=frame[22] | frame[23] << 8,
        retry=bool(flags & RETRY),
        protected=protected,
        signal=raw.signal,
        frequency=raw.frequency,
        ssid=ssid,
        channel=channel,
        akms=akms,
        code=code,
        algorithm=algorithm,
        sequence=sequence,
    )


def _codes(kind: Kind, body: bytes) -> tuple[int | None, int | None, int | None]:
    """Status or reason code, authentication algorithm, its sequence number."""
    if kind == "deauth":
        return struct.unpack_from("<H", body)[0], None, None
    if kind == "assoc-response":
        return struct.unpack_from("<H", body, 2)[0], None, None
    if kind == "auth":
        algorithm, sequence, code = struct.unpack_from("<HHH", body)
        return code, algorithm, sequence
    return None, None, None


# --- data frames -------------------------------------------------------------------


def _data(raw: RawFrame) -> Dot11Frame | None:
    frame = raw.frame
    subtype, flags = frame[0] >> 4, frame[1]
    both = flags & (TO_DS | FROM_DS) == TO_DS | FROM_DS
    length = 30 if both else 24
    aggregate = False
    if subtype & 8:
        if len(frame) < length + 2:
            return None
        aggregate = bool(frame[length] & 0x80)
        length += 6 if flags & ORDER else 2
    if raw.padded:
        length += -length % 4
    receiver, sender = frame[4:10], frame[10:16]
    whole = not (flags & (MORE | PROTECTED) or frame[22] & 0xF or subtype & 4)
    body = frame[length:] if whole else b""
    if aggregate:
        body = body[14:]  # the first MSDU of an A-MSDU, past its subframe header
    bssid, from_ap = _bssid(flags, frame)
    return Dot11Frame(
        kind="data",
        sender=sender,
        receiver=receiver,
        bssid=bssid,
        from_ap=from_ap,
        sequence_control=frame[22] | frame[23] << 8,
        retry=bool(flags & RETRY),
        protected=bool(flags & PROTECTED),
        signal=raw.signal,
        frequency=raw.frequency,
        eapol=body[8:] if body[:8] == EAPOL else None,
    )


def _bssid(flags: int, frame: bytes) -> tuple[bytes, bool | None]:
    """The BSSID of a data frame, and whether the AP sent it (table 9-30)."""
    direction = flags & (TO_DS | FROM_DS)
    if direction == TO_DS:
        return frame[4:10], False
    if direction == FROM_DS:
        return frame[10:16], True
    return (frame[16:22] if direction == 0 else b""), None
