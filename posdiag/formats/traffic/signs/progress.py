"""Is enough known for the watch to end, and what would tell more?"""

from ipaddress import ip_network

from posdiag.formats.traffic.signs.acquirer import open_to, sales, tls_failure
from posdiag.formats.traffic.signs.identity import terminal_of
from posdiag.formats.traffic.signs.lease import (
    leased,
    no_lease,
    refusals,
    unanswered_discovers,
    used_address,
)
from posdiag.formats.traffic.signs.neighbours import (
    answers,
    boot_heard,
    foreign,
    reaches_beyond,
    rivals_for,
)
from posdiag.model.limits import Limits
from posdiag.model.questions.terminal import Station, TerminalSurvey


def settled(
    survey: TerminalSurvey,
    mac: str,
    address: str,
    acquirer: tuple[str, ...],
    limits: Limits,
) -> bool:
    """Is all known that is to be known, so that the watch can end?"""
    hosts = frozenset(acquirer)
    station = terminal_of(survey, mac, address, acquirer)
    if station is None:
        return False
    if open_to(station, hosts):
        return False
    if not compared(survey, station, limits):
        return False
    if done := sales(station, hosts):
        return survey.seconds - max(t.last for t in done) >= limits["terminal.quiet"]
    failures = [f for f in map(tls_failure, station.talks) if f]
    if len(failures) >= 2 and failures[-1] == failures[-2]:
        return True
    return certain_trouble(survey, station, limits)


def compared(survey: TerminalSurvey, station: Station, limits: Limits) -> bool:
    """Has a hosted terminal's fixed gateway been looked for on the uplink's LAN? We
    answer for it ourselves, so that a sale does not prove it."""
    if survey.mode != "host" or survey.phone or leased(station):
        return True
    return all(
        answers(survey, search, limits) is not None for search in station.searches
    )


def certain_trouble(survey: TerminalSurvey, station: Station, limits: Limits) -> bool:
    """Is its own fault certain already?"""
    if no_lease(survey, station, limits):
        return True
    address = used_address(station)
    if address and rivals_for(survey, station, address):
        return True
    if reaches_beyond(survey, station):
        return False
    return any(
        answers(survey, s, limits) is False
        and survey.seconds - s.times[0] >= limits["terminal.silent"]
        for s in station.searches
        if boot_heard(station) or survey.mode != "listen" or foreign(survey, s.sender)
    )


def in_trouble(survey: TerminalSurvey, mac: str, address: str, limits: Limits) -> bool:
    """Is there a first sign of trouble, for which it is worth to go on?"""
    station = terminal_of(survey, mac, address)
    if station is None:
        return False
    if unanswered_discovers(station) or refusals(station):
        return not certain_trouble(survey, station, limits)
    used = used_address(station)
    return foreign(survey, used) or any(
        s.count > 1 and answers(survey, s, limits) is not True for s in station.searches
    )


def to_ask(survey: TerminalSurvey, mac: str, address: str) -> list[str]:
    """The addresses for which an ARP question would tell more, the most telling first;
    behind them a free one, as a control."""
    station = terminal_of(survey, mac, address)
    plain = address.partition("/")[0]
    if station is None or not station.frames:
        return [plain] if plain else []
    wanted: list[str] = []
    used = used_address(station)
    for search in sorted(station.searches, key=lambda s: -s.count):
        repeated = search.count > 1 or survey.mode == "host"  # we answer the first
        if repeated and not search.holders:
            wanted.append(search.address)
    if used:
        wanted.insert(0, used)
    return list(dict.fromkeys(wanted))[:3]


def control_address(survey: TerminalSurvey) -> str:
    """An address of the subnet in use that nobody is known to have, "" for none."""
    if not survey.network:
        return ""
    network = ip_network(survey.network, strict=False)
    used = {a for s in survey.stations for a in (*s.addresses, s.probed)}
    used |= {a for s in survey.stations for a in (x.address for x in s.searches)}
    used |= {*survey.own, survey.router}
    if network.num_addresses < 8:
        return ""
    last = int(network.broadcast_address)
    for step in range(2, min(64, network.num_addresses - 2)):
        free = str(type(network.network_address)(last - step))
        if free not in used:
            return free
    return ""
