"""Where do the terminal's connections go, and how do they end?"""

from posdiag.formats.traffic.signs.identity import goes_to, terminal_of
from posdiag.model.limits import Limits
from posdiag.model.questions.terminal import Station, TcpTalk, TerminalSurvey

REJECTIONS = frozenset({42, 43, 44, 45, 46, 47, 48, 51})
"""Alerts about a certificate (RFC 8446 section 6.2); 51 is what OpenSSL says of a chain
that ends at another root of the same name."""


def open_to(station: Station, hosts: frozenset[str]) -> bool:
    """Is a connection to one of these hosts open?"""
    return any(goes_to(t, hosts) and t.outcome == "open" for t in station.talks)


def busy(
    survey: TerminalSurvey,
    mac: str,
    address: str,
    acquirer: tuple[str, ...],
    limits: Limits,
) -> bool:
    """Is a connection to the acquirer open, so that the cable must not be moved? One
    that was answered and has been idle for long is only kept open."""
    station = terminal_of(survey, mac, address, acquirer)
    hosts = frozenset(acquirer)
    return station is not None and any(
        t.outcome == "open"
        and not (
            t.answered is not None
            and survey.seconds - t.last >= limits["terminal.idle"]
        )
        for t in station.talks
        if goes_to(t, hosts)
    )


def sales(station: Station, hosts: frozenset[str]) -> list[TcpTalk]:
    """Connections to the acquirer on which the terminal's own data were answered."""
    return [t for t in station.talks if goes_to(t, hosts) and t.answered is not None]


def tls_failure(talk: TcpTalk) -> str:
    """What ended a TLS handshake: `version`, `certificate`, `no-certificate`, "" where
    it did not fail or where that cannot be told."""
    tls = talk.tls
    if tls is None or talk.answered is not None or talk.joined:
        return ""
    if not tls.chosen:
        return "version" if tls.alert == 70 and tls.alert_by == "host" else ""
    if tls.alert_by == "terminal" and tls.alert == 70:
        return "version"
    if tls.certificate_sent is False and (
        "host" in (tls.alert_by, tls.encrypted_alert, talk.ended_by)
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
