"""Are DNS answers tampered with?

Two tests: an invented name must not exist (RFC 8020; under .com, a signed zone,
as .invalid is special by RFC 6761), and the acquirer's name must not lead to this
LAN, to nowhere, or to a host that is no acquirer while another server knows better.
"""

import asyncio
import secrets
from dataclasses import replace
from ipaddress import ip_address

from posdiag.formats.address import is_host_address, is_private
from posdiag.measure.acquirer import serves_acquirer
from posdiag.measure.internet import fetch_connectivity
from posdiag.measure.names import (
    Resolved,
    ask_others,
    known_servers,
    other_servers,
    resolve_acquirer,
)
from posdiag.measure.tasks import Background
from posdiag.measure.uplink import Uplink, uplink
from posdiag.model import Context, Finding, check, fail, known, ok, skip, warn
from posdiag.model.limits import Plan
from posdiag.model.questions.base import Unknown, ask_all
from posdiag.model.questions.wire import DnsReply, Lookup

LONG = 2.0  # seconds; a handshake that takes longer may well fail


@check("dns.integrity", order=20, part="dns", needs=("dns.resolve",), timeout=14)
async def dns_integrity(ctx: Context) -> Finding:
    resolved = await resolve_acquirer(ctx)
    hosts = resolved is not None and resolved.source == "hosts"
    if resolved and hosts and (stale := await _hosts_file(ctx, resolved)):
        return stale
    by = await _server(ctx, resolved)
    if by is None:
        return skip("skip.not-applicable")
    looked_up = resolved is not None and resolved.source == "dns" and resolved.found
    with Background() as tasks:
        invented = tasks.start(_invented(ctx, by, resolved))
        if resolved and looked_up and (found := await _acquirer_name(ctx, resolved)):
            return found
        denied = await invented
    if isinstance(denied, Finding):
        return denied
    if not (looked_up or denied):
        return skip("skip.no-lookup")
    # "invented-only": the only correct answer is that an invented name does not exist.
    variant = "" if looked_up else "invented-only"
    return ok(variant=variant, name=resolved.name if resolved else "")


async def _hosts_file(ctx: Context, resolved: Resolved) -> Finding | None:
    """Does the hosts file lead to an address that is not the acquirer, while a resolver
    gives another one that is? Where neither serves, the acquirer itself may be down."""
    tried = resolved.addresses[:2]
    with Background() as tasks:
        opinion = tasks.start(_second_opinion(ctx, resolved))
        wrong = [a for a in tried if await serves_acquirer(ctx, a) is False]
        if not wrong:
            return None
        true_answer, right = await opinion
    if len(wrong) < len(tried):  # the right address stands there, too
        true_answer = next(a for a in tried if a not in wrong)
        replies = await ask_others(ctx, resolved)
        right = any(r.addresses and wrong[0] not in r.addresses for r in replies)
    if not right:
        return None
    make = fail if len(wrong) == len(tried) else warn
    return make(
        "host.hosts-file",
        name=resolved.name,
        answer=wrong[0],
        true_answer=true_answer,
        confidence=0.97,
    )


async def _server(ctx: Context, resolved: Resolved | None) -> str | None:
    if resolved and resolved.by:
        return resolved.by
    return next(iter(await known_servers(ctx)), None)


async def _invented(
    ctx: Context, server: str, resolved: Resolved | None
) -> Finding | bool:
    """Two invented names that both resolve are no accident. True if the server denies
    one, False if it gives no verdict or, in a quick run, is not asked."""
    if ctx.plan is Plan.QUICK:
        return False
    answers: list[str] = []
    for zone in ("com", "net"):
        name = f"{secrets.token_hex(8)}.{zone}"
        reply = known(await ctx.system.ask(Lookup(server, name, timeout=1.5)))
        if reply.rcode not in ("NXDOMAIN", "NOERROR"):
            return False
        if reply.rcode == "NXDOMAIN" or not reply.addresses:
            return True
        answers.append(reply.addresses[0])
    same = resolved is not None and answers[0] in resolved.addresses
    make = fail if same else warn
    return make(
        "dns.hijack",
        variant="random",
        name=name,
        answer=answers[0],
        true_answer="",
        server=server,
    )


async def _acquirer_name(ctx: Context, resolved: Resolved) -> Finding | None:
    """Only an address that does not work is suspect, as servers may give different ones
    for load sharing."""
    answer = resolved.addresses[0]
    odd = is_odd(answer, await uplink(ctx))
    misled = not odd and await _unexpectedly_private(ctx, answer)
    if not odd and not misled and not await other_servers(ctx, resolved):
        return None
    opinion = await _opinion_if_wrong(ctx, resolved, answer)
    if opinion is None:
        return None
    elsewhere, right = opinion
    if elsewhere and (right or odd):
        variant = "differs"
    elif odd or misled:
        variant = "private"
    else:
        return None
    return fail(
        "dns.hijack",
        variant=variant,
        name=resolved.name,
        answer=answer,
        true_answer=elsewhere,
        server=resolved.by,
        confidence=0.95 if right else 0.75 if misled else 0.85,
        rivals=("acquirer.unreachable",) if misled and not right else (),
    )


async def _opinion_if_wrong(
    ctx: Context, resolved: Resolved, answer: str
) -> tuple[str, bool] | None:
    """The second opinion if the acquirer is not at `answer`; None if it is. A handshake
    that takes long may well fail, so the other servers are queried meanwhile."""
    with Background() as tasks:
        working = tasks.start(serves_acquirer(ctx, answer))
        await asyncio.wait({working}, timeout=LONG)
        if working.done() and working.result() is not False:
            return None
        opinion = tasks.start(_second_opinion(ctx, resolved))
        return await opinion if await working is False else None


async def _unexpectedly_private(ctx: Context, answer: str) -> bool:
    """Is it a private address, although other hosts beyond the router have public ones
    and neither a VPN nor a private network leads to the acquirer?"""
    expected = ctx.site.vpn.interface or ctx.site.connection.kind == "private"
    if expected or not is_private(answer):
        return False
    fetched = await fetch_connectivity(ctx)
    return fetched is not None and not is_private(fetched[1])


def is_odd(answer: str, up: Uplink) -> bool:
    """An address that no acquirer has: unspecified, loopback, multicast, reserved, or
    of this LAN."""
    ip = ip_address(answer)
    if not is_host_address(answer) or answer == up.gateway:
        return True
    return up.own is not None and ip.version == 4 and ip in up.own.network


async def _second_opinion(ctx: Context, resolved: Resolved) -> tuple[str, bool]:
    """Another address for the name, and whether the acquirer is proven to be at it."""
    found = ""
    others, whole = await asyncio.gather(
        ask_others(ctx, resolved), _by_tcp(ctx, resolved)
    )
    for reply in (*others, *whole):
        other = [a for a in reply.addresses if a not in resolved.addresses]
        if other and len(other) == len(reply.addresses):
            found = found or other[0]
            if await serves_acquirer(ctx, other[0]):
                return other[0], True
    return found, False


async def _by_tcp(ctx: Context, resolved: Resolved) -> list[DnsReply]:
    """What the same server says by TCP: whoever slips in answers ahead of its own does
    so by UDP. Nothing where it says another thing by UDP as well, as servers that share
    the load may."""
    if not resolved.by:
        return []
    one = Lookup(resolved.by, resolved.name, timeout=1.2, series="second-opinion")
    again, whole = await ask_all(ctx.system, (one, replace(one, tcp=True)))
    if isinstance(again, Unknown) or isinstance(whole, Unknown):
        return []
    return [whole] if resolved.addresses[0] in again.addresses else []
