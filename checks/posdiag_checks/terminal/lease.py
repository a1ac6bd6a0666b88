"""Does the terminal get an address where it asks for one?"""

from ipaddress import ip_address

from posdiag.formats.traffic import signs
from posdiag.model import Context, Finding, check, fail
from posdiag.model.questions.terminal import Station
from posdiag_checks.terminal.heard import Heard, heard

NEEDS = ("terminal.seen", "router.reach")


@check("terminal.lease", order=20, needs=NEEDS)
async def terminal_lease(ctx: Context) -> Finding:
    found = await heard(ctx)
    return found if isinstance(found, Finding) else judge(found)


def judge(found: Heard) -> Finding:
    station = found.terminal
    if station is None:
        return found.untold("skip.terminal-unheard")
    variant = signs.no_lease(found.survey, station, found.limits)
    if variant:
        return _refused(found, station, variant)
    if lease := signs.leased(station):
        return found.fine(
            "leased",
            lease=lease.address,
            server=lease.server or None,
            router=lease.router or None,
            dns=lease.dns,
        )
    if signs.used_address(station):
        return found.fine("in-use")
    return _without(found, station)


def _refused(found: Heard, station: Station, variant: str) -> Finding:
    asked = signs.unanswered_discovers(station)
    refused = signs.refusals(station)
    first = min(m.seconds for m in (*asked, *refused))
    return fail(
        "terminal.no-lease",
        found.about(),
        variant=variant,
        asked=len(asked),
        refused=len(refused),
        waited=round(found.survey.seconds - first, 1),
        server=refused[-1].server if refused else None,
        rivals=("ip.rogue-dhcp",) if refused else (),
    )


def _without(found: Heard, station: Station) -> Finding:
    """No address of its own: a link-local one is left where nobody grants any."""
    local = [a for a in station.addresses if ip_address(a).is_link_local]
    watched = found.survey.seconds - station.first
    if local and watched >= found.limits["terminal.lease"] and found.mode != "host":
        return fail(
            "terminal.no-lease",
            found.about(),
            variant="link-local",
            asked=len(signs.unanswered_discovers(station)),
            refused=0,
            waited=round(watched, 1),
            local=local[-1],
            confidence=0.85,
        )
    return found.untold("skip.terminal-no-address")
