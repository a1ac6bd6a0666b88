"""Do the profile's other targets, back office and wallets, accept connections?"""

import asyncio

from posdiag.measure.acquirer import sni
from posdiag.measure.names import resolve
from posdiag.model import Context, Finding, Unmeasured, check, known, ok, skip, warn
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.tls import Shake
from posdiag.model.questions.wire import Connect
from posdiag.model.site import Target


@check("target.connect", order=10, needs=("isp.reach",), timeout=14)
async def target_connect(ctx: Context) -> Finding:
    targets = ctx.site.target
    if not targets:
        return skip("skip.not-configured")
    reasons = await asyncio.gather(*(reason(ctx, t) for t in targets))
    failing = [(t.name, why) for t, why in zip(targets, reasons, strict=True) if why]
    if failing:
        silent = all(why == "silent" for _, why in failing)
        return warn(
            "target.unreachable",
            targets=tuple(name for name, _ in failing),
            reasons=tuple(why for _, why in failing),
            tries=5 if silent else 0,
        )
    return ok(targets=tuple(t.name for t in targets))


async def reason(ctx: Context, target: Target) -> str:
    """Why the target cannot be used, "" if it can."""
    resolved = await resolve(ctx, target.host)
    if resolved.source == "unknown":
        raise Unmeasured(Unknown("unsupported"))
    if not resolved.found:
        return f"dns {resolved.rcode or 'silent'}".lower()
    address = resolved.addresses[0]
    if not target.tls:
        answer = known(await ctx.system.ask(Connect(address, target.port)))
        return _trouble(answer.outcome)
    question = Shake(
        address,
        target.port,
        host=target.host,
        server_name=sni(target.host),
        ca_file=ctx.site.acquirer.ca_file or "",
        timeout=ctx.limits["tls.timeout"],
    )
    shaken = known(await ctx.system.ask(question))
    if shaken.verify_code:
        return shaken.verify_text or "certificate"
    return _trouble(shaken.outcome)


def _trouble(outcome: str) -> str:
    return "" if outcome == "ok" else outcome
