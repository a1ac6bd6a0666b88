"""Sockets: TCP, UDP, DNS, HTTP, NTP, ICMP and TLS."""

from typing import Any

from posdiag.model.questions import wire
from posdiag.model.questions.base import Question
from posdiag.model.questions.machine import AskTime
from posdiag.model.questions.payment import Exchange, StayQuiet
from posdiag.model.questions.tls import AskTlcp, Shake
from posdiag.system.core.dispatch import Handler


def handlers() -> dict[type[Question[Any]], Handler]:
    """What plain sockets answer, on any system."""
    from posdiag.system.wire import dns, http, payment, sntp, speed, tcp
    from posdiag.system.wire.tls import handshake, tlcp

    return {
        wire.Connect: tcp.connect,
        Shake: handshake.shake,
        AskTlcp: tlcp.ask,
        Exchange: payment.exchange,
        StayQuiet: payment.stay_quiet,
        wire.Lookup: dns.lookup,
        wire.Fetch: http.fetch,
        wire.AskNetworkTime: sntp.ask,
        AskTime: sntp.wall_clock,
        wire.MeasureSpeed: speed.measure,
    }
