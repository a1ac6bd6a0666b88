"""Which interface, address and gateway does this machine use?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Interface, ip_address, ip_network

from posdiag.formats.address import is_address
from posdiag.model import Context, Unmeasured, known
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
    def family(self) -> int:
        """Of the default route; 4 without one."""
        return self.route.family if self.route else 4

    @property
    def address(self) -> Address | None:
        """The global address, of the route's family if there is one."""
        family = self.family
        usable = [a for a in self.interface.addresses if is_global(a)]
        same = [a for a in usable if a.family == family]
        return next(iter(same or usable), None)

    @property
    def own(self) -> IPv4Interface | None:
        """The IPv4 address with its network, None without one."""
        address = self.address
        if address is None or address.family != 4:
            return None
        return IPv4Interface(f"{address.address}/{address.prefix}")


def is_global(address: Address) -> bool:
    """Global in scope, and not link-local (169.254.0.0/16, fe80::/10)."""
    return address.scope == "global" and not ip_address(address.address).is_link_local


def carries(interface: Interface) -> bool:
    """Is it up, with a carrier or an unknown one?"""
    return interface.enabled and interface.carrier is not False


def candidates(interfaces: Interfaces) -> list[Interface]:
    """All interfaces but loopback."""
    return [i for i in interfaces.all if i.kind != "loopback"]


def choose(
    interfaces: Interfaces,
    routes: Routes | Unknown,
    named: str | None,
    kind: str | None = None,
) -> Uplink | None:
    """The uplink in use: the interface that the profile names, else Wi-Fi at a site
    connected by Wi-Fi, else the one of the default route, else the likeliest. None
    without any adapter, or without the one that is named."""
    by_name = {i.name: i for i in candidates(interfaces)}
    defaults = () if isinstance(routes, Unknown) else routes.defaults
    usable = [r for r in defaults if r.interface in by_name]
    if not named and kind in ("wifi", "hotspot"):
        named = _radio(by_name, usable)
    if named:
        here = [r for r in usable if r.interface == named]
        interface = by_name.get(named)
        return Uplink(interface, here[0] if here else None) if interface else None
    # A full-tunnel VPN runs over a real uplink, which is the one to judge.
    below = [r for r in usable if by_name[r.interface].kind != "tunnel"]
    below = below or (usable and _under_tunnel(interfaces, routes)) or usable
    if below:
        return Uplink(by_name[below[0].interface], below[0])
    likeliest = min(by_name.values(), key=_likelihood, default=None)
    return Uplink(likeliest) if likeliest else None


def _under_tunnel(interfaces: Interfaces, routes: Routes | Unknown) -> list[Route]:
    """The route of a physical interface that a VPN keeps to its server."""
    real = {
        i.name
        for i in candidates(interfaces)
        if i.kind not in ("tunnel", "virtual")
        and carries(i)
        and any(is_global(a) for a in i.addresses)
    }
    known_routes = () if isinstance(routes, Unknown) else routes.all
    return [
        Route("default", r.gateway, r.interface, r.metric, r.family)
        for r in known_routes
        if r.interface in real and r.gateway and r.destination != "default"
    ]


def _radio(by_name: Mapping[str, Interface], usable: Sequence[Route]) -> str | None:
    """The Wi-Fi interface at a site connected by Wi-Fi: an associated one, else any if
    no other interface has a default route."""
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
    """The uplink in use; None without any adapter. Raises `Unmeasured` where interfaces
    are unknown, and where this machine's network is out of scope
    (`Site.without_network`)."""
    if ctx.site.without_network:
        raise Unmeasured(Unknown("not-applicable"))
    asked = AskInterfaces(series=series, number=number)
    interfaces = known(await ctx.system.ask(asked))
    routes = await _default_routes(ctx)
    wanted = ctx.site.connection
    return choose(interfaces, routes, wanted.interface, wanted.kind)


async def _default_routes(ctx: Context) -> Routes | Unknown:
    """The routes. Without a default route, the one that the system takes nevertheless:
    by policy routing, two /1 routes, or to the acquirer's network alone."""
    routes = await ctx.system.ask(AskRoutes())
    if isinstance(routes, Unknown) or routes.defaults:
        return routes
    host = ctx.site.acquirer.host or ""
    far = ((host,) if is_address(host) else ()) + ctx.limits.texts("anchors.resolvers")
    for address in far[:2]:
        to = await ctx.system.ask(AskRouteTo(address))
        if isinstance(to, RouteTo) and to.interface:
            family = 6 if ":" in address else 4
            return Routes((Route("default", to.gateway, to.interface, 0, family),))
    return routes


async def uplink(ctx: Context) -> Uplink:
    """The uplink in use; raises `Unmeasured` where there is none."""
    return known(await find_uplink(ctx) or Unknown("unsupported"))


def is_far(address: str, up: Uplink) -> bool:
    """Is `address` beyond the router?"""
    ip = ip_address(address)
    if ip.is_loopback or ip.is_link_local or address == up.gateway:
        return False
    return not any(
        ip in ip_network(f"{a.address.partition('%')[0]}/{a.prefix}", strict=False)
        for a in up.interface.addresses
        if a.family == ip.version
    )
