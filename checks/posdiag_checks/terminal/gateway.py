"""Does anybody answer for the gateway that the terminal looks for?"""

from posdiag.formats.traffic import signs
from posdiag.model import Context, Finding, check, fail
from posdiag.model.questions.terminal import ArpSearch, Station
from posdiag_checks.terminal.heard import Heard, heard

NEEDS = ("terminal.seen", "terminal.lease", "terminal.address", "router.reach")
USUAL = (".1", ".254")  # where routers are, by custom
LIKELY = 0.7  # a till that is off looks the same to who did not hear the boot


@check("terminal.gateway", order=40, needs=NEEDS)
async def terminal_gateway(ctx: Context) -> Finding:
    found = await heard(ctx)
    return found if isinstance(found, Finding) else judge(found)


def judge(found: Heard) -> Finding:
    station, survey = found.terminal, found.survey
    if station is None:
        return found.untold("skip.terminal-unheard")
    if survey.mode == "host":
        return _hosted(found, station)
    if signs.reaches_beyond(survey, station):
        return found.fine()
    dead = [s for s in station.searches if _dead(found, s)]
    right = found.expected.gateway or _router(found, station)
    looked = [s for s in dead if s.address != right]
    if looked and not _finds_router(found, station, right):
        return _named(found, station, looked, right)
    if wrong := _no_router(found, station, right):
        return wrong
    return found.untold("skip.terminal-undecided")


def _router(found: Heard, station: Station) -> str:
    """The gateway of the subnet in use, for a terminal that is in it."""
    used = signs.used_address(station)
    here = signs.in_network(used, found.survey.network)
    return found.survey.router if here else ""


def _dead(found: Heard, search: ArpSearch) -> bool:
    enough = search.count >= found.limits["terminal.questions"]
    return enough and signs.answers(found.survey, search, found.limits) is False


def _finds_router(found: Heard, station: Station, right: str) -> bool:
    """Does it look for the right gateway as well?"""
    if not right:
        return False
    return any(s.address == right for s in station.searches)


def _named(
    found: Heard, station: Station, looked: list[ArpSearch], right: str
) -> Finding:
    search = max(looked, key=lambda s: (s.address.endswith(USUAL), s.count))
    certain = found.mode != "listen" or signs.boot_heard(station)
    usual = search.address.endswith(USUAL)
    profile = found.expected.gateway
    if not certain and not usual and not profile:
        return found.untold("skip.terminal-undecided")
    return _wrong(found, search, right, 0.95 if certain else LIKELY)


def _wrong(
    found: Heard, search: ArpSearch, right: str, confidence: float, variant: str = ""
) -> Finding:
    return fail(
        "terminal.wrong-gateway",
        found.about(),
        variant=variant,
        gateway=search.address,
        expected=right,
        attempts=search.count,
        span=round(search.times[-1] - search.times[0], 1),
        confidence=confidence,
        rivals=() if right else ("router.unreachable",),
    )


def _no_router(found: Heard, station: Station, right: str) -> Finding | None:
    """Its gateway answers ARP and passes nothing on: it is another device."""
    if found.mode == "listen" or not right:
        return None
    for via in station.vias:
        search = next((s for s in station.searches if via.mac in s.holders), None)
        if search and search.address != right and via.sent >= 4 and not via.received:
            return _wrong(found, search, right, 0.9, "no-router")
    return None


def _hosted(found: Heard, station: Station) -> Finding:
    """We answer for every gateway, so that the one asked for is compared."""
    if signs.leased(station):
        return found.fine()
    right = found.expected.gateway
    certain = bool(right)
    if not right and not found.survey.phone:
        right = _router(found, station)
    used = [s for s in station.searches if not s.holders]
    if not used:
        return found.untold("skip.terminal-undecided")
    if not right or any(s.address == right for s in used):
        return found.fine()
    search = max(used, key=lambda s: s.count)
    silent = signs.answers(found.survey, search, found.limits) is False
    if certain or silent:
        return _wrong(found, search, right, 0.95, "hosted")
    return found.fine()
