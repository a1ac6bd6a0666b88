"""Recognises a phone's hotspot by its gateway, vendor element or default name."""

from collections.abc import Sequence
from typing import Literal

from posdiag.formats.dot11 import ssid
from posdiag.model.questions.wifi_answers import AccessPoint
from posdiag.model.site import Site

Hotspot = Literal["", "iphone", "android", "windows", "phone"]
"""The kind of hotspot: "phone" if only the profile says so, "" for none."""

APPLE_VENDOR_ELEMENT = "0017f2"  # by which Apple devices list it as a hotspot
GATEWAYS: dict[str, Hotspot] = {
    "172.20.10.1": "iphone",
    "192.168.43.1": "android",
    "192.168.137.1": "windows",
}
DEFAULT_NAMES: dict[str, Hotspot] = {
    # Part of a name, in lower case.
    "iphone": "iphone",
    "ipad": "iphone",
    "androidap": "android",
    "galaxy": "android",
    "redmi": "android",
    "xiaomi 1": "android",
    "huawei mate": "android",
    "huawei p": "android",
    "huawei nova": "android",
    "oppo ": "android",
    "vivo ": "android",
    "oneplus": "android",
    "realme": "android",
    "pixel": "android",
    "honor ": "android",
}


def hotspot(
    site: Site, points: Sequence[AccessPoint] = (), gateway: str = ""
) -> Hotspot:
    """What kind of hotspot the network is. `points` are its access points, `gateway` is
    the address of its router, "" if unknown."""
    if gateway in GATEWAYS:
        return GATEWAYS[gateway]
    if any(APPLE_VENDOR_ELEMENT in p.vendors for p in points):
        return "iphone"
    name = ssid.shown(ssid.of_hex(points[0].ssid)) if points else site.wifi.ssid or ""
    for part, kind in DEFAULT_NAMES.items():
        if part in name.casefold():
            return kind
    return "phone" if site.connection.kind == "hotspot" else ""
