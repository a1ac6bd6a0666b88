"""Which of the stations seen is the terminal?"""

from collections.abc import Iterable

from posdiag.model.limits import Limits
from posdiag.model.questions.terminal import (
    Station,
    TcpTalk,
    TerminalSurvey,
    WifiClient,
)


def terminal_of(
    survey: TerminalSurvey,
    mac: str = "",
    address: str = "",
    acquirer: Iterable[str] = (),
) -> Station | None:
    """The station that is the terminal: as named, else the one that behaves like it.
    None where there is none or where several could be meant."""
    if mac:
        return next((s for s in survey.stations if s.mac == mac.lower()), None)
    if address:
        plain = address.partition("/")[0]
        users = [s for s in survey.stations if plain in (*s.addresses, s.probed)]
        return max(users, key=lambda s: s.frames, default=None)
    if survey.mode == "listen":
        return None
    found = candidates(survey)
    if len(found) > 1:
        hosts = frozenset(acquirer)
        found = [s for s in found if any(goes_to(t, hosts) for t in s.talks)]
    return found[0] if len(found) == 1 else None


def candidates(survey: TerminalSurvey) -> list[Station]:
    """Devices that may be the terminal, the likeliest first."""
    routers = routing(survey)
    wired = survey.mode in ("inline", "host")
    found = [
        s
        for s in survey.stations
        if s.mac not in routers
        and (s.inside or not wired)
        and (survey.mode == "listen" or s.talks or s.dhcp or s.searches or wired)
    ]
    return sorted(found, key=lambda s: (not s.maker, -len(s.talks), -s.frames, s.mac))


def routing(survey: TerminalSurvey) -> frozenset[str]:
    """Hardware addresses of routers and DHCP servers."""
    found = set(survey.servers)
    for station in survey.stations:
        found |= {via.mac for via in station.vias if via.received}
        if survey.router and survey.router in station.addresses:
            found.add(station.mac)
    return frozenset(found)


def goes_to(talk: TcpTalk, hosts: frozenset[str]) -> bool:
    """Is the connection to one of these (host:port), by address or by name?"""
    known = (talk.address, *talk.names, talk.tls.server_name if talk.tls else "")
    return any(f"{name}:{talk.port}" in hosts for name in known if name)


def kept_out(
    survey: TerminalSurvey, limits: Limits, mac: str = ""
) -> tuple[WifiClient, ...]:
    """Clients that tried another passphrase than that of the access point opened here,
    and never ours: the terminal where it is named, else all as long as none joined."""
    if not mac and any(c.joined for c in survey.clients):
        return ()
    return tuple(
        c
        for c in survey.clients
        if c.refused >= limits["terminal.refused"]
        and not c.joined
        and mac in ("", c.mac)
    )
