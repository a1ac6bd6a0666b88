"""Are frames damaged, does the link flap, did it fall back to half duplex?"""

import asyncio
from dataclasses import dataclass

from posdiag.measure.uplink import carries, uplink
from posdiag.model import (
    Context,
    Facts,
    Finding,
    Status,
    check,
    fail,
    known,
    ok,
    unmeasured,
    warn,
)
from posdiag.model.limits import Limits, Plan
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import (
    AskDamage,
    AskInterfaces,
    Counters,
    Damage,
    Interface,
)

STEP = 0.15  # seconds between two looks
SINCE_START = "since-start"  # the series of what another check asks for
WINDOW = {Plan.QUICK: 0.9, Plan.DEFAULT: 2.4, Plan.THOROUGH: 10.0}


@dataclass(frozen=True, slots=True)
class Window:
    """What the counters did while the other checks sent their packets."""

    interface: Interface
    seconds: float
    packets: int = 0
    errors: int = 0  # damaged frames, and packets with a wrong checksum
    changes: int = 0  # carrier lost or regained


@check("link.errors", order=20, part="link", needs=("link.state",), timeout=15)
async def link_errors(ctx: Context) -> Finding:
    interface = (await uplink(ctx)).interface
    known(interface.counters or Unknown("unsupported"))
    damage = await ctx.system.ask(AskDamage())
    window = Window(interface, 0.0)
    for span in (0, 1):
        window = await watch(ctx, interface, damage, window, span)
        if not 0 < window.errors < ctx.limits["link.errors"]:
            break  # only a handful of errors is worth a second look
    return _honest(judge(window, ctx.limits), damage)


def _honest(finding: Finding, damage: Damage | Unknown) -> Finding:
    """Many adapters count no damaged frames themselves: without the system's count of
    wrong checksums a clean one proves nothing."""
    if finding.status is Status.OK and isinstance(damage, Unknown):
        return unmeasured(damage)
    return finding


def judge(window: Window, limits: Limits) -> Finding:
    facts: Facts = {
        "interface": window.interface.name,
        "packets": window.packets,
        "errors": window.errors,
        "changes": window.changes,
        "seconds": window.seconds,
    }
    if window.changes >= limits["link.flaps"]:
        return fail("link.errors", facts, variant="flapping")
    enough = window.errors >= limits["link.errors"]
    if enough and window.errors >= limits["link.error_ratio"] * window.packets:
        return warn("link.errors", facts, variant="damaged")
    if window.interface.duplex == "half" and window.interface.kind == "ethernet":
        return warn("link.errors", facts, variant="half-duplex")
    return ok("", facts)


async def watch(
    ctx: Context,
    before: Interface,
    damage: Damage | Unknown,
    last: Window,
    span: int,
) -> Window:
    """Look at the counters again and again for one span of the plan's length. What
    comes back covers all spans so far."""
    carrier, now, changes = carries(last.interface), last.interface, last.changes
    looks = round(WINDOW[ctx.plan] / STEP)
    for look in range(looks):
        await asyncio.sleep(STEP)
        now = await _look(ctx, before, "window", span * looks + look) or now
        changes += carries(now) is not carrier
        carrier = carries(now)
    damaged = await ctx.system.ask(AskDamage(series="window", number=span))
    seconds = round(last.seconds + looks * STEP, 2)
    return _window(before, now, (damage, damaged), changes, seconds)


async def since_start(ctx: Context) -> Finding:
    """The same judgement over the whole run so far: for a loss that is found later, to
    tell a damaged cable from a lossy one."""
    before = (await uplink(ctx)).interface  # as it was first looked at
    now = await _look(ctx, before, SINCE_START) or before
    later = AskDamage(series=SINCE_START)
    damage = await ctx.system.ask(AskDamage()), await ctx.system.ask(later)
    finding = judge(_window(before, now, damage, 0, 0.0), ctx.limits)
    return _honest(finding, damage[0])


async def _look(
    ctx: Context, before: Interface, series: str, number: int = 0
) -> Interface | None:
    asked = AskInterfaces(series=series, number=number)
    interfaces = known(await ctx.system.ask(asked))
    return next((i for i in interfaces.all if i.name == before.name), None)


def _window(
    before: Interface,
    now: Interface,
    damage: tuple[Damage | Unknown, Damage | Unknown],
    changes: int,
    seconds: float,
) -> Window:
    old, new = before.counters or Counters(), now.counters or Counters()
    return Window(
        now,
        seconds,
        packets=new.rx_packets - old.rx_packets,
        errors=_damaged(*damage)
        + (new.rx_errors - old.rx_errors)
        + (new.collisions - old.collisions),
        changes=max(changes, _changes(before, now)),
    )


def _damaged(before: Damage | Unknown, now: Damage | Unknown) -> int:
    if isinstance(before, Unknown) or isinstance(now, Unknown):
        return 0
    return now.damaged - before.damaged


def _changes(before: Interface, now: Interface) -> int:
    """Carrier changes by the kernel's own count, which misses none."""
    if before.carrier_changes is None or now.carrier_changes is None:
        return 0
    return now.carrier_changes - before.carrier_changes
