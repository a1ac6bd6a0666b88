"""How fast is the line? By consent only, as it costs more than a thousand sales.

A sale is so small that its speed is no matter: delay and loss decide (acquirer.loss).
"""

from posdiag.formats.address import is_address
from posdiag.measure.names import resolve
from posdiag.measure.uplink import find_uplink
from posdiag.model import Context, Finding, check, ok, skip
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wire import SPEED_COST, MeasureSpeed


@check("data.speed", order=20, needs=("isp.reach",), disturbing=True, timeout=30)
async def data_speed(ctx: Context) -> Finding:
    if "speed" not in ctx.consent:
        return skip("skip.not-asked-for", option="--allow-speed", cost=SPEED_COST)
    up = await find_uplink(ctx)
    if ctx.site.metered or (up is not None and up.interface.kind == "cellular"):
        return skip("skip.metered")
    host, _, port = (ctx.site.data.iperf3 or "").rpartition(":")
    if host and not is_address(host := host.strip("[]")):
        resolved = await resolve(ctx, host)
        if not resolved.found:
            return skip("skip.speed-failed", reason=host)
        host = resolved.addresses[0]
    asked = MeasureSpeed(host, int(port)) if host else MeasureSpeed()
    answer = await ctx.system.ask(asked)
    if isinstance(answer, Unknown):
        if answer.why == "trouble":
            return skip("skip.speed-failed", reason=answer.hint)
        return skip(f"skip.{answer.why}", hint=answer.hint)
    return ok(
        down=answer.down,
        up=answer.up,
        server=answer.server,
        delay=answer.seconds,
        sent=answer.sent,
        received=answer.received,
    )
