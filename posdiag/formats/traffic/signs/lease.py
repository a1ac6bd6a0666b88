"""Does the terminal get an address?

DISCOVERs of real clients come at 0, 3, 6 s (udhcpc), 0, 2.5, 6.5, 13 s (dhclient), 0,
4, 13 s (dhcpcd); dnsmasq checks an address for 3 s before its first OFFER.
"""

from ipaddress import ip_address

from posdiag.model.limits import Limits
from posdiag.model.questions.terminal import DhcpMessage, Station, TerminalSurvey


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
    """The DISCOVERs since the last sign of a lease: the ACK, which can be seen where
    offers can; else a REQUEST that names its server."""
    visible = any(m.kind in ("offer", "ack") for m in station.dhcp)
    run: list[DhcpMessage] = []
    for message in station.dhcp:
        if message.kind == "discover":
            run.append(message)
        elif message.kind == "ack" or (
            message.kind == "request" and message.server and not visible
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
    """Has it asked for a neighbour in an address of its own since then, or been
    answered over TCP, as a terminal that does without DHCP (IPv6) is?"""
    return any(t.received and t.last > since for t in station.talks) or any(
        s.times[-1] > since and s.sender and not ip_address(s.sender).is_link_local
        for s in station.searches
    )


def no_lease(survey: TerminalSurvey, station: Station, limits: Limits) -> str:
    """How certain it is that it gets no lease: the variant, "" for not."""
    if survey.mode == "host":
        return ""  # we grant one ourselves
    longest, pause = limits["terminal.lease"], limits["terminal.lease_pause"]
    run = unanswered_discovers(station)
    refused = refusals(station)
    end = survey.seconds
    if survey.mode == "read" and len(run) > 2:
        run = run[:-1]  # a capture often ends with a DISCOVER whose time is not over
    if run:
        first, last = run[0].seconds, run[-1].seconds
        waited = run[0].waited >= longest
        long = end - first >= longest or max(m.waited for m in run) >= longest
        settled = end - last >= pause and (len(run) > 1 or waited)
        # On a switch the ACK of one server is not seen, though another's offer may be.
        hidden = survey.mode == "listen" and any(
            m.kind == "request" and m.server and m.seconds > first for m in station.dhcp
        )
        if long and settled and not hidden and not routable_use(station, first):
            offered = any(m.kind == "offer" for m in station.dhcp)
            return "refused" if refused else "offered" if offered else "silent"
    if len(refused) >= 2 and end - refused[0].seconds >= longest:
        since = refused[0].seconds
        if leased(station) is None and not routable_use(station, since):
            return "refused"
    return ""
