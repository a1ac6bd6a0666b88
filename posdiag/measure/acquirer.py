"""Reaching a host as a terminal does: shared by all checks that need to know."""

from posdiag.formats.address import is_address
from posdiag.model import Context
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.tls import AskTlcp, Handshake, Shake
from posdiag.model.questions.wire import Connect, Connection
from posdiag.model.site import Acquirer

WATCH = 0.6
"""Seconds to see whether a plain-TCP acquirer closes a connection at once."""

NATIONAL = "skip.national-cryptography"
"""The reason where the acquirer speaks TLCP, which OpenSSL cannot (field-facts 6.4)."""


def shake_question(ctx: Context, address: str) -> Shake:
    """The handshake that a terminal of this site would make."""
    acquirer = ctx.site.acquirer
    host = acquirer.server_name or acquirer.host or address
    return Shake(
        address,
        acquirer.port,
        host=host,
        server_name="" if is_address(host) else host,  # RFC 6066 section 3
        ca_file=acquirer.ca_file or "",
        client_cert=acquirer.client_cert or "",
        client_key=acquirer.client_key or "",
        timeout=ctx.limits["tls.timeout"],
    )


async def shake(ctx: Context, address: str) -> Handshake | Unknown:
    return await ctx.system.ask(shake_question(ctx, address))


async def national(ctx: Context, address: str) -> str:
    """The cipher suite by which this host speaks TLCP (SM2, SM3, SM4), "" where it does
    not. Worth asking only where an ordinary handshake came to nothing."""
    reply = await ctx.system.ask(AskTlcp(address, ctx.site.acquirer.port))
    return "" if isinstance(reply, Unknown) or not reply.supported else reply.suite


def baffled(shaken: Handshake) -> bool:
    """Was there no common version or cipher, or no TLS at all? Certificates, silence
    and what the server wants of us are other matters."""
    early = shaken.step in ("hello", "server-hello") and not shaken.verify_code
    return early and shaken.outcome in ("refused", "closed", "malformed")


async def connect(ctx: Context, address: str) -> Connection | Unknown:
    """How the acquirer's port answers, on the same connection that TLS will use."""
    acquirer: Acquirer = ctx.site.acquirer
    if acquirer.tls:
        handshake = await shake(ctx, address)
        return handshake if isinstance(handshake, Unknown) else handshake.tcp
    return await ctx.system.ask(Connect(address, acquirer.port, watch=WATCH))


async def works(ctx: Context, address: str) -> bool | None:
    """Does this address serve the site's acquirer? None: not known."""
    if ctx.site.acquirer.tls:
        handshake = await shake(ctx, address)
        if isinstance(handshake, Unknown):
            return None
        if baffled(handshake) and await national(ctx, address):
            return None
        return handshake.outcome == "ok"
    connection = await connect(ctx, address)
    return None if isinstance(connection, Unknown) else connection.outcome == "ok"
