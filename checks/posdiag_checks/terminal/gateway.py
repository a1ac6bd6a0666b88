"""Does a device answer for the gateway that the terminal requests by ARP?"""

from dataclasses import replace

from posdiag.formats.traffic import signs
from posdiag.model import Context, Finding, check, fail
from posdiag.model.questions.terminal import ArpSearch, Station
from posdiag_checks.terminal.observation import Observation, observe

NEEDS = ("terminal.seen", "terminal.lease", "terminal.address", "router.reach")
USUAL = (".1", ".254")  # where routers are, by custom
LIKELY = 0.7  # without its boot, the address may be that of a cash register that is off


@check("terminal.gateway", order=40, needs=NEEDS, evidence=("terminal.gateway",))
async def terminal_gateway(ctx: Context) -> Finding:
    observed = await observe(ctx)
    return observed if isinstance(observed, Finding) else observed.judged_by(judge)


def judge(observed: Observation, station: Station) -> Finding:
    survey = observed.survey
    if survey.mode == "host":
        return _hosted(observed, station)
    if signs.reaches_beyond(survey, station):
        return observed.passed()
    dead = [s for s in station.searches if _dead(observed, s)]
    right = observed.expected.gateway or _router(observed, station)
    looked = [s for s in dead if s.address != right]
    # Does it request the right gateway as well?
    both = bool(right) and any(s.address == right for s in station.searches)
    if looked and not both:
        return _named(observed, station, looked, right)
    if wrong := _no_router(observed, station, right):
        return wrong
    return observed.skipped("skip.terminal-undecided")


def _router(observed: Observation, station: Station) -> str:
    """The gateway of the subnet in use, for a terminal that is in it."""
    used = signs.used_address(station)
    here = signs.in_network(used, observed.survey.network)
    return observed.survey.router if here else ""


def _dead(observed: Observation, search: ArpSearch) -> bool:
    enough = search.count >= observed.limits["terminal.questions"]
    return enough and signs.answers(observed.survey, search, observed.limits) is False


def _named(
    observed: Observation, station: Station, looked: list[ArpSearch], right: str
) -> Finding:
    search = max(looked, key=lambda s: (s.address.endswith(USUAL), s.count))
    # Between them the cable was moved, so that it has to ask anew.
    certain = observed.mode == "inline" or signs.boot_heard(station)
    usual = search.address.endswith(USUAL)
    profile = observed.expected.gateway
    if not certain and not usual and not profile:
        return observed.skipped("skip.terminal-undecided")
    if not certain:
        return _wrong(observed, search, right, LIKELY)
    if usual or profile:
        return _wrong(observed, search, right, 0.95)
    found = _wrong(observed, search, right, 0.85)  # it may be a name server on the LAN
    return replace(found, rivals=(*found.rivals, "terminal.wrong-dns"))


def _wrong(
    observed: Observation,
    search: ArpSearch,
    right: str,
    confidence: float,
    variant: str = "",
) -> Finding:
    return fail(
        "terminal.wrong-gateway",
        observed.facts(),
        variant=variant or ("" if right else "alone"),
        gateway=search.address,
        expected=right or None,
        attempts=search.count,
        span=round(search.times[-1] - search.times[0], 1),
        confidence=confidence,
        rivals=() if right else ("router.unreachable",),
    )


def _no_router(observed: Observation, station: Station, right: str) -> Finding | None:
    """Its gateway answers ARP and forwards nothing: it is another device."""
    if observed.mode == "listen" or not right:
        return None
    for via in station.vias:
        search = next((s for s in station.searches if via.mac in s.holders), None)
        if search and search.address != right and via.sent >= 4 and not via.received:
            return _wrong(observed, search, right, 0.9, "no-router")
    return None


def _hosted(observed: Observation, station: Station) -> Finding:
    """We answer for any gateway, so the requested address is compared."""
    if signs.leased(station):
        return observed.passed()
    right = observed.expected.gateway
    certain = bool(right)
    if not right and not observed.survey.phone:
        right = _router(observed, station)
    used = _sent_by(station)
    if not used:
        return observed.skipped("skip.terminal-undecided")
    if not right or any(s.address == right for s in used):
        return observed.passed()
    search = max(used, key=lambda s: s.count)
    silent = signs.answers(observed.survey, search, observed.limits) is False
    if certain or silent:
        return _wrong(observed, search, right, 0.95, "hosted")
    # Someone has it, and whether that is a router cannot be told from here.
    return observed.skipped(
        "skip.terminal-other-gateway", gateway=search.address, expected=right
    )


def _sent_by(station: Station) -> list[ArpSearch]:
    """The requests for what may be its gateway: what it sends by where that is known,
    else not the name server that it has on the LAN."""
    known = signs.gateways(station)
    servers = {x.server for x in station.lookups}
    return [
        s
        for s in station.searches
        if not s.holders
        and (
            s.address in known
            if known
            else s.address not in servers or s.address.endswith(USUAL)
        )
    ]
