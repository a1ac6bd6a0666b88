"""Do the DNS servers that this machine uses reply correctly and in time?"""

from dataclasses import replace
from ipaddress import ip_address

from posdiag.measure.acquirer import serves_acquirer
from posdiag.measure.names import (
    Resolved,
    ServerReply,
    ask_others,
    known_servers,
    lookup,
    needed_name,
    resolve,
    useful_name,
)
from posdiag.measure.uplink import find_uplink
from posdiag.model import Context, Facts, Finding, Status, check, fail, ok, skip, warn
from posdiag.model.limits import Limits
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.lan import DiscoverDhcp


@check(
    "dns.resolve",
    order=10,
    proves="path",
    first_host=True,
    part="dns",
    needs=("isp.reach",),
    vital=True,
)
async def dns_resolve(ctx: Context) -> Finding:
    name = useful_name(ctx)
    if name is None:
        return skip("skip.not-applicable")  # all hosts are given by address
    resolved, order = await resolve(ctx, name), await known_servers(ctx)
    finding = judge(resolved, order, ctx.limits, name == ctx.site.acquirer.host)
    if finding.code == "dns.slow" and resolved.by != order[0]:
        finding = await _first_server(ctx, resolved, order[0], finding)
    if finding.code == "dns.acquirer-not-found":
        return await _denied(ctx, resolved) or finding
    if finding.status is Status.OK:
        return _beside_profile(finding, order, ctx.site.connection.dns)
    reach = ctx.seen.get("isp.reach")
    if finding.status is Status.FAIL and reach is not None:
        finding = replace(finding, rivals=())
        if reach.status is Status.SKIP:
            finding = await _untested(ctx, finding)
    # Where payments need no name, a dead DNS is only a risk.
    if finding.status is Status.FAIL and needed_name(ctx) is None:
        if ctx.site.acquirer.host is None:
            return finding
        return replace(finding, status=Status.WARN, rivals=())
    return finding


def _beside_profile(
    finding: Finding, servers: tuple[str, ...], profile: tuple[str, ...]
) -> Finding:
    """Are all servers in use other ones than the profile's? They work, so it is only
    mentioned. A stub resolver on this machine hides the servers that it asks."""
    hidden = any(ip_address(s.partition("%")[0]).is_loopback for s in servers)
    if not profile or finding.variant or hidden or set(servers) & set(profile):
        return finding
    facts = {**finding.facts, "told": profile}
    return replace(finding, facts=facts, variant="beside-profile")


async def _denied(ctx: Context, resolved: Resolved) -> Finding | None:
    """Does another server resolve the name that ours denies (NXDOMAIN), and is the
    acquirer at that address? Some servers have an address for any name."""
    replies = await ask_others(ctx, resolved)
    for address in dict.fromkeys(a for reply in replies for a in reply.addresses[:1]):
        right = await serves_acquirer(ctx, address)
        if right is not False:
            return fail(
                "dns.hijack",
                variant="denied",
                name=resolved.name,
                answer=resolved.rcode,
                true_answer=address,
                server=resolved.by,
                confidence=0.95 if right else 0.8,
                rivals=() if right else ("dns.acquirer-not-found",),
            )
    return None


async def _untested(ctx: Context, finding: Finding) -> Finding:
    """Nothing beyond the router could be tested: of the line nothing is known."""
    rivals = await _rivals(ctx, finding)
    if finding.variant != "silent":
        return replace(finding, rivals=rivals)
    return replace(finding, rivals=rivals, variant="untested", confidence=0.75)


async def _rivals(ctx: Context, finding: Finding) -> tuple[str, ...]:
    """Other causes where nothing beyond the router could be tested.

    A gateway that refuses DNS although it is the configured server is hardly the
    router; a rogue DHCP server may have set both, where the rights to find one lack.
    """
    up = await find_uplink(ctx)
    refused = finding.variant == "refused"
    if up is None or not refused or finding.facts.get("server") != up.gateway:
        return ("isp.no-internet",)
    offers = await ctx.system.ask(DiscoverDhcp(up.interface.name))
    unknown = isinstance(offers, Unknown)
    return ("ip.wrong-gateway", *(("ip.rogue-dhcp",) if unknown else ()))


def judge(
    resolved: Resolved, order: tuple[str, ...], limits: Limits, is_acquirer: bool
) -> Finding:
    """The verdict on a resolution as a whole."""
    if resolved.source == "unknown":
        return skip("skip.unsupported")
    if resolved.source == "no-server":
        return fail("dns.no-server")
    answer = resolved.addresses[0] if resolved.found else ""
    facts: Facts = {
        "server": resolved.by,
        "name": resolved.name,
        "answer": answer,
        "seconds": resolved.seconds,
    }
    if resolved.source in ("literal", "hosts"):
        return ok("", facts, variant="not-needed")
    if resolved.found:
        return _timely(resolved, order, limits, facts)
    if resolved.rcode in ("NXDOMAIN", "NODATA"):
        if not is_acquirer:  # only our own test name is missing: the server works
            return ok("", facts, variant="no-address")
        return fail(
            "dns.acquirer-not-found",
            name=resolved.name,
            rcode=resolved.rcode,
            server=resolved.by,
        )
    return _no_answer(resolved, order)


def _timely(
    resolved: Resolved, order: tuple[str, ...], limits: Limits, facts: Facts
) -> Finding:
    answered = {a.server for a in resolved.asked if a.reply.rcode}
    before = order[: order.index(resolved.by)] if resolved.by in order else ()
    refused = {a.server for a in resolved.asked if a.reply.outcome == "refused"}
    silent = [s for s in before if s not in answered and s not in refused]
    if silent:
        facts = {"server": silent[0], "other": resolved.by, "seconds": 5.0}
        return warn("dns.slow", facts, tries=2)
    if resolved.seconds >= limits["dns.slow"]:
        tries = max((a.reply.tries for a in resolved.asked), default=1)
        return warn(
            "dns.slow",
            server=resolved.by,
            other=resolved.by,
            seconds=resolved.seconds,
            tries=max(0, tries - 1),
        )
    return ok("", facts)


async def _first_server(
    ctx: Context, resolved: Resolved, server: str, slow: Finding
) -> Finding:
    """The first server had not replied when the second did: wait for the first."""
    first = await lookup(ctx, server, resolved.name)
    if first is None:
        return slow
    if first.reply.rcode and first.reply.seconds < ctx.limits["dns.slow"]:
        return ok(
            server=server,
            name=resolved.name,
            answer=resolved.addresses[0],
            seconds=first.reply.seconds,
        )
    seconds = first.reply.seconds if first.reply.rcode else 5.0
    return warn("dns.slow", {**slow.facts, "seconds": seconds}, tries=first.reply.tries)


def _no_answer(resolved: Resolved, order: tuple[str, ...]) -> Finding:
    answered = [a for a in resolved.asked if a.reply.rcode]
    failing = answered or [a for a in resolved.asked if a.reply.outcome == "malformed"]
    if failing:
        return fail(
            "dns.server-failure",
            server=failing[0].server,
            servers=tuple(a.server for a in failing),
            rcode=failing[0].reply.rcode or "FORMERR",
            name=resolved.name,
        )
    silent = tuple(a.server for a in resolved.asked) or order
    return fail(
        "dns.server-unreachable",
        variant=_variant(resolved.asked),
        server=silent[0] if silent else "",
        servers=silent,
        name=resolved.name,
        seconds=max((a.reply.seconds for a in resolved.asked), default=0.0),
        tries=_silent_tries(resolved.asked),
    )


def _variant(asked: tuple[ServerReply, ...]) -> str:
    if all(ip_address(a.server.partition("%")[0]).is_loopback for a in asked):
        return "local"
    refused = all(a.reply.outcome == "refused" for a in asked)
    return "refused" if refused else "silent"


def _silent_tries(asked: tuple[ServerReply, ...]) -> int:
    """Datagrams lost in a row; 0 where a server refused."""
    if any(a.reply.outcome != "silent" for a in asked):
        return 0
    return sum(a.reply.tries for a in asked)
