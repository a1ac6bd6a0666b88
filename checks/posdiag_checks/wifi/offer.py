"""Can the terminal authenticate by a method that an access point offers? Pure.

This machine is no measure: it supports SAE, required PMF or TKIP where a WPA2-only
terminal finds no network at all.
"""

from collections.abc import Sequence
from typing import Literal

from posdiag.measure.wifi.network import by_signal
from posdiag.model.questions.wifi_answers import AccessPoint
from posdiag.model.site import Site

Method = Literal[
    "open", "owe", "wep", "wpa1", "tkip", "wpa2", "pmf", "sae", "enterprise"
]
"""How a station authenticates: open, OWE, WEP, WPA (2003), WPA2 with TKIP alone,
WPA2-PSK, WPA2-PSK with required PMF, WPA3-SAE, 802.1X."""

STRONG_CIPHERS = frozenset({"ccmp", "ccmp-256", "gcmp", "gcmp-256"})
BY_PROFILE: dict[str, frozenset[Method]] = {
    "open": frozenset({"open"}),
    "wpa2": frozenset({"wpa2"}),
    "wpa3": frozenset({"sae"}),
    "wpa2-wpa3": frozenset({"wpa2", "pmf", "sae"}),
}
UNIVERSAL: frozenset[Method] = frozenset({"wep", "wpa1", "tkip", "wpa2"})
"""The methods that any terminal with a passphrase or key is expected to support."""


def auth_methods(point: AccessPoint) -> frozenset[Method]:
    """All methods that this access point offers; empty if unknown."""
    found: set[Method] = set()
    akms = set(point.akms)
    if "open" in point.protocols:
        found.add("open")
    if "wep" in point.protocols:
        found.add("wep")
    if "owe" in akms:
        found.add("owe")
    if any("802.1x" in akm for akm in akms):
        found.add("enterprise")
    if akms & {"sae", "ft-sae"}:
        found.add("sae")
    if akms & {"psk", "ft-psk", "psk-sha256"}:
        found.add(_psk_method(point, plain=bool(akms & {"psk", "ft-psk"})))
    return frozenset(found)


def _psk_method(point: AccessPoint, plain: bool) -> Method:
    if "rsn" not in point.protocols:
        return "wpa1"
    if point.pmf == "required" or not plain:
        return "pmf"
    ciphers = set(point.ciphers) - {"group", "other"}
    return "wpa2" if not ciphers or ciphers & STRONG_CIPHERS else "tkip"


def supported(site: Site) -> frozenset[Method]:
    """The methods that the terminal supports, by the profile, else the usual ones."""
    if site.wifi.security is not None:
        return BY_PROFILE[site.wifi.security]
    return UNIVERSAL if site.wifi.passphrase is not None else UNIVERSAL | {"open"}


def mismatch(points: Sequence[AccessPoint], site: Site) -> str:
    """Why the terminal cannot authenticate with any access point of a network, as a
    variant of `wifi.security-mismatch`; "" if it can with one, or may with one whose
    offer is unknown."""
    offers = [auth_methods(p) for p in points]
    able = supported(site)
    if not all(offers) or not points or any(offer & able for offer in offers):
        return ""
    strongest = max(points, key=by_signal)
    return _variant(auth_methods(strongest), site.wifi.security)


def _variant(offer: frozenset[Method], security: str | None) -> str:
    if "enterprise" in offer and not offer & {"pmf", "sae"}:
        return "enterprise"
    if security == "open":
        return "protected"
    if offer <= {"open", "owe"}:
        return "open"
    if "wep" in offer:
        return "wep"
    if offer & {"wpa1", "tkip"}:
        return "tkip"
    if security == "wpa3":
        return "wpa2-only"
    return "pmf" if "pmf" in offer else "wpa3-only"


def security_name(points: Sequence[AccessPoint]) -> str:
    """The network's security in standard terms: "WPA2 / WPA3"."""
    names: dict[Method, str] = {
        "open": "open",
        "owe": "OWE",
        "wep": "WEP",
        "wpa1": "WPA",
        "tkip": "WPA2 (TKIP)",
        "wpa2": "WPA2",
        "pmf": "WPA2 (PMF required)",
        "sae": "WPA3",
        "enterprise": "802.1X",
    }
    offered = {method for p in points for method in auth_methods(p)}
    return " / ".join(name for method, name in names.items() if method in offered)
