"""Do the hosts answer that the terminal searches by ARP, and does another device use
its address?

A dead gateway is asked for three times a second apart, per attempt.
"""

from ipaddress import IPv4Address, IPv4Interface, ip_address, ip_network

from posdiag.formats.traffic.frames import LENT
from posdiag.model.limits import Limits
from posdiag.model.questions.terminal import (
    ArpSearch,
    OwnSearch,
    Station,
    TerminalSurvey,
)


def own_search(survey: TerminalSurvey, address: str) -> OwnSearch | None:
    return next((s for s in survey.searches if s.address == address), None)


def answers_all(survey: TerminalSurvey) -> frozenset[str]:
    """Who answers for an address that is free: a router with proxy ARP."""
    return frozenset(mac for s in survey.searches if s.control for mac in s.holders)


def answers(survey: TerminalSurvey, search: ArpSearch, limits: Limits) -> bool | None:
    """Does anybody have the address that a terminal looks for? None: not known."""
    liars = answers_all(survey)
    if any(h not in liars for h in search.holders):
        return True
    asked = own_search(survey, search.address)
    if asked is not None and any(h not in liars for h in asked.holders):
        return True
    if any(search.address in s.addresses for s in survey.stations):
        return True
    if asked is not None and asked.tries >= limits["terminal.questions"]:
        return False
    seen = survey.mode == "inline" or (survey.mode == "read" and burst(search, limits))
    return False if seen and dead(search, survey.seconds, limits) else None


def burst(search: ArpSearch, limits: Limits) -> bool:
    """Did the questions come so fast that the terminal had no answer? A capture from an
    ordinary port of a switch does not hold the answers."""
    times = search.times[: int(limits["terminal.questions"])]
    return times[-1] - times[0] <= limits["terminal.burst"]


def dead(search: ArpSearch, end: float, limits: Limits) -> bool:
    """Was it asked for often enough, without an answer that we could see?"""
    spent = search.times[-1] - search.times[0]
    return (
        not search.holders
        and search.count >= limits["terminal.questions"]
        and spent >= limits["terminal.question_time"]
        and end - search.times[-1] >= limits["terminal.answer"]
    )


def reaches_beyond(survey: TerminalSurvey, station: Station) -> bool:
    """Has anything from beyond the LAN come back to it?"""
    if survey.mode == "listen":
        return False
    came_back = any(t.received or t.outcome in ("open", "ended") for t in station.talks)
    return came_back or any(v.received for v in station.vias)


def gateways(station: Station) -> frozenset[str]:
    """The addresses by which a hosted terminal sends: each has a hardware address of
    its own (`frames.LENT`)."""
    prefix = LENT.hex(":")
    lent = (v.mac[len(prefix) + 1 :] for v in station.vias if v.mac.startswith(prefix))
    return frozenset(str(IPv4Address(bytes.fromhex(m.replace(":", "")))) for m in lent)


def boot_heard(station: Station) -> bool:
    """Was it heard to start, so that it has had to ask for all its neighbours since?"""
    return bool(station.boots)


def in_network(address: str, network: str) -> bool:
    if not network or not address:
        return False
    return ip_address(address) in ip_network(network, strict=False)


def foreign(survey: TerminalSurvey, address: str) -> bool:
    return bool(survey.network and address) and not in_network(address, survey.network)


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
