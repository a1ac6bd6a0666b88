"""Does a backup host of the acquirer answer? Asked when the first one does not."""

import asyncio
from dataclasses import dataclass, replace

from posdiag.limits import Plan
from posdiag.model import Context, Facts
from posdiag.system import Unknown
from posdiag.system.peer_answers import Handshake
from posdiag.system.questions import Connect
from posdiag_checks._acquirer import WATCH, shake, shake_question
from posdiag_checks._names import is_literal, resolve

MOST = 4  # hosts that are tried
PATIENCE = 8.0  # seconds for all that one of them is asked
EXPIRED, NAME = (9, 10), (62, 64)  # X509_V_ERR
CLIENT = (42, 43, 44, 45, 46, 48, 49, 116)  # alerts about our certificate (RFC 8446)


@dataclass(frozen=True, slots=True)
class Backup:
    """One backup host. `tcp` and `tls` are "ok" or what is wrong; `tls` is "-" where it
    was not tried."""

    name: str  # host:port
    tcp: str
    tls: str = "-"

    @property
    def works(self) -> bool:
        return self.tcp == "ok" and self.tls in ("ok", "-")


async def backups(ctx: Context, address: str) -> Facts:
    """What the backup hosts say, as facts; none where nobody need ask.

    They are asked where the first host's port or TLS does not answer as it should, and
    always in a thorough run. `fallback` names the first that works, "" for none.
    """
    named = ctx.site.acquirer.backup[:MOST]
    if not named or not (ctx.plan is Plan.THOROUGH or await _fails(ctx, address)):
        return {}
    found = await asyncio.gather(*(_in_time(ctx, name) for name in named))
    return {
        "backup": tuple(b.name for b in found),
        "backup_tcp": tuple(b.tcp for b in found),
        "backup_tls": tuple(b.tls for b in found),
        "fallback": next((b.name for b in found if b.works), ""),
    }


async def _fails(ctx: Context, address: str) -> bool:
    if ctx.site.acquirer.tls:
        shaken = await shake(ctx, address)
        return not isinstance(shaken, Unknown) and shaken.outcome != "ok"
    acquirer = ctx.site.acquirer
    answer = await ctx.system.ask(Connect(address, acquirer.port, watch=WATCH))
    return not isinstance(answer, Unknown) and answer.outcome != "ok"


async def _in_time(ctx: Context, name: str) -> Backup:
    try:
        async with asyncio.timeout(PATIENCE):
            return await _try(ctx, name)
    except TimeoutError:
        return Backup(name, "silent")


async def _try(ctx: Context, name: str) -> Backup:
    host, _, port = name.rpartition(":")
    host = host.strip("[]")
    resolved = await resolve(ctx, host)
    if not resolved.found:
        return Backup(name, "name")
    address = resolved.addresses[0]
    if not ctx.site.acquirer.tls:
        answer = await ctx.system.ask(Connect(address, int(port), watch=WATCH))
        return Backup(
            name, "unknown" if isinstance(answer, Unknown) else answer.outcome
        )
    wanted = ctx.site.acquirer.server_name or host
    asked = replace(
        shake_question(ctx, address),
        port=int(port),
        host=wanted,
        server_name="" if is_literal(wanted) else wanted,
    )
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
