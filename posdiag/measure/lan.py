"""Is the gateway alive, and is there another router on the LAN?

Sources: RFC 826 (ARP), RFC 5227 (ARP probes), RFC 2131 (DHCP). Times are seconds.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_interface, ip_network

from posdiag.measure.tasks import Background, wait_until
from posdiag.measure.uplink import Uplink
from posdiag.model import Context
from posdiag.model.questions.base import Unknown, ask_all
from posdiag.model.questions.lan import (
    ArpReply,
    AskNeighbour,
    AskSweep,
    DiscoverDhcp,
    Neighbour,
    Offer,
    ProbeArp,
)
from posdiag.model.questions.wire import (
    Connect,
    Connection,
    DnsReply,
    Echoes,
    Lookup,
    Ping,
)

COMMON_GATEWAYS = (
    # Factory addresses of routers and phone hotspots sold in China; probed by ARP only
    # when the configured gateway is dead, in case this machine has settings of another
    # network. 192.168.31.1 Xiaomi, .3.1 Huawei, .137.1 Windows, 172.20.10.1 iPhone.
    "192.168.1.1",
    "192.168.0.1",
    "192.168.31.1",
    "192.168.3.1",
    "192.168.2.1",
    "192.168.8.1",
    "192.168.10.1",
    "192.168.50.1",
    "192.168.100.1",
    "192.168.1.254",
    "192.168.43.1",
    "192.168.137.1",
    "172.20.10.1",
    "10.0.0.1",
    "192.168.124.1",
)
ROUTER_PORTS = (53, 80, 443)  # what a router commonly listens on, or at least refuses
EARLY = 1.2  # seconds: the kernel asks a neighbour once a second, three times
BEYOND = "192.0.2.1"  # documentation address (RFC 5737), to see what forwards


@dataclass(frozen=True, slots=True)
class RouterSearch:
    """What was found on the link where the configured gateway is dead or forwards
    nothing."""

    router: str = ""  # address of a live router, "" for none
    sure: bool = False  # it was seen to forward, or DHCP or the profile names it
    offers: tuple[Offer, ...] = ()
    searched: bool = True  # False: without raw rights, so that it may be incomplete


async def find_router(ctx: Context, up: Uplink) -> RouterSearch:
    """Look for the real router: by DHCP, in the profile, among live neighbours."""
    offers, near = await asyncio.gather(
        offers_on(ctx, up.interface.name), _alive(ctx, up)
    )
    profile = ctx.site.connection.gateway
    named = [*([profile] if profile else []), *(r for o in offers for r in o.routers)]
    asked = tuple(dict.fromkeys((*named, *near, *COMMON_GATEWAYS)))
    wanted = tuple(a for a in asked if a != up.gateway and ":" not in a)
    replies = await ctx.system.ask(
        ProbeArp(up.interface.name, wanted[:80], beyond=BEYOND)
    )
    if isinstance(replies, Unknown):
        return RouterSearch(*await _guess(ctx, near, named), offers, searched=False)
    router, sure = _router_among(replies.all, named)
    return RouterSearch(router, sure, offers)


def _router_among(
    replies: Sequence[ArpReply], named: Sequence[str]
) -> tuple[str, bool]:
    """A named one that forwards, any other that does, a named one that is alive."""
    forwarding = [r.address for r in replies if r.forwards]
    alive = {r.address for r in replies}
    ranked = [a for a in named if a in forwarding] + forwarding
    ranked += [a for a in named if a in alive]
    return (ranked[0], True) if ranked else ("", False)


async def _alive(ctx: Context, up: Uplink) -> tuple[str, ...]:
    """Live neighbours in this machine's own network, without the gateway."""
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
    """Without raw rights: a neighbour that answers DNS is taken for the router."""
    if known := next((a for a in named if a in near), ""):
        return known, True

    async def answers(address: str) -> str:
        reply = await ctx.system.ask(
            Lookup(address, "localhost", timeout=0.8, again=0.3)
        )
        answered = not isinstance(reply, Unknown) and reply.rcode != ""
        return address if answered else ""

    found = await asyncio.gather(*(answers(a) for a in near[:8]))
    return next((a for a in found if a), ""), False


async def offers_on(ctx: Context, interface: str) -> tuple[Offer, ...]:
    """DHCP offers on a link; none without raw rights."""
    offers = await ctx.system.ask(DiscoverDhcp(interface))
    return () if isinstance(offers, Unknown) else offers.all


def offered_network(offer: Offer) -> str | None:
    """The network of an offered address as CIDR, None for a malformed one."""
    try:
        return str(ip_network(f"{offer.address}/{offer.mask}", strict=False))
    except ValueError:
        return None


async def neighbour(ctx: Context, up: Uplink) -> Neighbour | Unknown | None:
    """The gateway's neighbour entry (ARP, NDP). None without a gateway."""
    if up.gateway is None:
        return None
    return await ctx.system.ask(AskNeighbour(up.gateway, up.interface.name))


def is_alive(there: Neighbour | Unknown | None) -> bool:
    """Does the neighbour answer, or need no resolution on this link?"""
    return isinstance(there, Neighbour) and there.state in ("alive", "not-needed")


async def forwards(ctx: Context, up: Uplink) -> bool | None:
    """Does the gateway forward packets? None where that cannot be measured.

    By ARP probes of our own, as heavy loss may eat all of the system's tries."""
    if up.gateway is None or ":" in up.gateway:
        return None
    asked = ProbeArp(up.interface.name, (up.gateway,), beyond=BEYOND)
    replies = await ctx.system.ask(asked)
    if isinstance(replies, Unknown):
        return None
    return any(r.forwards for r in replies.all)


async def dead_gateway(ctx: Context, up: Uplink) -> RouterSearch | None:
    """None if the gateway is alive or cannot be probed; else what was found in its
    place. The search begins while the gateway still has time to answer."""
    if up.gateway is None or ":" in up.gateway:
        return None
    soon = await ctx.system.ask(
        AskNeighbour(up.gateway, up.interface.name, timeout=EARLY)
    )
    if isinstance(soon, Unknown) or is_alive(soon):
        return None
    with Background() as tasks:
        search = tasks.start(find_router(ctx, up))
        tasks.start(gateway_ping(ctx, up))  # cached for the checks that follow
        return None if await _may_be_alive(ctx, up) else await search


async def _may_be_alive(ctx: Context, up: Uplink) -> bool:
    """Does the system's longer attempt find the gateway, do our own probes, or is its
    state still undecided?"""
    with Background() as tasks:
        entry = tasks.start(neighbour(ctx, up))
        passing = tasks.start(forwards(ctx, up))

        def alive() -> bool:
            found = entry.done() and is_alive(entry.result())
            return found or (passing.done() and bool(passing.result()))

        await wait_until((entry, passing), alive)
        if alive():
            return True
        found = entry.result()
        return not (isinstance(found, Neighbour) and found.state == "failed")


async def gateway_ping(ctx: Context, up: Uplink) -> Echoes | Unknown:
    """Two echoes to the gateway, 0.1 s apart."""
    return await ctx.system.ask(Ping(scoped(up), count=2, interval=0.1))


async def answers_above_arp(ctx: Context, up: Uplink) -> bool | None:
    """Does the gateway, which answers ARP, answer anything above layer 2: ping, TCP,
    DNS, or a packet whose hop limit it exceeds? None where it does not answer ARP,
    needs none, or not all of these probes left this machine."""
    there = await neighbour(ctx, up)
    if not (isinstance(there, Neighbour) and there.state == "alive"):
        return None
    gateway = scoped(up)
    asked = [
        *(Connect(gateway, port, tries=2, timeout=2.0) for port in ROUTER_PORTS),
        Lookup(gateway, "localhost", timeout=1.0),
    ]
    echoes, passing, replies = await asyncio.gather(
        gateway_ping(ctx, up), forwards(ctx, up), ask_all(ctx.system, asked)
    )
    tried = [r for r in (echoes, *replies) if not isinstance(r, Unknown) and _sent(r)]
    if passing or any(_answered(r) for r in tried):
        return True
    return False if len(tried) == len(asked) + 1 else None


def _sent(reply: object) -> bool:
    return not (
        isinstance(reply, Connection | DnsReply) and reply.outcome == "not-sent"
    )


async def blocks_all_output(ctx: Context, up: Uplink) -> bool:
    """Does this machine not even send to the gateway, whose hardware address it knows?
    Then there is a route, and a local packet filter drops (EPERM)."""
    there = await neighbour(ctx, up)
    if not (isinstance(there, Neighbour) and there.state == "alive"):
        return False
    echoes = await gateway_ping(ctx, up)
    if isinstance(echoes, Echoes) and echoes.answered:
        return False
    reply = await ctx.system.ask(Lookup(scoped(up), "localhost", timeout=1.0))
    return isinstance(reply, DnsReply) and reply.outcome == "not-sent"


def _answered(reply: object) -> bool:
    if isinstance(reply, Echoes):
        return bool(reply.answered or reply.errors)
    none = ("silent", "unreachable", "not-sent")
    return isinstance(reply, Connection | DnsReply) and reply.outcome not in none


def scoped(up: Uplink) -> str:
    """The gateway's address, with its zone if it is link-local (RFC 4007)."""
    gateway = up.gateway or ""
    return f"{gateway}%{up.interface.name}" if gateway.startswith("fe80") else gateway


def same_network(address: str, other: str) -> bool:
    """Is `address` inside the network of `other` (CIDR)?"""
    return ip_address(address) in ip_interface(other).network
