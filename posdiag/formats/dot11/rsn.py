"""Which key managements and ciphers does an RSN or WPA element announce?

IEEE 802.11-2020 9.4.2.24; the older WPA element has the same layout under Microsoft's
OUI. Used for scans, captured frames and message 2 of the four-way handshake alike.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from posdiag.model.questions.wifi_answers import Akm, Cipher, Pmf

IEEE = bytes.fromhex("000fac")
MICROSOFT = bytes.fromhex("0050f2")
VERSION = b"\x01\x00"

AKMS: Mapping[int, Akm] = {  # table 9-151; 24 and 25 are of 802.11-2024
    1: "802.1x",
    2: "psk",
    3: "ft-802.1x",
    4: "ft-psk",
    5: "802.1x-sha256",
    6: "psk-sha256",
    8: "sae",
    9: "ft-sae",
    11: "802.1x",
    12: "802.1x",
    13: "ft-802.1x",
    18: "owe",
    22: "ft-802.1x",
    23: "802.1x",
    24: "sae",  # SAE-EXT-KEY: the hash depends on the group
    25: "ft-sae",
}
CIPHERS: Mapping[int, Cipher] = {  # table 9-149
    0: "group",
    1: "wep40",
    2: "tkip",
    4: "ccmp",
    5: "wep104",
    7: "none",
    8: "gcmp",
    9: "gcmp-256",
    10: "ccmp-256",
}
PMF_REQUIRED, PMF_CAPABLE = 0x40, 0x80  # RSN capabilities


@dataclass(frozen=True, slots=True)
class Suites:
    """Contents of one RSN or WPA element. A list that is cut off or empty, or belongs
    to another version of the element, is unknown: ()."""

    akms: tuple[Akm, ...] = ()
    ciphers: tuple[Cipher, ...] = ()
    group: Cipher | None = None
    pmf: Pmf = "no"


def parse_rsn(body: bytes) -> Suites:
    """From the body of an RSN element (id 48)."""
    return _parse(body, IEEE, "ccmp")


def parse_wpa(body: bytes) -> Suites:
    """From the body of a WPA element, past its OUI and type."""
    return _parse(body, MICROSOFT, "tkip")


def cipher_of(selector: bytes) -> Cipher:
    """The cipher suite of a selector (OUI, then type)."""
    known = len(selector) == 4 and selector[:3] in (IEEE, MICROSOFT)
    return CIPHERS.get(selector[3], "other") if known else "other"


def _akm_of(selector: bytes, oui: bytes) -> Akm:
    return AKMS.get(selector[3], "other") if selector[:3] == oui else "other"


def _parse(body: bytes, oui: bytes, default: Cipher) -> Suites:
    if body[:2] != VERSION:
        return Suites()
    group = cipher_of(body[2:6]) if len(body) >= 6 else default
    pairwise, at = _selectors(body, 6)
    akms, at = _selectors(body, at)
    capabilities = int.from_bytes(body[at : at + 2], "little") if oui == IEEE else 0
    ciphers = (default,) if pairwise is None else map(cipher_of, pairwise)
    return Suites(
        akms=("802.1x",)
        if akms is None
        else tuple(dict.fromkeys(_akm_of(s, oui) for s in akms)),
        # "Use group cipher" announces no pairwise cipher of its own.
        ciphers=tuple(dict.fromkeys(group if c == "group" else c for c in ciphers)),
        group=group,
        pmf=_pmf(capabilities),
    )


def _selectors(body: bytes, at: int) -> tuple[list[bytes] | None, int]:
    """The list that begins at this offset, and the offset past it. None: left out,
    which stands for the default; []: cut off."""
    if at == len(body) or len(body) < 6:
        return None, at
    end = at + 2 + 4 * int.from_bytes(body[at : at + 2], "little")
    if end > len(body):
        return [], end
    return [body[i : i + 4] for i in range(at + 2, end, 4)], end


def _pmf(capabilities: int) -> Pmf:
    if capabilities & PMF_REQUIRED:
        return "required"
    return "capable" if capabilities & PMF_CAPABLE else "no"
