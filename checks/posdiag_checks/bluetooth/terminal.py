"""Is the terminal paired, connected, in range?

A paired device that is not connected answers no search unless it is discoverable, so
its silence proves little.
"""

from dataclasses import replace

from posdiag.model import Context, Finding, check, fail, known, ok, skip
from posdiag.model.questions.devices import AskBluetooth, Bluetooth

SEARCH = 8.0  # seconds; an inquiry of Bluetooth takes 10.24 s, LE a few (Core 6.0)


@check(
    "bluetooth.terminal",
    order=20,
    needs=("bluetooth.adapter",),
    evidence=("bluetooth",),
    timeout=16,
)
async def bluetooth_terminal(ctx: Context) -> Finding:
    address = ctx.site.bluetooth.address
    if address is None:
        return skip("skip.not-configured")
    found = judge(known(await ctx.system.ask(AskBluetooth(address, SEARCH))), address)
    return ctx.of_line("bluetooth", found)


def judge(bluetooth: Bluetooth, address: str) -> Finding:
    device = bluetooth.device
    if device is None:
        if not bluetooth.searched:
            return skip("skip.bluetooth-untold")
        return fail(
            "bluetooth.not-found",
            mac=address,
            seconds=SEARCH,
            confidence=0.85,
            rivals=("bluetooth.not-paired",),
        )
    facts = {"mac": address, "name": device.name or address, "rssi": device.rssi}
    if device.blocked:
        return fail("bluetooth.not-paired", facts, variant="blocked")
    if device.connected:
        return ok("", facts)
    if not device.paired:
        return fail("bluetooth.not-paired", facts)
    if device.rssi is not None:
        return replace(ok("", facts, variant="in-range"), proves=())
    if not bluetooth.searched:
        return skip("skip.bluetooth-untold")
    return fail(
        "bluetooth.not-found",
        {**facts, "seconds": SEARCH},
        variant="paired",
        confidence=0.7,
    )
