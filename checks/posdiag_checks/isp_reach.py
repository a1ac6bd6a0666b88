"""Does anything answer from beyond the router?"""

from posdiag.model import Context, Finding, check, fail, ok, skip
from posdiag.system import Unknown
from posdiag.system.questions import Lookup, ProbeArp
from posdiag_checks._beyond import Evidence, gather
from posdiag_checks._lan import BEYOND, Uplink, find_router, uplink
from posdiag_checks._names import resolve, servers, useful_name

FAR_ROLES = ("acquirer", "resolver", "connectivity", "target")


@check("isp.reach", needs=("router.reach",), vital=True, timeout=20)
async def isp_reach(ctx: Context) -> Finding:
    up = await uplink(ctx)
    evidence = await gather(ctx, up)
    return (
        judge(evidence, ctx.site.connection.kind == "private")
        or await _not_router(ctx, up, evidence)
        or judge_silence(evidence, up, await _dns_is_dead(ctx))
    )


def judge(evidence: Evidence, private: bool) -> Finding | None:
    """None: nothing at all was heard."""
    if not evidence.heard:
        return None
    roles = {c.role for c in evidence.heard}
    alone = roles == {"acquirer"} and any(c.role in FAR_ROLES for c in evidence.silent)
    return ok(
        evidence=tuple(dict.fromkeys(c.what for c in evidence.heard)),
        variant="private" if private or alone else "",
    )


def judge_silence(evidence: Evidence, up: Uplink, dns_dead: bool) -> Finding:
    """Nothing answered. Is that the line, or the one thing that we know to ask?"""
    dead = {c.role for c in evidence.silent if c.role in FAR_ROLES}
    beyond = evidence.beyond(up)
    if beyond and len(dead) < 2 and not _swallowed(evidence, dead, beyond):
        # The line works as far as its next machine; that one thing is judged by itself.
        return ok(evidence=(beyond,))
    if not dead and dns_dead:
        return skip("skip.nothing-to-test")
    if not evidence.clues and not evidence.hops:
        return skip("skip.nothing-to-test")
    says = evidence.router_refuses(up)
    rival = {"acquirer": "acquirer.unreachable", "resolver": "dns.server-unreachable"}
    return fail(
        "isp.no-internet",
        variant="router-says" if says else "silent",
        gateway=up.gateway or "",
        asked=tuple(dict.fromkeys(c.what for c in evidence.silent)),
        by=beyond,
        tries=max(1, evidence.tries),
        confidence=0.97 if says or len(dead) > 1 else 0.8,
        rivals=() if says or len(dead) != 1 else (rival.get(*dead, *dead),),
    )


def _swallowed(evidence: Evidence, dead: set[str], beyond: str) -> bool:
    """Only resolvers are known, and the provider's machine neither delivers to them
    nor says that they, or the public ones, are not to be found: it swallows all."""
    complains = any(c.error and c.error.by == beyond for c in evidence.clues)
    complains |= any(h.kind == "unreachable" and h.ttl > 1 for h in evidence.hops)
    anchors = any(c.role == "anchor" for c in evidence.silent)
    return dead == {"resolver"} and anchors and not complains


async def _dns_is_dead(ctx: Context) -> bool:
    """No resolver answers even a question that needs no Internet (RFC 6761)."""
    told = await servers(ctx)
    if isinstance(told, Unknown):
        return False
    name = useful_name(ctx)
    if name and any(a.reply.rcode for a in (await resolve(ctx, name)).asked):
        return False
    for server in told[:3]:
        for question in (
            Lookup(server, "localhost", timeout=1.0),
            Lookup(server, "version.bind", "TXT", chaos=True, timeout=1.0),
        ):
            reply = await ctx.system.ask(question)
            if not isinstance(reply, Unknown) and reply.rcode:
                return False
    return True


async def _not_router(ctx: Context, up: Uplink, evidence: Evidence) -> Finding | None:
    """Is the gateway a machine that does not forward, with the router elsewhere?"""
    gateway = up.gateway or ""
    if not gateway or ":" in gateway or evidence.router_refuses(up):
        return None
    if any(h.by == gateway for h in evidence.hops) or evidence.beyond(up):
        return None
    replies = await ctx.system.ask(
        ProbeArp(up.interface.name, (gateway,), beyond=BEYOND)
    )
    if isinstance(replies, Unknown) or any(r.forwards for r in replies.all):
        return None
    found = await find_router(ctx, up)
    if not found.router or not found.sure:
        return None
    return fail(
        "ip.wrong-gateway",
        variant="not-router",
        gateway=gateway,
        address=str(up.own),
        expected=found.router,
        confidence=0.93,
    )
