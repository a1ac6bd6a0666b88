"""Does anything answer from beyond the router?"""

import asyncio
from dataclasses import replace
from typing import Literal

from posdiag.measure.internet import PATIENCE, Evidence, probe_internet, proves_internet
from posdiag.measure.lan import RouterSearch, find_router, forwards
from posdiag.measure.names import configured_servers, resolve, useful_name
from posdiag.measure.uplink import Uplink, uplink
from posdiag.model import Context, Finding, Status, check, fail, ok, skip
from posdiag.model.questions.base import Unknown, ask_all
from posdiag.model.questions.wire import Lookup

Dns = Literal["works", "fails", "dead"]

AT_ONCE = 1.5  # seconds
FAR_ROLES = ("acquirer", "resolver", "connectivity", "target")


@check(
    "isp.reach",
    order=10,
    proves="path",
    evidence=("internet",),
    part="address",
    needs=("router.reach",),
    vital=True,
    timeout=20,
)
async def isp_reach(ctx: Context) -> Finding:
    found = await _reach(ctx)
    if found.status is not Status.OK or ctx.site.acquirer.host:
        return found
    return replace(found, proves=None if await proves_internet(ctx) else ())


async def _reach(ctx: Context) -> Finding:
    up = await uplink(ctx)
    private = ctx.site.connection.kind == "private"
    gathering = asyncio.create_task(probe_internet(ctx, up))
    await asyncio.wait({gathering}, timeout=PATIENCE + 0.2)
    if gathering.done():
        return judge(gathering.result(), private) or await _silence(ctx, up, gathering)
    # Long silence: see beside it whether the gateway is a router at all, and whether
    # the resolvers are alive.
    router = asyncio.create_task(_router_elsewhere(ctx, up))
    alive = asyncio.create_task(_resolvers_live(ctx))  # what `_dns` may want to know
    evidence = await gathering
    alive.cancel()
    found = judge(evidence, private)
    if found or _is_router(evidence, up):
        router.cancel()
        return found or await _silence(ctx, up, gathering)
    elsewhere = await router
    if elsewhere.router:
        return fail(
            "ip.wrong-gateway",
            variant="not-router",
            gateway=up.gateway or "",
            address=str(up.own),
            expected=elsewhere.router,
            confidence=0.93,
        )
    silence = await _silence(ctx, up, gathering)
    if elsewhere.searched or silence.status is not Status.FAIL:
        return silence
    rivals = (*silence.rivals, "ip.wrong-gateway")
    return replace(silence, rivals=rivals, confidence=min(silence.confidence, 0.7))


async def _silence(
    ctx: Context, up: Uplink, gathering: asyncio.Task[Evidence]
) -> Finding:
    evidence = await gathering
    untested = not any(c.role in FAR_ROLES for c in evidence.silent)
    dns = await _dns(ctx) if untested else "works"
    return judge_silence(evidence, up, dns)


def judge(evidence: Evidence, private: bool) -> Finding | None:
    """None: nothing at all was heard."""
    if not evidence.answered:
        return None
    roles = {c.role for c in evidence.answered}
    alone = roles == {"acquirer"} and any(c.role in FAR_ROLES for c in evidence.silent)
    return ok(
        evidence=tuple(dict.fromkeys(c.what for c in evidence.answered)),
        variant="private" if private or alone else "",
    )


def judge_silence(evidence: Evidence, up: Uplink, dns: Dns) -> Finding:
    """Nothing answered. Is that the line, or the one thing that we know to ask?

    `dns` tells whether it is the resolvers' own fault that no address beyond the router
    is known.
    """
    dead = {c.role for c in evidence.silent if c.role in FAR_ROLES}
    beyond = evidence.beyond(up)
    if not dead and beyond and dns != "works":
        return ok(evidence=(beyond,))
    blind = dns == "fails" and not evidence.traced
    if not dead and (dns == "dead" or blind or not (evidence.clues or evidence.hops)):
        return skip("skip.nothing-to-test")
    if beyond and len(dead) == 1 and not _swallowed(evidence, dead):
        # The line works as far as its next machine; that one thing is judged by itself.
        return ok(evidence=(beyond,))
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


def _swallowed(evidence: Evidence, dead: set[str]) -> bool:
    """Only resolvers are known, and neither they nor the public ones are delivered to,
    nobody says that they are not to be found, and no second machine passes packets on:
    the line swallows all."""
    complains = any(c.error for c in evidence.clues)
    complains |= any(h.kind == "unreachable" and h.ttl > 1 for h in evidence.hops)
    passing = {h.by for h in evidence.hops if h.ttl > 1 and h.kind == "expired"}
    anchors = any(c.role == "anchor" for c in evidence.silent)
    alone = len(passing) < 2 and not complains
    return dead == {"resolver"} and anchors and alone


async def _dns(ctx: Context) -> Dns:
    """Why do the resolvers give no address?

    "fails": they say so at once, of themselves; a resolver whose line is dead takes its
    time. "dead": none answers even a question that needs no Internet (RFC 6761).
    """
    told = await configured_servers(ctx)
    if isinstance(told, Unknown):
        return "works"
    name = useful_name(ctx)
    asked = (await resolve(ctx, name)).asked if name else ()
    if any(a.reply.rcode for a in asked):
        at_once = any(a.reply.rcode and a.reply.seconds < AT_ONCE for a in asked)
        return "fails" if at_once else "works"
    return "works" if await _resolvers_live(ctx) else "dead"


async def _resolvers_live(ctx: Context) -> bool:
    """Does any resolver answer a question that needs no Internet?"""
    told = await configured_servers(ctx)
    questions = [
        question
        for server in (() if isinstance(told, Unknown) else told[:3])
        for question in (
            Lookup(server, "localhost", timeout=1.0),
            Lookup(server, "version.bind", "TXT", chaos=True, timeout=1.0),
        )
    ]
    replies = await ask_all(ctx.system, questions)
    return any(not isinstance(r, Unknown) and r.rcode for r in replies)


def _is_router(evidence: Evidence, up: Uplink) -> bool:
    """The gateway let packets die or turned them down, or passed them on."""
    spoke = any(h.by == up.gateway for h in evidence.hops)
    return spoke or evidence.router_refuses(up) or bool(evidence.beyond(up))


async def _router_elsewhere(ctx: Context, up: Uplink) -> RouterSearch:
    """Where the real router is, if the gateway is a machine that does not forward."""
    if not up.gateway or ":" in up.gateway:
        return RouterSearch()
    passing = await forwards(ctx, up)
    if passing is None:
        return RouterSearch(searched=False)
    if passing:
        return RouterSearch()
    found = await find_router(ctx, up)
    return found if found.sure else RouterSearch()
