"""How long does a silent connection to the acquirer last?

A NAT or firewall that drops the state of an idle connection makes the next sale on it
fail. Terminals mostly open a new one for each sale, so this is reported as a fact and
never as a cause. Only in a thorough run, as it takes that long to measure.
"""

import asyncio

from posdiag.measure.acquirer import connected_address
from posdiag.model import Context, Finding, check, known, ok, skip
from posdiag.model.limits import Plan
from posdiag.model.questions.payment import StayQuiet

SPARE = 6.0  # seconds kept at the end: three keep-alive probes, and the report
SHORTEST = 5.0  # seconds of silence worth measuring


@check("acquirer.idle", order=50, needs=("acquirer.connect",), timeout=90)
async def acquirer_idle(ctx: Context) -> Finding:
    if not ctx.site.acquirer.host:
        return skip("skip.not-configured")
    if ctx.plan is not Plan.THOROUGH:
        return skip("skip.thorough")
    address = connected_address(ctx)
    seconds = ctx.limits["idle.seconds"]
    if ctx.ends is not None:
        left = ctx.ends - asyncio.get_running_loop().time()
        seconds = min(seconds, left - SPARE)
    if not address or seconds < SHORTEST:
        return skip("skip.nothing-to-test")
    asked = StayQuiet(address, ctx.site.acquirer.port, round(seconds))
    quiet = known(await ctx.system.ask(asked))
    if quiet.state == "not-opened":
        return skip("skip.nothing-to-test")
    return ok(variant=quiet.state, seconds=quiet.seconds, tested=asked.seconds)
