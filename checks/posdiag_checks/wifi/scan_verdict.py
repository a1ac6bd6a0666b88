"""The verdict of a scan on the network's name and security. Pure."""

from dataclasses import dataclass, field

from posdiag.formats.dot11 import ssid
from posdiag.formats.dot11.channels import band, channel
from posdiag.formats.dot11.passphrase import fits_wep, flaws
from posdiag.measure.wifi.hotspot import Hotspot, hotspot
from posdiag.measure.wifi.network import Network, hides_name, similar_names
from posdiag.model import Facts, Finding, Status, fail, ok, skip, warn
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wifi_answers import AccessPoint, Radio, WifiScan
from posdiag.model.site import Site
from posdiag_checks.wifi.offer import auth_methods, mismatch, security_name

CHINA = frozenset((*range(1, 14), *range(36, 65, 4), *range(149, 166, 4)))
"""Channels that may be used in China: neither 14 nor 100 to 144."""
FREE_FORM = frozenset({"sae", "open", "owe", "enterprise"})
"""Methods for which the rules of a WPA2 passphrase do not hold."""


@dataclass(frozen=True, slots=True)
class ScanEvidence:
    """All evidence without joining.

    `gateway` is the router's address if the Wi-Fi is this machine's uplink, else "".
    `elsewhere`: it is not, or this machine is joined to another network.
    """

    site: Site
    network: Network
    scan: WifiScan | Unknown = field(default_factory=lambda: Unknown("not-recorded"))
    radio: Radio | None = None
    enabled: bool = True
    gateway: str = ""
    elsewhere: bool = False

    @property
    def all_points(self) -> tuple[AccessPoint, ...]:
        return () if isinstance(self.scan, Unknown) else self.scan.all

    @property
    def points(self) -> tuple[AccessPoint, ...]:
        """The access points of the network, strongest first."""
        return self.network.select(self.all_points)

    @property
    def hotspot(self) -> Hotspot:
        gateway = self.gateway if self.network.joined else ""
        return hotspot(self.site, self.points, gateway)

    @property
    def hides_name(self) -> bool:
        """Does one of its access points send beacons without the SSID?"""
        hidden = {p.bssid.lower() for p in self.all_points if hides_name(p) and p.bssid}
        return any(p.hidden or p.bssid.lower() in hidden for p in self.points)

    @property
    def open(self) -> bool:
        """Can it be joined without a passphrase?"""
        by_profile = self.site.wifi.security == "open"
        return by_profile or any("open" in auth_methods(p) for p in self.points)

    @property
    def wep(self) -> bool:
        return any("wep" in auth_methods(p) for p in self.points)

    @property
    def sae_only(self) -> bool:
        points = self.points
        return bool(points) and all(auth_methods(p) == {"sae"} for p in points)

    @property
    def facts(self) -> Facts:
        points = self.points
        best = points[0] if points else None
        link = self.network.link if self.network.joined else None
        signal = best.signal if best else link.signal if link else None
        frequency = best.frequency if best else link.frequency if link else None
        return {
            "ssid": self.network.name,
            "signal": signal,
            "channel": channel(frequency) if frequency else None,
            "band": band(frequency) if frequency else None,
            "security": security_name(points),
            "points": len({p.bssid or p for p in points}),
            "phone": self.hotspot,
        }

    @property
    def around(self) -> Facts:
        """The other networks that the scan found."""
        names = {ssid.shown(ssid.of_hex(p.ssid)) for p in self.all_points} - {""}
        return {"others": tuple(sorted(names)), "access_points": len(self.all_points)}


def judge_passphrase(scan: ScanEvidence) -> Finding | None:
    """A finding if no network can have this passphrase."""
    secret, security = scan.site.wifi.passphrase, scan.site.wifi.security
    if secret is None or security in ("wpa3", "open"):
        return None
    fatal = [f for f in flaws(secret) if f.fatal]
    offers = [o for o in map(auth_methods, scan.points) if o]
    if not fatal or (offers and all(o <= FREE_FORM for o in offers)):
        return None
    if scan.wep and fits_wep(secret):
        return None
    facts: Facts = {
        "ssid": scan.network.name,
        "flaws": tuple(f.kind for f in fatal),
        "places": tuple(f.position for f in fatal),
    }
    variant = "length" if fatal[0].kind in ("short", "long") else "signs"
    return fail("wifi.wrong-passphrase", facts, variant=variant, confidence=0.95)


def judge_scan(scan: ScanEvidence) -> Finding:
    """The finding without joining."""
    if not scan.network.name_bytes:
        return skip("skip.not-configured")
    blocked = scan.radio is not None and scan.radio.blocked
    if not scan.network.joined and (blocked or not scan.enabled):
        return skip("skip.radio-off")
    if not scan.points and not scan.network.joined:
        return _judge_absence(scan)
    return _judge_security(scan) or _judge_visibility(scan) or _found(scan)


# -- not found ------------------------------------------------------------------------


def _judge_absence(evidence: ScanEvidence) -> Finding:
    scan = evidence.scan
    if isinstance(scan, Unknown):
        return skip(f"skip.{scan.why}", hint=scan.hint)
    if scan.redacted:
        return skip("skip.no-rights", hint=scan.hint)
    similar = similar_names(evidence.all_points, evidence.network.name_bytes)
    if similar and (scan.fresh or similar[0][0] != "look-alike"):
        return _misnamed(evidence, *similar[0], scan.fresh)
    if not scan.fresh:  # an old list proves nothing: the AP may have started since
        reason = "no-rights" if scan.why == "no-rights" else "stale-scan"
        return skip(f"skip.{reason}", hint=scan.hint)
    return _absent(evidence)


def _misnamed(
    scan: ScanEvidence, kind: ssid.Likeness, point: AccessPoint, fresh: bool
) -> Finding:
    found = ssid.of_hex(point.ssid)
    sure = {"look-alike": 0.6, "several": 0.85}.get(kind, 0.95)
    return fail(
        "wifi.name-mismatch",
        scan.facts,
        variant=kind,
        wanted=scan.network.name,
        actual=ssid.shown(found),
        wanted_hex=scan.network.hex,
        actual_hex=found.hex(),
        signal=point.signal,
        confidence=sure if fresh else min(sure, 0.7),
        rivals=("wifi.not-found",),
    )


def _absent(scan: ScanEvidence) -> Finding:
    variant, sure = "", 0.9
    if scan.hotspot:
        variant = "hotspot"
    elif any(map(hides_name, scan.all_points)) and not scan.site.wifi.hidden:
        variant, sure = "nameless", 0.7
    elif _single_band(scan.radio):
        variant, sure = "band", 0.6
    facts = {**scan.facts, **scan.around}
    return fail("wifi.not-found", facts, variant=variant, confidence=sure)


def _single_band(radio: Radio | None) -> bool:
    """Can this machine use 2.4 GHz alone?"""
    usable = [c for c in radio.channels if not c.disabled] if radio else []
    return bool(usable) and all(band(c.frequency) == "2.4" for c in usable)


# -- found ----------------------------------------------------------------------------


def _judge_security(scan: ScanEvidence) -> Finding | None:
    """A finding if the terminal cannot authenticate. If the profile does not say which
    methods it supports, only those that hardly any terminal supports are reported, as a
    risk."""
    variant, security = mismatch(scan.points, scan.site), scan.site.wifi.security
    if not variant:
        return None
    code = "wifi.security-mismatch"
    facts: Facts = {**scan.facts, "wanted": security or ""}
    if security:
        return fail(code, facts, variant=variant, confidence=0.95)
    if scan.site.wifi.passphrase is not None and variant in ("open", "enterprise"):
        rivals = ("wifi.evil-twin",) if variant == "open" else ()
        return fail(code, facts, variant=variant, confidence=0.85, rivals=rivals)
    if not scan.network.configured:
        return None
    return warn(code, facts, variant=variant, confidence=0.6)


def _judge_visibility(scan: ScanEvidence) -> Finding | None:
    """A finding if this machine finds the network and the terminal may not."""
    if not scan.network.configured or not scan.points:
        return None
    facts = scan.facts
    if scan.site.wifi.country == "CN" and not any(map(_in_china, scan.points)):
        return warn("wifi.not-found", facts, variant="channel", confidence=0.7)
    if scan.hides_name and not scan.site.wifi.hidden:
        return warn("wifi.not-found", facts, variant="hidden", confidence=0.6)
    return None


def _in_china(point: AccessPoint) -> bool:
    """Is it on a channel that a terminal made for China scans?"""
    number = channel(point.frequency)
    return band(point.frequency) != "6" and (number is None or number in CHINA)


def _found(scan: ScanEvidence) -> Finding:
    link = scan.network.link
    if scan.network.joined and link is not None and link.authorized is not False:
        return ok("", scan.facts, variant="joined")
    if scan.site.wifi.passphrase is None and not scan.open:
        return Finding(Status.SKIP, "skip.no-passphrase", scan.facts)
    if all(band(p.frequency) != "2.4" for p in scan.points):
        return Finding(Status.SKIP, "skip.join-untried-high-band", scan.facts)
    return Finding(Status.SKIP, "skip.join-untried", scan.facts)
