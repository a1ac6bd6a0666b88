"""Are frames damaged, does the link flap, did it fall back to half duplex?"""

import asyncio
from dataclasses import dataclass

from posdiag.limits import Limits, Plan
from posdiag.model import Context, Facts, Finding, check, fail, known, ok, warn
from posdiag.system import Unknown
from posdiag.system.answers import Counters, Damage, Interface
from posdiag.system.questions import AskDamage, AskInterfaces
from posdiag_checks._lan import carries, uplink

FIRST, STEP = 100, 0.15  # moments of this check; seconds between two looks
WINDOW = {Plan.QUICK: 1.2, Plan.DEFAULT: 2.4, Plan.THOROUGH: 10.0}


@dataclass(frozen=True, slots=True)
class Window:
    """What the counters did while the other checks sent their packets."""

    interface: Interface
    seconds: float
    packets: int = 0
    errors: int = 0  # damaged frames, and packets with a wrong checksum
    changes: int = 0  # carrier lost or regained
    lifetime: float = 0.0  # damaged share of all frames since the port came up


@check("link.errors", needs=("link.state",), timeout=15)
async def link_errors(ctx: Context) -> Finding:
    return judge(await watch(ctx), ctx.limits)


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


async def watch(ctx: Context) -> Window:
    """Look at the counters again and again for the plan's window."""
    up = await uplink(ctx)
    known(up.interface.counters or Unknown("unsupported"))
    before, damage = up.interface, await ctx.system.ask(AskDamage())
    carrier, now, changes = carries(before), before, 0
    rounds = round(WINDOW[ctx.plan] / STEP)
    for moment in range(FIRST, FIRST + rounds):
        await asyncio.sleep(STEP)
        interfaces = known(await ctx.system.ask(AskInterfaces(moment)))
        same = [i for i in interfaces.all if i.name == before.name]
        now = same[0] if same else now
        changes += carries(now) is not carrier
        carrier = carries(now)
    damaged = await ctx.system.ask(AskDamage(1))
    return _window(before, now, changes, rounds * STEP, damage, damaged)


def _window(
    before: Interface,
    now: Interface,
    changes: int,
    seconds: float,
    damage: Damage | Unknown,
    damaged: Damage | Unknown,
) -> Window:
    old, new = before.counters or Counters(), now.counters or Counters()
    bad = 0
    if isinstance(damage, Damage) and isinstance(damaged, Damage):
        bad = damaged.damaged - damage.damaged
    counted = changes
    if before.carrier_changes is not None and now.carrier_changes is not None:
        counted = max(changes, now.carrier_changes - before.carrier_changes)
    return Window(
        now,
        seconds,
        packets=new.rx_packets - old.rx_packets,
        errors=bad + new.rx_errors - old.rx_errors + new.collisions - old.collisions,
        changes=counted,
        lifetime=new.rx_errors / max(1, new.rx_packets + new.rx_errors),
    )
