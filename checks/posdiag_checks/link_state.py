"""Is there a network adapter, switched on, with a carrier?"""

import asyncio

from posdiag.model import Context, Finding, check, fail, known, ok
from posdiag.system.questions import AskInterfaces
from posdiag_checks._lan import Uplink, candidates, carries, find_uplink

SETTLE = (0.4, 0.6, 0.8)
"""Pauses before a missing carrier is believed: a port takes up to 2 s to settle."""


@check("link.state", vital=True)
async def link_state(ctx: Context) -> Finding:
    up = await find_uplink(ctx)
    if up is None:
        return await _no_adapter(ctx)
    for moment, pause in enumerate(SETTLE, start=1):
        if carries(up.interface):
            break
        await asyncio.sleep(pause)
        up = await find_uplink(ctx, moment) or up
    return judge(up)


def judge(up: Uplink) -> Finding:
    interface = up.interface
    if carries(interface):
        return ok(interface=interface.name, kind=interface.kind)
    if not interface.enabled:
        variant = "disabled"
    else:
        variant = "radio" if interface.kind == "wifi" else "cable"
    return fail(
        "link.down", interface=interface.name, kind=interface.kind, variant=variant
    )


async def _no_adapter(ctx: Context) -> Finding:
    named = ctx.site.connection.interface
    interfaces = known(await ctx.system.ask(AskInterfaces()))
    return fail(
        "link.no-adapter",
        interface=named or "",
        present=tuple(i.name for i in candidates(interfaces)),
        variant="named" if named else "none",
    )
