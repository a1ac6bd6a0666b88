"""Does the traffic of a sale get through: full segments and connections?

Small echoes do not show this: bit errors, full buffers and some filters hit long
packets more than short ones, and a full NAT table hits connections. A few of each are
sent in every run. Where one is lost, many more follow, each along with a small echo:
what is lost of those, too, is the path's own loss. Times are seconds, sizes bytes of
the IP packet.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from posdiag.measure.acquirer import connect, handshake
from posdiag.measure.loss.probes import ask, connections, echo_timeout, extended, paced
from posdiag.measure.loss.samples import HostSample, Kind, SaleLoss, sale_hypotheses
from posdiag.measure.loss.sampling import (
    FULL,
    HEADERS,
    LONGEST_CONNECT,
    bytes_left,
    first_connections,
    long_echoes,
)
from posdiag.measure.statistics import decide, evenly_spaced, stays_lost
from posdiag.measure.uplink import Uplink
from posdiag.model import Context
from posdiag.model.questions.base import Unknown, ask_all
from posdiag.model.questions.tls import Handshake
from posdiag.model.questions.wire import Connect, Connection, Ping

STALL = 0.2  # the minimum retransmission timeout of Linux (RFC 6298)
LARGE_INTERVAL = 0.08
CONNECT_INTERVAL = 0.12
ALL_LOST = 16  # of which none is answered


@dataclass(frozen=True, slots=True)
class SaleSample:
    """The small `echoes` that were sent along, and the loss that was `found`, None
    where no more is lost than of these."""

    echoes: HostSample
    found: SaleLoss | None = None


async def sample_sale(
    ctx: Context, up: Uplink, path: HostSample, port: int | None
) -> SaleSample:
    """Sample full segments and, where `port` is given, connections to the host of
    `path`, which answers echoes. Loss by size comes first."""
    small = HostSample(path.address, "icmp")
    shaken = await _handshake(ctx, path.address, port)
    large, doubtful = await asyncio.gather(
        _doubt_large(ctx, up, path, shaken), _doubt_connections(ctx, path, port, shaken)
    )
    if large:
        sampled, small = await _sample_large(ctx, path, large, small)
        found = judge_large(ctx, sampled, large)
        if found:
            return SaleSample(small, found)
    if doubtful and port is not None:
        sampled, small = await _sample_connections(ctx, path, port, small)
        return SaleSample(small, judge_connections(ctx, sampled))
    return SaleSample(small)


def judge_large(ctx: Context, sampled: HostSample, size: int) -> SaleLoss | None:
    """None where they pass, and where none does: that is a path MTU or a host that
    ignores long pings, no loss."""
    decision = decide(sampled.sample, sale_hypotheses(ctx.limits, "large"))
    if decision == "good" or not sampled.answered:
        return None
    return SaleLoss("large", sampled, decision, size)


def judge_connections(ctx: Context, sampled: HostSample) -> SaleLoss | None:
    """None where they pass, and where a limiter drops them."""
    decision = decide(sampled.sample, sale_hypotheses(ctx.limits, "connections"))
    one = sampled.sample.k < 2  # as likely as not at 1 %, of so many
    if decision == "good" or (decision == "open" and one) or is_limited(sampled):
        return None
    return SaleLoss("connections", sampled, decision)


def is_limited(sampled: HostSample) -> bool:
    """Are connections limited in number or rate: is hardly any answered after the first
    that was lost, or are they dropped at an even rate?"""
    return stays_lost(sampled.sample) or evenly_spaced(sampled.sample)


async def _handshake(
    ctx: Context, address: str, port: int | None
) -> Handshake | Unknown | None:
    """The handshake of this run with this host; None where there is none."""
    acquirer = ctx.site.acquirer
    if port is None or port != acquirer.port or not (acquirer.host and acquirer.tls):
        return None
    return await handshake(ctx, address)


def gaps(shaken: Handshake | Unknown | None) -> bool:
    """Did the server's certificates, a few full segments, arrive out of order or late,
    as if one was lost? Then two more echoes are worth their cost."""
    if not isinstance(shaken, Handshake) or shaken.outcome in ("silent", "not-sent"):
        return False
    late = shaken.seconds > 3 * shaken.tcp.seconds + STALL
    return late or shaken.disordered > 0


async def _doubt_large(
    ctx: Context, up: Uplink, path: HostSample, shaken: Handshake | Unknown | None
) -> int:
    """The packet size to sample where one of the run's long packets was lost, else
    0."""
    full = full_size(up)
    first = long_echoes(ctx, path, full)  # those of the path's sample, asked before
    answers = [*await ask_all(ctx.system, first)]
    if gaps(shaken) and bytes_left(ctx) >= 4 * full:
        more = (_echo(path, full, number, "sale") for number in range(2))
        answers += await ask_all(ctx.system, more)
    lost = False
    for answer in answers:
        if not isinstance(answer, Unknown):
            full = min(full, answer.too_big or full)
            lost |= bool(answer.lost) and answer.too_big is None
    return full if lost else 0


def full_size(up: Uplink) -> int:
    """Bytes of the largest packet that this machine's card sends, at most 1500."""
    return min(up.interface.mtu or FULL, FULL)


def _echo(path: HostSample, size: int, number: int, series: str) -> Ping:
    timeout, payload = echo_timeout((path.usual,)), max(0, size - HEADERS)
    return Ping(
        path.address, 1, timeout=timeout, size=payload, series=series, number=number
    )


async def _doubt_connections(
    ctx: Context, path: HostSample, port: int | None, shaken: Handshake | Unknown | None
) -> bool:
    """Was a SYN lost, in the run's own connect and handshake or in some more
    connections? One after another, as some acquirers accept one at a time."""
    if port is None or (path.rtt or 0) > LONGEST_CONNECT:
        return False
    if isinstance(shaken, Handshake) and _syn_lost(shaken.tcp):
        return True
    own = bool(ctx.site.acquirer.host) and port == ctx.site.acquirer.port
    if own and _syn_lost(await connect(ctx, path.address)):
        return True
    sampled = HostSample(path.address, "tcp")
    for question in first_connections(ctx, path.address, port):
        sampled = extended(sampled, await ask(ctx, question))
        if sampled.sample.k:
            break
    return sampled.sample.k > 0


def _syn_lost(answer: Connection | Unknown) -> bool:
    return isinstance(answer, Connection) and bool(answer.tries or answer.retransmits)


async def _sample_large(
    ctx: Context, path: HostSample, size: int, small: HostSample
) -> tuple[HostSample, HostSample]:
    between = sale_hypotheses(ctx.limits, "large")
    asked = [_echo(path, size, n, "sale-large") for n in range(between.cap)]
    return await _beside(ctx, path, asked, LARGE_INTERVAL, "large", small)


async def _sample_connections(
    ctx: Context, path: HostSample, port: int, small: HostSample
) -> tuple[HostSample, HostSample]:
    between = sale_hypotheses(ctx.limits, "connections")
    asked = connections(
        path.address, port, between.cap, "loss", path.rtt or 0, check_fin=False
    )
    pause = max(CONNECT_INTERVAL, min(0.3, 1.5 * (path.rtt or 0)))
    wanted = [replace(q, series="sale") for q, _ in asked]
    return await _beside(ctx, path, wanted, pause, "connections", small)


async def _beside(
    ctx: Context,
    path: HostSample,
    asked: Sequence[Ping | Connect],
    pause: float,
    kind: Kind,
    small: HostSample,
) -> tuple[HostSample, HostSample]:
    """Probe until decided, each time along with a small echo: both samples."""
    between = sale_hypotheses(ctx.limits, kind)
    sampled = HostSample(path.address, "icmp" if kind == "large" else "tcp")
    sampled = replace(sampled, usual=path.rtt or 0)
    pairs: list[tuple[Ping | Connect, float]] = []
    for number, question in enumerate(asked):
        pairs.append((question, 0.0))
        pairs.append((_echo(path, HEADERS, number, f"beside-{kind}"), pause))
    async for question, answer in paced(ctx, pairs):
        if question in asked:
            sampled = extended(sampled, answer)
            continue
        small = extended(small, answer)
        decided = decide(sampled.sample, between) != "open" and not is_limited(sampled)
        # Where none is answered at all, it is no loss.
        hopeless = sampled.sample.n >= ALL_LOST and not sampled.answered
        over = bytes_left(ctx) <= 0 and _spent(sampled) >= ctx.limits["budget.reserve"]
        if decided or hopeless or over:
            break
    return sampled, small


def _spent(sampled: HostSample) -> int:
    return sampled.sample.n * (2 * FULL if sampled.method == "icmp" else 200)
