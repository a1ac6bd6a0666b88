"""Is the terminal's address one of this network, and its alone?"""

from posdiag.formats.traffic import signs
from posdiag.model import Context, Finding, check, fail
from posdiag.model.questions.terminal import Station
from posdiag_checks.terminal.observation import Observation, observe

NEEDS = ("terminal.seen", "terminal.lease", "router.reach")


@check("terminal.address", order=30, needs=NEEDS)
async def terminal_address(ctx: Context) -> Finding:
    observed = await observe(ctx)
    return observed if isinstance(observed, Finding) else observed.judged_by(judge)


def judge(observed: Observation, station: Station) -> Finding:
    used = signs.used_address(station) or station.probed
    if not used:
        return observed.skipped("skip.terminal-no-address")
    return (
        _duplicate(observed, station, used)
        or _wrong(observed, station, used)
        or observed.passed(address=used)
    )


def _duplicate(observed: Observation, station: Station, used: str) -> Finding | None:
    others = signs.rivals_for(observed.survey, station, used)
    declined = [m.address for m in station.dhcp if m.kind == "decline"]
    if not others and not declined:
        return None
    if not others and signs.leased(station):
        return None  # it declined one address and has another
    return fail(
        "terminal.duplicate-address",
        {**observed.facts(), "address": used if others else declined[-1]},
        macs=(station.mac, *others),
        confidence=0.97 if others else 0.85,
    )


def _wrong(observed: Observation, station: Station, used: str) -> Finding | None:
    """By the profile, else by the subnet in use; never where its gateway answers."""
    survey, expected = observed.survey, observed.expected
    if signs.leased(station):
        return None  # by the network's own DHCP server
    wanted, network = expected.address, expected.network
    if wanted:
        if used == wanted or signs.in_network(used, network):
            return None
    elif signs.in_network(used, survey.network) or not survey.network:
        return None
    elif survey.mode == "host" and survey.phone:
        return None  # static for the shop's network, and this is a phone's
    if survey.mode != "host" and signs.reaches_beyond(survey, station):
        return None
    searches = [s for s in station.searches if s.sender == used]
    answered = [signs.answers(survey, s, observed.limits) for s in searches]
    if any(answered) or (None in answered or not answered):
        return None
    return fail(
        "terminal.wrong-address",
        {**observed.facts(), "address": used},
        variant="profile" if wanted else "",
        expected=wanted or survey.network,
        gateway=searches[0].address,
        attempts=sum(s.count for s in searches),
    )
