"""Does the acquirer's port accept connections?

Refused, filtered, unreachable, closed at once and silent are five different causes.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from posdiag.formats.address import is_address
from posdiag.measure.acquirer import answers_next_door, connect, hangs_up
from posdiag.measure.backup_hosts import probe_backups, with_backups
from posdiag.measure.names import Resolved, resolve_acquirer
from posdiag.measure.uplink import find_uplink, is_far
from posdiag.model import (
    Context,
    Facts,
    Finding,
    Status,
    check,
    fail,
    known,
    ok,
    skip,
    warn,
)
from posdiag.model.questions.base import Unknown, ask_all
from posdiag.model.questions.wire import Connect, Connection, Ping
from posdiag.model.site import Site

MAX_ADDRESSES = 3  # of one name
OTHER_PORTS = (443, 80, 22, 8443)
"""Ports whose reply, even a refusal, shows that the host is up: where no machine next
door answers in its name."""


def beside_dns(site: Site, need: str) -> bool:
    """An acquirer given by address does not need DNS, and backup hosts are tried even
    if the first host's name does not resolve."""
    host = site.acquirer.host
    if need != "dns.resolve" or host is None:
        return False
    return is_address(host) or bool(site.acquirer.backup)


@check(
    "acquirer.connect",
    order=10,
    proves="payment",
    evidence=("payment.tcp",),
    first_host=True,
    part="tcp",
    needs=("isp.reach", "dns.resolve"),
    unless=beside_dns,
    vital=True,
    timeout=24,
)
async def acquirer_connect(ctx: Context) -> Finding:
    resolved = await resolve_acquirer(ctx)
    if resolved is None:
        return skip("skip.not-configured")
    if not resolved.found:
        return await _nameless(ctx)
    spare = asyncio.create_task(probe_backups(ctx, resolved.addresses[0]))
    try:
        found = await _first(ctx, resolved)
        tried = await spare
        if tried and found.status is Status.OK:
            found = replace(found, variant="backup")
        return with_backups(ctx, found, tried)
    finally:
        spare.cancel()


async def _nameless(ctx: Context) -> Finding:
    """The first host has no address: only the backup hosts can be tested."""
    dns = ctx.seen.get("dns.resolve")
    blocked = dns is not None and dns.status is Status.FAIL
    code = "skip.blocked" if blocked else "skip.nothing-to-test"
    return with_backups(ctx, skip(code), await probe_backups(ctx, None))


async def _first(ctx: Context, resolved: Resolved) -> Finding:
    address = resolved.addresses[0]
    connection, *others = await _each(ctx, resolved.addresses[:MAX_ADDRESSES])
    by_address = dict(zip(resolved.addresses, (connection, *others), strict=False))
    dead = [a for a, c in by_address.items() if c.outcome not in ("ok", "closed")]
    live = [a for a, c in by_address.items() if c.outcome == "ok"]
    if dead and live:
        facts = _facts(ctx, live[0], by_address[live[0]])
        return _some(facts, dead[0], by_address[dead[0]])
    nearer = await _blocked_here(ctx, address, connection)
    nearer = nearer or await _reset_next_door(ctx, address, connection)
    if nearer:
        return nearer
    closed = await hangs_up(ctx, address, connection)
    silent = connection.outcome not in ("ok", "refused", "closed")
    alive = await sign_of_life(ctx, address) if silent else ""
    found = judge(_facts(ctx, address, connection), connection, alive, closed)
    return await _by_ipv6(ctx, address, found)


async def _by_ipv6(ctx: Context, address: str, found: Finding) -> Finding:
    """Where the rest of the Internet was reached by IPv4, an IPv6 address may be silent
    because the line has no IPv6."""
    if found.variant != "silent" or found.code != "acquirer.unreachable":
        return found
    up = await find_uplink(ctx)
    if ":" not in address or up is None or up.family == 6:
        return found
    rivals = ("isp.no-internet", *found.rivals)
    return replace(found, variant="ipv6", confidence=0.6, rivals=rivals)


async def _blocked_here(
    ctx: Context, address: str, connection: Connection
) -> Finding | None:
    """Does this machine itself block the packets: by a packet filter, whose ICMP error
    has its own address, or by a route that rejects the acquirer alone?"""
    if connection.outcome != "not-sent":
        return None
    # Without TLS, as an unreadable key file also prevents a handshake.
    plain = known(await ctx.system.ask(Connect(address, ctx.site.acquirer.port)))
    if plain.outcome != "not-sent":
        return None
    facts = _facts(ctx, address, plain)
    if plain.error is not None:
        return fail("host.firewall", facts, by=plain.error.by, confidence=0.97)
    up = await find_uplink(ctx)
    family = 6 if ":" in address else 4
    if up is None or up.route is None or up.route.family != family:
        return None
    return fail("host.route", facts, confidence=0.85, rivals=("host.firewall",))


async def _reset_next_door(
    ctx: Context, address: str, connection: Connection
) -> Finding | None:
    """Does the shop's own router reset the connection in place of the acquirer?"""
    if connection.outcome != "refused" or connection.error is not None:
        return None
    port, up = ctx.site.acquirer.port, await find_uplink(ctx)
    far = up is not None and up.gateway and is_far(address, up)
    if not far or not await answers_next_door(ctx, address, port):
        return None
    return fail(
        "acquirer.port-blocked",
        _facts(ctx, address, connection),
        variant="reset",
        by=up.gateway if up else "",
        confidence=0.9,
        rivals=("acquirer.port-closed",),
    )


async def _each(ctx: Context, addresses: Sequence[str]) -> list[Connection]:
    """Connect to each of the acquirer's addresses, which resolvers give out in turn: to
    the first with the site's TLS handshake, to the others without."""
    first, *rest = addresses
    port = ctx.site.acquirer.port
    answers = await asyncio.gather(
        connect(ctx, first), ask_all(ctx.system, (Connect(a, port) for a in rest))
    )
    return [known(answer) for answer in (answers[0], *answers[1])]


def _some(facts: Facts, dead: str, connection: Connection) -> Finding:
    """Some addresses are dead: a terminal fails whenever it is given one of these."""
    tries = max(1, connection.tries)
    facts = {**facts, "dead": dead, "tries": tries}
    return warn("acquirer.unreachable", facts, variant="some", tries=tries)


def _facts(ctx: Context, address: str, connection: Connection) -> Facts:
    return {
        "host": ctx.site.acquirer.host,
        "port": ctx.site.acquirer.port,
        "address": address,
        "seconds": connection.seconds,
    }


def judge(facts: Facts, connection: Connection, alive: str, closed: bool) -> Finding:
    """`alive` is how the host showed that it is up, "" for not."""
    if closed:
        return fail("acquirer.closed-connection", facts)
    if connection.outcome == "ok":
        return ok("", facts)
    error = connection.error
    if connection.outcome == "refused":
        return fail("acquirer.port-closed", facts)
    if connection.outcome in ("prohibited", "not-sent"):
        by, code = error.by if error else "localhost", "acquirer.port-blocked"
        return fail(code, facts, variant="prohibited", alive=alive, by=by)
    if alive:
        code, tries = "acquirer.port-blocked", connection.tries
        return fail(code, facts, variant="silent", alive=alive, tries=tries)
    reported = connection.outcome == "unreachable" and error is not None
    tries = max(1, connection.tries)
    return fail(
        "acquirer.unreachable",
        {**facts, "tries": tries},
        variant="router-says" if reported else "silent",
        by=error.by if error else "",
        tries=tries,
        confidence=0.95 if reported else 0.85,
        rivals=() if reported else ("acquirer.port-blocked",),
    )


async def sign_of_life(ctx: Context, address: str) -> str:
    """What shows that a host is up although one port is silent: `ping` or `tcp/PORT`,
    "" for nothing. Any reply from the host itself counts."""
    ports = [p for p in OTHER_PORTS if p != ctx.site.acquirer.port]
    ports.append(ctx.site.acquirer.port % 65535 + 1)
    echoes, answers = await asyncio.gather(
        ctx.system.ask(Ping(address, count=3, interval=0.3)),
        ask_all(ctx.system, (Connect(address, p, tries=2, timeout=2.0) for p in ports)),
    )
    if not isinstance(echoes, Unknown) and echoes.answered:
        return "ping"
    up = [p for p, a in zip(ports, answers, strict=True) if _own(a, address)]
    near = await asyncio.gather(*(answers_next_door(ctx, address, p) for p in up))
    for port, in_its_name in zip(up, near, strict=True):
        if not in_its_name:
            return f"tcp/{port}"
    return ""


def _own(answer: Connection | Unknown, address: str) -> bool:
    """Did the host itself answer, or somebody else by an ICMP error?"""
    if isinstance(answer, Unknown):
        return False
    own = answer.error is None or answer.error.by == address
    return answer.outcome == "ok" or (answer.outcome == "refused" and own)
