"""Names of the hosts that this site needs, resolved as this machine would.

Sources: resolv.conf(5), RFC 1035, RFC 2308 (NODATA). Times are seconds.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

from posdiag.formats.address import is_address, is_host_address
from posdiag.measure.tasks import Background, first_result, wait_until
from posdiag.measure.uplink import candidates, is_global
from posdiag.model import Context
from posdiag.model.questions.base import Unknown, ask_all
from posdiag.model.questions.machine import AskInterfaces, AskLocalName, AskResolvers
from posdiag.model.questions.wire import DnsReply, Lookup

RETRY_TIMEOUT = 2.5  # seconds, where the first try met with silence
NEXT_SERVER_AFTER = 0.9  # seconds; a system resolver takes 5 s


@dataclass(frozen=True, slots=True)
class ServerReply:
    """One server and its reply."""

    server: str
    reply: DnsReply


@dataclass(frozen=True, slots=True)
class Resolved:
    """A name as this machine's own resolvers resolve it.

    `by` is the server that decided, "" for an address literal or the hosts file.
    `rcode` is NOERROR with addresses, NODATA for a name without any, an RFC 1035 text,
    or "" without a reply. `asked` holds every server that was tried.
    """

    name: str
    addresses: tuple[str, ...] = ()
    by: str = ""
    rcode: str = ""
    seconds: float = 0.0
    asked: tuple[ServerReply, ...] = ()
    source: Literal["literal", "hosts", "dns", "no-server", "unknown"] = "dns"

    @property
    def found(self) -> bool:
        return bool(self.addresses)


def url_host(url: str) -> str:
    """The host of a URL, "" for none."""
    return urlsplit(url).hostname or ""


def connectivity_urls(ctx: Context) -> tuple[str, ...]:
    """The profile's connectivity URLs, else the defaults; none if switched off."""
    if ctx.site.connectivity is not None:
        return ctx.site.connectivity
    if ctx.site.connection.kind == "private":
        return ()
    return ctx.limits.texts("connectivity.urls")


def anchor_resolvers(ctx: Context, family: int = 4) -> tuple[str, ...]:
    """Public resolvers, the last resort; none on a private network or where the profile
    switched public addresses off."""
    if ctx.site.connection.kind == "private" or ctx.site.connectivity == ():
        return ()
    every = ctx.limits.texts("anchors.resolvers")
    return tuple(a for a in every if (":" in a) == (family == 6))


def needed_name(ctx: Context) -> str | None:
    """The name that must resolve for this site to work: the acquirer's, else the first
    target's that is a name. None if only addresses are given."""
    acquirer = ctx.site.acquirer.host
    if acquirer:
        return None if is_address(acquirer) else acquirer
    for target in ctx.site.target:
        if not is_address(target.host):
            return target.host
    return None


def useful_name(ctx: Context) -> str | None:
    """A name to test DNS with, although payments may not depend on it."""
    hosts = [t.host for t in ctx.site.target]
    if ctx.site.connectivity is not None or not ctx.site.acquirer.host:
        hosts += [url_host(u) for u in connectivity_urls(ctx)]
    return needed_name(ctx) or next((h for h in hosts if h and not is_address(h)), None)


async def configured_servers(ctx: Context) -> tuple[str, ...] | Unknown:
    """The DNS servers that this machine is configured to use, in order."""
    found = await ctx.system.ask(AskResolvers())
    return found if isinstance(found, Unknown) else found.servers


async def known_servers(ctx: Context) -> tuple[str, ...]:
    """The same; empty where they are not known."""
    found = await configured_servers(ctx)
    return () if isinstance(found, Unknown) else found


async def resolve(ctx: Context, name: str) -> Resolved:
    """Resolve as a stub resolver does (resolv.conf(5)), only faster: servers in order,
    the next one when one is silent or fails, NXDOMAIN is final."""
    if is_address(name):
        return Resolved(name, (name,), source="literal", rcode="NOERROR")
    local = await ctx.system.ask(AskLocalName(name))
    if not isinstance(local, Unknown) and local.addresses:
        return Resolved(name, local.addresses, source="hosts", rcode="NOERROR")
    known = await configured_servers(ctx)
    if isinstance(known, Unknown):
        return Resolved(name, source="unknown")
    if not known:
        return Resolved(name, source="no-server")
    return await _by_dns(ctx, name, known[:3])


async def _by_dns(ctx: Context, name: str, known: tuple[str, ...]) -> Resolved:
    tasks: list[asyncio.Task[ServerReply | None]] = []
    with Background() as background:
        for server in known:
            tasks.append(background.start(lookup(ctx, server, name)))
            seconds = None if server == known[-1] else NEXT_SERVER_AFTER
            await wait_until(tasks, lambda: _decided(name, _done(tasks)), seconds)
            if decided := _decided(name, _done(tasks)):
                return decided
        asked = _done(tasks)
        if not asked:
            return Resolved(name, source="unknown")
        first = next((a for a in asked if a.reply.rcode), asked[0])
        return Resolved(name, (), first.server, first.reply.rcode, asked=asked)


def _done(tasks: list[asyncio.Task[ServerReply | None]]) -> tuple[ServerReply, ...]:
    ended = [t.result() for t in tasks if t.done() and not t.cancelled()]
    return tuple(a for a in ended if a is not None)


def _decided(name: str, asked: tuple[ServerReply, ...]) -> Resolved | None:
    """By the first server that found the name or denied it."""
    for one in asked:
        rcode, found = one.reply.rcode, one.reply.addresses
        if rcode in ("NOERROR", "NXDOMAIN"):
            rcode = "NODATA" if rcode == "NOERROR" and not found else rcode
            return Resolved(name, found, one.server, rcode, one.reply.seconds, asked)
    return None


async def lookup(ctx: Context, server: str, name: str) -> ServerReply | None:
    """Ask one server for A records and, if it has none, for AAAA; the other way round
    on a machine without IPv4. None where the system cannot ask."""
    kinds = ("AAAA", "A") if await without_ipv4(ctx) else ("A", "AAAA")
    timeout = ctx.limits["dns.silent"]
    reply = await ctx.system.ask(Lookup(server, name, kinds[0], timeout=timeout))
    if isinstance(reply, Unknown):
        return None
    reply = _usable(reply)
    if reply.rcode == "NOERROR" and not reply.addresses:
        other = await ctx.system.ask(Lookup(server, name, kinds[1], timeout=timeout))
        if not isinstance(other, Unknown) and _usable(other).addresses:
            reply = replace(_usable(other), seconds=reply.seconds + other.seconds)
    return ServerReply(server, reply)


def _usable(reply: DnsReply) -> DnsReply:
    """The reply without AAAA records that are no host's (`::`, multicast)."""
    kept = tuple(a for a in reply.addresses if ":" not in a or is_host_address(a))
    return replace(reply, addresses=kept)


async def without_ipv4(ctx: Context) -> bool:
    """Has this machine a global IPv6 address and no IPv4 one? Then only AAAA records
    are of use."""
    found = await ctx.system.ask(AskInterfaces())
    if isinstance(found, Unknown):
        return False
    families = {
        a.family for i in candidates(found) for a in i.addresses if is_global(a)
    }
    return families == {6}


async def resolve_acquirer(ctx: Context) -> Resolved | None:
    """The acquirer's addresses; None where no acquirer is configured."""
    host = ctx.site.acquirer.host
    return await resolve(ctx, host) if host else None


async def other_servers(ctx: Context, resolved: Resolved) -> list[str]:
    """Servers for a second opinion: the profile's, the machine's other ones, and on
    an open network two public ones."""
    every = [*ctx.site.connection.dns, *await known_servers(ctx)]
    every += anchor_resolvers(ctx)[:2]
    return [s for s in dict.fromkeys(every) if s != resolved.by]


async def ask_others(ctx: Context, resolved: Resolved) -> list[DnsReply]:
    """The replies of these servers about the same name."""
    servers = await other_servers(ctx, resolved)
    asked = (Lookup(s, resolved.name, timeout=1.2, again=0.5) for s in servers)
    replies = await ask_all(ctx.system, asked)
    return [reply for reply in replies if not isinstance(reply, Unknown)]


async def resolve_again(ctx: Context, name: str) -> tuple[str, ...]:
    """The addresses of a name. If no server replied at first, all are queried again,
    with more repetitions; () if none replies even then."""
    before = await resolve(ctx, name)
    if before.found or before.rcode:
        return before.addresses

    async def retry(server: str) -> tuple[str, ...] | None:
        reply = await ctx.system.ask(
            Lookup(server, name, timeout=RETRY_TIMEOUT, again=0.3, series="retry")
        )
        return None if isinstance(reply, Unknown) else reply.addresses or None

    servers = await known_servers(ctx)
    return await first_result(retry(server) for server in servers[:3]) or ()
