"""The answers of `posdiag.model.questions`, for plugins."""

from posdiag.model.questions.lan import (
    ArpReplies,
    ArpReply,
    Neighbour,
    Offer,
    Offers,
    Sweep,
)
from posdiag.model.questions.machine import (
    Address,
    Counters,
    Damage,
    Interface,
    Interfaces,
    LocalName,
    Resolvers,
    Route,
    Routes,
    RouteTo,
    WallClock,
)
from posdiag.model.questions.payment import Exchanged, PaymentReply, Quiet, ReplyKind
from posdiag.model.questions.tls import Certificate, Handshake, Step, TlcpReply
from posdiag.model.questions.wire import (
    Connection,
    DnsReply,
    Echoes,
    Hop,
    Hops,
    HttpReply,
    IcmpError,
    Knocked,
    Outcome,
    TimeReply,
)

__all__ = [
    "Address", "ArpReplies", "ArpReply", "Certificate", "Connection", "Counters",
    "Damage", "DnsReply", "Echoes", "Exchanged", "Handshake", "Hop", "Hops",
    "HttpReply", "IcmpError", "Interface", "Interfaces", "Knocked", "LocalName",
    "Neighbour", "Offer", "Offers", "Outcome", "PaymentReply", "Quiet", "ReplyKind",
    "Resolvers", "Route", "RouteTo", "Routes", "Step", "Sweep", "TimeReply",
    "TlcpReply", "WallClock",
]  # fmt: skip
