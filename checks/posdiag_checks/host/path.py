"""Do this machine's packets leave it, and towards its router?

Tested only where something beyond the router did not answer: a leftover route, VPN,
container network or packet filter looks like a dead line or a dead acquirer. It is
reported where the same host answers a raw packet that bypasses these.
"""

from ipaddress import ip_address

from posdiag.formats.address import is_address, is_host_address
from posdiag.measure.acquirer import acquirer_address
from posdiag.measure.internet import connectivity_host
from posdiag.measure.names import known_servers
from posdiag.measure.uplink import Uplink, find_uplink
from posdiag.model import Context, Facts, Finding, Status, check, fail, known, ok, skip
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.lan import AskNeighbour, Neighbour
from posdiag.model.questions.machine import AskInterfaces, AskRoutes, AskRouteTo
from posdiag.model.questions.wire import DnsReply
from posdiag_checks.host.detour import (
    Detour,
    Own,
    Target,
    compare,
    detour,
    leg,
    ordinary,
    works,
)

BEFORE = ("ip.conflict", "router.reach", "isp.reach", "dns.resolve", "acquirer.connect")
DNS, HTTP = 53, 80
MOST = 3  # hosts that are tried


@check("host.path", order=10, after=BEFORE, timeout=14)
async def host_path(ctx: Context) -> Finding:
    failed = {id for id, f in ctx.seen.items() if f.status is Status.FAIL}
    interfaces = known(await ctx.system.ask(AskInterfaces())).all
    routes = await ctx.system.ask(AskRoutes())
    own = Own(interfaces, () if isinstance(routes, Unknown) else routes.all)
    up = await find_uplink(ctx)
    if up is None or up.route is None:
        return skip("skip.nothing-to-test")
    if "dns.resolve" in failed and (found := await _own_resolver(ctx, own)):
        return found
    targets = await _targets(ctx, failed, up.family)
    for target in targets[:MOST]:
        found = await _examine(ctx, up, own, target)
        if found:
            return found
    if failed:
        return skip("skip.nothing-to-test")
    return ok(interface=up.interface.name, gateway=up.gateway or "")


async def _targets(ctx: Context, failed: set[str], family: int) -> list[Target]:
    """Hosts of that address family that did not answer: the acquirer, the name servers,
    that of a connectivity URL. Empty where no check failed."""
    if not failed:
        return []
    found = []
    if address := await acquirer_address(ctx):
        found.append(Target(address, ctx.site.acquirer.port))
    if "acquirer.connect" not in failed or not address:
        servers = (await known_servers(ctx))[:2]
        found += [Target(s, DNS, dns=True) for s in servers if is_address(s)]
        if not address and "dns.resolve" not in failed:
            page = await connectivity_host(ctx)
            found += [Target(page[1], HTTP)] if page else []
    # A blocked name resolves to 0.0.0.0 or loopback, which no route leads to.
    return [
        t
        for t in found
        if is_host_address(t.address) and (":" in t.address) == (family == 6)
    ]


async def _own_resolver(ctx: Context, own: Own) -> Finding | None:
    """Does the system refuse to send a query to a resolver on this machine itself? No
    route can stop that, only a packet filter."""
    servers = await known_servers(ctx)
    local = [s for s in servers if is_address(s) and ip_address(s).is_loopback]
    port = next((i for i in own.interfaces if i.kind == "loopback"), None)
    if not local or port is None or not port.enabled:
        return None
    reply = await ordinary(ctx, Target(local[0], DNS, dns=True))
    if not isinstance(reply, DnsReply) or reply.outcome != "not-sent":
        return None
    facts: Facts = {"address": local[0], "port": DNS, "interface": port.name}
    return fail("host.firewall", facts, variant="kept", confidence=0.95)


async def _examine(
    ctx: Context, up: Uplink, own: Own, target: Target
) -> Finding | None:
    to = known(await ctx.system.ask(AskRouteTo(target.address)))
    up = leg(up, to, own)
    way = detour(up, to, own, target.address)
    if way and way.kind == "tunnel" and _intended(ctx, way.by):
        return None
    taken = ctx.seen.get("ip.conflict")
    if way and way.kind == "own-address" and taken and taken.status is Status.FAIL:
        return None  # the address is another's too, and that is the fault
    reply, bypass = await compare(ctx, up, target, way)
    if isinstance(reply, Unknown) or works(reply):
        return None
    facts: Facts = {
        "address": target.address,
        "port": target.port,
        "interface": up.interface.name,
        "gateway": up.gateway or "",
        "by": way.by if way else "",
    }
    if bypass == "answered":
        # Connections may take the other leg of a multipath route (path.redundancy).
        spread = way is None and any(r.shared for r in own.routes)
        return None if spread else _proven(way, facts)
    if bypass == "kept":
        return fail("host.firewall", facts, variant="kept", confidence=0.95)
    if way is None and reply.outcome == "not-sent":
        # Refused by the system although it has a route: a packet filter.
        return fail("host.firewall", facts, variant="kept", confidence=0.9)
    return await _likely(ctx, up, own, way, facts)


def _intended(ctx: Context, tunnel: str) -> bool:
    """Is this tunnel the site's own? Then `vpn.tunnel` judges it."""
    return tunnel == ctx.site.vpn.interface or ctx.site.connection.kind == "private"


def _proven(way: Detour | None, facts: Facts) -> Finding:
    """The network carries the packet, so this machine itself stops it."""
    if way:
        return fail("host.route", facts, variant=way.kind)
    return fail("host.firewall", facts, variant="drops")


async def _likely(
    ctx: Context, up: Uplink, own: Own, way: Detour | None, facts: Facts
) -> Finding | None:
    """Raw packets were not answered either, perhaps for lack of rights. A route that
    leads nowhere is wrong nevertheless."""
    if way is None:
        return None
    if way.kind in ("forbidden", "own-address"):
        return fail("host.route", facts, variant=way.kind, confidence=0.9)
    reach = ctx.seen.get("isp.reach")
    if reach is None or reach.status is not Status.OK:
        return None
    if way.kind == "hop":
        there = await ctx.system.ask(AskNeighbour(way.by, up.interface.name))
        if isinstance(there, Neighbour) and there.state == "failed":
            return fail("host.route", facts, variant="hop", confidence=0.9)
    port = own.interface(way.by)
    if way.kind == "network" and port and port.kind == "virtual":
        return fail(
            "host.route",
            facts,
            variant="network",
            confidence=0.8,
            rivals=("acquirer.unreachable",),
        )
    return None
