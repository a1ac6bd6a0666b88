"""Is the Wi-Fi encrypted as it should be, and is there no evil twin?"""

from collections.abc import Sequence
from typing import Literal

from posdiag.formats.dot11 import ssid
from posdiag.formats.dot11.channels import channel
from posdiag.measure.wifi.channel_plan import same_device
from posdiag.measure.wifi.network import (
    by_signal,
    measured_adapter,
    scan_late,
    target_network,
)
from posdiag.model import Context, Facts, Finding, check, known, ok, skip, warn
from posdiag.model.questions.wifi_answers import AccessPoint, WifiLink
from posdiag.model.site import Site
from posdiag_checks.wifi.offer import auth_methods, security_name

Grade = Literal["open", "wep", "tkip", "strong"]
GRADES: tuple[Grade, ...] = ("open", "wep", "tkip", "strong")
"""From the weakest up. WPA2, WPA3, OWE and 802.1X are all strong: many a healthy
network offers several of them."""


@check("wifi.security", order=20, part="link", disturbing=True, timeout=20)
async def wifi_security(ctx: Context) -> Finding:
    adapter = await measured_adapter(ctx)
    network = await target_network(ctx, adapter.name)
    scan = known(await scan_late(ctx, adapter.name))
    points = newest(network.current_points(scan))
    graded = [p for p in points if grade(p) is not None]
    if not graded and scan.why in ("no-rights", "trouble"):
        return skip(f"skip.{scan.why}", hint=scan.hint)
    if not graded:
        return skip("skip.unsupported" if points else "skip.nothing-to-test")
    return judge(graded, network.link if network.joined else None, ctx.site)


def grade(point: AccessPoint) -> Grade | None:
    """The best encryption that this access point offers; None if unknown."""
    offered = auth_methods(point)
    if offered & {"wpa2", "pmf", "sae", "owe", "enterprise"}:
        return "strong"
    if offered & {"wpa1", "tkip"}:
        return "tkip"
    if "wep" in offered:
        return "wep"
    return "open" if "open" in offered else None


def newest(points: Sequence[AccessPoint]) -> list[AccessPoint]:
    """The newest entry of each BSSID, strongest first: settings may have changed."""
    found: dict[str, AccessPoint] = {}
    for point in sorted(points, key=lambda p: p.age or 0.0, reverse=True):
        found[point.bssid.lower()] = point
    return sorted(found.values(), key=by_signal, reverse=True)


def judge(points: Sequence[AccessPoint], link: WifiLink | None, site: Site) -> Finding:
    """`points` are those of the target network; the grade of each is known."""
    joined = _joined(points, link)
    twin = evil_twin(points) if site.wifi.security != "open" else None
    if twin is not None:
        return _twin_finding(points, twin, joined)
    weakest = min(points, key=lambda p: GRADES.index(grade(p) or "strong"))
    found = grade(weakest)
    if found is not None and found != "strong":
        return warn("wifi.insecure", _facts(weakest), variant=found)
    return ok("", _facts(joined or points[0], points), variant=_notable(points))


def _twin_finding(
    points: Sequence[AccessPoint], twin: AccessPoint, joined: AccessPoint | None
) -> Finding:
    genuine = max((p for p in points if grade(p) == "strong"), key=by_signal)
    caught = joined is not None and joined.bssid == twin.bssid
    return warn(
        "wifi.evil-twin",
        _facts(genuine),
        variant="joined" if caught else "scanned",
        confidence=0.5 if grade(twin) == "tkip" else 0.8,
        twin=twin.bssid,
        twin_channel=channel(twin.frequency) or twin.frequency,
        twin_level=twin.signal,
        twin_security=security_name([twin]),
        rivals=("wifi.insecure",),
    )


def evil_twin(points: Sequence[AccessPoint]) -> AccessPoint | None:
    """An access point with the SSID of an encrypted network, without its encryption,
    and not part of the same device. TKIP counts only if the vendor (OUI) differs too:
    a shop may own an old repeater."""
    strong = [p for p in points if grade(p) == "strong"]
    for point in sorted(points, key=by_signal, reverse=True):
        weak = grade(point)
        if not strong or weak in ("strong", None):
            continue
        if any(same_device(point, p) for p in strong):
            continue
        same_maker = any(point.bssid[:8].lower() == p.bssid[:8].lower() for p in strong)
        if weak != "tkip" or not same_maker:
            return point
    return None


def _joined(points: Sequence[AccessPoint], link: WifiLink | None) -> AccessPoint | None:
    bssid = link.bssid.lower() if link else None
    return next((p for p in points if p.bssid.lower() == bssid), None)


def _notable(points: Sequence[AccessPoint]) -> str:
    """The variant of the text for what is no fault but worth mentioning."""
    if any("tkip" in p.ciphers or "wpa" in p.protocols for p in points):
        return "mixed"
    if any("owe" in p.akms for p in points):
        return "no-password"
    return "wps" if any(p.wps for p in points) else ""


def _facts(point: AccessPoint, all: Sequence[AccessPoint] = ()) -> Facts:
    return {
        "ssid": ssid.shown(ssid.of_hex(point.ssid)) or "Wi-Fi",
        "bssid": point.bssid,
        "channel": channel(point.frequency) or point.frequency,
        "level": point.signal,
        "security": security_name(all or [point]),
        "ciphers": point.ciphers,
        "pmf": point.pmf,
        "wps": point.wps,
        "access_points": len(all) or 1,
    }
