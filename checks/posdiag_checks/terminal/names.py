"""Does the terminal's name server answer, and does the name that it asks for exist?"""

from collections.abc import Mapping
from difflib import SequenceMatcher
from functools import partial

from posdiag.formats.traffic import signs
from posdiag.measure.names import lookup, resolve
from posdiag.model import Context, Finding, check, fail
from posdiag.model.questions.terminal import NameLookup, Station
from posdiag_checks.terminal.observation import Observation, observe

NEEDS = (
    "terminal.seen",
    "terminal.lease",
    "terminal.address",
    "terminal.gateway",
    "isp.reach",
    "dns.resolve",
)
UNPROVEN = 0.7  # confidence where this line may be down
ALIKE = 0.7  # similarity of a mistyped name
REFUSALS = ("REFUSED", "SERVFAIL")


@check("terminal.names", order=50, needs=NEEDS)
async def terminal_names(ctx: Context) -> Finding:
    observed = await observe(ctx)
    if isinstance(observed, Finding):
        return observed
    station = observed.terminal
    silent = silent_servers(observed, station) if station else ()
    live = ctx.watch is None or ctx.watch.mode != "read"
    host = ctx.site.acquirer.host or ""
    denied = station is not None and any(x.name == host for x in _denied(station))
    found = live or not denied or bool((await resolve(ctx, host)).addresses)
    replies: dict[str, bool] = {}
    for server, name in silent[:2] if live else ():
        reply = await lookup(ctx, server, name)
        if reply is not None:
            replies[server] = bool(reply.reply.rcode)
    return observed.judged_by(partial(judge, replies=replies, found=found))


def silent_servers(
    observed: Observation, station: Station
) -> tuple[tuple[str, str], ...]:
    """Servers that answered nothing although asked often enough, and a name asked."""
    servers: dict[str, list[NameLookup]] = {}
    for asked in station.lookups:
        servers.setdefault(asked.server, []).append(asked)
    return tuple(
        (server, lookups[0].name)
        for server, lookups in servers.items()
        if not any(x.rcode for x in lookups)
        and sum(x.count for x in lookups) >= observed.limits["terminal.lookups"]
        and observed.survey.seconds - min(x.times[0] for x in lookups)
        >= observed.limits["terminal.lookup_time"]
    )


def judge(
    observed: Observation,
    station: Station,
    replies: Mapping[str, bool],
    found: bool = True,
) -> Finding:
    """`replies`: whether a server that is silent to the terminal answers us; `found`:
    whether this machine finds the acquirer's name."""
    if observed.mode == "listen":
        return observed.skipped("skip.terminal-listening")
    if not station.lookups:
        return observed.skipped("skip.nothing-to-test")
    resolved = [x for x in station.lookups if x.addresses]
    if observed.connections_to(observed.hosts) or (resolved and not _denied(station)):
        return observed.passed(names=_names(station))
    fault = _dead_server(observed, station, replies, bool(resolved))
    if fault := fault or _no_such_name(observed, station, found):
        return fault
    if resolved:
        return observed.passed(names=_names(station))
    return observed.skipped("skip.terminal-undecided")


def _names(station: Station) -> tuple[str, ...]:
    return tuple(dict.fromkeys(x.name for x in station.lookups))


def _denied(station: Station) -> list[NameLookup]:
    known = {x.name for x in station.lookups if x.addresses}
    return [x for x in station.lookups if x.rcode == "NXDOMAIN" and x.name not in known]


def _dead_server(
    observed: Observation, station: Station, replies: Mapping[str, bool], resolved: bool
) -> Finding | None:
    servers = {x.server for x in station.lookups}
    silent = [s for s, _ in silent_servers(observed, station)]
    refusing = [
        s
        for s in servers
        if all(x.rcode in REFUSALS for x in station.lookups if x.server == s)
    ]
    useless = {*silent, *refusing}
    if resolved or useless != servers or any(replies.get(s) for s in silent):
        return None
    # In a capture nothing shows that this line works, if nobody had an answer.
    survey = observed.survey
    unproven = observed.mode == "read" and not any(
        signs.reaches_beyond(survey, s) for s in survey.stations
    )
    lease = signs.leased(station)
    if unproven and lease and useless <= set(lease.dns):
        return None  # it asks the server that it was given
    first = silent[0] if silent else refusing[0]
    asked = [x for x in station.lookups if x.server in useless]
    return fail(
        "terminal.wrong-dns",
        observed.facts(),
        variant="" if silent else "refuses",
        server=first,
        servers=tuple(sorted(useless)),
        names=_names(station),
        attempts=sum(x.count for x in asked),
        expected=observed.expected.dns,
        confidence=UNPROVEN if unproven else 0.97,
        rivals=("isp.no-internet",) if unproven else (),
    )


def _no_such_name(
    observed: Observation, station: Station, found: bool
) -> Finding | None:
    """A name that does not exist, if the terminal then makes no connection: dead names
    of telemetry prevent no sale."""
    host = observed.hosts[0].rpartition(":")[0] if observed.hosts else ""
    if any(x.name == host and x.addresses for x in station.lookups):
        return None  # its sale does not hang on a name
    denied = _denied(station)
    elsewhere = [
        t for t in station.talks if not signs.goes_to(t, frozenset(observed.targets))
    ]
    if not denied or elsewhere:
        return None
    worst = max(denied, key=lambda x: (likeness(x.name, host), x.count))
    own = bool(host) and worst.name == host
    if own and not found:
        return None  # the name of the profile may be wrong
    return fail(
        "terminal.wrong-dns" if own else "terminal.name-not-found",
        observed.facts(),
        variant="denies" if own else "",
        name=worst.name,
        names=_names(station),
        server=worst.server,
        servers=(worst.server,),
        expected=observed.expected.dns if own else host,
        attempts=worst.count,
        confidence=0.95 if not host or likeness(worst.name, host) >= ALIKE else 0.8,
    )


def likeness(name: str, host: str) -> float:
    return SequenceMatcher(None, name, host).ratio() if host else 0.0
