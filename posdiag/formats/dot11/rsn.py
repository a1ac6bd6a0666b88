"""Which keys and ciphers does an access point offer? (RSN and WPA elements)

IEEE 802.11-2020 9.4.2.24. Every field behind the version may be left out; what is left
out has a default, and so has what is cut off.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from posdiag.model.questions.wifi_answers import Akm, Cipher, Pmf

IEEE = bytes.fromhex("000fac")
MICROSOFT = bytes.fromhex("0050f2")
MAX_SUITES = 32  # of each list

AKMS: Mapping[int, Akm] = {
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
}
CIPHERS: Mapping[int, Cipher] = {
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
REQUIRED = 0x40
CAPABLE = 0x80


@dataclass(frozen=True, slots=True)
class Suites:
    """What one RSN or WPA element offers."""

    akms: tuple[Akm, ...]
    ciphers: tuple[Cipher, ...]
    group: Cipher
    pmf: Pmf = "no"


def rsn(body: bytes) -> Suites:
    """The body of an RSN element (id 48)."""
    return _suites(body, IEEE, "ccmp")


def wpa(body: bytes) -> Suites:
    """The body of the WPA element, behind its vendor and type."""
    return _suites(body, MICROSOFT, "tkip")


def cipher(selector: bytes) -> Cipher:
    """A cipher suite by its selector, vendor first."""
    known = len(selector) == 4 and selector[:3] in (IEEE, MICROSOFT)
    return CIPHERS.get(selector[3], "other") if known else "other"


def _akm(selector: bytes, vendor: bytes) -> Akm:
    return AKMS.get(selector[3], "other") if selector[:3] == vendor else "other"


def _suites(body: bytes, vendor: bytes, default: Cipher) -> Suites:
    group = cipher(body[2:6]) if len(body) >= 6 else default
    pairwise, at = _list(body, 6)
    akms, at = _list(body, at)
    capabilities = int.from_bytes(body[at : at + 2], "little") if vendor == IEEE else 0
    # "As the group's" is what it says where the access point knows no other.
    named = (group if cipher(s) == "group" else cipher(s) for s in pairwise)
    return Suites(
        akms=tuple(dict.fromkeys(_akm(s, vendor) for s in akms)) or ("802.1x",),
        ciphers=tuple(dict.fromkeys(named)) or (default,),
        group=group,
        pmf=_pmf(capabilities),
    )


def _list(body: bytes, at: int) -> tuple[list[bytes], int]:
    """A count and as many selectors as there really are."""
    count = int.from_bytes(body[at : at + 2], "little")
    start, end = at + 2, at + 2 + 4 * count
    whole = range(start, min(end, len(body) - 3), 4)
    return [body[i : i + 4] for i in whole[:MAX_SUITES]], end


def _pmf(capabilities: int) -> Pmf:
    if capabilities & REQUIRED:
        return "required"
    return "capable" if capabilities & CAPABLE else "no"
