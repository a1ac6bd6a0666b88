"""Does another device use our address, or the gateway's? (RFC 5227)"""

from posdiag.measure.uplink import Uplink, uplink
from posdiag.model import Context, Finding, check, fail, known, ok, skip
from posdiag.model.limits import Plan
from posdiag.model.questions.lan import ArpReplies, ProbeArp


@check("ip.conflict", order=20, part="address", needs=("ip.address",), rights="raw")
async def ip_conflict(ctx: Context) -> Finding:
    up = await uplink(ctx)
    if up.own is None or up.interface.kind in ("tunnel", "cellular"):
        return skip("skip.not-applicable")
    if (
        ctx.plan is Plan.QUICK
    ):  # RFC 5227 takes 1.2 s, and raw probes half a second more
        return skip("skip.quick")
    wanted = [str(up.own.ip)]
    if up.gateway and ":" not in up.gateway:
        wanted.append(up.gateway)
    replies = known(await ctx.system.ask(ProbeArp(up.interface.name, tuple(wanted))))
    return judge(up, replies)


def judge(up: Uplink, replies: ArpReplies) -> Finding:
    own = str(up.own.ip) if up.own else ""
    holders: dict[str, list[str]] = {}
    for reply in replies.all:
        if reply.mac.lower() != up.interface.mac.lower():
            macs = holders.setdefault(reply.address, [])
            if reply.mac not in macs:
                macs.append(reply.mac)
    if holders.get(own):
        return fail(
            "ip.duplicate-address",
            variant="own",
            address=own,
            macs=tuple(holders[own]),
        )
    if up.gateway and len(holders.get(up.gateway, ())) > 1:
        return fail(
            "ip.duplicate-address",
            variant="gateway",
            address=up.gateway,
            macs=tuple(holders[up.gateway]),
        )
    return ok(address=own)
