"""Do full-size packets get through, and if not, is the smaller MTU announced?

A black hole is reported only with proof: a TLS handshake that stalls with full-size
segments and works with small ones, or large probes that are lost without an ICMP error
(RFC 4821) where TCP does not prove the contrary. A small announced MTU is healthy.
"""

import asyncio
from dataclasses import dataclass, replace
from typing import Literal

from posdiag.measure.acquirer import handshake, handshake_question
from posdiag.measure.internet import fetch_connectivity
from posdiag.measure.names import resolve_acquirer
from posdiag.measure.tasks import Background
from posdiag.measure.uplink import uplink
from posdiag.model import Context, Finding, Status, check, fail, ok, skip, warn
from posdiag.model.limits import Plan
from posdiag.model.questions.base import Unknown, ask_all
from posdiag.model.questions.tls import Handshake
from posdiag.model.questions.wire import Echoes, Ping

HEADERS = 28  # IPv4 and ICMP
TCP_HEADERS = 52  # IPv4 and TCP with its time stamps
MORE_BY_IPV6 = 20  # its header is so much longer; echoes are sent by IPv4 only
STANDARD = 1500  # Ethernet's; payments do not use jumbo frames
SMALL_SEGMENT = 500  # fits the smallest IPv4 MTU that a host must accept (576)
SMALL_TIME = 3.5  # seconds for TCP and for TLS with small segments
STALL = 1.3  # seconds without a handshake before small segments are tried beside it
LADDER = (1492, 1480, 1460, 1420, 1400, 1380, 1280, 1000, 576)
"""Packet sizes of PPPoE, tunnels, LTE, IPv6's minimum, and IPv4's."""
ONCE, AGAIN = 1, 3  # numbers of the echoes of one size: one, then three
MOST_ANNOUNCED = 4  # ever smaller sizes on one path
UNTESTED = "skip.mtu-untested"
COST = 3200  # bytes of one full-size echo and its answer

Stage = Literal["answers", "stalls", "freed", "none"]


@dataclass(frozen=True, slots=True)
class Ladder:
    """The packet sizes at which echoes passed."""

    passes: int  # largest, 0 for none
    fails: int  # smallest that vanished
    announced: int | None = None  # next-hop MTU in an ICMP error (RFC 1191)


@check("path.mtu", order=10, needs=("isp.reach",), timeout=16)
async def path_mtu(ctx: Context) -> Finding:
    target = await _target(ctx)
    if target is None:
        return skip("skip.nothing-to-test")
    card = (await uplink(ctx)).interface
    found = await _through(ctx, target, min(card.mtu, STANDARD))
    own = card.kind in ("ethernet", "wifi") and card.mtu < STANDARD
    if found.status is Status.OK and own and found.facts.get("mtu") == card.mtu:
        # Configured on this machine: no router announced it.
        return ok(mtu=card.mtu, target=target, interface=card.name, variant="own-card")
    return found


async def _through(ctx: Context, target: str, mtu: int) -> Finding:
    stage, shaken = await by_tls(ctx, target)
    if stage == "freed":
        return fail(
            "path.mtu-black-hole", variant="tls", target=target, passes=0, fails=mtu
        )
    six = ":" in target
    if six or not await _worth(ctx, shaken, mtu):
        if _proven(shaken, mtu, six):
            return ok(mtu=mtu, target=target)
        return skip(UNTESTED, mtu=mtu, target=target)
    return await by_ping(ctx, target, mtu, shaken)


def _proven(shaken: Handshake | None, size: int, six: bool = False) -> bool:
    """Did a TCP segment in a packet of `size` bytes come in?"""
    headers = TCP_HEADERS + (MORE_BY_IPV6 if six else 0)
    return shaken is not None and (shaken.segment or 0) + headers >= size


async def _target(ctx: Context) -> str | None:
    resolved = await resolve_acquirer(ctx)
    if resolved and resolved.found:
        found = resolved.addresses[0]
    else:
        fetched = await fetch_connectivity(ctx)
        found = fetched[1] if fetched else ""
    return found or None


async def _worth(ctx: Context, shaken: Handshake | None, mtu: int) -> bool:
    """Full-size echoes cost 3 kB: not in a quick run, not if the handshake has just
    proven full-size packets, not beyond the budget of a metered connection."""
    if ctx.plan is Plan.QUICK:
        return False
    sound = shaken is not None and shaken.outcome == "ok"
    if sound and _proven(shaken, mtu) and ctx.plan is not Plan.THOROUGH:
        return False
    left = ctx.limits["budget.default"] - ctx.system.meter.total
    return left >= COST or not ctx.site.metered


async def by_tls(ctx: Context, target: str) -> tuple[Stage, Handshake | None]:
    """The ordinary handshake; if it stalls, another with small segments meanwhile."""
    host = ctx.site.acquirer.host
    if not ctx.site.acquirer.tls or not host:
        return "none", None
    plain = asyncio.create_task(handshake(ctx, target))
    await asyncio.wait({plain}, timeout=STALL)
    if plain.done():
        return _stage(plain.result())
    with Background() as tasks:
        small = tasks.start(_small(ctx, target))
        stage, shaken = _stage(await plain)
        if stage != "stalls" or shaken is None:
            return stage, shaken
        freed = await small
        if freed is None or freed.received <= shaken.received:
            return stage, shaken
        return "freed", shaken


async def _small(ctx: Context, target: str) -> Handshake | None:
    """The handshake on a connection with a small MSS.

    None unless the server's whole answer came: a server that drips bytes answers
    slowly with segments of any size.
    """
    asked = replace(
        handshake_question(ctx, target),
        mss=SMALL_SEGMENT,
        verify=False,
        connect_timeout=SMALL_TIME,
        timeout=SMALL_TIME,
        series="small-segments",
    )
    answer = await ctx.system.ask(asked)
    if not isinstance(answer, Handshake) or not answer.received:
        return None
    return None if answer.outcome in ("silent", "malformed") else answer


def _stage(answer: Handshake | Unknown) -> tuple[Stage, Handshake | None]:
    if isinstance(answer, Unknown):
        return "none", None
    stalls = answer.outcome == "silent" and answer.tcp.outcome == "ok"
    return "stalls" if stalls else "answers", answer


async def by_ping(
    ctx: Context, target: str, mtu: int, shaken: Handshake | None
) -> Finding:
    size, answer = await _largest_announced(ctx, target, mtu)
    variant = "small" if size < mtu else ""
    if answer is None or answer.too_big is not None:
        return skip(UNTESTED, mtu=size, target=target)
    if answer.answered:
        return ok(mtu=size, target=target, variant=variant)
    small = await _echo(ctx, target, HEADERS, AGAIN)
    if small is None or not small.answered:
        return skip(UNTESTED, mtu=size, target=target)
    ladder = await _climb(ctx, target, size)
    if ladder.announced is not None:
        smaller = await _echo(ctx, target, ladder.announced, AGAIN)
        if smaller is not None and smaller.answered:
            return ok(mtu=ladder.announced, target=target, variant="small")
    return await _confirm(ctx, target, ladder, shaken)


async def _largest_announced(
    ctx: Context, target: str, mtu: int
) -> tuple[int, Echoes | None]:
    """Send a packet of `mtu` bytes, then one of the size that a router or this machine
    announces: one that enters a tunnel need not leave it. The last size, and its
    result."""
    size = mtu
    for _ in range(MOST_ANNOUNCED):
        answer = await _echo(ctx, target, size, ONCE)
        if answer is not None and not answer.answered and answer.too_big is None:
            answer = await _echo(ctx, target, size, AGAIN)
        announced = answer.too_big if answer else None
        if announced is None or not HEADERS < announced < size:
            break
        size = announced
    return size, answer


async def _echo(ctx: Context, target: str, size: int, number: int) -> Echoes | None:
    count = 1 if number == ONCE else 3
    one = Ping(target, count, size=size - HEADERS, whole=True, series="mtu")
    answer = await ctx.system.ask(replace(one, number=number))
    return None if isinstance(answer, Unknown) else answer


async def _climb(ctx: Context, target: str, mtu: int) -> Ladder:
    sizes = [s for s in LADDER if s < mtu]
    one = Ping(target, 2, whole=True, series="mtu-ladder")
    asked = (replace(one, size=s - HEADERS) for s in sizes)
    answers = await ask_all(ctx.system, asked)
    passed, failed, announced = [0], [mtu], list[int]()
    for size, answer in zip(sizes, answers, strict=True):
        if isinstance(answer, Unknown):
            continue
        if answer.too_big is not None:
            announced.append(answer.too_big)
        (passed if answer.answered else failed).append(size)
    return Ladder(max(passed), min(failed), min(announced, default=None))


async def _confirm(
    ctx: Context, target: str, ladder: Ladder, shaken: Handshake | None
) -> Finding:
    """Large echoes are lost. Some hosts drop them on purpose, so TCP decides: full-size
    segments that were received, or a large ClientHello that was answered."""
    if ladder.passes < LADDER[-1]:  # a filter for pings, not the edge of a tunnel
        return skip(UNTESTED, mtu=ladder.fails, target=target)
    proven = False
    if shaken is not None and shaken.outcome == "ok":
        came_in = (shaken.segment or 0) + TCP_HEADERS > ladder.passes
        large = replace(handshake_question(ctx, target), padding=1400, verify=False)
        answer = await ctx.system.ask(replace(large, timeout=2.5))
        went_out = isinstance(answer, Handshake) and answer.received > 0
        if came_in and went_out:
            return skip(UNTESTED, mtu=ladder.fails, target=target)
        proven = isinstance(answer, Handshake) and answer.outcome == "silent"
    return warn(
        "path.mtu-black-hole",
        variant="ping",
        target=target,
        passes=ladder.passes,
        fails=ladder.fails,
        confidence=0.95 if proven else 0.85,
    )
