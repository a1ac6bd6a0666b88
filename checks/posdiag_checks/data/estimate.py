"""How much data do the sales use, is the plan large enough, and what did this run
cost?"""

from posdiag.model import Context, Finding, check, ok, skip, warn
from posdiag.model.limits import Limits
from posdiag.model.site import Data


@check(
    "data.estimate",
    order=10,
    # Last of all, so that nearly all of the run's own traffic is counted.
    after=(
        "path.mtu",
        "acquirer.connect",
        "acquirer.tls",
        "acquirer.loss",
        "acquirer.echo",
        "target.connect",
        "data.speed",
    ),
)
async def data_estimate(ctx: Context) -> Finding:
    return judge(ctx.site.data, ctx.limits, ctx.system.meter.total, ctx.site.metered)


def judge(data: Data, limits: Limits, run: int, metered: bool) -> Finding:
    """`run` is what the run has cost until now, in bytes."""
    given = data.bytes_per_transaction
    least = given or int(limits["data.sale_least"])
    most = given or int(limits["data.sale_most"])
    facts = {"sale": least, "sale_most": most, "run": run, "run_sales": run / most}
    sales = data.transactions_per_day
    if sales is None:
        if not metered and given is None and data.quota_bytes is None:
            return skip("skip.not-configured")
        return ok("", facts, variant="run")
    days = limits["data.days"]
    month, month_most = sales * least * days, sales * most * days
    facts |= {
        "sales": sales,
        "days": days,
        "day": sales * least,
        "day_most": sales * most,
        "month": month,
        "month_most": month_most,
    }
    quota = data.quota_bytes
    if quota is None:
        return ok("", facts)
    facts |= {"quota": quota}
    if month > quota:
        return warn("data.over-quota", facts)
    if month_most > quota:
        return warn("data.over-quota", facts, variant="perhaps", confidence=0.6)
    facts |= {"share": month_most / quota if quota else 0.0}
    return ok("", facts, variant="quota")
