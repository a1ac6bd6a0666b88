"""Is the modem registered in a mobile network, and if not, was it refused?

A refusal counts in every state but registered, as many modems keep searching after it.
Causes are those of 3GPP TS 24.008 and 24.301.
"""

from posdiag.model import Context, Facts, Finding, check, fail, ok
from posdiag_checks.cellular.modem import REGISTERED, Modem
from posdiag_checks.cellular.sim import TIME
from posdiag_checks.cellular.source import examine

CAUSES = {
    # IMSI unknown, illegal subscriber or device, (no) packet services.
    **dict.fromkeys((2, 3, 7, 8), "account"),
    # IMEI not accepted, illegal equipment.
    **dict.fromkeys((5, 6), "device"),
    # Network or area not allowed, no roaming, no packets here, no suitable cells.
    **dict.fromkeys((11, 12, 13, 14, 15), "network"),
    **dict.fromkeys((17, 22), "congestion"),
}
"""The variant of a refusal by its reject cause."""


@check("cellular.registration", order=20, needs=("cellular.sim",), timeout=TIME)
async def cellular_registration(ctx: Context) -> Finding:
    return await examine(ctx, judge)


def judge(found: Modem) -> Finding:
    facts: Facts = {
        "operator": found.operator,
        "technology": found.technology,
        "network": " ".join(filter(None, (found.operator, found.technology))),
        "calls": found.calls,
        "packets": found.packets,
    }
    if found.packets in REGISTERED:
        return ok("", facts, variant=_named(found, found.packets))
    if found.packets in ("denied", "emergency"):
        return _denied(found, facts)
    if found.calls in REGISTERED:
        return ok("", facts, variant=_named(found, found.calls))
    if found.disabled:
        return fail("cellular.not-registered", facts, variant="disabled")
    if found.radio_off:
        return fail("cellular.not-registered", facts, variant="radio-off")
    states = {found.calls, found.packets}
    if found.cause is not None or not states.isdisjoint(("denied", "emergency")):
        return _denied(found, facts)
    if "searching" in states:
        rivals = ("cellular.registration-denied", "cellular.weak-signal")
        return fail("cellular.not-registered", facts, confidence=0.9, rivals=rivals)
    if "idle" in states:
        return fail(
            "cellular.not-registered",
            facts,
            variant="idle",
            confidence=0.85,
            rivals=("cellular.registration-denied",),
        )
    return found.unreported()


def _named(found: Modem, state: str) -> str:
    """The variant of the text for a modem that is registered."""
    roaming, named = state == "roaming", bool(found.operator)
    if roaming:
        return "roaming" if named else "roaming-unnamed"
    return "" if named else "unnamed"


def _denied(found: Modem, facts: Facts) -> Finding:
    cause = found.cause
    variant = CAUSES.get(cause or 0, "other" if cause else "")
    return fail(
        "cellular.registration-denied",
        facts,
        cause=cause,
        variant=variant,
        confidence=0.95 if cause else 0.85,
        rivals=() if cause else ("cellular.not-registered",),
    )
