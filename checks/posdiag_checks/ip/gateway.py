"""Is a default gateway set, inside our subnet, and really the router?"""

from ipaddress import ip_address

from posdiag.measure.lan import RouterSearch, dead_gateway
from posdiag.measure.uplink import Uplink, uplink
from posdiag.model import Context, Finding, check, fail, known, ok
from posdiag.model.questions.machine import AskRoutes


@check("ip.gateway", order=30, part="address", needs=("ip.address",), vital=True)
async def ip_gateway(ctx: Context) -> Finding:
    up = await uplink(ctx)
    known(await ctx.system.ask(AskRoutes()))
    if up.route is None:
        return fail("ip.no-gateway", interface=up.interface.name, address=str(up.own))
    if up.gateway is None:
        return ok("point-to-point", gateway="", interface=up.interface.name)
    expected = ctx.site.connection.gateway
    if expected and ip_address(expected) != ip_address(up.gateway):
        return _wrong(up, "profile", expected)
    fine = ok(gateway=up.gateway, interface=up.interface.name)
    found = await dead_gateway(ctx, up)
    return fine if found is None else judge_silent(up, found) or fine


def judge_silent(up: Uplink, found: RouterSearch) -> Finding | None:
    """No device has the gateway's address. Is there a router at another one?

    None: no router was found at all, so `router.reach` has to judge.
    """
    own, gateway = up.own, up.gateway or ""
    if found.router and (own is None or ip_address(found.router) in own.network):
        sure = 0.95 if found.sure else 0.75
        return _wrong(up, "silent", found.router, sure)
    if own and ":" not in gateway and ip_address(gateway) not in own.network:
        return _wrong(up, "outside", found.router)
    return None


def _wrong(
    up: Uplink, variant: str, expected: str, confidence: float = 0.97
) -> Finding:
    return fail(
        "ip.wrong-gateway",
        variant=variant,
        gateway=up.gateway or "",
        address=str(up.own),
        expected=expected,
        confidence=confidence,
        rivals=() if confidence > 0.9 else ("router.unreachable",),
    )
