"""Does what an access point offers fit what the terminal can do?

A laptop is no measure: it takes SAE, PMF or TKIP without a word where a terminal that
knows only WPA2 finds no network at all.
"""

from collections.abc import Sequence
from typing import Literal

from posdiag.measure.wifi.network import strength
from posdiag.model.questions.wifi_answers import AccessPoint
from posdiag.model.site import Site

Way = Literal["open", "owe", "wep", "wpa1", "tkip", "wpa2", "pmf", "sae", "enterprise"]
"""A way to join: without a key, WEP, WPA of 2003, WPA2 with TKIP alone, plain WPA2,
WPA2 for those who protect management frames, WPA3, user name and certificate."""

STRONG = frozenset({"ccmp", "ccmp-256", "gcmp", "gcmp-256"})
FITS: dict[str, frozenset[Way]] = {
    "open": frozenset({"open"}),
    "wpa2": frozenset({"wpa2"}),
    "wpa3": frozenset({"sae"}),
    "wpa2-wpa3": frozenset({"wpa2", "pmf", "sae"}),
}
OLD: frozenset[Way] = frozenset({"wep", "wpa1", "tkip", "wpa2"})
"""What a terminal of which nothing is known can be trusted to join with a key."""


def ways(point: AccessPoint) -> frozenset[Way]:
    """Every way in which this access point lets a station in; empty if not told."""
    found: set[Way] = set()
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
        found.add(_by_key(point, plain=bool(akms & {"psk", "ft-psk"})))
    return frozenset(found)


def _by_key(point: AccessPoint, plain: bool) -> Way:
    if "rsn" not in point.protocols:
        return "wpa1"
    if point.pmf == "required" or not plain:
        return "pmf"
    told = set(point.ciphers) - {"group", "other"}
    return "wpa2" if not told or told & STRONG else "tkip"


def wanted(site: Site) -> frozenset[Way]:
    """The ways that the terminal can go, by the profile or, without it, by custom."""
    if site.wifi.security is not None:
        return FITS[site.wifi.security]
    return OLD if site.wifi.passphrase is not None else OLD | {"open"}


def mismatch(points: Sequence[AccessPoint], site: Site) -> str:
    """In which way the offer does not fit, "" where one access point of the network
    does, or where none tells."""
    offers = [(p, ways(p)) for p in points]
    told = [(p, w) for p, w in offers if w]
    can = wanted(site)
    if not told or len(told) < len(offers) or any(w & can for _, w in told):
        return ""
    strongest = max(told, key=lambda offer: strength(offer[0]))[1]
    return _named(strongest, site.wifi.security)


def _named(offer: frozenset[Way], security: str | None) -> str:
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


def label(points: Sequence[AccessPoint]) -> str:
    """What the network offers, in the words of the standards."""
    names: dict[Way, str] = {
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
    offered = {w for p in points for w in ways(p)}
    return " / ".join(text for way, text in names.items() if way in offered)
