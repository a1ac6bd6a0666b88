"""Does the terminal connect to the acquirer's host, and is its sale answered?"""

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
    others = [t for t in station.talks if t.port not in NO_SALE]
    if not others:
        return None
    last = others[-1]
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


def _silent(observed: Observation, station: Station) -> Finding:
    """It has its network settings and made no attempt, for the whole time."""
    survey = observed.survey
    since = max([station.first, *(m.seconds for m in station.dhcp)])
    lost = station.lookups and not any(x.addresses for x in station.lookups)
    settled = bool(signs.used_address(station)) and not lost
    watched = survey.seconds - since >= observed.limits["terminal.untried"]
    if not settled or not watched or survey.lost:
        return observed.skipped("skip.terminal-no-sale")
    return fail(
        "terminal.silent",
        observed.facts(),
        expected=observed.hosts[0].rpartition(":")[0],
        goes_to=_goes_to(station),
        confidence=0.7,
        rivals=("terminal.software", "terminal.not-signed-in"),
    )


def _goes_to(station: Station) -> tuple[str, ...]:
    observed = [f"{_name(t)}:{t.port}" for t in station.talks]
    return tuple(dict.fromkeys((*observed, *station.datagrams)))[:8]


def _server_name(talk: TcpTalk) -> str:
    return talk.tls.server_name if talk.tls else ""


def _name(talk: TcpTalk) -> str:
    """The host's name, else its address."""
    return _server_name(talk) or next(iter(talk.names), talk.address)
