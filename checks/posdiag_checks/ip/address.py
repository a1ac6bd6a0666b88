"""Does this machine have an address, and one of the network that it is in?"""

from ipaddress import IPv4Interface, ip_address

from posdiag.measure.lan import (
    EARLY,
    RouterSearch,
    dead_gateway,
    offered_network,
    offers_on,
    same_network,
)
from posdiag.measure.names import known_servers, resolve_acquirer
from posdiag.measure.uplink import Uplink, is_global, uplink
from posdiag.model import Context, Finding, check, fail, ok, warn
from posdiag.model.questions.base import ask_all
from posdiag.model.questions.lan import AskNeighbour, Neighbour

PLAUSIBLE = 22
"""Shorter prefixes are rare in a shop: remote hosts that they make local are probed."""


@check("ip.address", order=10, part="address", needs=("link.state",), vital=True)
async def ip_address_check(ctx: Context) -> Finding:
    up = await uplink(ctx)
    if up.address is None:
        return await _none(ctx, up)
    return (
        _against_profile(ctx, up)
        or await _against_link(ctx, up)
        or await _too_wide(ctx, up)
        or ok(interface=up.interface.name, address=_cidr(up))
    )


def _cidr(up: Uplink) -> str:
    address = up.address
    return f"{address.address}/{address.prefix}" if address else ""


async def _none(ctx: Context, up: Uplink) -> Finding:
    offers = await offers_on(ctx, up.interface.name)
    local = [
        a.address
        for a in up.interface.addresses
        if a.family == 4 and not is_global(a) and a.scope != "host"
    ]
    facts = {"interface": up.interface.name, "address": local[0] if local else ""}
    if offers:
        return fail("ip.no-address", facts, variant="offered", server=offers[0].server)
    return fail("ip.no-address", facts, variant="link-local" if local else "none")


def _against_profile(ctx: Context, up: Uplink) -> Finding | None:
    """The profile states what the address should be."""
    expected, own = ctx.site.connection.address, up.own
    if expected is None or own is None or ":" in expected:
        return None
    facts = {"interface": up.interface.name, "address": str(own), "expected": expected}
    wanted = IPv4Interface(expected)
    if own.ip not in wanted.network:
        return fail("ip.wrong-address", facts, variant="profile")
    if own.network.prefixlen != wanted.network.prefixlen:
        return fail("ip.wrong-netmask", facts, variant="profile")
    return None


async def _against_link(ctx: Context, up: Uplink) -> Finding | None:
    """Do address and mask fit the LAN, as far as the gateway shows it?"""
    own, gateway = up.own, up.gateway
    if own is None or gateway is None or ":" in gateway:
        return None
    found = await dead_gateway(ctx, up)
    if found is not None:
        return judge_dead(up, own, found)
    asked = AskNeighbour(gateway, up.interface.name, timeout=EARLY)
    there = await ctx.system.ask(asked)
    return _narrow(up, own, gateway, there) if isinstance(there, Neighbour) else None


def _narrow(
    up: Uplink, own: IPv4Interface, gateway: str, there: Neighbour
) -> Finding | None:
    """A live gateway outside our network: the mask is too narrow. A /32 (or a link
    without neighbours) is legal on mobile and VPN links."""
    inside = ip_address(gateway) in own.network
    if inside or own.network.prefixlen >= 32 or there.state != "alive":
        return None
    return warn(
        "ip.wrong-netmask",
        variant="narrow",
        interface=up.interface.name,
        address=str(own),
        expected="",
        confidence=0.9,
    )


def judge_dead(up: Uplink, own: IPv4Interface, found: RouterSearch) -> Finding | None:
    """The gateway is dead: does the LAN use another subnet than ours?"""
    networks = [n for n in map(offered_network, found.offers) if n]
    facts = {"interface": up.interface.name, "address": str(own)}
    if networks and not any(same_network(str(own.ip), n) for n in networks):
        return fail("ip.wrong-address", facts, variant="lan", expected=networks[0])
    if not networks and found.router and ip_address(found.router) not in own.network:
        return fail(
            "ip.wrong-address",
            facts,
            variant="lan",
            expected=found.router,
            confidence=0.9 if found.sure else 0.7,
        )
    return None


async def _too_wide(ctx: Context, up: Uplink) -> Finding | None:
    """A mask so wide that remote hosts look like neighbours, which never reply."""
    own = up.own
    if own is None or own.network.prefixlen >= PLAUSIBLE:
        return None
    suspects = await _far_hosts(ctx, own)
    states = await ask_all(
        ctx.system, (AskNeighbour(a, up.interface.name) for a in suspects)
    )
    for address, state in zip(suspects, states, strict=True):
        if isinstance(state, Neighbour) and state.state == "failed":
            return fail(
                "ip.wrong-netmask",
                variant="wide",
                interface=up.interface.name,
                address=str(own),
                expected="",
                host=address,
                confidence=0.85,
            )
    return None


async def _far_hosts(ctx: Context, own: IPv4Interface) -> list[str]:
    """Hosts that this site needs and that the mask makes local, although they are not
    in our own /24."""
    near = IPv4Interface(f"{own.ip}/24").network
    wanted = [*await known_servers(ctx)]
    resolved = await resolve_acquirer(ctx)
    wanted += resolved.addresses if resolved else ()
    return [
        a
        for a in dict.fromkeys(wanted)
        if ":" not in a and ip_address(a) in own.network and ip_address(a) not in near
    ]
