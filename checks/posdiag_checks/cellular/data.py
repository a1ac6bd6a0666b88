"""Has the modem a data connection with an address, by the right access point (APN), and
does it carry traffic?

Session causes are those of 3GPP TS 24.008 section 10.5.6.6, shared by 24.301.
"""

from dataclasses import replace

from posdiag.formats.at.context import same_apn
from posdiag.model import Context, Facts, Finding, Status, check, fail, ok, warn
from posdiag_checks.cellular.modem import REGISTERED, Modem
from posdiag_checks.cellular.sim import TIME
from posdiag_checks.cellular.source import examine
from posdiag_checks.cellular.traffic import Traffic, traffic

SESSION_CAUSES: dict[int | None, str] = {
    27: "apn-refused",
    28: "type",
    29: "login",
    **dict.fromkeys((7, 8, 32, 33), "barred"),  # by the operator, or not subscribed
    26: "busy",
}


@check(
    "cellular.data",
    order=40,
    needs=("cellular.registration",),
    evidence=("cellular",),
    timeout=TIME,
)
async def cellular_data(ctx: Context) -> Finding:
    apn = ctx.site.cellular.apn or ""

    async def of_both(modem: Modem) -> Finding:
        connected = judge(modem, apn)
        if connected.status is not Status.OK:
            return connected
        return judge_traffic(connected, await traffic(ctx, modem))

    return await examine(ctx, of_both)


def judge_traffic(connected: Finding, tried: Traffic | None) -> Finding:
    """`connected` is the modem's own report. `tried` is what the connection carried,
    None where it could not be tested: then an address is all that the SIM's checks can
    show, and the report says what was not tried."""
    variant = connected.variant or "untried"
    untried = replace(connected, variant=variant, note="sim-untried")
    if tried is None:
        return untried
    facts = {**connected.facts, "interface": tried.interface}
    if tried.dead and tried.acquirer != "ok" and tried.page not in ("open", "portal"):
        return _stopped(facts, "nothing", 0.85)
    if (tried.acquirer, tried.page) == (None, None):
        return untried
    unsure = replace(connected, facts=facts, variant="unsure", proves=())
    if tried.page == "portal":
        # By the portal, or as the one host that it permits.
        answered = tried.acquirer == "ok"
        return unsure if answered else _stopped(facts, "portal", 0.9)
    if tried.acquirer == "ok":
        return ok("", facts, variant="carried")
    if tried.page == "open":
        if tried.other_way:
            return _stopped(facts, "blocked", 0.85)
        return ok("", facts, variant="carried")
    if tried.acquirer is None or tried.other_way is False:
        return unsure  # a private network may have no such page
    if tried.other_way:
        return _stopped(facts, "nothing", 0.85)
    return _stopped(facts, "nothing", 0.7) if tried.page else unsure


def _stopped(facts: Facts, variant: str, sure: float) -> Finding:
    return fail(
        "cellular.no-data",
        facts,
        variant=variant,
        confidence=sure,
        rivals=("cellular.weak-signal",),
    )


def judge(found: Modem, apn: str) -> Finding:
    """`apn` is the profile's, "" for none."""
    facts = _facts(found, apn)
    other = _other_apn(found, apn)
    if found.address:
        if other:
            return warn("cellular.no-data", facts, variant="other-apn", confidence=0.7)
        return ok("", facts)
    states = {c.active for c in found.contexts or ()}
    if True in states and not found.addresses:
        return ok("", facts, variant="unnumbered")
    known = found.addresses or (False in states and found.whole)
    if not known and found.attached is not False:
        return found.unreported()
    return _no_address(found, apn, "apn" if other else "")


def _no_address(found: Modem, apn: str, variant: str) -> Finding:
    """No address: why, as far as the network or the modem reports it."""
    cause = found.session_cause
    sure = 0.95
    if variant == "apn":
        pass
    elif cause in SESSION_CAUSES:
        variant = SESSION_CAUSES[cause]
    elif _not_tried(found):
        variant, sure = "not-connected", 0.7
    elif found.attached is False or not _for_packets(found):
        variant = "not-attached"
    elif not any(c.apn for c in found.contexts or ()):
        variant, sure = "no-apn", 0.85
    else:
        variant, sure = "refused" if found.refused else "", 0.85
    return fail(
        "cellular.no-data",
        _facts(found, apn),
        cause=cause,
        variant=variant,
        confidence=sure,
        rivals=("cellular.weak-signal",),
    )


def _not_tried(found: Modem) -> bool:
    """Has this machine's own manager not even tried to connect?"""
    idle = found.source == "modemmanager" and not found.refused
    return idle and found.attached is not False and _for_packets(found)


def _for_packets(found: Modem) -> bool:
    return found.packets in (*REGISTERED, "none") or bool(found.attached)


def _other_apn(found: Modem, apn: str) -> bool:
    """Are APNs defined, and none is the profile's? A context in use without a name has
    the SIM's own, which may be it."""
    names = [c.apn for c in found.contexts or () if c.apn]
    return bool(apn and names) and not any(same_apn(name, apn) for name in names)


def _facts(found: Modem, apn: str) -> Facts:
    contexts = found.contexts or ()
    used = [c for c in contexts if c.address] or [c for c in contexts if c.apn]
    return {
        "apn": used[0].apn if used else "",
        "wanted": apn,
        "address": found.address,
        "contexts": len(contexts),
        "attached": found.attached,
        "refused": found.refused,
    }
