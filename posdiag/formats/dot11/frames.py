"""What does one captured 802.11 frame say? (IEEE 802.11-2020 9.2 to 9.4)

Pure: the bytes of a frame and its link type in, a frozen value out, None for what is
no whole frame of a kind that we read. No bytes make this raise.
"""

import struct
from dataclasses import dataclass
from typing import Literal

from posdiag.formats.dot11.elements import akms_of, primary_channel, ssid_of
from posdiag.formats.dot11.radiotap import Heard, heard
from posdiag.model.questions.wifi_answers import Akm

MANAGEMENT, DATA = 0, 2
EAPOL = b"\xaa\xaa\x03\x00\x00\x00\x88\x8e"  # LLC/SNAP of EtherType 0x888E
TO_DS, FROM_DS, MORE, RETRY, PROTECTED, ORDER = 1, 2, 4, 8, 0x40, 0x80

Kind = Literal[
    "beacon",  # a probe response too
    "associate",  # an association or reassociation request
    "associated",  # its response; `code` is a status code
    "authenticate",  # `algorithm`, `sequence`; `code` is a status code
    "part",  # deauthentication or disassociation; `code` is a reason code
    "data",  # `eapol` holds the EAPOL packet, where it is one
    "other",
]
SUBTYPES: dict[int, Kind] = {
    0: "associate",
    1: "associated",
    2: "associate",
    3: "associated",
    5: "beacon",
    8: "beacon",
    10: "part",
    11: "authenticate",
    12: "part",
}
# Bytes before the elements of a management frame, by subtype.
FIXED = {0: 4, 1: 6, 2: 10, 3: 6, 5: 12, 8: 12, 10: 2, 11: 6, 12: 2}


@dataclass(frozen=True, slots=True)
class Seen:
    """`bssid`, `sender` and `receiver` are the six octets each. `point`: the access
    point sent it; None where the frame does not say (four addresses, ad hoc).
    `name` is None where the frame has no name, b"" where it hides it. `number` is the
    sequence control, the same in a frame that is sent again. `channel` is the access
    point's own, `frequency` the one on which the sniffer listened."""

    kind: Kind
    sender: bytes
    receiver: bytes
    bssid: bytes
    point: bool | None = None
    number: int = 0
    retry: bool = False
    protected: bool = False
    signal: int | None = None
    frequency: int | None = None
    name: bytes | None = None
    channel: int | None = None
    akms: tuple[Akm, ...] = ()
    code: int | None = None
    algorithm: int | None = None
    sequence: int | None = None
    eapol: bytes | None = None


def seen(link: int, data: bytes, fcs: int = 0) -> Seen | None:
    """One frame of a capture with this link type."""
    found = heard(link, data, fcs)
    if found is None or found.damaged or len(found.frame) < 24:
        return None
    if found.frame[0] & 3:  # not version 0
        return None
    sort = found.frame[0] >> 2 & 3
    if sort == MANAGEMENT:
        return _management(found)
    if sort == DATA:
        return _data(found)
    return None


# --- management frames -------------------------------------------------------------


def _management(found: Heard) -> Seen | None:
    frame = found.frame
    subtype, flags = frame[0] >> 4, frame[1]
    kind = SUBTYPES.get(subtype, "other")
    receiver, sender, bssid = frame[4:10], frame[10:16], frame[16:22]
    body = frame[28 if flags & ORDER else 24 :]
    protected = bool(flags & PROTECTED)
    code = algorithm = sequence = None
    name = channel = None
    akms: tuple[Akm, ...] = ()
    if flags & MORE or frame[22] & 0xF:
        kind = "other"  # a fragment
    elif not protected and kind != "other":
        fixed = FIXED[subtype]
        if len(body) < fixed:
            return None
        code, algorithm, sequence = _codes(kind, body)
        if kind in ("beacon", "associate"):
            elements = body[fixed:]
            name, channel = ssid_of(elements), primary_channel(elements)
            akms = akms_of(elements)
    return Seen(
        kind=kind,
        sender=sender,
        receiver=receiver,
        bssid=bssid,
        point=sender == bssid,
        number=frame[22] | frame[23] << 8,
        retry=bool(flags & RETRY),
        protected=protected,
        signal=found.signal,
        frequency=found.frequency,
        name=name,
        channel=channel,
        akms=akms,
        code=code,
        algorithm=algorithm,
        sequence=sequence,
    )


def _codes(kind: Kind, body: bytes) -> tuple[int | None, int | None, int | None]:
    """Status or reason code, authentication algorithm, its sequence number."""
    if kind == "part":
        return struct.unpack_from("<H", body)[0], None, None
    if kind == "associated":
        return struct.unpack_from("<H", body, 2)[0], None, None
    if kind == "authenticate":
        algorithm, sequence, code = struct.unpack_from("<HHH", body)
        return code, algorithm, sequence
    return None, None, None


# --- data frames -------------------------------------------------------------------


def _data(found: Heard) -> Seen | None:
    frame = found.frame
    subtype, flags = frame[0] >> 4, frame[1]
    both = flags & (TO_DS | FROM_DS) == TO_DS | FROM_DS
    length = 30 if both else 24
    aggregate = False
    if subtype & 8:
        if len(frame) < length + 2:
            return None
        aggregate = bool(frame[length] & 0x80)
        length += 6 if flags & ORDER else 2
    if found.padded:
        length += -length % 4
    receiver, sender = frame[4:10], frame[10:16]
    whole = not (flags & (MORE | PROTECTED) or frame[22] & 0xF or subtype & 4)
    body = frame[length:] if whole else b""
    if aggregate:
        body = body[14:]  # the first of several: past its own addresses and length
    bssid, point = _roles(flags, frame)
    return Seen(
        kind="data",
        sender=sender,
        receiver=receiver,
        bssid=bssid,
        point=point,
        number=frame[22] | frame[23] << 8,
        retry=bool(flags & RETRY),
        protected=bool(flags & PROTECTED),
        signal=found.signal,
        frequency=found.frequency,
        eapol=body[8:] if body[:8] == EAPOL else None,
    )


def _roles(flags: int, frame: bytes) -> tuple[bytes, bool | None]:
    """Which address is the access point's, and did it send this?"""
    way = flags & (TO_DS | FROM_DS)
    if way == TO_DS:
        return frame[4:10], False
    if way == FROM_DS:
        return frame[10:16], True
    return (frame[16:22] if way == 0 else b""), None
