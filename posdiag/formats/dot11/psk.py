"""Check one passphrase against the MIC of message 2 (IEEE 802.11-2020 12.7.1, annex J).

Pure arithmetic: PBKDF2 to the pairwise master key (PMK), from it the key confirmation
key (KCK), and the MIC.
"""

import hashlib
import hmac
import struct

from posdiag.formats.dot11.eapol import KeyMessage
from posdiag.formats.dot11.elements import (
    FAST_TRANSITION,
    MOBILITY_DOMAIN,
    iter_elements,
)
from posdiag.formats.dot11.passphrase import is_master_key
from posdiag.model.questions.wifi_answers import Akm

PERSONAL: tuple[Akm, ...] = ("psk", "psk-sha256", "ft-psk")
# Bits of the pairwise transient key: with CCMP; with TKIP and the 256-bit ciphers.
PTK_BITS = (384, 512)
R1_HOLDER, R0_HOLDER = 1, 3  # subelements of the fast transition element


def pairwise_master_key(passphrase: str, ssid: bytes) -> bytes:
    """PBKDF2 of passphrase and SSID (J.4.1); 64 hexadecimal digits are the key itself.
    Takes 2 to 10 ms."""
    if is_master_key(passphrase):
        return bytes.fromhex(passphrase)
    # The standard allows ASCII alone; supplicants take any octets.
    octets = passphrase.encode("utf-8", "surrogateescape")
    return hashlib.pbkdf2_hmac("sha1", octets, ssid, 4096, 32)


def verify_mic(
    pmk: bytes, ssid: bytes, ap: bytes, station: bytes, nonce: bytes, second: KeyMessage
) -> bool:
    """Does the MIC of message 2 come from this PMK and this nonce of the AP?"""
    akms = PERSONAL if second.akm is None else (second.akm,)
    return any(
        hmac.compare_digest(mic(second.version, kck, second), second.mic)
        for akm in akms
        for kck in _kcks(akm, pmk, ssid, ap, station, nonce, second)
    )


def pmkid_of(pmk: bytes, akm: Akm, ap: bytes, station: bytes) -> bytes:
    """The PMKID of this PMK (IEEE 802.11-2020 12.7.1.3); b"" for AKMs that derive it
    otherwise."""
    digests = {"psk": "sha1", "psk-sha256": "sha256"}
    if akm not in digests:
        return b""
    return hmac.digest(pmk, b"PMK Name" + ap + station, digests[akm])[:16]


def mic(version: int, kck: bytes, message: KeyMessage) -> bytes:
    """b"" for an unknown version."""
    if version == 1:
        return hmac.digest(kck, message.unsigned, "md5")
    if version == 2:
        return hmac.digest(kck, message.unsigned, "sha1")[:16]
    if version == 3:
        from cryptography.hazmat.primitives.ciphers.algorithms import AES
        from cryptography.hazmat.primitives.cmac import CMAC

        cmac = CMAC(AES(kck))
        cmac.update(message.unsigned)
        return cmac.finalize()
    return b""


def _kcks(
    akm: Akm,
    pmk: bytes,
    ssid: bytes,
    ap: bytes,
    station: bytes,
    nonce: bytes,
    second: KeyMessage,
) -> list[bytes]:
    """The first 16 octets of the transient key, for each length that it may have."""
    nonces = sorted((nonce, second.nonce))
    context = b"".join(sorted((ap, station)) + nonces)
    label = b"Pairwise key expansion"
    if akm == "psk":
        return [hmac.digest(pmk, label + b"\0" + context + b"\0", "sha1")[:16]]
    if akm == "psk-sha256":
        return [kdf(pmk, label, context, bits)[:16] for bits in PTK_BITS]
    if akm == "ft-psk":
        pmk_r1 = _pmk_r1(pmk, ssid, station, second.data)
        context = second.nonce + nonce + ap + station
        if pmk_r1:
            return [kdf(pmk_r1, b"FT-PTK", context, bits)[:16] for bits in PTK_BITS]
    return []


def kdf(key: bytes, label: bytes, context: bytes, bits: int) -> bytes:
    """The first block, 32 octets, of KDF-SHA256 for a key of `bits` (12.7.1.7.2)."""
    text = struct.pack("<H", 1) + label + context + struct.pack("<H", bits)
    return hmac.digest(key, text, "sha256")


def _pmk_r1(pmk: bytes, ssid: bytes, station: bytes, data: bytes) -> bytes:
    """From the mobility domain and key holders that message 2 repeats (12.7.1.6); b""
    if they are missing."""
    domain = r0 = r1 = b""
    for id, body in iter_elements(data):
        if id == MOBILITY_DOMAIN:
            domain = body[:2]
        elif id == FAST_TRANSITION:
            holders = dict(iter_elements(body[82:]))  # past the MIC and two nonces
            r0, r1 = holders.get(R0_HOLDER, b""), holders.get(R1_HOLDER, b"")
    if len(domain) != 2 or not r0 or len(r1) != 6:
        return b""
    context = bytes([len(ssid)]) + ssid + domain + bytes([len(r0)]) + r0 + station
    return kdf(kdf(pmk, b"FT-R0", context, 384), b"FT-R1", r1 + station, 256)
