"""What a watch of the shop's LAN sees of the demonstration's terminal, by fault.

The same values that the watch of a real wire gives; the real checks judge them.
"""

from dataclasses import replace
from typing import Any

from posdiag.demo import shop
from posdiag.model.questions.base import Question
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.terminal import (
    ArpSearch,
    DhcpMessage,
    EndWatch,
    OwnSearch,
    Station,
    TerminalSurvey,
    WatchEnded,
    WatchTerminal,
)
from posdiag.model.site import Terminal
from posdiag.system.core.dispatch import Handler

MAC, ADDRESS = "54:81:2d:10:00:42", "192.168.1.42"
FOREIGN, ITS_GATEWAY, DEAD = "192.168.0.42", "192.168.0.1", "192.168.1.254"
NETWORK = "192.168.1.0/24"
QUIET = Station(
    MAC, "PAX", frames=12, first=0.8, last=11.0, boots=(0.8,), addresses=(ADDRESS,)
)


def _search(address: str, sender: str = ADDRESS) -> ArpSearch:
    return ArpSearch(address, (2.0, 3.0, 4.0, 8.0, 9.0, 10.0), 6, sender)


def _discovers() -> tuple[DhcpMessage, ...]:
    times = (0.8, 3.9, 7.0)
    return tuple(DhcpMessage(t, "discover", waited=int(t)) for t in times)


def _survey(*stations: Station, searches: tuple[OwnSearch, ...] = ()) -> TerminalSurvey:
    return TerminalSurvey(
        "listen",
        13.5,
        stations,
        network=NETWORK,
        router=shop.ROUTER,
        own=(shop.OWN,),
        own_macs=(shop.OWN_MAC,),
        carrier=True,
        searches=searches,
        packets=160,
    )


SURVEYS: dict[str, TerminalSurvey] = {
    "terminal.not-seen": _survey(searches=(OwnSearch(ADDRESS, 3),)),
    "terminal.no-lease": _survey(replace(QUIET, addresses=(), dhcp=_discovers())),
    "terminal.wrong-address": _survey(
        replace(QUIET, addresses=(FOREIGN,), searches=(_search(ITS_GATEWAY, FOREIGN),)),
        searches=(OwnSearch(ITS_GATEWAY, 3),),
    ),
    "terminal.duplicate-address": _survey(
        QUIET, searches=(OwnSearch(ADDRESS, 3, (MAC, shop.OTHER_MAC)),)
    ),
    "terminal.wrong-gateway": _survey(
        replace(QUIET, searches=(_search(DEAD),)), searches=(OwnSearch(DEAD, 3),)
    ),
}


def profile_of(fault: str) -> Terminal:
    """The terminal as the profile has it: by its address where it is not there."""
    if fault == "terminal.not-seen":
        return Terminal(address=ADDRESS)
    return Terminal(mac=MAC.upper())


def handlers(fault: str) -> dict[type[Question[Any]], Handler]:
    async def watch(question: WatchTerminal, meter: Meter) -> TerminalSurvey:
        return SURVEYS[fault]

    async def end(question: EndWatch, meter: Meter) -> WatchEnded:
        return WatchEnded()

    return {WatchTerminal: watch, EndWatch: end}
