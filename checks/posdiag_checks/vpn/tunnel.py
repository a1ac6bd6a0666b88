"""Is the tunnel to the private network up and alive, and does the acquirer's traffic
go through it?

An idle tunnel with an old handshake is healthy; one that sends and receives nothing is
not (traffic.py).
"""

from ipaddress import ip_address, ip_network

from posdiag.measure.names import resolve_acquirer
from posdiag.measure.uplink import carries
from posdiag.model import (
    Context,
    Facts,
    Finding,
    check,
    fail,
    known,
    ok,
    skip,
    unmeasured,
)
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import AskInterfaces, AskRouteTo, Interface
from posdiag_checks.vpn.traffic import Traffic, through

MAX_ADDRESSES = 3  # of the acquirer's name


@check("vpn.tunnel", order=10, evidence=("vpn",), needs=("router.reach",), timeout=22)
async def vpn_tunnel(ctx: Context) -> Finding:
    name = ctx.site.vpn.interface
    if not name and ctx.site.connection.kind != "private":
        return skip("skip.not-configured")
    interfaces = known(await ctx.system.ask(AskInterfaces(series="vpn"))).all
    routed = await _routed(ctx)
    if not name:
        # A private network may begin at the router: then no tunnel is the site's.
        tunnels = {i.name for i in interfaces if i.kind == "tunnel"}
        name = next((by for by in routed.values() if by in tunnels), "")
        if not name:
            return skip("skip.not-applicable")
    interface = next((i for i in interfaces if i.name == name), None)
    if interface is None:
        present = tuple(i.name for i in interfaces if i.kind == "tunnel")
        return fail("vpn.down", variant="absent", interface=name, present=present)
    if found := judge_interface(interface):
        return found
    inside = next((address for address, by in routed.items() if by == name), "")
    traffic = await through(ctx, interface, inside)
    if traffic is None:
        return fail("vpn.down", variant="absent", interface=name, present=())
    return judge(interface, traffic, routed, ctx.limits["vpn.stale"])


async def _routed(ctx: Context) -> dict[str, str]:
    """The acquirer's addresses, each with the outgoing interface; those without a route
    are left out."""
    resolved = await resolve_acquirer(ctx)
    found: dict[str, str] = {}
    for address in resolved.addresses[:MAX_ADDRESSES] if resolved else ():
        to = await ctx.system.ask(AskRouteTo(address))
        if not isinstance(to, Unknown) and to.interface:
            found[address] = to.interface
    return found


def judge_interface(interface: Interface) -> Finding | None:
    """Is the interface itself switched off, without a carrier or without an address?"""
    if not interface.enabled:
        variant = "disabled"
    elif not carries(interface):
        variant = "no-carrier"
    elif not any(a.scope == "global" for a in interface.addresses):
        variant = "no-address"
    else:
        return None
    return fail("vpn.down", variant=variant, interface=interface.name)


def judge(
    interface: Interface, traffic: Traffic, routed: dict[str, str], stale: float
) -> Finding:
    """`routed` are the acquirer's addresses, each with its outgoing interface."""
    if dead := _dead(interface, traffic, stale):
        return dead
    for address, by in routed.items():
        facts = {"interface": interface.name, "address": address, "other": by}
        if by != interface.name:
            return fail("vpn.no-route", facts)
        if traffic.wireguard and not _allowed(address, traffic.wireguard.allowed):
            return fail("vpn.no-route", facts, variant="no-peer")
    if not traffic.alive:
        return unmeasured(traffic.untold) if traffic.untold else skip("skip.vpn-untold")
    mtu, age = interface.mtu, traffic.handshake
    if age is None:
        return ok(interface=interface.name, mtu=mtu)
    return ok(variant="handshake", interface=interface.name, mtu=mtu, handshake=age)


def _allowed(address: str, allowed: tuple[str, ...]) -> bool:
    """Does WireGuard hand packets to this address to a peer ("cryptokey routing")?"""
    ip = ip_address(address.partition("%")[0])
    return any(ip in ip_network(network) for network in allowed)


def _dead(interface: Interface, traffic: Traffic, stale: float) -> Finding | None:
    """None where traffic is answered, or where silence proves nothing."""
    name, age = interface.name, traffic.handshake
    if traffic.alive:
        return None
    if traffic.wireguard is None:
        return _other_kind(name, traffic)
    facts: Facts = {
        "interface": name,
        "sent": traffic.peers_sent,
        "seconds": traffic.seconds,
    }
    if age is None:
        return fail("vpn.down", facts, variant="never", rivals=("isp.no-internet",))
    if traffic.peers_sent == 0:
        return None
    old = age > stale
    return fail(
        "vpn.down",
        {**facts, "handshake": age},
        variant="stale" if old else "silent",
        confidence=0.97 if old else 0.9,
        rivals=("isp.no-internet",),
    )


def _other_kind(name: str, traffic: Traffic) -> Finding | None:
    """A tunnel other than WireGuard, without an answer.

    One silent host behind it does not prove the tunnel dead; its own far end being
    silent as well does, or that no packet was ever received.
    """
    if not traffic.sent or traffic.received is None:
        return None
    never = traffic.ever == 0
    if not never and not (traffic.far_known and traffic.asked_acquirer):
        return None
    return fail(
        "vpn.down",
        variant="mute",
        interface=name,
        sent=traffic.sent,
        seconds=traffic.seconds,
        far=traffic.far,
        confidence=0.85 if never and traffic.asked_acquirer else 0.7,
        rivals=("acquirer.unreachable", "isp.no-internet"),
    )
