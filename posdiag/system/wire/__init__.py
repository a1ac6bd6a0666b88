"""Sockets: TCP, UDP, DNS, HTTP, NTP, ICMP and TLS."""

from typing import Any

from posdiag.model.questions.base import Question
from posdiag.model.questions.payment import Exchange, StayQuiet
from posdiag.model.questions.tls import AskTlcp, Shake
from posdiag.model.questions.wire import (
    AskNetworkTime,
    Connect,
    Fetch,
    Lookup,
    MeasureSpeed,
)
from posdiag.system.core.dispatch import Handler


def handlers() -> dict[type[Question[Any]], Handler]:
    """What plain sockets answer, on any system."""
    from posdiag.system.wire import dns, http, payment, sntp, speed, tcp
    from posdiag.system.wire.tls import handshake, tlcp

    return {
        Connect: tcp.connect,
        Shake: handshake.shake,
        AskTlcp: tlcp.ask,
        Exchange: payment.exchange,
        StayQuiet: payment.stay_quiet,
        Lookup: dns.lookup,
        Fetch: http.fetch,
        AskNetworkTime: sntp.ask,
        MeasureSpeed: speed.measure,
    }
