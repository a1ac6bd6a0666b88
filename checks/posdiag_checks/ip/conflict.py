"""Does another device use our address, or the gateway's? (RFC 5227)"""

from collections import Counter
from collections.abc import Sequence

from posdiag.measure.uplink import Uplink, uplink
from posdiag.model import Context, Finding, Status, check, fail, known, ok, skip
from posdiag.model.limits import Plan
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.lan import ArpReplies, ProbeArp
from posdiag.model.questions.machine import AskInterfaces

CONTROLS = 3  # other addresses that are probed as controls


@check("ip.conflict", order=20, part="address", needs=("ip.address",), rights="raw")
async def ip_conflict(ctx: Context) -> Finding:
    up = await uplink(ctx)
    if up.own is None or up.interface.kind in ("tunnel", "cellular"):
        return skip("skip.not-applicable")
    if ctx.plan is Plan.QUICK:  # ARP probes (RFC 5227) take nearly 2 s
        return skip("skip.quick")
    wanted = [str(up.own.ip)]
    if up.gateway and ":" not in up.gateway:
        wanted.append(up.gateway)
    replies = known(await ctx.system.ask(ProbeArp(up.interface.name, tuple(wanted))))
    interfaces = await ctx.system.ask(AskInterfaces())
    cards = () if isinstance(interfaces, Unknown) else interfaces.all
    own = frozenset(i.mac.lower() for i in (up.interface, *cards) if i.mac)
    found = judge(up, replies, own)
    if found.status is Status.OK:
        return found
    return judge(up, replies, own | await _answering_for_all(ctx, up, wanted))


async def _answering_for_all(
    ctx: Context, up: Uplink, wanted: Sequence[str]
) -> frozenset[str]:
    """Hardware addresses that answer for all controls: routers and access points with
    proxy ARP (RFC 1027, RFC 3069)."""
    strange = controls(up, wanted)
    replies = await ctx.system.ask(ProbeArp(up.interface.name, strange))
    if isinstance(replies, Unknown) or len(strange) < CONTROLS:
        return frozenset()
    answered = Counter(r.mac.lower() for r in replies.all)
    return frozenset(mac for mac, times in answered.items() if times >= CONTROLS)


def controls(up: Uplink, wanted: Sequence[str]) -> tuple[str, ...]:
    """Some other addresses, spread over this machine's own network. A device may have
    one of them, hardly all."""
    if up.own is None:
        return ()
    size = up.own.network.num_addresses
    at = (
        up.own.network[size * n // (CONTROLS + 1) + 1] for n in range(1, CONTROLS + 1)
    )
    return tuple(str(a) for a in at if str(a) not in wanted) if size >= 16 else ()


def judge(up: Uplink, replies: ArpReplies, spared: frozenset[str]) -> Finding:
    """`spared` are the hardware addresses of this machine and of proxy ARP."""
    own = str(up.own.ip) if up.own else ""
    holders: dict[str, list[str]] = {}
    for reply in replies.all:
        if reply.mac.lower() not in spared:
            known = holders.setdefault(reply.address, [])
            if reply.mac not in known:
                known.append(reply.mac)
    code = "ip.duplicate-address"
    if macs := tuple(holders.get(own, ())):
        return fail(code, variant="own", address=own, macs=macs)
    if up.gateway and len(macs := tuple(holders.get(up.gateway, ()))) > 1:
        return fail(code, variant="gateway", address=up.gateway, macs=macs)
    return ok(address=own)
