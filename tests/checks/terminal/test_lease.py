"""Does the terminal get an address where it asks for one?"""

from dataclasses import replace
from typing import Any

import pytest

from posdiag.model.questions.terminal import DhcpMessage
from posdiag_checks.terminal.lease import judge, terminal_lease
from tests.checks.running import FAIL, OK, SKIP, Case, of
from tests.checks.terminal.observations import (
    ADDRESS,
    SOLD,
    asked,
    observation,
    quiet,
    search,
)

row = of(terminal_lease)
NO_LEASE = "terminal.no-lease"


def after(*messages: DhcpMessage, seconds: float = 15.0, **more: Any) -> Any:
    mode = more.pop("mode", "inline")
    used = more.pop("addresses", ())
    terminal = quiet(dhcp=messages, addresses=used, **more)
    return lambda: observation(terminal, mode=mode, seconds=seconds).judged_by(judge)


UDHCPC = tuple(asked("discover", t, waited=int(t - 1)) for t in (1.0, 4.0, 7.0))
LASTING = tuple(
    asked("discover", t, waited=int(t - 1)) for t in (1.0, 4.0, 7.0, 11.0, 15.0)
)
SERVER = "192.168.1.1"
ACK = asked("ack", 4.1, address=ADDRESS, server=SERVER, router=SERVER)
NAK = asked("nak", 1.1, server=SERVER)
OFFERED = tuple(
    asked(kind, t + d, server=SERVER if kind != "discover" else "")
    for t in (1.0, 9.0, 17.0)
    for d, kind in ((0.0, "discover"), (0.1, "offer"), (0.2, "request"))
)
BY_IPV6 = replace(SOLD, address="2001:db8::9", last=20.0)
CASES = [
    row(
        name="granted",
        status=OK,
        variant="leased",
        judged=after(UDHCPC[0], asked("offer", 4.0), ACK, addresses=(ADDRESS,)),
        facts={"lease": ADDRESS},
    ),
    row(
        name="fixed settings",
        status=OK,
        variant="in-use",
        judged=after(addresses=(ADDRESS,)),
    ),
    row(
        name="three questions and no answer",
        status=FAIL,
        code=NO_LEASE,
        variant="silent",
        judged=after(*UDHCPC),
        facts={"asked": 3, "refused": 0},
    ),
    row(
        name="two are normal where the server checks the address first",
        status=SKIP,
        code="skip.terminal-no-offer",
        judged=after(*UDHCPC[:2], seconds=5.0),
        facts={"asked": 2},
    ),
    row(
        name="a capture that ends with the last of five questions in 14 s",
        status=FAIL,
        code=NO_LEASE,
        variant="silent",
        judged=after(*LASTING, seconds=15.0, mode="read"),
        facts={"asked": 5},
    ),
    row(
        name="live, the last of them may still be answered",
        status=SKIP,
        code="skip.terminal-no-offer",
        judged=after(*LASTING, seconds=15.0),
    ),
    row(
        name="a capture of the first 6 s",
        status=SKIP,
        code="skip.terminal-no-offer",
        variant="read",
        judged=after(*LASTING[:3], seconds=7.0, mode="read"),
    ),
    row(
        name="an offer that the listener cannot see is shown by the request",
        status=SKIP,
        code="skip.terminal-no-address",
        judged=after(
            *UDHCPC,
            asked("request", 7.2, address=ADDRESS, server="192.168.1.1"),
            seconds=20.0,
            mode="listen",
        ),
    ),
    row(
        name="it speaks from an address of its own since",
        status=OK,
        variant="in-use",
        judged=after(
            *UDHCPC,
            addresses=(ADDRESS,),
            searches=(search("192.168.1.1", 9.0),),
            mode="listen",
        ),
    ),
    row(
        name="refused, and nothing offered",
        status=FAIL,
        code=NO_LEASE,
        variant="refused",
        judged=after(asked("request", 1.0), NAK, *UDHCPC),
        facts={"refused": 1},
    ),
    row(
        name="refused again and again",
        status=FAIL,
        code=NO_LEASE,
        variant="refused",
        judged=after(NAK, asked("nak", 6.0), asked("nak", 12.0), seconds=16.0),
    ),
    row(
        name="refused once, then granted",
        status=OK,
        variant="leased",
        judged=after(asked("request", 1.0), NAK, UDHCPC[1], ACK, addresses=(ADDRESS,)),
    ),
    row(
        name="a link-local address is what is left",
        status=FAIL,
        code=NO_LEASE,
        variant="link-local",
        judged=after(addresses=("169.254.7.9",), seconds=30.0),
        facts={"local": "169.254.7.9"},
    ),
    row(
        name="offered again and again, never confirmed",
        status=FAIL,
        code=NO_LEASE,
        variant="offered",
        judged=after(*OFFERED, seconds=30.0),
    ),
    row(
        name="on a switch: the chosen server's ACK is not seen",
        status=SKIP,
        code="skip.terminal-no-offer",
        judged=after(*OFFERED, seconds=30.0, mode="listen"),
    ),
    row(
        name="an offer that is not seen, and its REQUEST",
        status=SKIP,
        code="skip.terminal-no-address",
        judged=after(*(m for m in OFFERED if m.kind != "offer"), seconds=30.0),
    ),
    row(
        name="it sells by IPv6, and DHCP gives no address",
        status=OK,
        variant="without",
        judged=after(*LASTING, talks=(BY_IPV6,), seconds=30.0),
    ),
    row(
        name="the same, with a link-local address",
        status=OK,
        variant="without",
        judged=after(addresses=("169.254.7.9",), talks=(BY_IPV6,), seconds=30.0),
    ),
    row(
        name="we grant it one ourselves",
        status=SKIP,
        code="skip.terminal-no-address",
        judged=after(*UDHCPC, mode="host"),
    ),
    row(
        name="not observed",
        status=SKIP,
        code="skip.terminal-unheard",
        judged=lambda: observation(None).judged_by(judge),
    ),
    row(name="not in the profile", status=SKIP, code="skip.not-configured"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_terminal_lease(case: Case) -> None:
    case.verify()
