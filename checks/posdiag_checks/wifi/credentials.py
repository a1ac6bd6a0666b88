"""Can a terminal with these credentials join the network, and if not, why?

Evidence, in order: the form of the passphrase, a capture of the terminal joining, a
scan, and, with consent, a join test.
"""

from posdiag.formats.dot11 import ssid
from posdiag.measure.uplink import find_uplink
from posdiag.measure.wifi.network import (
    Network,
    find_adapter,
    scan,
    target_network,
    wifi_in_use,
)
from posdiag.model import Context, Finding, check, skip
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import Interface
from posdiag.model.questions.wifi import AskRadio, ReadHandshakes
from posdiag.model.questions.wifi_answers import Handshakes
from posdiag_checks.wifi.credentials_verdict import Evidence, judge
from posdiag_checks.wifi.join_test import join_request
from posdiag_checks.wifi.scan_verdict import ScanEvidence, judge_passphrase


@check(
    "wifi.credentials",
    order=10,
    part="link",
    evidence=("wifi",),
    timeout=75,
    alone="join",
)
async def wifi_credentials(ctx: Context) -> Finding:
    if not await wifi_in_use(ctx):
        return skip("skip.not-applicable")
    return judge(await _measure(ctx), ctx.limits)


async def _measure(ctx: Context) -> Evidence:
    adapter = await find_adapter(ctx)
    found = await _scan(ctx, adapter)
    if judge_passphrase(found):  # no network can have it: the rest is not needed
        return Evidence(adapter, found)
    capture = await _read_capture(ctx)
    if not isinstance(adapter, Interface) or "join" not in ctx.consent:
        return Evidence(adapter, found, capture)
    request = join_request(adapter.name, found)
    joined = None if request is None else await ctx.system.ask(request)
    return Evidence(adapter, found, capture, joined)


async def _scan(ctx: Context, adapter: Interface | Unknown | None) -> ScanEvidence:
    """All evidence that is available without leaving the present network."""
    if not isinstance(adapter, Interface):
        network = Network(ssid.encoded(ctx.site.wifi.ssid or ""), True)
        return ScanEvidence(ctx.site, network, elsewhere=True)
    radio = await ctx.system.ask(AskRadio(adapter.name))
    network = await target_network(ctx, adapter.name)
    # Joined already, and not about to leave: the system's cache suffices.
    stay = network.joined and "join" not in ctx.consent
    found = await scan(ctx, adapter.name, remembered=stay)
    up = await find_uplink(ctx)
    is_uplink = up is not None and up.interface.name == adapter.name
    away = network.link is not None and network.link.state != "disconnected"
    return ScanEvidence(
        ctx.site,
        network,
        found,
        radio=None if isinstance(radio, Unknown) else radio,
        enabled=adapter.enabled,
        gateway=(up.gateway or "") if up is not None and is_uplink else "",
        elsewhere=not is_uplink or (away and not network.joined),
    )


async def _read_capture(ctx: Context) -> Handshakes | Unknown | None:
    """The handshakes of the profile's capture file; None if it names none."""
    wifi = ctx.site.wifi
    if not wifi.handshake:
        return None
    name = ssid.encoded(wifi.ssid or "").hex()
    return await ctx.system.ask(ReadHandshakes(wifi.handshake, name, wifi.passphrase))
