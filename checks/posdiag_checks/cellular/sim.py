"""Is there a modem, and a SIM in it that can be read and used?"""

from posdiag.model import Context, Facts, Finding, check, fail, ok, skip, warn
from posdiag_checks.cellular.modem import Modem
from posdiag_checks.cellular.source import examine

TIME = 19.0  # seconds: to open the port, and the longest dialogue


@check("cellular.sim", order=10, timeout=TIME)
async def cellular_sim(ctx: Context) -> Finding:
    return await examine(ctx, judge)


def judge(found: Modem) -> Finding:
    facts: Facts = {
        "port": found.port,
        "model": found.model,
        "baudrate": found.baudrate,
    }
    if found.sim in ("ready", "unknown") and found.registered:
        return _readable(found, facts)
    match found.sim:
        case "ready":
            return _readable(found, facts)
        case "absent" if not found.flips:
            return fail("cellular.no-sim", facts, rivals=("cellular.sim-failure",))
        case "pin" | "puk" | "locked":
            return _locked(found, facts)
        case "absent" | "failure" | "wrong" | "busy":
            return _failed(found, facts)
    if not found.whole:
        return skip("skip.modem-late", port=found.port)
    return fail(
        "cellular.no-sim",
        facts,
        variant="untold",
        confidence=0.6,
        rivals=("cellular.sim-failure",),
    )


def _readable(found: Modem, facts: Facts) -> Finding:
    if found.flips:
        return warn("cellular.sim-failure", facts, variant="contact", confidence=0.8)
    return ok("", facts)


def _locked(found: Modem, facts: Facts) -> Finding:
    by_pin = found.pin if found.pin in ("refused", "last-try", "tries-unknown") else ""
    variant = {"puk": "puk", "locked": "network"}.get(found.sim, by_pin)
    facts = {**facts, "tries": found.tries}
    return fail("cellular.sim-locked", facts, variant=variant)


def _failed(found: Modem, facts: Facts) -> Finding:
    if found.flips:
        return fail("cellular.sim-failure", facts, variant="contact", confidence=0.9)
    if found.sim == "busy":
        return fail("cellular.sim-failure", facts, variant="busy", confidence=0.6)
    return fail("cellular.sim-failure", facts, rivals=("cellular.no-sim",))
