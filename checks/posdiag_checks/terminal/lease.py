"""Does the terminal get an address where it asks for one?"""

from ipaddress import ip_address

from posdiag.formats.traffic import signs
from posdiag.model import Context, Finding, check, fail
from posdiag.model.questions.terminal import Station
from posdiag_checks.terminal.observation import Observation, observe

NEEDS = ("terminal.seen", "router.reach")


@check("terminal.lease", order=20, needs=NEEDS)
async def terminal_lease(ctx: Context) -> Finding:
    observed = await observe(ctx)
    return observed if isinstance(observed, Finding) else observed.judged_by(judge)


def judge(observed: Observation, station: Station) -> Finding:
    variant = signs.no_lease(observed.survey, station, observed.limits)
    if variant:
        return _refused(observed, station, variant)
    if lease := signs.leased(station):
        return observed.passed(
            "leased",
            lease=lease.address,
            server=lease.server or None,
            router=lease.router or None,
            dns=lease.dns,
        )
    if signs.used_address(station):
        return observed.passed("in-use")
    if signs.reaches_beyond(observed.survey, station):
        return observed.passed("without")
    return _without(observed, station)


def _refused(observed: Observation, station: Station, variant: str) -> Finding:
    asked = signs.unanswered_discovers(station)
    refused = signs.refusals(station)
    first = min(m.seconds for m in (*asked, *refused))
    return fail(
        "terminal.no-lease",
        observed.facts(),
        variant=variant,
        asked=len(asked),
        refused=len(refused),
        waited=round(observed.survey.seconds - first, 1),
        server=refused[-1].server if refused else None,
        rivals=("ip.rogue-dhcp",) if refused else (),
    )


def _without(observed: Observation, station: Station) -> Finding:
    """Without a lease; a link-local address remains where no server grants one."""
    local = [a for a in station.addresses if ip_address(a).is_link_local]
    watched = observed.survey.seconds - station.first
    if (
        local
        and watched >= observed.limits["terminal.lease"]
        and observed.mode != "host"
    ):
        return fail(
            "terminal.no-lease",
            observed.facts(),
            variant="link-local",
            asked=len(signs.unanswered_discovers(station)),
            refused=0,
            waited=round(watched, 1),
            local=local[-1],
            confidence=0.85,
        )
    asked = signs.unanswered_discovers(station)
    if asked and observed.mode != "host":
        return observed.skipped("skip.terminal-no-offer", asked=len(asked))
    return observed.skipped("skip.terminal-no-address")
