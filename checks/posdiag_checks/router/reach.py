"""Does the router answer, at any layer?

A router that ignores ping is not down: an ARP reply, a refused TCP port, or an answer
from beyond it shows that it is up.
"""

import asyncio

from posdiag.measure.internet import Evidence, probe_internet
from posdiag.measure.lan import (
    ROUTER_PORTS,
    RouterSearch,
    dead_gateway,
    forwards,
    gateway_ping,
    neighbour,
    scoped,
)
from posdiag.measure.tasks import Background
from posdiag.measure.uplink import Uplink, uplink
from posdiag.model import Context, Finding, check, fail, ok, skip, unmeasured
from posdiag.model.questions.base import Unknown, ask_all
from posdiag.model.questions.lan import Neighbour
from posdiag.model.questions.wire import Connect, Echoes


@check(
    "router.reach",
    order=10,
    part="address",
    needs=("ip.gateway",),
    vital=True,
    timeout=15,
)
async def router_reach(ctx: Context) -> Finding:
    up = await uplink(ctx)
    if up.route is None:
        return skip("skip.nothing-to-test")
    if up.gateway is None:
        return ok(gateway="", how="point-to-point", variant="point-to-point")
    there, echoes = await asyncio.gather(neighbour(ctx, up), gateway_ping(ctx, up))
    return judge(up, there, echoes) or await _by_tcp(ctx, up, there)


def judge(
    up: Uplink, there: Neighbour | Unknown | None, echoes: Echoes | Unknown
) -> Finding | None:
    """None: neither ARP nor ICMP answered, so TCP has to be tried."""
    gateway = up.gateway or ""
    if isinstance(echoes, Echoes) and echoes.answered:
        return ok(gateway=gateway, how="icmp", rtt=min(echoes.answered))
    if isinstance(there, Neighbour) and there.state == "not-needed":
        return ok(gateway=gateway, how="point-to-point", variant="point-to-point")
    if isinstance(there, Neighbour) and there.state == "alive":
        quiet = isinstance(echoes, Echoes)
        return ok("", gateway=gateway, how="arp", variant="quiet" if quiet else "")
    return None


async def _by_tcp(
    ctx: Context, up: Uplink, there: Neighbour | Unknown | None
) -> Finding:
    if isinstance(there, Neighbour) and there.state == "failed":
        # Without a hardware address no packet can reach it.
        if await forwards(ctx, up):
            return ok(gateway=up.gateway or "", how="arp", variant="quiet")
        return _dead(up, await dead_gateway(ctx, up))
    gateway = scoped(up)
    with Background() as tasks:
        beyond = tasks.start(probe_internet(ctx, up))  # the other evidence, meanwhile
        connecting = [Connect(gateway, p, tries=2, timeout=2.0) for p in ROUTER_PORTS]
        answers = await ask_all(ctx.system, connecting)
        outcomes = {a.outcome for a in answers if not isinstance(a, Unknown)}
        if outcomes & {"ok", "refused"}:
            return ok(gateway=gateway, how="tcp")
        if isinstance(there, Neighbour):
            return _stale_entry(up, await beyond)
    return unmeasured(there or Unknown("unsupported"))


def _dead(up: Uplink, found: RouterSearch | None) -> Finding:
    searched = found is None or found.searched
    return fail(
        "router.unreachable",
        gateway=up.gateway or "",
        interface=up.interface.name,
        seconds=3.5,
        tries=6,
        rivals=("ip.wrong-gateway", "ip.wrong-address"),
        confidence=0.9 if searched else 0.6,
    )


def _stale_entry(up: Uplink, evidence: Evidence) -> Finding:
    """The neighbour entry is stale and could not be confirmed: an answer from beyond
    the router decides."""
    if evidence.answered or evidence.beyond(up):
        return ok(gateway=up.gateway or "", how="arp", variant="quiet")
    return fail(
        "router.unreachable",
        gateway=up.gateway or "",
        interface=up.interface.name,
        seconds=6.0,
        tries=8,
        rivals=("isp.no-internet",),
        confidence=0.7,
    )
