"""How the acquirer's host answers a TCP connect and a TLS handshake.

Sources: RFC 6066 (SNI), RFC 8446 (TLS 1.3), GB/T 38636 (TLCP).
"""

import asyncio
from dataclasses import replace

from posdiag.formats.address import is_address
from posdiag.measure.names import resolve_acquirer
from posdiag.model import Context
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.tls import AskTlcp, Handshake, Shake
from posdiag.model.questions.wire import Connect, Connection, Ping

WATCH = 0.6
"""Seconds to see whether a plain-TCP acquirer closes a connection at once."""

NEXT_DOOR = 2
"""Hops within which only the shop's own network answers: the router and the next one (a
router drops a SYN whose TTL expires before its filter sees it)."""

TLCP_ONLY = "skip.national-cryptography"
"""The reason where the acquirer speaks TLCP, which OpenSSL cannot."""


def connected_address(ctx: Context) -> str:
    """The address that `acquirer.connect` reached; "" where it did not run or reached
    none."""
    connected = ctx.seen.get("acquirer.connect")
    return str(connected.facts.get("address") or "") if connected else ""


async def acquirer_address(ctx: Context) -> str:
    """The same, else the first address of the acquirer's name; "" for none."""
    if address := connected_address(ctx):
        return address
    resolved = await resolve_acquirer(ctx)
    return resolved.addresses[0] if resolved and resolved.found else ""


def handshake_question(ctx: Context, address: str) -> Shake:
    """The handshake that a terminal of this site would make with `address`."""
    acquirer = ctx.site.acquirer
    host = acquirer.server_name or acquirer.host or address
    return Shake(
        address,
        acquirer.port,
        host=host,
        server_name=sni(host),
        ca_file=acquirer.ca_file or "",
        client_cert=acquirer.client_cert or "",
        client_key=acquirer.client_key or "",
        timeout=ctx.limits["tls.timeout"],
    )


def sni(host: str) -> str:
    """Names go into SNI, literal addresses must not (RFC 6066 section 3)."""
    return "" if is_address(host) else host


async def handshake(ctx: Context, address: str) -> Handshake | Unknown:
    """The outcome of that handshake."""
    return await ctx.system.ask(handshake_question(ctx, address))


async def unverified_handshake(ctx: Context, address: str) -> Handshake | None:
    """The same with any certificate accepted; None where not measured."""
    asked = replace(handshake_question(ctx, address), verify=False)
    answer = await ctx.system.ask(asked)
    return None if isinstance(answer, Unknown) else answer


async def tlcp_suite(ctx: Context, address: str) -> str:
    """The TLCP cipher suite (SM2, SM3, SM4) that the acquirer chooses, "" for none.
    Worth a connection only where an ordinary handshake has failed."""
    reply = await ctx.system.ask(AskTlcp(address, ctx.site.acquirer.port))
    return "" if isinstance(reply, Unknown) or not reply.supported else reply.suite


def no_common_tls(shaken: Handshake) -> bool:
    """Was there no common version or cipher, or no TLS at all? False for a certificate
    that was refused, for silence, and where the server wants a client certificate."""
    early = shaken.step in ("hello", "server-hello") and not shaken.verify_code
    return early and shaken.outcome in ("refused", "closed", "malformed")


def closed_before_tls(shaken: Handshake) -> bool:
    """Did the server close the connection before it sent a byte?"""
    return shaken.outcome == "closed" and shaken.received == 0


async def hangs_up(ctx: Context, address: str, connection: Connection) -> bool:
    """Does the host close a connection that it accepted before it sends a byte of TLS?
    One that speaks only TLCP does so to any other ClientHello."""
    if not ctx.site.acquirer.tls or connection.outcome != "ok":
        return connection.outcome == "closed"
    shaken = await handshake(ctx, address)
    if isinstance(shaken, Unknown) or not closed_before_tls(shaken):
        return False
    return not await tlcp_suite(ctx, address)


async def connect(ctx: Context, address: str) -> Connection | Unknown:
    """How the acquirer's port answers, on the same connection that TLS will use."""
    acquirer = ctx.site.acquirer
    if acquirer.tls:
        shaken = await handshake(ctx, address)
        return shaken if isinstance(shaken, Unknown) else shaken.tcp
    return await ctx.system.ask(Connect(address, acquirer.port, watch=WATCH))


async def answers_next_door(ctx: Context, address: str, port: int) -> bool:
    """Does a machine within `NEXT_DOOR` hops accept or reset a connect to a host beyond
    these? False where the host itself is that near, or where nothing is known."""
    near = Connect(address, port, tries=2, timeout=2.5, ttl=NEXT_DOOR)
    ping = Ping(address, 2, 0.1, ttl=NEXT_DOOR, series="next-door")
    answer, echoes = await asyncio.gather(ctx.system.ask(near), ctx.system.ask(ping))
    if isinstance(answer, Unknown) or isinstance(echoes, Unknown) or echoes.answered:
        return False
    reset = answer.outcome == "refused" and answer.error is None
    return answer.outcome in ("ok", "closed") or reset


async def serves_acquirer(ctx: Context, address: str) -> bool | None:
    """Does `address` serve the site's acquirer? None: not known."""
    tls = ctx.site.acquirer.tls
    answer = await handshake(ctx, address) if tls else await connect(ctx, address)
    if isinstance(answer, Unknown):
        return None
    if isinstance(answer, Handshake) and no_common_tls(answer):
        return None if await tlcp_suite(ctx, address) else False
    return answer.outcome == "ok"
