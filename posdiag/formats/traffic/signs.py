"""What do single signs in a survey mean? Shared by those who judge and by the watch,
which ends as soon as they are certain. Pure.

Figures: DISCOVERs of real clients come at 0, 3, 6 s (udhcpc), 0, 2.5, 6.5, 13 s
(dhclient), 0, 4, 13 s (dhcpcd); dnsmasq checks an address for 3 s before its first
OFFER. A dead gateway is asked for three times a second apart, per attempt.
"""

from collections.abc import Iterable
from ipaddress import IPv4Interface, ip_address, ip_network

from posdiag.model.questions.terminal import (
    ArpSearch,
    DhcpMessage,
    OwnSearch,
    Station,
    TcpTalk,
    TerminalSurvey,
)

LEASE_TIME = 10.0  # seconds of DISCOVERs without an answer that are no slow server
LEASE_PAUSE = 3.0  # seconds since the last of them: an OFFER may be under way
SEARCHES = 3  # ARP questions of one attempt (RFC 1122: at most one a second)
SEARCH_TIME = 1.5  # seconds that these take
IDLE = 20.0  # seconds without a packet on a connection that is only kept open
QUIET = 1.5  # seconds after an answer in which nothing else went wrong
REJECTIONS = frozenset({42, 43, 44, 45, 46, 47, 48, 51})
"""Alerts about a certificate (RFC 8446 section 6.2); 51 is what OpenSSL says of a chain
that ends at another root of the same name."""


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


# --- lease ---------------------------------------------------------------------------


def used_address(station: Station) -> str:
    """The address in use, "" for none but a link-local one."""
    usable = [a for a in station.addresses if not ip_address(a).is_link_local]
    return usable[-1] if usable else ""


def leased(station: Station) -> DhcpMessage | None:
    """The last lease that was granted and not refused since."""
    found = None
    for message in station.dhcp:
        if message.kind == "ack" and message.address:
            found = message
        elif message.kind in ("nak", "decline"):
            found = None
    return found


def unanswered_discovers(station: Station) -> list[DhcpMessage]:
    """The DISCOVERs since the last sign of an offer or a lease."""
    run: list[DhcpMessage] = []
    for message in station.dhcp:
        if message.kind == "discover":
            run.append(message)
        elif message.kind in ("offer", "ack") or (
            message.kind == "request" and message.server
        ):
            run = []
    return run


def refusals(station: Station) -> list[DhcpMessage]:
    """The NAKs since the last lease."""
    run: list[DhcpMessage] = []
    for message in station.dhcp:
        if message.kind == "nak":
            run.append(message)
        elif message.kind == "ack":
            run = []
    return run


def routable_use(station: Station, since: float) -> bool:
    """Has it asked for a neighbour in an address of its own since then?"""
    return any(
        s.times[-1] > since and s.sender and not ip_address(s.sender).is_link_local
        for s in station.searches
    )


def no_lease(survey: TerminalSurvey, station: Station) -> str:
    """How certain it is that it gets no lease: the variant, "" for not."""
    if survey.mode == "host":
        return ""  # we grant one ourselves
    run = unanswered_discovers(station)
    refused = refusals(station)
    end = survey.seconds
    if run:
        first, last = run[0].seconds, run[-1].seconds
        long = end - first >= LEASE_TIME or max(m.waited for m in run) >= LEASE_TIME
        settled = end - last >= LEASE_PAUSE and (len(run) > 1 or run[0].waited >= 10)
        if long and settled and not routable_use(station, first):
            return "refused" if refused else "silent"
    if len(refused) >= 2 and end - refused[0].seconds >= LEASE_TIME:
        since = refused[0].seconds
        if leased(station) is None and not routable_use(station, since):
            return "refused"
    return ""


# --- neighbours ----------------------------------------------------------------------


def own_search(survey: TerminalSurvey, address: str) -> OwnSearch | None:
    return next((s for s in survey.searches if s.address == address), None)


def answers_all(survey: TerminalSurvey) -> frozenset[str]:
    """Who answers for an address that is free: a router with proxy ARP."""
    return frozenset(mac for s in survey.searches if s.control for mac in s.holders)


def answers(survey: TerminalSurvey, search: ArpSearch) -> bool | None:
    """Does anybody have the address that a terminal looks for? None: not known."""
    liars = answers_all(survey)
    if any(h not in liars for h in search.holders):
        return True
    asked = own_search(survey, search.address)
    if asked is not None and any(h not in liars for h in asked.holders):
        return True
    if any(search.address in s.addresses for s in survey.stations):
        return True
    if asked is not None and asked.tries >= SEARCHES:
        return False
    seen = survey.mode in ("inline", "read")
    return False if seen and dead(search, survey.seconds) else None


def dead(search: ArpSearch, end: float) -> bool:
    """Was it asked for often enough, without an answer that we could see?"""
    spent = search.times[-1] - search.times[0]
    return (
        not search.holders
        and search.count >= SEARCHES
        and spent >= SEARCH_TIME
        and end - search.times[-1] >= 1.0
    )


def reaches_beyond(survey: TerminalSurvey, station: Station) -> bool:
    """Has anything from beyond the LAN come back to it?"""
    if survey.mode == "listen":
        return False
    came_back = any(t.received or t.outcome in ("open", "ended") for t in station.talks)
    return came_back or any(v.received for v in station.vias)


def in_network(address: str, network: str) -> bool:
    if not network or not address:
        return False
    return ip_address(address) in ip_network(network, strict=False)


def rivals_for(
    survey: TerminalSurvey, station: Station, address: str
) -> tuple[str, ...]:
    """Hardware addresses of others that use the terminal's address."""
    others: list[str] = []
    liars = answers_all(survey) | frozenset(survey.own_macs) | {station.mac}
    for claim in survey.claims:
        held, *macs = claim.split()
        if held == address and station.mac in macs:
            others += macs
    asked = own_search(survey, address)
    others += asked.holders if asked else ()
    return tuple(dict.fromkeys(m for m in others if m not in liars))


def network_of(address: str) -> str:
    """The network of an address in CIDR notation, "" where it names none."""
    return str(IPv4Interface(address).network) if "/" in address else ""


# --- the acquirer --------------------------------------------------------------------


def open_to(station: Station, hosts: frozenset[str]) -> bool:
    """Is a connection to one of these hosts open?"""
    return any(goes_to(t, hosts) and t.outcome == "open" for t in station.talks)


def sales(station: Station, hosts: frozenset[str]) -> list[TcpTalk]:
    """Connections to the acquirer on which the terminal's own data were answered."""
    return [t for t in station.talks if goes_to(t, hosts) and t.answered is not None]


def tls_failure(talk: TcpTalk) -> str:
    """What ended a TLS handshake: `version`, `certificate`, `no-certificate`, "" where
    it did not fail or where that cannot be told."""
    tls = talk.tls
    if tls is None or talk.answered is not None or talk.joined:
        return ""
    met = bool(tls.chosen)
    if not met:
        return "version" if tls.alert == 70 and tls.alert_by == "host" else ""
    if tls.alert_by == "terminal" and tls.alert == 70:
        return "version"
    if tls.certificate_sent is False and (
        tls.alert_by == "host" or tls.encrypted_alert == "host" or _hung_up(talk)
    ):
        return "no-certificate"
    if tls.alert_by == "host" and tls.alert == 116:
        return "no-certificate"
    if tls.finished or not tls.server_certificate:
        return ""
    if tls.alert_by == "terminal" and tls.alert in REJECTIONS:
        return "certificate"
    if tls.encrypted_alert == "terminal":
        return "certificate"
    if talk.ended_by == "terminal" and tls.alert is None:
        return "certificate"
    return ""


def certain_failure(talk: TcpTalk) -> bool:
    """Does one such handshake suffice? By an alert that can be read it does."""
    return talk.tls is not None and talk.tls.alert is not None


def _hung_up(talk: TcpTalk) -> bool:
    return talk.ended_by == "host"


def settled(
    survey: TerminalSurvey, mac: str, address: str, acquirer: tuple[str, ...]
) -> bool:
    """Is all known that is to be known, so that the watch can end?"""
    hosts = frozenset(acquirer)
    station = terminal_of(survey, mac, address, acquirer)
    if station is None:
        return False
    if open_to(station, hosts):
        return False
    if not compared(survey, station):
        return False
    if done := sales(station, hosts):
        return survey.seconds - max(t.last for t in done) >= QUIET
    failures = [f for f in map(tls_failure, station.talks) if f]
    if len(failures) >= 2 and failures[-1] == failures[-2]:
        return True
    return certain_trouble(survey, station)


def compared(survey: TerminalSurvey, station: Station) -> bool:
    """Has a hosted terminal's fixed gateway been looked for on the uplink's LAN? We
    answer for it ourselves, so that a sale does not prove it."""
    if survey.mode != "host" or survey.phone or leased(station):
        return True
    return all(answers(survey, search) is not None for search in station.searches)


def busy(
    survey: TerminalSurvey, mac: str, address: str, acquirer: tuple[str, ...]
) -> bool:
    """Is a connection to the acquirer open, so that the cable must not be moved? One
    that was answered and has been idle for long is only kept open."""
    station = terminal_of(survey, mac, address, acquirer)
    hosts = frozenset(acquirer)
    return station is not None and any(
        t.outcome == "open"
        and not (t.answered is not None and survey.seconds - t.last >= IDLE)
        for t in station.talks
        if goes_to(t, hosts)
    )


def certain_trouble(survey: TerminalSurvey, station: Station) -> bool:
    """Is its own fault certain already?"""
    if no_lease(survey, station):
        return True
    address = used_address(station)
    if address and rivals_for(survey, station, address):
        return True
    if reaches_beyond(survey, station):
        return False
    return any(
        answers(survey, s) is False and survey.seconds - s.times[0] >= 5.0
        for s in station.searches
        if boot_heard(station) or survey.mode != "listen" or foreign(survey, s.sender)
    )


def foreign(survey: TerminalSurvey, address: str) -> bool:
    return bool(survey.network and address) and not in_network(address, survey.network)


def boot_heard(station: Station) -> bool:
    """Was it heard to start, so that it has had to ask for all its neighbours since?"""
    return bool(station.boots)


def in_trouble(survey: TerminalSurvey, mac: str, address: str) -> bool:
    """Is there a first sign of trouble, for which it is worth to go on?"""
    station = terminal_of(survey, mac, address)
    if station is None:
        return False
    if unanswered_discovers(station) or refusals(station):
        return not certain_trouble(survey, station)
    used = used_address(station)
    return foreign(survey, used) or any(
        s.count > 1 and answers(survey, s) is not True for s in station.searches
    )


def to_ask(
    survey: TerminalSurvey, mac: str, address: str, gateway: str = ""
) -> list[str]:
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
