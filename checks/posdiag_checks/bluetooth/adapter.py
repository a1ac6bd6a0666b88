"""Is there a Bluetooth adapter, switched on?"""

from posdiag.model import Context, Finding, check, fail, known, ok, skip
from posdiag.model.questions.devices import AskBluetooth, Bluetooth
from posdiag.model.site import Site


def wanted(site: Site) -> bool:
    return site.connection.kind == "bluetooth" or site.bluetooth.address is not None


@check("bluetooth.adapter", order=10)
async def bluetooth_adapter(ctx: Context) -> Finding:
    if not wanted(ctx.site):
        return skip("skip.not-configured")
    found = judge(known(await ctx.system.ask(AskBluetooth())))
    return ctx.of_line("bluetooth", found)


def judge(bluetooth: Bluetooth) -> Finding:
    """One adapter that works is enough."""
    if not bluetooth.adapters:
        return fail("bluetooth.no-adapter", confidence=0.95)
    working = [a for a in bluetooth.adapters if a.powered and not a.blocked]
    if working:
        return ok(adapter=working[0].name)
    first = bluetooth.adapters[0]
    variant = {"soft": "blocked", "hard": "switch"}.get(first.blocked, "")
    return fail("bluetooth.off", variant=variant, adapter=first.name)
