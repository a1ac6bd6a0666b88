"""Is this machine's clock right enough for certificates and for the acquirer?

It is compared with the Date of an HTTP response, SNTP, the validity period of the
acquirer's certificate, and the release date of posdiag itself.
"""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime

from posdiag import RELEASED
from posdiag.measure.acquirer import handshake, unverified_handshake
from posdiag.measure.clock import DAY, utc_text, valid_at
from posdiag.measure.internet import fetch_connectivity
from posdiag.measure.names import resolve_acquirer, url_host
from posdiag.measure.uplink import find_uplink
from posdiag.model import Context, Finding, check, fail, known, ok, skip, warn
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import AskTime
from posdiag.model.questions.tls import Certificate
from posdiag.model.questions.wire import AskNetworkTime

TIME_FAULTS = (9, 10)  # OpenSSL: certificate not yet valid, expired


@dataclass(frozen=True, slots=True)
class Offset:
    """Network time minus ours by one source, in seconds."""

    source: str
    offset: float


@check("clock.skew", order=10, timeout=14)
async def clock_skew(ctx: Context) -> Finding:
    now = known(await ctx.system.ask(AskTime())).seconds
    released = datetime.fromisoformat(RELEASED).replace(tzinfo=UTC).timestamp()
    offsets, certificate = await asyncio.gather(
        by_network(ctx, now), certificate_in_doubt(ctx)
    )
    if now < released - DAY:
        return _long_before(released, offsets, certificate, now)
    return judge(offsets, certificate, now, ctx.limits["clock.skew"])


def _long_before(
    released: float, offsets: list[Offset], certificate: Certificate | None, now: float
) -> Finding:
    """Certainly wrong; by how much is known only from the network."""
    late = [t for t in offsets if now + t.offset >= released]
    best = late[0] if late else Offset("posdiag", released - now)
    blocks = certificate is not None and certificate.not_before > now
    return _wrong(
        "before-release", best.offset, now, best.source, sure=True, blocks=blocks
    )


def judge(
    offsets: list[Offset], certificate: Certificate | None, now: float, limit: float
) -> Finding:
    """`certificate` is the acquirer's, if our clock is outside its validity period."""
    if not offsets:
        return skip("skip.nothing-to-test")
    agreeing = [t for t in offsets if abs(t.offset) < limit]
    if agreeing:
        return ok(offset=agreeing[0].offset, source=agreeing[0].source)
    best = min(offsets, key=lambda t: abs(t.offset))
    variant = "behind" if best.offset > 0 else "ahead"
    blocks = certificate is not None and valid_at(certificate, now + best.offset)
    sure = blocks or len(offsets) > 1
    return _wrong(variant, best.offset, now, best.source, sure=sure, blocks=blocks)


def _wrong(
    variant: str,
    offset: float,
    now: float,
    source: str,
    *,
    sure: bool,
    blocks: bool = False,
) -> Finding:
    make = fail if blocks else warn
    return make(
        "clock.skew",
        variant=variant,
        offset=offset,
        local=utc_text(now),
        network=utc_text(now + offset),
        source=source,
        confidence=0.97 if sure else 0.85,
    )


async def by_network(ctx: Context, now: float) -> list[Offset]:
    """Offsets by the network. SNTP is queried only to confirm a wrong clock."""
    offsets: list[Offset] = []
    fetched = await fetch_connectivity(ctx)
    if fetched:
        url, _, reply = fetched
        after = known(await ctx.system.ask(AskTime(series="fetched"))).seconds
        if reply.outcome == "ok" and reply.date is not None and reply.status == 204:
            offsets.append(Offset(url_host(url), reply.date - after))
    if offsets and abs(offsets[0].offset) < ctx.limits["clock.skew"]:
        return offsets
    up = await find_uplink(ctx)
    if up and up.gateway:
        reply_ntp = await ctx.system.ask(AskNetworkTime(up.gateway))
        if not isinstance(reply_ntp, Unknown) and reply_ntp.offset is not None:
            offsets.append(Offset(f"ntp {up.gateway}", reply_ntp.offset))
    return offsets


async def certificate_in_doubt(ctx: Context) -> Certificate | None:
    """The acquirer's certificate, if our clock is outside its validity period."""
    if not ctx.site.acquirer.tls:
        return None
    resolved = await resolve_acquirer(ctx)
    if resolved is None or not resolved.found:
        return None
    address = resolved.addresses[0]
    shaken = await handshake(ctx, address)
    if isinstance(shaken, Unknown) or shaken.verify_code not in TIME_FAULTS:
        return None
    shown = await unverified_handshake(ctx, address)
    return shown.certificate if shown else None
