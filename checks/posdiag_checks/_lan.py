"""Which link, address and gateway this machine uses: shared by the lower checks."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Interface, ip_address, ip_interface, ip_network

from posdiag.model import Context, known
from posdiag.system import Unknown
from posdiag.system.answers import (Address, ArpReply, Interface, Interfaces, Neighbour, Offer, Route, Routes,)
from posdiag.system.questions import (
    AskInterfaces,
    AskNeighbour,
    AskRoutes,
    AskSweep,
    DiscoverDhcp,
    Lookup,
    ProbeArp,
)

COMMON_GATEWAYS = (
    # Factory addresses of routers and phone hotspots sold in China; asked for by ARP
    # only when the set gateway is dead, to see whether this machine sits in the wrong
    # network. 192.168.31.1 Xiaomi, .3.1 Huawei, .137.1 Windows, 172.20.10.1 iPhone.
    *("192.168.1.1", "192.168.0.1", "192.168.31.1", "192.168.3.1", "192.168.2.1"),
    *("192.168.8.1", "192.168.10.1", "192.168.50.1", "192.168.100.1", "192.168.1.254"),
    *("192.168.43.1", "192.168.137.1", "172.20.10.1", "10.0.0.1", "192.168.124.1"),
)
EARLY = 1.2  # seconds: the kernel asks a neighbour once a second, three times
BEYOND = "192.0.2.1"  # documentation address (RFC 5737): only to see who would forward


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
    interfaces: Interfaces, routes: Routes | Unknown, named: str | None
) -> Uplink | None:
    """The uplink in use: what the profile names, else where the default route goes,
    else the likeliest port. None where there is no adapter at all."""
    by_name = {i.name: i for i in candidates(interfaces)}
    defaults = () if isinstance(routes, Unknown) else routes.defaults
    usable = [r for r in defaults if r.interface in by_name]
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


def _likelihood(interface: Interface) -> tuple[bool, bool, bool, int]:
    kinds = ("ethernet", "wifi", "cellular", "tunnel", "virtual")
    return (
        interface.kind == "virtual",
        not carries(interface),
        not any(is_global(a) for a in interface.addresses),
        kinds.index(interface.kind) if interface.kind in kinds else len(kinds),
    )


async def find_uplink(ctx: Context, moment: int = 0) -> Uplink | None:
    """The uplink in use; None without any adapter."""
    interfaces = known(await ctx.system.ask(AskInterfaces(moment)))
    routes = await ctx.system.ask(AskRoutes())
    return choose(interfaces, routes, ctx.site.connection.interface)


async def uplink(ctx: Context) -> Uplink:
    """The uplink in use, for checks that run only where there is one."""
    return known(await find_uplink(ctx) or Unknown("unsupported"))


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What was found on the link after the set gateway proved dead or useless."""

    router: str = ""  # where a router really answers; "" for nowhere
    sure: bool = False  # it was seen to forward, or DHCP names it
    offers: tuple[Offer, ...] = ()
    searched: bool = True  # False: the rights to look for it thoroughly were lacking


async def find_router(ctx: Context, up: Uplink) -> Elsewhere:
    """Look for the real router: DHCP, the profile, then who is alive on the link."""
    offers, near = await asyncio.gather(
        offers_on(ctx, up.interface.name), _alive(ctx, up)
    )
    named = [
        *([ctx.site.connection.gateway] if ctx.site.connection.gateway else []),
        *(r for o in offers for r in o.routers),
    ]
    asked = tuple(dict.fromkeys((*named, *near, *COMMON_GATEWAYS)))
    wanted = tuple(a for a in asked if a != up.gateway and ":" not in a)
    replies = await ctx.system.ask(
        ProbeArp(up.interface.name, wanted[:80], beyond=BEYOND)
    )
    if isinstance(replies, Unknown):
        return Elsewhere(*await _guess(ctx, near, named), offers, searched=False)
    router, sure = _router_among(replies.all, named)
    return Elsewhere(router, sure, offers)


def _router_among(
    replies: Sequence[ArpReply], named: Sequence[str]
) -> tuple[str, bool]:
    forwarding = [r.address for r in replies if r.forwards]
    for address in (*(a for a in named if a in forwarding), *forwarding):
        return address, True
    alive = {r.address for r in replies}
    for address in named:
        if address in alive:
            return address, True
    return "", False


async def _alive(ctx: Context, up: Uplink) -> tuple[str, ...]:
    """Addresses of this machine's own network that answer, but for the gateway."""
    own = up.own
    if own is None or own.network.prefixlen < 22 or own.network.prefixlen > 30:
        return ()
    sweep = await ctx.system.ask(AskSweep(str(own.network), up.interface.name))
    if isinstance(sweep, Unknown):
        return ()
    return tuple(n.address for n in sweep.alive if n.address != up.gateway)


async def _guess(
    ctx: Context, near: Sequence[str], named: Sequence[str]
) -> tuple[str, bool]:
    """Without raw rights: a machine on the link that answers DNS is the router."""
    for address in named:
        if address in near:
            return address, True

    async def answers(address: str) -> str:
        reply = await ctx.system.ask(
            Lookup(address, "localhost", timeout=0.8, again=0.3)
        )
        answered = not isinstance(reply, Unknown) and reply.rcode != ""
        return address if answered else ""

    found = await asyncio.gather(*(answers(a) for a in near[:8]))
    return next((a for a in found if a), ""), False


async def offers_on(ctx: Context, interface: str) -> tuple[Offer, ...]:
    """DHCP offers on a link; none where raw rights lack."""
    offers = await ctx.system.ask(DiscoverDhcp(interface))
    return () if isinstance(offers, Unknown) else offers.all


def offered_network(offer: Offer) -> str | None:
    """The network that an offer belongs to, as CIDR."""
    try:
        return str(ip_network(f"{offer.address}/{offer.mask}", strict=False))
    except ValueError:
        return None


async def neighbour(ctx: Context, up: Uplink) -> Neighbour | Unknown | None:
    """Is the gateway there at the link layer? None without a gateway."""
    if up.gateway is None:
        return None
    return await ctx.system.ask(AskNeighbour(up.gateway, up.interface.name))


def lives(there: Neighbour | Unknown | None) -> bool:
    return isinstance(there, Neighbour) and there.state in ("alive", "not-needed")


async def dead_gateway(ctx: Context, up: Uplink) -> Elsewhere | None:
    """None while the gateway lives (or cannot be asked for); else what was found
    elsewhere. The search begins while the gateway still has time to answer."""
    if up.gateway is None or ":" in up.gateway:
        return None
    soon = await ctx.system.ask(
        AskNeighbour(up.gateway, up.interface.name, timeout=EARLY)
    )
    if isinstance(soon, Unknown) or lives(soon):
        return None
    search = asyncio.create_task(find_router(ctx, up))
    try:
        there = await neighbour(ctx, up)
        failed = isinstance(there, Neighbour) and there.state == "failed"
        return await search if failed else None
    finally:
        search.cancel()


def same_network(address: str, other: str) -> bool:
    """Is `address` inside the network of `other` (CIDR)?"""
    return ip_address(address) in ip_interface(other).network
