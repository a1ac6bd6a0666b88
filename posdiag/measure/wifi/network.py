"""Which adapter, which network, which access points are meant: shared by the Wi-Fi
checks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from posdiag.formats.dot11 import ssid
from posdiag.measure.uplink import candidates, choose
from posdiag.model import Context, Finding, known, skip
from posdiag.model.limits import Plan
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import (
    AskInterfaces,
    AskRoutes,
    Interface,
    Interfaces,
    Routes,
)
from posdiag.model.questions.wifi import AskWifiLink, ScanWifi
from posdiag.model.questions.wifi_answers import AccessPoint, WifiLink, WifiScan
from posdiag.model.site import Site

Phone = Literal["", "iphone", "android", "windows", "phone"]

WIRED = (
    # A scan takes a joined adapter off its channel, which delays or loses what others
    # measure; so what listens for neighbours waits for all these.
    "link.errors",
    "wifi.credentials",
    "wifi.signal",
    "ip.conflict",
    "ip.gateway",
    "ip.dhcp",
    "router.reach",
    "isp.reach",
    "isp.portal",
    "dns.resolve",
    "dns.integrity",
    "clock.skew",
    "path.mtu",
    "path.redundancy",
    "acquirer.connect",
    "acquirer.tls",
    "acquirer.loss",
    "acquirer.echo",
    "acquirer.idle",
    "target.connect",
)

IPHONE_ELEMENT = "0017f2"  # what makes other Apple devices show it as a hotspot
GATEWAYS: dict[str, Phone] = {
    "172.20.10.1": "iphone",
    "192.168.43.1": "android",
    "192.168.137.1": "windows",
}
NAMES: tuple[tuple[str, Phone], ...] = (
    # Names that phones give their hotspot by default.
    ("iphone", "iphone"),
    ("ipad", "iphone"),
    ("androidap", "android"),
    ("galaxy", "android"),
    ("redmi", "android"),
    ("xiaomi 1", "android"),
    ("huawei mate", "android"),
    ("huawei p", "android"),
    ("huawei nova", "android"),
    ("oppo ", "android"),
    ("vivo ", "android"),
    ("oneplus", "android"),
    ("realme", "android"),
    ("pixel", "android"),
    ("honor ", "android"),
)


@dataclass(frozen=True, slots=True)
class Network:
    """The network that the terminal is to use. `octets` are its name, b"" where neither
    the profile nor this machine names one; `given`: the profile names it."""

    octets: bytes
    given: bool
    link: WifiLink | None = None

    @property
    def hex(self) -> str:
        return self.octets.hex()

    @property
    def shown(self) -> str:
        return ssid.shown(self.octets)

    @property
    def joined(self) -> bool:
        """Is this machine joined to that very network?"""
        link = self.link
        return (
            link is not None
            and link.state != "disconnected"
            and self.octets != b""
            and ssid.of_hex(link.ssid) == self.octets
        )

    def matches(self, link: WifiLink) -> bool:
        """Is `link` an association with this network? A profile that names none and a
        system that withholds the SSID are given the benefit of the doubt."""
        return not self.given or link.ssid in ("", self.hex)


def by_radio(site: Site) -> bool:
    """Does the terminal come in by Wi-Fi, as far as the profile says?"""
    return site.connection.kind in ("wifi", "hotspot") or bool(site.wifi.ssid)


def pick(
    interfaces: Interfaces, routes: Routes | Unknown, site: Site
) -> Interface | None:
    """The adapter to listen with: the one that the profile names, else the uplink, else
    the first that is switched on. None where this machine has no Wi-Fi."""
    radios = [i for i in candidates(interfaces) if i.kind == "wifi"]
    named = site.connection.interface
    up = choose(interfaces, routes, None, site.connection.kind)
    ranked = sorted(
        radios,
        key=lambda i: (
            i.name != named,
            up is None or i.name != up.interface.name,
            not i.enabled,
            i.carrier is not True,
        ),
    )
    return ranked[0] if ranked else None


async def adapter(ctx: Context) -> Interface | Unknown | None:
    """The Wi-Fi adapter of this machine; None without one."""
    interfaces = await ctx.system.ask(AskInterfaces())
    if isinstance(interfaces, Unknown):
        return interfaces
    routes = await ctx.system.ask(AskRoutes())
    return pick(interfaces, routes, ctx.site)


async def applies(ctx: Context) -> bool:
    """Is Wi-Fi in play here? By the profile, or because this machine uses it."""
    if by_radio(ctx.site):
        return True
    if ctx.site.connection.kind is not None:
        return False
    interfaces = await ctx.system.ask(AskInterfaces())
    if isinstance(interfaces, Unknown):
        return False
    routes = await ctx.system.ask(AskRoutes())
    up = choose(interfaces, routes, ctx.site.connection.interface)
    return up is not None and up.interface.kind == "wifi"


async def in_play(ctx: Context) -> Interface | Finding:
    """The adapter to ask about the Wi-Fi, or why there is nothing to ask."""
    if not await applies(ctx):
        return skip("skip.not-applicable")
    here = await adapter(ctx)
    return skip("skip.no-wifi") if here is None else known(here)


async def network(ctx: Context, interface: str) -> Network:
    """The network that is meant: the profile's, else the one that is joined."""
    link = await ctx.system.ask(AskWifiLink(interface))
    told = None if isinstance(link, Unknown) else link
    if ctx.site.wifi.ssid:
        return Network(ssid.octets(ctx.site.wifi.ssid), True, told)
    joined = told is not None and told.state != "disconnected"
    return Network(ssid.of_hex(told.ssid) if told and joined else b"", False, told)


async def scan(
    ctx: Context, interface: str, *, remembered: bool = False
) -> WifiScan | Unknown:
    """All access points. One question for all checks, so that it is asked once."""
    wanted = ctx.site.wifi.ssid
    name = ssid.octets(wanted).hex() if wanted else ""
    question = ScanWifi(interface, name, remembered=remembered)
    return await ctx.system.ask(question)


async def surroundings(ctx: Context, interface: str) -> WifiScan | Unknown:
    """All access points, for checks that come after all that is `WIRED`."""
    return await scan(ctx, interface, remembered=ctx.plan is Plan.QUICK)


def mine(
    points: Iterable[AccessPoint], wanted: bytes, link: WifiLink | None = None
) -> tuple[AccessPoint, ...]:
    """The access points of one network, the strongest first. One that hides its name
    belongs to it where this machine is joined there."""
    joined = link.bssid.lower() if link and link.bssid else ""
    named = bool(joined and link and ssid.of_hex(link.ssid) == wanted)
    found = [
        p
        for p in points
        if wanted
        and (
            ssid.of_hex(p.ssid) == wanted
            or (named and nameless(p) and p.bssid.lower() == joined)
        )
    ]
    return tuple(sorted(found, key=strength, reverse=True))


def strength(point: AccessPoint) -> float:
    """For sorting; what does not tell comes last."""
    return point.signal if point.signal is not None else -999.0


def nameless(point: AccessPoint) -> bool:
    return ssid.hidden(ssid.of_hex(point.ssid))


def near_names(
    points: Sequence[AccessPoint], wanted: bytes
) -> list[tuple[ssid.Likeness, AccessPoint]]:
    """Access points whose name a person takes for the wanted one, likeliest first."""
    found = [(ssid.likeness(wanted, ssid.of_hex(p.ssid)), p) for p in points]
    near = [(kind, p) for kind, p in found if kind is not None and kind != "same"]
    return sorted(near, key=lambda n: (ssid.ORDER.index(n[0]), -strength(n[1])))


def phone(site: Site, points: Sequence[AccessPoint] = (), gateway: str = "") -> Phone:
    """Is this network a phone's hotspot, and of what kind? "phone" where the profile
    says so and nothing tells the kind; "" where nothing speaks for a phone."""
    if gateway in GATEWAYS:
        return GATEWAYS[gateway]
    if any(IPHONE_ELEMENT in p.vendors for p in points):
        return "iphone"
    name = ssid.shown(ssid.of_hex(points[0].ssid)) if points else site.wifi.ssid or ""
    for part, kind in NAMES:
        if part in name.casefold():
            return kind
    return "phone" if site.connection.kind == "hotspot" else ""
