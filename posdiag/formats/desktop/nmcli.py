"""Which access points does `nmcli -t device wifi list` tell of?

Its terse form is one access point a line, fields parted by ":", a colon inside a field
as "\\:". Pure; nothing raises on any text.
"""

import re

from posdiag.formats.desktop.percent_dbm import percent_to_dbm
from posdiag.formats.dot11.channels import centre
from posdiag.model.questions.wifi_answers import AccessPoint, Akm, Cipher, Protocol

# SSID-HEX gives the octets. RATE and BANDWIDTH are left out: the one is a guess of
# NetworkManager's, the other needs version 1.46.
FIELDS = "IN-USE,BSSID,SSID-HEX,FREQ,SIGNAL,WPA-FLAGS,RSN-FLAGS,SECURITY"
MAX_POINTS = 1_000
MAC = re.compile(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}", re.IGNORECASE)
KEYS: dict[str, Akm] = {
    "psk": "psk",
    "sae": "sae",
    "802.1x": "802.1x",
    "owe": "owe",
    "eap_suite_b_192": "other",
}
PAIR: dict[str, Cipher] = {
    "pair_wep40": "wep40",
    "pair_wep104": "wep104",
    "pair_tkip": "tkip",
    "pair_ccmp": "ccmp",
}
GROUP: dict[str, Cipher] = {
    "group_wep40": "wep40",
    "group_wep104": "wep104",
    "group_tkip": "tkip",
    "group_ccmp": "ccmp",
}


def split(line: str) -> list[str]:
    """The fields of a line."""
    fields, escaped = [""], False
    for character in line[:2_000]:
        if escaped or character not in "\\:":
            fields[-1] += character
            escaped = False
        elif character == "\\":
            escaped = True
        else:
            fields.append("")
    return fields


def points(text: str) -> tuple[AccessPoint, ...]:
    """Every access point of a list with FIELDS; other lines are left out."""
    lines = text.split("\n", MAX_POINTS)[:MAX_POINTS]
    read = (_point(split(line.rstrip("\r"))) for line in lines)
    return tuple(point for point in read if point)


def _point(fields: list[str]) -> AccessPoint | None:
    if len(fields) != len(FIELDS.split(",")):
        return None
    mark, bssid, name, place, share, wpa, rsn, security = map(str.strip, fields)
    mhz = re.match(r"\d{4,5}", place)
    if not MAC.fullmatch(bssid) or not re.fullmatch(r"([0-9A-Fa-f]{2}){0,32}", name):
        return None
    primary = int(mhz[0]) if mhz else 0
    flags = f"{wpa} {rsn}".lower().split()
    pairs = tuple(dict.fromkeys(PAIR[flag] for flag in flags if flag in PAIR))
    groups = [GROUP[flag] for flag in flags if flag in GROUP]
    return AccessPoint(
        bssid.lower(),
        # A hidden network is one empty or of noughts alone.
        "" if not name.strip("0") else name.lower(),
        primary,
        signal=_level(share),
        centre=centre(primary, None),
        protocols=_protocols(wpa, rsn, security),
        akms=tuple(dict.fromkeys(KEYS[flag] for flag in flags if flag in KEYS)),
        ciphers=pairs,
        group=groups[0] if groups else None,
        joined=mark == "*",
    )


def _level(share: str) -> float | None:
    if not re.fullmatch(r"\d{1,3}", share):
        return None
    return percent_to_dbm("networkmanager", float(share))


def _protocols(wpa: str, rsn: str, security: str) -> tuple[Protocol, ...]:
    """ "(none)" stands in a field of flags that is empty."""
    found: list[Protocol] = []
    if wpa not in ("", "(none)"):
        found.append("wpa")
    if rsn not in ("", "(none)"):
        found.append("rsn")
    if not found and "WEP" in security.upper():
        return ("wep",)
    return tuple(found) if found else ("open",)
