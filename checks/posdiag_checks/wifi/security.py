"""Is the Wi-Fi encrypted as it should be, and does nobody else use its name?"""

from collections.abc import Sequence
from typing import Literal

from posdiag.formats.dot11 import ssid
from posdiag.formats.dot11.channels import channel
from posdiag.measure.wifi.band import ours
from posdiag.measure.wifi.channel_plan import same_device
from posdiag.measure.wifi.network import WIRED, in_play, network, strength, surroundings
from posdiag.model import Context, Facts, Finding, check, known, ok, skip, warn
from posdiag.model.questions.wifi_answers import AccessPoint, WifiLink
from posdiag.model.site import Site
from posdiag_checks.wifi.offer import label, ways

Grade = Literal["open", "wep", "tkip", "strong"]
GRADES: tuple[Grade, ...] = ("open", "wep", "tkip", "strong")
"""From the weakest up. WPA2, WPA3, encryption without a password (OWE) and accounts
(802.1X) are strong alike: they stand side by side in many a healthy network."""


@check("wifi.security", order=20, part="link", after=WIRED, timeout=20)
async def wifi_security(ctx: Context) -> Finding:
    here = await in_play(ctx)
    if isinstance(here, Finding):
        return here
    name = here.name
    wanted = await network(ctx, name)
    found = known(await surroundings(ctx, name))
    link = wanted.link if wanted.joined else None
    points = distinct(ours(found, wanted.octets, wanted.link))
    told = [p for p in points if grade(p) is not None]
    if not told and found.why in ("no-rights", "trouble"):
        return skip(f"skip.{found.why}", hint=found.hint)
    if not told:
        return skip("skip.unsupported" if points else "skip.nothing-to-test")
    return judge(told, link, ctx.site)


def grade(point: AccessPoint) -> Grade | None:
    """How well does this access point encrypt for a terminal that picks the best that
    it offers? None where it does not tell."""
    offered = ways(point)
    if offered & {"wpa2", "pmf", "sae", "owe", "enterprise"}:
        return "strong"
    if offered & {"wpa1", "tkip"}:
        return "tkip"
    if "wep" in offered:
        return "wep"
    return "open" if "open" in offered else None


def distinct(points: Sequence[AccessPoint]) -> list[AccessPoint]:
    """Each address once, as it was heard last: settings may just have been changed."""
    newest: dict[str, AccessPoint] = {}
    for point in sorted(points, key=lambda p: p.age or 0.0, reverse=True):
        newest[point.bssid.lower()] = point
    return sorted(newest.values(), key=strength, reverse=True)


def judge(points: Sequence[AccessPoint], link: WifiLink | None, site: Site) -> Finding:
    """`points` are those of the network that is meant; each tells what it offers."""
    joined = _joined(points, link)
    twin = impostor(points) if site.wifi.security != "open" else None
    if twin is not None:
        honest = max((p for p in points if grade(p) == "strong"), key=strength)
        caught = joined is not None and joined.bssid == twin.bssid
        return warn(
            "wifi.evil-twin",
            _facts(honest),
            variant="joined" if caught else "heard",
            confidence=0.5 if grade(twin) == "tkip" else 0.8,
            twin=twin.bssid,
            twin_channel=channel(twin.frequency) or twin.frequency,
            twin_level=twin.signal,
            twin_security=label([twin]),
            rivals=("wifi.insecure",),
        )
    weakest = min(points, key=lambda p: GRADES.index(grade(p) or "strong"))
    found = grade(weakest)
    if found is not None and found != "strong":
        return warn("wifi.insecure", _facts(weakest), variant=found)
    return ok("", _facts(joined or points[0], points), variant=_notable(points))


def impostor(points: Sequence[AccessPoint]) -> AccessPoint | None:
    """One that uses the name of an encrypted network without its encryption, and is no
    part of the same device. Old encryption alone makes no impostor: it takes another
    maker's device as well."""
    strong = [p for p in points if grade(p) == "strong"]
    for point in sorted(points, key=strength, reverse=True):
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
    return next(
        (p for p in points if link and p.bssid.lower() == link.bssid.lower()), None
    )


def _notable(points: Sequence[AccessPoint]) -> str:
    """What is no fault but worth a word."""
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
        "security": label(all or [point]),
        "ciphers": point.ciphers,
        "pmf": point.pmf,
        "wps": point.wps,
        "access_points": len(all) or 1,
    }
