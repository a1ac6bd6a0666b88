"""Is there more than one DHCP server, and do their offers match our settings?"""

from collections.abc import Sequence
from ipaddress import ip_address, ip_network

from posdiag.measure.lan import BEYOND, offered_network
from posdiag.measure.uplink import Uplink, uplink
from posdiag.model import Context, Facts, Finding, check, fail, known, ok, skip, warn
from posdiag.model.limits import Plan
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.lan import ArpReplies, DiscoverDhcp, Offer, ProbeArp


@check(
    "ip.dhcp", order=40, part="address", needs=("link.state",), rights="raw", timeout=14
)
async def ip_dhcp(ctx: Context) -> Finding:
    up = await uplink(ctx)
    if up.interface.kind in ("tunnel", "cellular"):
        return skip("skip.not-applicable")
    if ctx.plan is Plan.QUICK:
        return skip("skip.quick")
    offers = known(await ctx.system.ask(DiscoverDhcp(up.interface.name))).all
    if len(settings(offers)) < 2:
        return judge_single(up, offers)
    expected = ctx.site.connection.gateway
    routers = tuple(dict.fromkeys(r for o in offers for r in o.routers))
    replies = await ctx.system.ask(ProbeArp(up.interface.name, routers, beyond=BEYOND))
    return judge(up, offers, expected, replies)


def settings(offers: Sequence[Offer]) -> dict[tuple[object, ...], list[Offer]]:
    """Offers by their settings. Two servers that agree are redundant, not rogue."""
    groups: dict[tuple[object, ...], list[Offer]] = {}
    for offer in offers:
        key = (offered_network(offer), offer.routers, offer.dns)
        groups.setdefault(key, []).append(offer)
    return groups


def judge_single(up: Uplink, offers: Sequence[Offer]) -> Finding:
    """One server, or several that agree: does the mask match ours?"""
    if not offers:
        return ok(variant="none", servers=())
    offer, own = offers[0], up.own
    network = offered_network(offer)
    same_router = up.gateway is not None and up.gateway in offer.routers
    if own and own.network.prefixlen < 32 and network and same_router:
        wanted = ip_network(network).prefixlen
        inside = own.ip in ip_network(network)
        if inside and wanted != own.network.prefixlen:
            return warn(
                "ip.wrong-netmask",
                variant="offer",
                interface=up.interface.name,
                address=str(own),
                expected=f"{own.ip}/{wanted}",
            )
    return ok(servers=tuple(dict.fromkeys(o.server for o in offers)))


def judge(
    up: Uplink,
    offers: Sequence[Offer],
    expected: str | None,
    replies: ArpReplies | Unknown,
) -> Finding:
    """Several servers that disagree: which one is rogue?"""
    forwarding: set[str] = set()
    if not isinstance(replies, Unknown):
        forwarding = {r.address for r in replies.all if r.forwards}
    right = expected or _right_router(up, offers, forwarding)
    intruders = [o for o in offers if right not in o.routers]
    intruder = (intruders or _other_dns(offers) or list(offers))[0]
    ours = up.gateway is not None and up.gateway in intruder.routers
    facts: Facts = {
        "intruder": intruder.server,
        "expected": right or "",
        "servers": tuple(dict.fromkeys(o.server for o in offers)),
        "offered": ", ".join(intruder.routers) or intruder.address,
    }
    if ours and right != up.gateway:
        return fail("ip.rogue-dhcp", facts, variant="ours")
    return warn("ip.rogue-dhcp", facts, variant="extra")


def _right_router(
    up: Uplink, offers: Sequence[Offer], forwarding: set[str]
) -> str | None:
    """The router that forwards; if several do, the one in use, then the one whose
    DHCP server it is itself (a home router hands out its own address)."""
    routers = [r for o in offers for r in o.routers]
    able = [r for r in routers if r in forwarding] or routers
    if up.gateway in able:
        return up.gateway
    own = [r for o in offers for r in o.routers if r in able and r == o.server]
    return next(iter(own or able), None)


def _other_dns(offers: Sequence[Offer]) -> list[Offer]:
    """Same router, other settings: the suspect is the server that is not the router."""
    return [
        o
        for o in offers
        if not any(ip_address(r) == ip_address(o.server) for r in o.routers)
    ]
