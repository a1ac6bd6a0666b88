"""Names and addresses of what must be reached, resolved as the machine would."""

import asyncio
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import urlsplit

from posdiag.formats.address import is_address
from posdiag.model import Context
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import AskLocalName, AskResolvers
from posdiag.model.questions.wire import DnsReply, Lookup

AGAIN = 2.5  # seconds for a second try, when the first has met with silence
NEXT_AFTER = 0.9
"""Seconds after which the next server is asked too (a system resolver takes 5 s)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One server and how it answered."""

    server: str
    reply: DnsReply


@dataclass(frozen=True, slots=True)
class Resolved:
    """A name as this machine's own resolvers see it.

    `by` is the server that decided, "" for an address literal or the hosts file.
    `rcode` is NOERROR with addresses, NODATA for a name without any, an RFC 1035 text,
    or "" where nobody answered. `asked` holds every server that was tried.
    """

    name: str
    addresses: tuple[str, ...] = ()
    by: str = ""
    rcode: str = ""
    seconds: float = 0.0
    asked: tuple[Asked, ...] = ()
    source: Literal["literal", "hosts", "dns", "no-server", "unknown"] = "dns"

    @property
    def found(self) -> bool:
        return bool(self.addresses)


def url_host(url: str) -> str:
    return urlsplit(url).hostname or ""


def connectivity_urls(ctx: Context) -> tuple[str, ...]:
    """The URLs in force: the profile's, else the defaults; none where switched off."""
    if ctx.site.connectivity is not None:
        return ctx.site.connectivity
    if ctx.site.connection.kind == "private":
        return ()
    return ctx.limits.texts("connectivity.urls")


def anchors(ctx: Context) -> tuple[str, ...]:
    """Public resolvers, the last resort; none on a network that is known to be private
    or where the profile switched public addresses off."""
    if ctx.site.connection.kind == "private" or ctx.site.connectivity == ():
        return ()
    return ctx.limits.texts("anchors.resolvers")


def needed_name(ctx: Context) -> str | None:
    """The name that must resolve for this site to work, the weightiest first."""
    acquirer = ctx.site.acquirer.host
    if acquirer:
        return None if is_address(acquirer) else acquirer
    for target in ctx.site.target:
        if not is_address(target.host):
            return target.host
    return None


def useful_name(ctx: Context) -> str | None:
    """A name that tells whether DNS works, although payments may not depend on it."""
    hosts = [t.host for t in ctx.site.target]
    if ctx.site.connectivity is not None or not ctx.site.acquirer.host:
        hosts += [url_host(u) for u in connectivity_urls(ctx)]
    return needed_name(ctx) or next((h for h in hosts if h and not is_address(h)), None)


async def servers(ctx: Context) -> tuple[str, ...] | Unknown:
    found = await ctx.system.ask(AskResolvers())
    return found if isinstance(found, Unknown) else found.servers


async def resolve(ctx: Context, name: str) -> Resolved:
    """Resolve as a stub resolver does: in order, the next one when one is silent or
    fails, NXDOMAIN is final (resolv.conf(5)); only faster."""
    if is_address(name):
        return Resolved(name, (name,), source="literal", rcode="NOERROR")
    local = await ctx.system.ask(AskLocalName(name))
    if not isinstance(local, Unknown) and local.addresses:
        return Resolved(name, local.addresses, source="hosts", rcode="NOERROR")
    known = await servers(ctx)
    if isinstance(known, Unknown):
        return Resolved(name, source="unknown")
    if not known:
        return Resolved(name, source="no-server")
    return await _by_dns(ctx, name, known[:3])


async def _by_dns(ctx: Context, name: str, known: tuple[str, ...]) -> Resolved:
    tasks: list[asyncio.Task[Asked | None]] = []
    try:
        for server in known:
            tasks.append(asyncio.create_task(lookup(ctx, server, name)))
            last = server == known[-1]
            decided = await _settle(name, tasks, None if last else NEXT_AFTER)
            if decided:
                return decided
        return _undecided(name, tasks)
    finally:
        for task in tasks:
            task.cancel()


async def _settle(
    name: str, tasks: list[asyncio.Task[Asked | None]], seconds: float | None
) -> Resolved | None:
    """Wait until one server has decided, all have ended, or the time is over."""
    loop = asyncio.get_running_loop()
    ends = None if seconds is None else loop.time() + seconds
    while pending := [t for t in tasks if not t.done()]:
        left = None if ends is None else ends - loop.time()
        if left is not None and left <= 0:
            break
        await asyncio.wait(pending, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        decided = _decided(name, tasks)
        if decided:
            return decided
    return _decided(name, tasks)


def _done(tasks: list[asyncio.Task[Asked | None]]) -> tuple[Asked, ...]:
    ended = [t.result() for t in tasks if t.done() and not t.cancelled()]
    return tuple(a for a in ended if a is not None)


def _decided(name: str, tasks: list[asyncio.Task[Asked | None]]) -> Resolved | None:
    asked = _done(tasks)
    for one in asked:
        reply = one.reply
        if reply.rcode in ("NOERROR", "NXDOMAIN"):
            rcode = reply.rcode
            if rcode == "NOERROR" and not reply.addresses:
                rcode = "NODATA"
            return Resolved(
                name=name,
                addresses=reply.addresses,
                by=one.server,
                rcode=rcode,
                seconds=reply.seconds,
                asked=asked,
            )
    return None


def _undecided(name: str, tasks: list[asyncio.Task[Asked | None]]) -> Resolved:
    asked = _done(tasks)
    if not asked:
        return Resolved(name, source="unknown")
    answered = [a for a in asked if a.reply.rcode]
    first = (answered or list(asked))[0]
    return Resolved(name, (), first.server, first.reply.rcode, asked=asked)


async def lookup(ctx: Context, server: str, name: str) -> Asked | None:
    """Ask one server for IPv4 addresses, then, where it has none, for IPv6."""
    timeout = ctx.limits["dns.silent"]
    reply = await ctx.system.ask(Lookup(server, name, timeout=timeout))
    if isinstance(reply, Unknown):
        return None
    if reply.rcode == "NOERROR" and not reply.addresses:
        six = await ctx.system.ask(Lookup(server, name, "AAAA", timeout=timeout))
        if not isinstance(six, Unknown) and six.addresses:
            reply = replace(six, seconds=reply.seconds + six.seconds)
    return Asked(server, reply)


async def acquirer(ctx: Context) -> Resolved | None:
    """The acquirer's addresses; None where no acquirer is configured."""
    host = ctx.site.acquirer.host
    return await resolve(ctx, host) if host else None


async def others(ctx: Context, resolved: Resolved) -> list[str]:
    """Servers for a second opinion: the profile's, the machine's other ones, and on
    an open network the public ones."""
    told = await servers(ctx)
    every = [*ctx.site.connection.dns, *(() if isinstance(told, Unknown) else told)]
    every += anchors(ctx)[:2]
    return [s for s in dict.fromkeys(every) if s != resolved.by]


async def _reply(ctx: Context, question: Lookup) -> DnsReply | Unknown:
    return await ctx.system.ask(question)


async def ask_again(ctx: Context, name: str) -> tuple[str, ...]:
    """The addresses of a name, asked for anew, and more often, where nobody answered
    the first time."""
    before = await resolve(ctx, name)
    told = await servers(ctx)
    if before.found or before.rcode or isinstance(told, Unknown):
        return before.addresses
    questions = [
        Lookup(server, name, timeout=AGAIN, again=0.3, series="retry")
        for server in told[:3]
    ]
    asking = [asyncio.create_task(_reply(ctx, question)) for question in questions]
    try:
        for ended in asyncio.as_completed(asking):
            reply = await ended
            if not isinstance(reply, Unknown) and reply.addresses:
                return reply.addresses
    finally:
        for task in asking:
            task.cancel()
    return ()
