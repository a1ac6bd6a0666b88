"""The adapter, the network and the access points that the Wi-Fi checks examine."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from posdiag.formats.dot11 import ssid
from posdiag.measure.uplink import candidates, choose
from posdiag.model import Context, Unmeasured, known
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

STALE = 60.0  # seconds since its last frame after which an AP may be gone


@dataclass(frozen=True, slots=True)
class Network:
    """The network that the terminal is to use.

    `name_bytes` is its SSID, b"" if neither the profile nor this machine names one.
    `configured`: the profile names it. `link` is whatever this machine is joined to,
    None if unknown.
    """

    name_bytes: bytes
    configured: bool
    link: WifiLink | None = None

    @property
    def hex(self) -> str:
        return self.name_bytes.hex()

    @property
    def name(self) -> str:
        """The SSID as text."""
        return ssid.shown(self.name_bytes)

    @property
    def joined(self) -> bool:
        """Is this machine associated with this very network?"""
        link = self.link
        return (
            link is not None
            and link.state != "disconnected"
            and self.name_bytes != b""
            and ssid.of_hex(link.ssid) == self.name_bytes
        )

    def own_link(self, link: WifiLink | None) -> WifiLink | None:
        """`link` if it is an association with this network, else None. Where the system
        withholds the SSID, it is taken for this network's."""
        if link is None or (self.configured and link.ssid not in ("", self.hex)):
            return None
        return link

    def with_link(self, link: WifiLink | None) -> "Network":
        """The same network at a later reading of the link, which also names it if the
        profile does not."""
        found = self.name_bytes or (ssid.of_hex(link.ssid) if link else b"")
        return replace(self, name_bytes=found, link=link)

    def select(self, points: Iterable[AccessPoint]) -> tuple[AccessPoint, ...]:
        """Its access points, strongest first. One that hides its SSID is among them if
        this machine is associated with it."""
        if not self.name_bytes:
            return ()
        bssid = self.link.bssid.lower() if self.link else ""
        named = self.link is not None and ssid.of_hex(self.link.ssid) == self.name_bytes
        found = [
            p
            for p in points
            if ssid.of_hex(p.ssid) == self.name_bytes
            or (named and bssid and hides_name(p) and p.bssid.lower() == bssid)
        ]
        return tuple(sorted(found, key=by_signal, reverse=True))

    def current_points(self, scan: WifiScan) -> tuple[AccessPoint, ...]:
        """Its access points that were seen recently. A system that withholds SSIDs
        still marks the one that this machine is joined to."""
        points = current(scan.all)
        found = self.select(points)
        if found or (self.name_bytes and not scan.redacted):
            return found
        return tuple(p for p in points if p.joined)


def uses_wifi(site: Site) -> bool:
    """Is the terminal on Wi-Fi by the profile?"""
    return site.connection.kind in ("wifi", "hotspot") or bool(site.wifi.ssid)


def choose_adapter(
    interfaces: Interfaces, routes: Routes | Unknown, site: Site
) -> Interface | None:
    """The Wi-Fi adapter to measure with: the one that the profile names, else the
    uplink, else the first that is enabled. None if this machine has none."""
    named = site.connection.interface
    up = choose(interfaces, routes, None, site.connection.kind)
    return min(
        (i for i in candidates(interfaces) if i.kind == "wifi"),
        key=lambda i: (
            i.name != named,
            up is None or i.name != up.interface.name,
            not i.enabled,
            i.carrier is not True,
        ),
        default=None,
    )


async def find_adapter(ctx: Context) -> Interface | Unknown | None:
    """The Wi-Fi adapter to measure with; None if this machine has none."""
    interfaces = await ctx.system.ask(AskInterfaces())
    if isinstance(interfaces, Unknown):
        return interfaces
    routes = await ctx.system.ask(AskRoutes())
    return choose_adapter(interfaces, routes, ctx.site)


async def wifi_in_use(ctx: Context) -> bool:
    """Is the terminal on Wi-Fi by the profile, or this machine in its absence?"""
    if uses_wifi(ctx.site):
        return True
    if ctx.site.connection.kind is not None:
        return False
    interfaces = await ctx.system.ask(AskInterfaces())
    if isinstance(interfaces, Unknown):
        return False
    routes = await ctx.system.ask(AskRoutes())
    up = choose(interfaces, routes, ctx.site.connection.interface)
    return up is not None and up.interface.kind == "wifi"


async def measured_adapter(ctx: Context) -> Interface:
    """The Wi-Fi adapter to measure with. Raises `Unmeasured` where Wi-Fi is not in use,
    this machine has no adapter, or its interfaces are unknown."""
    if not await wifi_in_use(ctx):
        raise Unmeasured(Unknown("not-applicable"))
    return known(await find_adapter(ctx) or Unknown("no-wifi"))


async def target_network(ctx: Context, interface: str) -> Network:
    """The network of the profile, else the one that this machine is joined to."""
    answer = await ctx.system.ask(AskWifiLink(interface))
    link = None if isinstance(answer, Unknown) else answer
    if ctx.site.wifi.ssid:
        return Network(ssid.encoded(ctx.site.wifi.ssid), True, link)
    joined = link is not None and link.state != "disconnected"
    return Network(ssid.of_hex(link.ssid) if link and joined else b"", False, link)


async def scan(
    ctx: Context, interface: str, *, remembered: bool = False
) -> WifiScan | Unknown:
    """All access points; `remembered`: those in the system's cache suffice. All checks
    ask the same question, so one scan serves them all."""
    name = ssid.encoded(ctx.site.wifi.ssid or "").hex()
    question = ScanWifi(interface, name, remembered=remembered)
    return await ctx.system.ask(question)


async def scan_late(ctx: Context, interface: str) -> WifiScan | Unknown:
    """All access points, for `disturbing` checks: a scan takes a joined adapter off its
    channel, which delays or drops the packets of other measurements."""
    return await scan(ctx, interface, remembered=ctx.plan is Plan.QUICK)


def current(points: Iterable[AccessPoint]) -> list[AccessPoint]:
    """Without access points that may be gone by now."""
    return [p for p in points if p.age is None or p.age <= STALE]


def by_signal(point: AccessPoint) -> float:
    """Sort key; an access point without a level comes last."""
    return point.signal if point.signal is not None else -999.0


def hides_name(point: AccessPoint) -> bool:
    return ssid.hidden(ssid.of_hex(point.ssid))


def similar_names(
    points: Sequence[AccessPoint], wanted: bytes
) -> list[tuple[ssid.Likeness, AccessPoint]]:
    """Access points whose name is easily mistaken for the wanted one, likeliest first,
    each with the kind of difference."""
    found = [(ssid.likeness(wanted, ssid.of_hex(p.ssid)), p) for p in points]
    similar = [(kind, p) for kind, p in found if kind is not None and kind != "same"]
    return sorted(similar, key=lambda n: (ssid.ORDER.index(n[0]), -by_signal(n[1])))
