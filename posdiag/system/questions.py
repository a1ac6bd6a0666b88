"""The questions of `posdiag.model.questions`, for plugins."""

from posdiag.model.questions.lan import AskNeighbour, AskSweep, DiscoverDhcp, ProbeArp
from posdiag.model.questions.machine import (
    AskDamage,
    AskInterfaces,
    AskLocalName,
    AskResolvers,
    AskRoutes,
    AskRouteTo,
    AskTime,
)
from posdiag.model.questions.payment import Exchange, StayQuiet
from posdiag.model.questions.tls import AskTlcp, Shake
from posdiag.model.questions.wire import (
    AskNetworkTime,
    Connect,
    Fetch,
    Knock,
    Lookup,
    Ping,
    Trace,
)

__all__ = [
    "AskDamage", "AskInterfaces", "AskLocalName", "AskNeighbour", "AskNetworkTime",
    "AskResolvers", "AskRouteTo", "AskRoutes", "AskSweep", "AskTime", "AskTlcp",
    "Connect", "DiscoverDhcp", "Exchange", "Fetch", "Knock", "Lookup", "Ping",
    "ProbeArp", "Shake", "StayQuiet", "Trace",
]  # fmt: skip
