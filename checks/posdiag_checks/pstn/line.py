"""Does the telephone line work, and does the acquirer's modem answer?

Result codes are ambiguous, and the texts say so: BUSY is also returned for numbers that
do not exist and by a congested network, NO DIALTONE for a number that the exchange
refuses.
"""

from dataclasses import replace

from posdiag.model import (
    Context,
    Facts,
    Finding,
    check,
    fail,
    ok,
    skip,
    state_of,
    unopened,
)
from posdiag.model.limits import Plan
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.devices import Dialled, DialLine
from posdiag.model.site import Secret

LONGEST = 45.0  # seconds of a call; a terminal's own limit is 60 [F]


@check("pstn.line", order=10, evidence=("pstn",), timeout=75)
async def pstn_line(ctx: Context) -> Finding:
    pstn = ctx.site.pstn
    if not pstn.port:
        return skip("skip.not-configured")
    # A quick run may be one of many (`watch`): it must not dial the acquirer each time.
    quick = ctx.plan is Plan.QUICK
    dialled = pstn.number if not quick else None
    number = (pstn.prefix or "") + dialled if dialled else ""
    answer = await ctx.system.ask(
        DialLine(pstn.port, pstn.baudrate, Secret(number), LONGEST)
    )
    if isinstance(answer, Unknown):
        return unopened(pstn.port, answer)
    found = judge(answer, pstn.port)
    if found.variant == "tone" and quick:
        found = replace(found, variant="quick")
    return ctx.of_line("pstn", found)


def judge(call: Dialled, port: str) -> Finding:
    facts: Facts = {"port": port, "seconds": call.seconds}
    if call.state != "answers":
        return fail("pstn.no-modem", facts, variant=state_of(port, call.state))
    match call.result:
        case "connect":
            return ok("", facts)
        case "not-dialled":
            return _tone_alone(call, facts)
        case "busy":
            return fail("pstn.busy", facts, confidence=0.85)
        case "no-dial-tone" if call.tone == "heard":
            return fail("pstn.no-carrier", facts, variant="refused", confidence=0.8)
        case "no-dial-tone":
            sure = 0.95 if call.tone == "none" else 0.8
            return fail("pstn.no-dial-tone", facts, confidence=sure)
        case "no-answer":
            return fail("pstn.no-carrier", facts, variant="no-answer")
        case "nothing":
            silent = fail("pstn.no-carrier", facts, variant="nothing", confidence=0.7)
            return replace(silent, rivals=("pstn.no-dial-tone",))
        case "refused":
            return skip("skip.dial-refused", port=port)
    return fail("pstn.no-carrier", facts)


def _tone_alone(call: Dialled, facts: Facts) -> Finding:
    """No number is set: a dial tone proves the line and no more."""
    if call.tone == "none":
        return fail("pstn.no-dial-tone", facts, confidence=0.95)
    if call.tone == "heard":
        return replace(ok("", facts, variant="tone"), proves=())
    return skip("skip.dial-tone-untold", port=facts["port"])
