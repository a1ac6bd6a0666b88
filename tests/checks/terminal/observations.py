"""A terminal that was observed, and ways to alter one thing about it.

Terminal 192.168.1.60 · router 192.168.1.1 · acquirer pay.example:443 at 203.0.113.9.
"""

from dataclasses import replace
from typing import Any

from posdiag.model.questions.terminal import (
    ArpSearch,
    DhcpMessage,
    NameLookup,
    OwnSearch,
    Station,
    TcpTalk,
    TerminalSurvey,
    TlsTalk,
    Via,
)
from posdiag_checks.terminal.observation import Expected, Observation

MAC, OTHER, ROUTER_MAC = "54:81:2d:00:00:01", "02:00:00:00:00:09", "02:00:00:00:00:fe"
ADDRESS, ROUTER, LAN = "192.168.1.60", "192.168.1.1", "192.168.1.0/24"
NAME, HOST, PORT = "pay.example", "203.0.113.9", 443
HOSTS = (f"{NAME}:{PORT}", f"{HOST}:{PORT}")

ALIVE = ArpSearch(ROUTER, (1.0,), 1, ADDRESS, (ROUTER_MAC,))
RESOLVED = NameLookup(NAME, ROUTER, (1.2,), 1, "NOERROR", (HOST,), 1.25)
TLS = TlsTalk(("1.3", "1.2"), NAME, "1.3", server_certificate=True, finished=True)
SOLD = TcpTalk(
    HOST, PORT, 1.5, "ended", (NAME,), 1, 700, 3400, 1.7, 1.8, "terminal", tls=TLS
)
OUT = Via(ROUTER_MAC, 9, 9)


def station(**more: Any) -> Station:
    """A healthy terminal with fixed settings that has made a sale."""
    made = Station(
        MAC,
        "PAX",
        inside=True,
        frames=40,
        first=0.5,
        last=2.0,
        boots=(0.5,),
        addresses=(ADDRESS,),
        searches=(ALIVE,),
        lookups=(RESOLVED,),
        talks=(SOLD,),
        vias=(OUT,),
    )
    return replace(made, **more)


def quiet(**more: Any) -> Station:
    """The same before it has got anywhere."""
    return station(**{"searches": (), "lookups": (), "talks": (), "vias": (), **more})


def observation(
    terminal: Station | None,
    *others: Station,
    mode: Any = "inline",
    seconds: float = 30.0,
    expected: Expected | None = None,
    hosts: tuple[str, ...] = HOSTS,
    targets: tuple[str, ...] = (),
    named: bool = True,
    **survey: Any,
) -> Observation:
    every = (*((terminal,) if terminal else ()), *others)
    found = {"network": LAN, "router": ROUTER, **survey}
    return Observation(
        TerminalSurvey(mode, seconds, every, **found),
        terminal,
        expected or Expected(),
        hosts,
        targets,
        named,
    )


def asked(kind: str, seconds: float, **more: Any) -> DhcpMessage:
    return DhcpMessage(seconds, kind, **more)


def search(address: str, *times: float, **more: Any) -> ArpSearch:
    return ArpSearch(address, times, len(times), **{"sender": ADDRESS, **more})


def ours(address: str, *holders: str, tries: int = 3, **more: Any) -> OwnSearch:
    return OwnSearch(address, tries, holders, **more)


def failed(tls: TlsTalk, **more: Any) -> TcpTalk:
    """A connection to the acquirer that ended in its handshake."""
    return replace(
        SOLD, **{"answered": None, "ended_by": "terminal", "tls": tls, **more}
    )
