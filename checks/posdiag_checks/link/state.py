"""Is there a network adapter, switched on, with a carrier?"""

import asyncio
from dataclasses import replace

from posdiag.measure.uplink import Uplink, candidates, carries, find_uplink
from posdiag.model import Context, Finding, check, fail, known, ok
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import AskInterfaces
from posdiag.model.questions.wifi import AskRadio

SETTLE = (0.4, 0.6, 0.8)
"""Pauses before a missing carrier is believed: a port takes up to 2 s to settle."""

PROVEN = {
    "ethernet": ("link.ethernet",),
    "virtual": ("link.ethernet",),
    "cellular": ("link.cellular",),
}
"""By the kind of this machine's interface, what else its state is evidence of."""


@check(
    "link.state",
    order=10,
    part="link",
    evidence=("link", "link.ethernet", "link.cellular"),
    vital=True,
)
async def link_state(ctx: Context) -> Finding:
    up = await find_uplink(ctx)
    if up is None:
        return await _no_adapter(ctx)
    for number, pause in enumerate(SETTLE, start=1):
        if carries(up.interface):
            break
        await asyncio.sleep(pause)
        up = await find_uplink(ctx, "settle", number) or up
    return judge(up, await _blocked(ctx, up))


async def _blocked(ctx: Context, up: Uplink) -> str:
    """Is the radio switched off: "soft" (flight mode) or "hard" (a switch)? Else ""."""
    if up.interface.kind != "wifi" or carries(up.interface):
        return ""
    radio = await ctx.system.ask(AskRadio(up.interface.name))
    return "" if isinstance(radio, Unknown) else radio.blocked or ""


def judge(up: Uplink, blocked: str = "") -> Finding:
    interface = up.interface
    if carries(interface):
        found = ok(interface=interface.name, kind=interface.kind)
        return replace(found, proves=_proves(up))
    if blocked:
        variant = "blocked"
    elif not interface.enabled:
        variant = "disabled"
    else:
        variant = "radio" if interface.kind == "wifi" else "cable"
    return fail(
        "link.down",
        interface=interface.name,
        kind=interface.kind,
        blocked=blocked,
        variant=variant,
    )


def _proves(up: Uplink) -> tuple[str, ...]:
    """A SIM's interface is this machine's uplink only with a route."""
    if up.interface.kind == "cellular" and up.route is None:
        return ("link",)
    return ("link", *PROVEN.get(up.interface.kind, ()))


async def _no_adapter(ctx: Context) -> Finding:
    named = ctx.site.connection.interface
    interfaces = known(await ctx.system.ask(AskInterfaces()))
    return fail(
        "link.no-adapter",
        interface=named or "",
        present=tuple(i.name for i in candidates(interfaces)),
        variant="named" if named else "none",
    )
