"""Do the backup hosts of the acquirer answer?

Each is connected to along with the first host; TLS is tried where that one fails.
Sources: OpenSSL's X509_V_ERR numbers, TLS alerts of RFC 8446 section 6.2.
"""

import asyncio
from dataclasses import replace

from posdiag.measure.acquirer import WATCH, connect, handshake, handshake_question, sni
from posdiag.measure.names import resolve
from posdiag.measure.tasks import Background
from posdiag.model import Backup, Context, Finding
from posdiag.model.limits import Plan
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.tls import Handshake
from posdiag.model.questions.wire import Connect

MAX_HOSTS = 4
FULL_TIMEOUT = 8.0  # seconds for one host where the first has failed
CONNECT_TIMEOUT = 1.5  # seconds for all, once the first has answered
EXPIRED, NAME = (9, 10), (62, 64)  # X509_V_ERR
CLIENT = (42, 43, 44, 45, 46, 48, 49, 116)  # alerts about our certificate (RFC 8446)


async def probe_backups(ctx: Context, address: str | None) -> tuple[Backup, ...]:
    """The backup hosts that were tried; empty when none needs testing.

    `address` is the first host's, None where its name does not resolve. A default run
    connects to each port. TLS, which costs 5 kB a host, is tried where the first host
    does not work, and in a thorough run; a quick run tests none before that.
    """
    named = ctx.site.acquirer.backup[:MAX_HOSTS]
    if not named:
        return ()
    with Background() as tasks:
        beside = named if ctx.plan is Plan.DEFAULT else ()
        asking = [tasks.start(_try(ctx, name, full=False)) for name in beside]
        in_full = ctx.plan is Plan.THOROUGH or address is None
        if in_full or (address and await _fails(ctx, address)):
            found = await asyncio.gather(*(_in_time(ctx, name) for name in named))
        elif asking:
            await asyncio.wait(asking, timeout=CONNECT_TIMEOUT)
            ended = [task.result() if task.done() else None for task in asking]
            pairs = zip(named, ended, strict=True)
            found = [backup or Backup(name, "silent") for name, backup in pairs]
        else:
            return ()
    return tuple(found)


def with_backups(ctx: Context, finding: Finding, found: tuple[Backup, ...]) -> Finding:
    """The finding with the backup hosts, and the first that works as fallback."""
    fallback = next((b.name for b in found if _works(ctx, b)), "")
    return replace(finding, backups=found, fallback=fallback)


def _works(ctx: Context, backup: Backup) -> bool:
    secure = backup.tls == "ok" or not ctx.site.acquirer.tls
    return backup.tcp == "ok" and secure


async def _fails(ctx: Context, address: str) -> bool:
    tls = ctx.site.acquirer.tls
    answer = await handshake(ctx, address) if tls else await connect(ctx, address)
    return not isinstance(answer, Unknown) and answer.outcome != "ok"


async def _in_time(ctx: Context, name: str) -> Backup:
    try:
        async with asyncio.timeout(FULL_TIMEOUT):
            return await _try(ctx, name, full=True)
    except TimeoutError:
        return Backup(name, "silent")


async def _try(ctx: Context, name: str, full: bool) -> Backup:
    """Connect to one host and, if `full`, make the site's TLS handshake with it."""
    host, _, port = name.rpartition(":")
    host = host.strip("[]")
    resolved = await resolve(ctx, host)
    if not resolved.found:
        return Backup(name, "name")
    address = resolved.addresses[0]
    if not (full and ctx.site.acquirer.tls):
        watch = 0.0 if ctx.site.acquirer.tls else WATCH
        answer = await ctx.system.ask(Connect(address, int(port), watch=watch))
        tcp = "unknown" if isinstance(answer, Unknown) else answer.outcome
        return Backup(name, tcp)
    wanted = ctx.site.acquirer.server_name or host
    asked = handshake_question(ctx, address)
    asked = replace(asked, port=int(port), host=wanted, server_name=sni(wanted))
    shaken = await ctx.system.ask(asked)
    if isinstance(shaken, Unknown):
        return Backup(name, "unknown")
    if shaken.tcp.outcome != "ok":
        return Backup(name, shaken.tcp.outcome)
    return Backup(name, "ok", _tls(shaken))


def _tls(shaken: Handshake) -> str:
    if shaken.outcome == "ok":
        return "ok"
    if shaken.verify_code:
        if shaken.verify_code in EXPIRED:
            return "expired"
        return "name" if shaken.verify_code in NAME else "untrusted"
    if shaken.outcome == "silent":
        return "timeout"
    return "client-certificate" if shaken.alert in CLIENT else "version"
