"""Did this passphrase sign this message 2? (IEEE 802.11-2020 12.7.1, annex J)

Pure arithmetic for exactly one passphrase: PBKDF2 to the pairwise master key, from
there to the key that signs, and the signature itself.
"""

import hashlib
import hmac
import re
import struct

from posdiag.formats.dot11.eapol import KeyMessage
from posdiag.formats.dot11.elements import (
    FAST_TRANSITION,
    MOBILITY_DOMAIN,
    iter_elements,
)
from posdiag.model.questions.wifi_answers import Akm

RAW = re.compile(r"[0-9a-fA-F]{64}")
PERSONAL: tuple[Akm, ...] = ("psk", "psk-sha256", "ft-psk")
# Bits of the whole key, which go into its derivation: CCMP; TKIP and the 256-bit ones.
LENGTHS = (384, 512)
R1_HOLDER, R0_HOLDER = 1, 3  # subelements of the fast transition element


def is_master_key(passphrase: str) -> bool:
    """64 hexadecimal digits are the master key itself; no name goes into it."""
    return RAW.fullmatch(passphrase) is not None


def pairwise_master_key(passphrase: str, name: bytes) -> bytes:
    """The pairwise master key."""
    if is_master_key(passphrase):
        return bytes.fromhex(passphrase)
    # A passphrase is ASCII by the standard; supplicants take the octets as they come.
    octets = passphrase.encode("utf-8", "surrogateescape")
    return hashlib.pbkdf2_hmac("sha1", octets, name, 4096, 32)


def signed_by(
    key: bytes,
    name: bytes,
    point: bytes,
    station: bytes,
    nonce: bytes,
    second: KeyMessage,
) -> bool:
    """Does the MIC of message 2 come from this master key and the point's nonce?"""
    akms = PERSONAL if second.akm is None else (second.akm,)
    for akm in akms:
        for confirm in _confirmation_keys(
            akm, key, name, point, station, nonce, second
        ):
            if hmac.compare_digest(mic(second.version, confirm, second), second.mic):
                return True
    return False


def mic(version: int, confirm: bytes, message: KeyMessage) -> bytes:
    """b"" for a version that we do not know."""
    if version == 1:
        return hmac.digest(confirm, message.unsigned, "md5")
    if version == 2:
        return hmac.digest(confirm, message.unsigned, "sha1")[:16]
    if version == 3:
        from cryptography.hazmat.primitives.ciphers.algorithms import AES
        from cryptography.hazmat.primitives.cmac import CMAC

        cmac = CMAC(AES(confirm))
        cmac.update(message.unsigned)
        return cmac.finalize()
    return b""


def _confirmation_keys(
    akm: Akm,
    key: bytes,
    name: bytes,
    point: bytes,
    station: bytes,
    nonce: bytes,
    second: KeyMessage,
) -> list[bytes]:
    """The first 16 octets of the transient key, for each length that it may have."""
    nonces = sorted((nonce, second.nonce))
    context = b"".join(sorted((point, station)) + nonces)
    label = b"Pairwise key expansion"
    if akm == "psk":
        return [hmac.digest(key, label + b"\0" + context + b"\0", "sha1")[:16]]
    if akm == "psk-sha256":
        return [kdf(key, label, context, bits)[:16] for bits in LENGTHS]
    if akm == "ft-psk":
        root = _transition_key(key, name, station, second.data)
        context = second.nonce + nonce + point + station
        if root:
            return [kdf(root, b"FT-PTK", context, bits)[:16] for bits in LENGTHS]
    return []


def kdf(key: bytes, label: bytes, context: bytes, bits: int) -> bytes:
    """The first block, 32 octets, of KDF-SHA256 for a key of `bits`."""
    text = struct.pack("<H", 1) + label + context + struct.pack("<H", bits)
    return hmac.digest(key, text, "sha256")


def _transition_key(key: bytes, name: bytes, station: bytes, data: bytes) -> bytes:
    """PMK-R1, from what message 2 repeats of the domain and its key holders; b"" where
    that is missing."""
    domain = r0 = r1 = b""
    for id, value in iter_elements(data):
        if id == MOBILITY_DOMAIN:
            domain = value[:2]
        elif id == FAST_TRANSITION:
            holders = dict(iter_elements(value[82:]))  # past the MIC and the two nonces
            r0, r1 = holders.get(R0_HOLDER, b""), holders.get(R1_HOLDER, b"")
    if len(domain) != 2 or not r0 or len(r1) != 6:
        return b""
    context = bytes([len(name)]) + name + domain + bytes([len(r0)]) + r0 + station
    return kdf(kdf(key, b"FT-R0", context, 384), b"FT-R1", r1 + station, 256)
