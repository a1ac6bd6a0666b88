"""Does anything answer from beyond the router?"""

import asyncio
from dataclasses import replace
from typing import Literal

from posdiag.measure.internet import PATIENCE, Evidence, probe_internet, proves_internet
from posdiag.measure.lan import (
    RouterSearch,
    answers_above_arp,
    blocks_all_output,
    find_router,
    forwards,
)
from posdiag.measure.names import (
    configured_servers,
    known_servers,
    resolve,
    useful_name,
)
from posdiag.measure.tasks import Background
from posdiag.measure.uplink import Uplink, uplink
from posdiag.model import Context, Finding, Status, check, fail, ok, skip
from posdiag.model.questions.base import Unknown, ask_all
from posdiag.model.questions.wire import Lookup
from posdiag_checks.isp.below_tunnel import ask_below, dead_below, through_tunnel

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
    if await proves_internet(ctx):
        return found
    return replace(found, variant=found.variant or "unproven", proves=())


async def _reach(ctx: Context) -> Finding:
    up = await uplink(ctx)
    private = ctx.site.connection.kind == "private"
    gathering = asyncio.create_task(probe_internet(ctx, up))
    await asyncio.wait({gathering}, timeout=PATIENCE + 0.2)
    if gathering.done():
        return judge(gathering.result(), private) or await _silence(ctx, up, gathering)
    # Long silence: is the gateway a router, is it alive above ARP, are the resolvers?
    with Background() as tasks:
        router = tasks.start(_router_elsewhere(ctx, up))
        tasks.start(_nearer(ctx, up))  # cached for `_silence`, as is this:
        tasks.start(ask_below(ctx, up))
        tasks.start(_resolvers_alive(ctx))  # cached for `_dns`
        evidence = await gathering
        found = judge(evidence, private)
        if found or _is_router(evidence, up):
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
    own = None if _is_router(evidence, up) else await _nearer(ctx, up)
    if own:
        return own
    if await through_tunnel(ctx, up, evidence):
        if not await dead_below(ctx, up, evidence):
            return skip("skip.through-tunnel")
        found = _dead(evidence, up, {c.role for c in evidence.silent})
        return replace(found, confidence=0.8, rivals=("host.route",))
    untested = not any(c.role in FAR_ROLES for c in evidence.silent)
    dns = await _dns(ctx) if untested else "works"
    return judge_silence(evidence, up, dns)


async def _nearer(ctx: Context, up: Uplink) -> Finding | None:
    """No router was seen to forward or to answer. Does this machine itself block all
    output, or does the router answer ARP alone? Then nothing is known about the
    line."""
    gateway = up.gateway or ""
    if await blocks_all_output(ctx, up):
        return fail(
            "host.firewall",
            variant="all",
            gateway=gateway,
            by=up.address.address if up.address else "",
            confidence=0.95,
        )
    if await answers_above_arp(ctx, up) is not False:
        return None
    return fail(
        "router.unreachable",
        variant="arp-only",
        gateway=gateway,
        interface=up.interface.name,
        confidence=0.75,
        rivals=("ip.duplicate-address", "router.blocks-device"),
    )


def judge(evidence: Evidence, private: bool) -> Finding | None:
    """None: nothing answered."""
    if not evidence.answered:
        return None
    roles = {c.role for c in evidence.answered}
    alone = roles == {"acquirer"} and any(c.role in FAR_ROLES for c in evidence.silent)
    return ok(
        evidence=tuple(dict.fromkeys(c.what for c in evidence.answered)),
        variant="private" if private or alone else "",
    )


def judge_silence(evidence: Evidence, up: Uplink, dns: Dns) -> Finding:
    """Nothing answered. Is the line dead, or only the one host that could be probed?

    `dns`: are the resolvers themselves the reason why no address beyond the router is
    known?
    """
    dead = {c.role for c in evidence.silent if c.role in FAR_ROLES}
    beyond = evidence.beyond(up)
    if beyond and (evidence.one_for_all if dead else dns != "works"):
        return ok(evidence=(beyond,))
    blind = dns == "fails" and not evidence.traced
    if not dead and (dns == "dead" or blind or not (evidence.clues or evidence.hops)):
        return skip("skip.nothing-to-test")
    if beyond and len(dead) == 1 and not _drops_everything(evidence, dead):
        # The line works as far as the next hop; that one host has a check of its own.
        return ok(evidence=(beyond,))
    return _dead(evidence, up, dead)


def _dead(evidence: Evidence, up: Uplink, dead: set[str]) -> Finding:
    """Is the line dead, or does the router block this device alone? It is the line only
    where the router has no route, or the provider's next hop answers."""
    asked = tuple(dict.fromkeys(c.what for c in evidence.silent))
    gateway, beyond = up.gateway or "", evidence.beyond(up)
    if evidence.router_forbids(up):
        return fail(
            "isp.no-internet",
            variant="blocked",
            gateway=gateway,
            asked=asked,
            confidence=0.75,
            rivals=(
                "router.blocks-device",
                *(("acquirer.port-blocked",) if dead == {"acquirer"} else ()),
            ),
        )
    refused = evidence.router_refuses(up)
    rival = {"acquirer": "acquirer.unreachable", "resolver": "dns.server-unreachable"}
    rivals = () if refused or len(dead) != 1 else (rival.get(*dead, *dead),)
    sure = 0.97 if refused or len(dead) > 1 else 0.8
    if gateway and not refused and not beyond:
        rivals, sure = (*rivals, "router.blocks-device"), min(sure, 0.85)
    return fail(
        "isp.no-internet",
        variant="router-says" if refused else "silent",
        gateway=gateway,
        asked=asked,
        by=beyond,
        tries=max(1, evidence.tries),
        confidence=sure,
        rivals=rivals,
    )


def _drops_everything(evidence: Evidence, dead: set[str]) -> bool:
    """Does the line drop everything: neither the known resolvers nor the public ones
    answer, no router reports an error, and no second hop forwards?"""
    errors = any(c.error for c in evidence.clues)
    errors |= any(h.kind == "unreachable" and h.ttl > 1 for h in evidence.hops)
    passing = {h.by for h in evidence.hops if h.ttl > 1 and h.kind == "expired"}
    anchors = any(c.role == "anchor" for c in evidence.silent)
    alone = len(passing) < 2 and not errors
    return dead == {"resolver"} and anchors and alone


async def _dns(ctx: Context) -> Dns:
    """Why do the resolvers give no address?

    "fails": they reply with an error at once, or there was no name to ask; a resolver
    whose line is dead takes longer. "dead": none answers even a query that needs no
    Internet (RFC 6761).
    """
    if isinstance(await configured_servers(ctx), Unknown):
        return "works"
    name = useful_name(ctx)
    if name is None:
        return "fails"
    asked = (await resolve(ctx, name)).asked
    if any(a.reply.rcode for a in asked):
        at_once = any(a.reply.rcode and a.reply.seconds < AT_ONCE for a in asked)
        return "fails" if at_once else "works"
    return "works" if await _resolvers_alive(ctx) else "dead"


async def _resolvers_alive(ctx: Context) -> bool:
    """Does any resolver answer a query that needs no Internet?"""
    servers = (await known_servers(ctx))[:3]
    questions = [Lookup(server, "localhost", timeout=1.0) for server in servers]
    questions += [
        Lookup(server, "version.bind", "TXT", chaos=True, timeout=1.0)
        for server in servers
    ]
    replies = await ask_all(ctx.system, questions)
    return any(not isinstance(r, Unknown) and r.rcode for r in replies)


def _is_router(evidence: Evidence, up: Uplink) -> bool:
    """Did the gateway send an ICMP error, or forward packets?"""
    replied = any(h.by == up.gateway for h in evidence.hops)
    return replied or evidence.router_refuses(up) or bool(evidence.beyond(up))


async def _router_elsewhere(ctx: Context, up: Uplink) -> RouterSearch:
    """The real router, if the gateway is a host that does not forward."""
    if not up.gateway or ":" in up.gateway:
        return RouterSearch()
    passing = await forwards(ctx, up)
    if passing is not False:
        return RouterSearch(searched=passing is not None)
    found = await find_router(ctx, up)
    return found if found.sure else RouterSearch()
