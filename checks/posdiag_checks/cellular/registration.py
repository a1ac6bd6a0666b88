"""Is the modem registered in a mobile network, and if not, was it refused?

A refusal counts in every state but registered: many modems search on for ever after it.
Causes are those of 3GPP TS 24.008 and 24.301.
"""

from posdiag.model import Context, Facts, Finding, check, fail, ok, skip
from posdiag_checks.cellular.modem import REGISTERED, Modem
from posdiag_checks.cellular.sim import TIME
from posdiag_checks.cellular.source import examine

ACCOUNT = (2, 3, 7, 8)
"""IMSI unknown, illegal subscriber or device, (no) packet services."""
DEVICE = (5, 6)
"""IMEI not accepted, illegal equipment."""
NETWORK = (11, 12, 13, 14, 15)
"""Network or area not allowed, no roaming, no packets in this network, no suitable
cells."""
CONGESTION = (17, 22)


@check("cellular.registration", order=20, needs=("cellular.sim",), timeout=TIME)
async def cellular_registration(ctx: Context) -> Finding:
    return await examine(ctx, judge)


def judge(found: Modem) -> Finding:
    facts: Facts = {
        "operator": found.operator,
        "technology": found.technology,
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
        return _searching(found, facts)
    if "idle" in states:
        return fail(
            "cellular.not-registered",
            facts,
            variant="idle",
            confidence=0.85,
            rivals=("cellular.registration-denied",),
        )
    return skip("skip.modem-late" if not found.whole else "skip.modem-untold")


def _named(found: Modem, state: str) -> str:
    """The variant of the text for a modem that is registered."""
    if state == "roaming":
        return "roaming"
    return "" if found.operator else "unnamed"


def _searching(found: Modem, facts: Facts) -> Finding:
    return fail(
        "cellular.not-registered",
        facts,
        confidence=0.9,
        rivals=("cellular.registration-denied", "cellular.weak-signal"),
    )


def _denied(found: Modem, facts: Facts) -> Finding:
    cause = found.cause
    variant = {
        **dict.fromkeys(ACCOUNT, "account"),
        **dict.fromkeys(DEVICE, "device"),
        **dict.fromkeys(NETWORK, "network"),
        **dict.fromkeys(CONGESTION, "congestion"),
    }.get(cause or 0, "other" if cause else "")
    return fail(
        "cellular.registration-denied",
        facts,
        cause=cause,
        variant=variant,
        confidence=0.95 if cause else 0.85,
        rivals=() if cause else ("cellular.not-registered",),
    )
