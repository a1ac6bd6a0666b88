"""Which link, address and gateway this machine uses: shared by all checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Interface, ip_address

from posdiag.formats.address import is_address
from posdiag.model import Context, known
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import (
    Address,
    AskInterfaces,
    AskRoutes,
    AskRouteTo,
    Interface,
    Interfaces,
    Route,
    Routes,
    RouteTo,
)


@dataclass(frozen=True, slots=True)
class Uplink:
    """The interface that carries the traffic, and its default route."""

    interface: Interface
    route: Route | None = None

    @property
    def gateway(self) -> str | None:
        return self.route.gateway if self.route else None

    @property
    def address(self) -> Address | None:
        """The address that counts: global, of the route's family if there is one."""
        family = self.route.family if self.route else 4
        usable = [a for a in self.interface.addresses if is_global(a)]
        same = [a for a in usable if a.family == family]
        return next(iter(same or usable), None)

    @property
    def own(self) -> IPv4Interface | None:
        address = self.address
        if address is None or address.family != 4:
            return None
        return IPv4Interface(f"{address.address}/{address.prefix}")


def is_global(address: Address) -> bool:
    return address.scope == "global" and not ip_address(address.address).is_link_local


def carries(interface: Interface) -> bool:
    return interface.enabled and interface.carrier is not False


def candidates(interfaces: Interfaces) -> list[Interface]:
    return [i for i in interfaces.all if i.kind != "loopback"]


def choose(
    interfaces: Interfaces,
    routes: Routes | Unknown,
    named: str | None,
    kind: str | None = None,
) -> Uplink | None:
    """The uplink in use: what the profile names, else the Wi-Fi where the site comes in
    by Wi-Fi, else where the default route goes, else the likeliest port. None where
    there is no adapter at all."""
    by_name = {i.name: i for i in candidates(interfaces)}
    defaults = () if isinstance(routes, Unknown) else routes.defaults
    usable = [r for r in defaults if r.interface in by_name]
    if not named and kind in ("wifi", "hotspot"):
        named = _radio(by_name, usable)
    if named:
        here = [r for r in usable if r.interface == named]
        interface = by_name.get(named)
        return Uplink(interface, here[0] if here else None) if interface else None
    # A full tunnel (VPN) is laid over a real uplink: that one is judged here.
    below = [r for r in usable if by_name[r.interface].kind != "tunnel"] or usable
    if below:
        return Uplink(by_name[below[0].interface], below[0])
    ranked = sorted(by_name.values(), key=_likelihood)
    return Uplink(ranked[0]) if ranked else None


def _radio(by_name: Mapping[str, Interface], usable: Sequence[Route]) -> str | None:
    """The Wi-Fi to judge where the site comes in by Wi-Fi: one that is joined, else any
    where nothing else leads out."""
    radios = [i for i in by_name.values() if i.kind == "wifi"]
    joined = [i.name for i in radios if carries(i)]
    routed = [r.interface for r in usable if r.interface in joined]
    found = routed or joined or ([] if usable else [i.name for i in radios])
    return found[0] if found else None


def _likelihood(interface: Interface) -> tuple[bool, bool, bool, int]:
    kinds = ("ethernet", "wifi", "cellular", "tunnel", "virtual")
    return (
        interface.kind == "virtual",
        not carries(interface),
        not any(is_global(a) for a in interface.addresses),
        kinds.index(interface.kind) if interface.kind in kinds else len(kinds),
    )


async def find_uplink(ctx: Context, series: str = "", number: int = 0) -> Uplink | None:
    """The uplink in use; None without any adapter."""
    asked = AskInterfaces(series=series, number=number)
    interfaces = known(await ctx.system.ask(asked))
    routes = await _ways_out(ctx)
    wanted = ctx.site.connection
    return choose(interfaces, routes, wanted.interface, wanted.kind)


async def _ways_out(ctx: Context) -> Routes | Unknown:
    """The routes. Without a default one, the way that the system takes all the same: by
    a rule and another table, by two halves, or to the acquirer's network alone."""
    routes = await ctx.system.ask(AskRoutes())
    if isinstance(routes, Unknown) or routes.defaults:
        return routes
    host = ctx.site.acquirer.host or ""
    far = ((host,) if is_address(host) else ()) + ctx.limits.texts("anchors.resolvers")
    for address in far[:2]:
        way = await ctx.system.ask(AskRouteTo(address))
        if isinstance(way, RouteTo) and way.interface:
            family = 6 if ":" in address else 4
            return Routes((Route("default", way.gateway, way.interface, 0, family),))
    return routes


async def uplink(ctx: Context) -> Uplink:
    """The uplink in use, for checks that run only where there is one."""
    return known(await find_uplink(ctx) or Unknown("unsupported"))
