"""Parse the EAPOL-Key messages of the four-way handshake (IEEE 802.11-2020 12.7.2).

Pure; no bytes make this raise. What is not a whole unencrypted pairwise key message is
None.
"""

import struct
from dataclasses import dataclass

from posdiag.formats.dot11.elements import VENDOR, akms_of, iter_elements
from posdiag.model.questions.wifi_answers import Akm

KEY = 3  # EAPOL packet type
RSN, WPA = 2, 254  # descriptor types
PAIRWISE, ACK, MIC, SECURE, ENCRYPTED = 0x08, 0x80, 0x100, 0x200, 0x1000
MIC_AT = 81  # bytes from the beginning of the packet
HEAD = 99  # bytes before the key data
PMKID = bytes.fromhex("000fac04")  # key data element (table 12-9)


@dataclass(frozen=True, slots=True)
class KeyMessage:
    """`message` is 1 to 4; the AP sends 1 and 3. `version` is the MIC algorithm: 1
    HMAC-MD5, 2 HMAC-SHA1, 3 AES-CMAC, 0 given by the AKM. `counter` is the replay
    counter, `data` the key data, `akm` the one that a message 2 selects."""

    message: int
    version: int
    counter: int
    nonce: bytes
    packet: bytes
    data: bytes
    akm: Akm | None = None

    @property
    def mic(self) -> bytes:
        return self.packet[MIC_AT : MIC_AT + 16]

    @property
    def pmkid(self) -> bytes:
        """Of a message 1; b"" without one. Some access points send zeros."""
        for number, body in iter_elements(self.data):
            if number == VENDOR and body[:4] == PMKID and len(body) == 20:
                return body[4:] if any(body[4:]) else b""
        return b""

    @property
    def unsigned(self) -> bytes:
        """The input of the MIC: the packet with zeros in its place."""
        return self.packet[:MIC_AT] + bytes(16) + self.packet[MIC_AT + 16 :]


def key_message(packet: bytes) -> KeyMessage | None:
    """From an EAPOL packet, its header first."""
    if len(packet) < HEAD or packet[1] != KEY or packet[4] not in (RSN, WPA):
        return None
    (length,) = struct.unpack_from(">H", packet, 2)
    if not HEAD <= 4 + length <= len(packet):
        return None
    packet = packet[: 4 + length]  # without padding
    info, _, counter = struct.unpack_from(">HHQ", packet, 5)
    if not info & PAIRWISE:  # group key handshake
        return None
    (size,) = struct.unpack_from(">H", packet, HEAD - 2)
    nonce, data = packet[17:49], packet[HEAD : HEAD + size]
    message = _message(info, nonce, data)
    akms = akms_of(data) if message == 2 else ()
    akm = akms[0] if len(akms) == 1 else None
    return KeyMessage(
        message=message,
        version=info & 7,
        counter=counter,
        nonce=nonce,
        packet=packet,
        data=data,
        akm=akm,
    )


def _message(info: int, nonce: bytes, data: bytes) -> int:
    if info & ACK:
        return 3 if info & MIC else 1
    # WPA sends message 4 without the secure bit; some stations repeat their nonce in
    # it, others leave it zero.
    if not data or (info & SECURE and not any(nonce)):
        return 4
    return 2
