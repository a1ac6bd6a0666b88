"""Does the terminal connect to the acquirer's host, and is its sale answered?"""

from posdiag.formats.address import is_address
from posdiag.formats.traffic import signs
from posdiag.model import Context, Finding, check, fail
from posdiag.model.questions.terminal import Station, TcpTalk
from posdiag_checks.terminal.observation import Observation, observe

NEEDS = (
    "terminal.seen",
    "terminal.lease",
    "terminal.address",
    "terminal.gateway",
    "terminal.names",
    "isp.reach",
    "acquirer.connect",
)
NO_SALE = (53, 80, 123, 853)  # names, connectivity checks, time
LIKELY = 0.75


@check("terminal.acquirer", order=60, needs=NEEDS, evidence=("terminal.sale",))
async def terminal_acquirer(ctx: Context) -> Finding:
    observed = await observe(ctx)
    return observed if isinstance(observed, Finding) else observed.judged_by(judge)


def judge(observed: Observation, station: Station) -> Finding:
    if observed.mode == "listen":
        return observed.skipped("skip.terminal-listening")
    if not observed.hosts:
        return observed.skipped("skip.not-configured", goes_to=_goes_to(station))
    tried = observed.connections_to(observed.hosts)
    if sold := [t for t in tried if t.answered is not None]:
        last = sold[-1]
        return observed.passed(
            host=_name(last),
            port=last.port,
            sent=last.sent,
            received=last.received,
            answered=round((last.answered or 0.0) - last.begun, 3),
        )
    if tried:
        return _unanswered(observed, tried)
    return _elsewhere(observed, station) or _silent(observed, station)


def _unanswered(observed: Observation, tried: list[TcpTalk]) -> Finding:
    """It connects to the right host. What is wrong beyond that is judged by
    `terminal.tls`, or is no fault of the terminal."""
    last = tried[-1]
    return observed.skipped(
        "skip.terminal-unanswered",
        host=_name(last),
        port=last.port,
        outcome=last.outcome,
        attempts=len(tried),
        ended_by=last.ended_by or None,
    )


def _elsewhere(observed: Observation, station: Station) -> Finding | None:
    if observed.connections_to(observed.targets):
        return None
    others = [t for t in station.talks if _maybe_sale(observed, station, t)]
    if not others:
        return None
    last = others[-1]
    if last.address == _name(last) and not _addresses_known(observed, station):
        return observed.skipped("skip.terminal-undecided")
    wanted, _, port = observed.hosts[0].rpartition(":")
    known = {h.rpartition(":")[0] for h in observed.hosts}
    same_host = bool(known & {last.address, *last.names, _server_name(last)})
    return fail(
        "terminal.wrong-host",
        observed.facts(),
        variant="port" if same_host else "",
        host=_name(last),
        port=last.port,
        attempts=len(others),
        expected=wanted,
        expected_port=int(port),
        confidence=0.9 if same_host else LIKELY,
        rivals=() if same_host else ("terminal.silent",),
    )


def _maybe_sale(observed: Observation, station: Station, talk: TcpTalk) -> bool:
    """Not a till or printer on the LAN, nor a check whether the Internet is there."""
    names = {*talk.names, _server_name(talk)}
    online = names & set(observed.limits.texts("terminal.online"))
    local = _is_local(observed, station, talk)
    return talk.port not in NO_SALE and not online and not local


def _is_local(observed: Observation, station: Station, talk: TcpTalk) -> bool:
    used = signs.used_address(station)
    lan = observed.survey.network or (f"{used}/24" if used else "")
    return signs.in_network(talk.address, lan)


def _addresses_known(observed: Observation, station: Station) -> bool:
    """Would a connection to the acquirer be known by its address alone?"""
    hosts = {h.rpartition(":")[0].strip("[]") for h in observed.hosts}
    found = {x.name for x in station.lookups if x.addresses}
    return any(map(is_address, hosts)) or bool(hosts & found)


def _silent(observed: Observation, station: Station) -> Finding:
    """It has its network settings and made no attempt, for the whole time."""
    survey = observed.survey
    since = max([station.first, *(m.seconds for m in station.dhcp)])
    lost = station.lookups and not any(x.addresses for x in station.lookups)
    settled = bool(signs.used_address(station)) and not lost
    watched = survey.seconds - since >= observed.limits["terminal.untried"]
    # A capture of broadcasts alone would not hold a sale either.
    seen = survey.mode != "read" or station.vias or _neighbours_answer(station)
    # What it sells by may be a till on the LAN.
    local = any(_is_local(observed, station, t) for t in station.talks)
    if not settled or not watched or not seen or local or survey.lost:
        return observed.skipped("skip.terminal-no-sale")
    return fail(
        "terminal.silent",
        observed.facts(),
        expected=observed.hosts[0].rpartition(":")[0],
        goes_to=_goes_to(station),
        confidence=0.7,
        # What has no gateway sends nothing beyond the LAN either.
        rivals=(
            *(() if station.vias else ("terminal.wrong-gateway",)),
            "terminal.software",
            "terminal.not-signed-in",
        ),
    )


def _neighbours_answer(station: Station) -> bool:
    return any(s.holders for s in station.searches)


def _goes_to(station: Station) -> tuple[str, ...]:
    observed = [f"{_name(t)}:{t.port}" for t in station.talks]
    return tuple(dict.fromkeys((*observed, *station.datagrams)))[:8]


def _server_name(talk: TcpTalk) -> str:
    return talk.tls.server_name if talk.tls else ""


def _name(talk: TcpTalk) -> str:
    """The host's name, else its address."""
    return _server_name(talk) or next(iter(talk.names), talk.address)
