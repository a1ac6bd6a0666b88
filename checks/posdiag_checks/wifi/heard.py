"""What does that which is heard say of a network's name and offer? Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from posdiag.formats.dot11 import ssid
from posdiag.formats.dot11.channels import band, channel
from posdiag.formats.dot11.passphrase import fits_wep, flaws
from posdiag.measure.wifi.network import (
    Network,
    Phone,
    mine,
    nameless,
    near_names,
    phone,
)
from posdiag.model import Facts, Finding, fail, ok, skip, warn
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wifi_answers import AccessPoint, Radio, WifiScan
from posdiag.model.site import Site
from posdiag_checks.wifi.offer import label, mismatch, ways

CHINA = frozenset((*range(1, 14), *range(36, 65, 4), *range(149, 166, 4)))
"""Channels that China's plan knows (field-facts 1.2): neither 14 nor 100 to 144."""
ANY_TEXT = frozenset({"sae", "open", "owe", "enterprise"})
"""Ways to join for which the form of a WPA2 passphrase is no rule."""


@dataclass(frozen=True, slots=True)
class Air:
    """All that is known without joining. `elsewhere`: this machine uses another way to
    the network; `gateway` is the router of the Wi-Fi where that is in use."""

    site: Site
    network: Network
    scan: WifiScan | Unknown = field(default_factory=lambda: Unknown("not-recorded"))
    radio: Radio | None = None
    enabled: bool = True
    gateway: str = ""
    elsewhere: bool = False

    @property
    def points(self) -> tuple[AccessPoint, ...]:
        return () if isinstance(self.scan, Unknown) else self.scan.all

    @property
    def mine(self) -> tuple[AccessPoint, ...]:
        return mine(self.points, self.network.octets, self.network.link)

    @property
    def phone(self) -> Phone:
        gateway = self.gateway if self.network.joined else ""
        return phone(self.site, self.mine, gateway)

    @property
    def hides(self) -> bool:
        """Does one of its access points send beacons without the name?"""
        silent = {p.bssid.lower() for p in self.points if nameless(p) and p.bssid}
        return any(p.hidden or p.bssid.lower() in silent for p in self.mine)

    @property
    def facts(self) -> Facts:
        best = self.mine[0] if self.mine else None
        link = self.network.link if self.network.joined else None
        signal = best.signal if best else link.signal if link else None
        frequency = best.frequency if best else link.frequency if link else None
        return {
            "ssid": self.network.shown,
            "signal": signal,
            "channel": channel(frequency) if frequency else None,
            "band": band(frequency) if frequency else None,
            "security": label(self.mine),
            "points": len({p.bssid or p for p in self.mine}),
            "phone": self.phone,
        }

    @property
    def around(self) -> Facts:
        """What else is heard here."""
        names = {ssid.shown(ssid.of_hex(p.ssid)) for p in self.points} - {""}
        return {"others": tuple(sorted(names)), "heard_count": len(self.points)}


# -- the passphrase -------------------------------------------------------------------


def judge_form(air: Air) -> Finding | None:
    """Can no network have this passphrase?"""
    secret, security = air.site.wifi.passphrase, air.site.wifi.security
    if secret is None or security in ("wpa3", "open"):
        return None
    fatal = [f for f in flaws(secret) if f.fatal]
    offers = [ways(p) for p in air.mine if ways(p)]
    if not fatal or (offers and all(o <= ANY_TEXT for o in offers)):
        return None
    if any("wep" in o for o in offers) and fits_wep(secret):
        return None
    facts: Facts = {
        "ssid": air.network.shown,
        "flaws": tuple(f.kind for f in fatal),
        "places": tuple(f.place for f in fatal),
    }
    if fatal[0].kind in ("short", "long"):
        return fail("wifi.wrong-passphrase", facts, variant="length", confidence=0.95)
    return fail("wifi.wrong-passphrase", facts, variant="signs", confidence=0.95)


# -- the name -------------------------------------------------------------------------


def judge_air(air: Air) -> Finding:
    """What can be said without joining, as a finding of its own."""
    if not air.network.octets:
        return skip("skip.not-configured")
    if not air.network.joined and (
        not air.enabled or (air.radio and air.radio.blocked)
    ):
        return skip("skip.radio-off")
    if not air.mine and not air.network.joined:
        return _unheard(air)
    return _misfit(air) or _doubt(air) or _well(air)


def _unheard(air: Air) -> Finding:
    scan = air.scan
    if isinstance(scan, Unknown):
        return skip(f"skip.{scan.why}", hint=scan.hint)
    if scan.redacted:
        return skip("skip.no-rights", hint=scan.hint)
    near = near_names(air.points, air.network.octets)
    if near and (scan.fresh or near[0][0] != "look-alike"):
        return _misnamed(air, near[0][0], near[0][1], scan.fresh)
    if not scan.fresh:  # an old list proves nothing: the network may be new on the air
        reason = "no-rights" if scan.why == "no-rights" else "stale-scan"
        return skip(f"skip.{reason}", hint=scan.hint)
    return _absent(air)


def _misnamed(
    air: Air, kind: ssid.Likeness, point: AccessPoint, fresh: bool
) -> Finding:
    heard = ssid.of_hex(point.ssid)
    sure = {"look-alike": 0.6, "several": 0.85}.get(kind, 0.95)
    return fail(
        "wifi.name-mismatch",
        air.facts,
        variant=kind,
        wanted=air.network.shown,
        heard=ssid.shown(heard),
        wanted_octets=air.network.hex,
        heard_octets=heard.hex(),
        signal=point.signal,
        confidence=sure if fresh else min(sure, 0.7),
        rivals=("wifi.not-found",),
    )


def _absent(air: Air) -> Finding:
    facts: Facts = {**air.facts, **air.around}
    if air.phone:
        return fail("wifi.not-found", facts, variant="hotspot", confidence=0.9)
    hiding = [p for p in air.points if nameless(p)]
    if hiding and not air.site.wifi.hidden:
        return fail("wifi.not-found", facts, variant="nameless", confidence=0.7)
    if _deaf(air.radio):
        return fail("wifi.not-found", facts, variant="band", confidence=0.6)
    return fail("wifi.not-found", facts, confidence=0.9)


def _deaf(radio: Radio | None) -> bool:
    """Can this machine use 2.4 GHz alone?"""
    usable = [c for c in radio.channels if not c.disabled] if radio else []
    return bool(usable) and all(band(c.frequency) == "2.4" for c in usable)


# -- the offer ------------------------------------------------------------------------


def _misfit(air: Air) -> Finding | None:
    """An offer that the terminal cannot take. Where the profile does not say what it
    can, only what hardly any terminal can do is doubted, and only as a risk."""
    variant = mismatch(air.mine, air.site)
    if not variant:
        return None
    told = air.site.wifi.security
    facts: Facts = {**air.facts, "wanted": told or ""}
    if told:
        return fail("wifi.security-mismatch", facts, variant=variant, confidence=0.95)
    if air.site.wifi.passphrase is not None and variant in ("open", "enterprise"):
        return fail(
            "wifi.security-mismatch",
            facts,
            variant=variant,
            confidence=0.85,
            rivals=("wifi.evil-twin",) if variant == "open" else (),
        )
    if not air.network.given:
        return None
    return warn("wifi.security-mismatch", facts, variant=variant, confidence=0.6)


def _doubt(air: Air) -> Finding | None:
    """Heard by this machine, but perhaps not by the terminal."""
    if not air.network.given or not air.mine:
        return None
    if _outside_china(air):
        return warn("wifi.not-found", air.facts, variant="channel", confidence=0.7)
    if air.hides and not air.site.wifi.hidden:
        return warn("wifi.not-found", air.facts, variant="hidden", confidence=0.6)
    return None


def _outside_china(air: Air) -> bool:
    """Is it only on channels that a terminal made for China does not listen to?"""
    if air.site.wifi.country != "CN":
        return False
    used: Sequence[int | None] = [channel(p.frequency) for p in air.mine]
    six = all(band(p.frequency) == "6" for p in air.mine)
    return six or all(c is not None and c not in CHINA for c in used)


def _well(air: Air) -> Finding:
    link = air.network.link
    if air.network.joined and link is not None and link.authorized is not False:
        return ok("", air.facts, variant="joined")
    unlocked = any("open" in ways(p) for p in air.mine)
    open_ = unlocked or air.site.wifi.security == "open"
    if air.site.wifi.passphrase is None and not open_:
        return ok("", air.facts, variant="no-passphrase")
    if all(band(p.frequency) != "2.4" for p in air.mine):
        return ok("", air.facts, variant="high-band")
    return ok("", air.facts, variant="heard")
