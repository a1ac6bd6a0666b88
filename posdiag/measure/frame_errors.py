"""Damaged frames and lost carrier of the uplink, by the counters of the machine.

Sources: ethtool and RFC 2863 interface counters; checksum errors of IP, ICMP, UDP and
TCP (RFC 1213, `/proc/net/snmp`), as many adapters count no damaged frames themselves.
"""

import asyncio
from dataclasses import dataclass, replace

from posdiag.measure.statistics import increase, wilson_interval
from posdiag.measure.uplink import carries, uplink
from posdiag.model import Context, Facts, Finding, fail, known, ok, unmeasured, warn
from posdiag.model.limits import Limits, Plan
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import (
    AskDamage,
    AskInterfaces,
    Counters,
    Damage,
    Interface,
)

STEP = 0.15  # seconds between two readings
WINDOW = {Plan.QUICK: 0.9, Plan.DEFAULT: 2.4, Plan.THOROUGH: 10.0}  # seconds
SINCE_START = "since-start"


@dataclass(frozen=True, slots=True)
class FrameErrors:
    """How much the counters of one interface grew within `seconds`.

    `uncounted` is why checksum errors are not counted; then an absence of errors proves
    nothing.
    """

    interface: Interface
    seconds: float = 0.0
    packets: int = 0
    errors: int = 0  # damaged frames, collisions, packets with a wrong checksum
    changes: int = 0  # carrier lost or regained
    uncounted: Unknown | None = None


async def watch_frames(ctx: Context) -> FrameErrors:
    """Errors while other checks send packets, over one window of the plan's length, or
    two where the first shows a handful. Raises `Unmeasured` without counters."""
    interface = (await uplink(ctx)).interface
    known(interface.counters or Unknown("unsupported"))
    damage = await ctx.system.ask(AskDamage())
    seen = FrameErrors(interface)
    for window in (0, 1):
        seen = await _watch(ctx, interface, damage, seen, window)
        if not 0 < seen.errors < ctx.limits["link.errors"]:
            break
    return seen


async def frames_since_start(ctx: Context) -> FrameErrors:
    """Errors since the run first read the counters; by the time that loss is found,
    many packets have passed. Raises `Unmeasured` without interfaces."""
    before = (await uplink(ctx)).interface
    now = await _read(ctx, before, SINCE_START) or before
    damage = await ctx.system.ask(AskDamage())
    later = await ctx.system.ask(AskDamage(series=SINCE_START))
    return _growth(before, now, (damage, later))


def judge_frames(seen: FrameErrors, limits: Limits) -> Finding:
    """Flapping, damaged frames or half duplex as `link.errors`; ok or skipped else."""
    facts: Facts = {
        "interface": seen.interface.name,
        "packets": seen.packets,
        "errors": seen.errors,
        "changes": seen.changes,
        "seconds": seen.seconds or None,  # 0: since the run began, not timed
    }
    if seen.changes >= limits["link.flaps"]:
        return fail("link.errors", facts, variant="flapping")
    enough = seen.errors >= limits["link.errors"]
    if enough and seen.errors >= limits["link.error_ratio"] * seen.packets:
        loss = _most_loss(seen.errors, seen.packets)
        return replace(warn("link.errors", facts, variant="damaged"), loss=loss)
    if seen.interface.duplex == "half" and seen.interface.kind == "ethernet":
        return warn("link.errors", facts, variant="half-duplex")
    return unmeasured(seen.uncounted) if seen.uncounted else ok("", facts)


def _most_loss(errors: int, packets: int) -> float:
    """The upper bound (95 %) of round-trip loss (0-1) that these damaged frames
    explain, if as many are damaged on their way out."""
    count = max(errors, packets)  # some adapters do not count a damaged one as received
    return 1 - (1 - wilson_interval(errors / count, count)[1]) ** 2


async def _watch(
    ctx: Context,
    before: Interface,
    damage: Damage | Unknown,
    last: FrameErrors,
    window: int,
) -> FrameErrors:
    """Read the counters for one more window; the result covers all windows so far."""
    carrier, now, changes = carries(last.interface), last.interface, last.changes
    readings = round(WINDOW[ctx.plan] / STEP)
    for number in range(window * readings, (window + 1) * readings):
        await asyncio.sleep(STEP)
        now = await _read(ctx, before, "window", number) or now
        changes += carries(now) is not carrier
        carrier = carries(now)
    later = await ctx.system.ask(AskDamage(series="window", number=window))
    seconds = round(last.seconds + readings * STEP, 2)
    return _growth(before, now, (damage, later), changes, seconds)


async def _read(
    ctx: Context, before: Interface, series: str, number: int = 0
) -> Interface | None:
    asked = AskInterfaces(series=series, number=number)
    interfaces = known(await ctx.system.ask(asked))
    return next((i for i in interfaces.all if i.name == before.name), None)


def _growth(
    before: Interface,
    now: Interface,
    damage: tuple[Damage | Unknown, Damage | Unknown],
    changes: int = 0,
    seconds: float = 0.0,
) -> FrameErrors:
    old, new = before.counters or Counters(), now.counters or Counters()
    errors = new.rx_errors - old.rx_errors + new.collisions - old.collisions
    first, last = damage
    if isinstance(first, Damage) and isinstance(last, Damage):
        errors += last.damaged - first.damaged
    # The kernel's own count of carrier changes misses none.
    counted = increase(before.carrier_changes, now.carrier_changes) or 0
    return FrameErrors(
        now,
        seconds,
        packets=new.rx_packets - old.rx_packets,
        errors=errors,
        changes=max(changes, counted),
        uncounted=first if isinstance(first, Unknown) else None,
    )
