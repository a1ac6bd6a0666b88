"""Does anybody answer for the gateway that the terminal looks for?"""

from dataclasses import replace
from typing import Any

import pytest

from posdiag.model.questions.terminal import NameLookup, Via
from posdiag_checks.terminal.gateway import judge, terminal_gateway
from posdiag_checks.terminal.observation import Expected
from tests.checks.running import FAIL, OK, SKIP, Case, of
from tests.checks.terminal.observations import (
    OTHER,
    ROUTER,
    asked,
    observation,
    ours,
    quiet,
    search,
    station,
)

row = of(terminal_gateway)
DEAD, TILL = "192.168.1.254", "192.168.1.33"
LOOKS = search(DEAD, 1.0, 2.0, 3.0)
LOST = quiet(searches=(LOOKS,))
LAN_NAMES = quiet(
    searches=(search(TILL, 1.0, 2.0, 3.0),),
    lookups=(NameLookup("pay.example", TILL, (1.0, 4.0), 2),),
)
WRONG, UNDECIDED = "terminal.wrong-gateway", "skip.terminal-undecided"


def seen(*args: Any, **more: Any) -> Any:
    return lambda: observation(*args, **more).judged_by(judge)


CASES = [
    row(name="it gets out", status=OK, judged=seen(station())),
    row(
        name="nobody answers for it",
        status=FAIL,
        code=WRONG,
        judged=seen(LOST),
        facts={"gateway": DEAD, "expected": ROUTER, "attempts": 3},
    ),
    row(
        name="nobody answers for it, and the right one is not known",
        status=FAIL,
        code=WRONG,
        variant="alone",
        judged=seen(LOST, router=""),
        facts={"gateway": DEAD, "expected": None},
        rivals=("router.unreachable",),
    ),
    row(
        name="on the LAN, its boot observed",
        status=FAIL,
        code=WRONG,
        judged=seen(LOST, mode="listen", searches=(ours(DEAD),)),
    ),
    row(
        name="on the LAN, its boot not observed: where routers are",
        status=FAIL,
        code=WRONG,
        judged=seen(
            quiet(boots=(), searches=(LOOKS,)), mode="listen", searches=(ours(DEAD),)
        ),
    ),
    row(
        name="a till that is off",
        status=SKIP,
        code=UNDECIDED,
        judged=seen(
            quiet(boots=(), searches=(search(TILL, 1.0, 2.0, 3.0),)),
            mode="listen",
            searches=(ours(TILL),),
        ),
    ),
    row(
        name="a till that is off beside the right gateway",
        status=SKIP,
        code=UNDECIDED,
        judged=seen(
            quiet(searches=(search(ROUTER, 1.0), search(TILL, 1.0, 2.0, 3.0))),
            mode="listen",
            searches=(ours(TILL), ours(ROUTER, OTHER)),
        ),
    ),
    row(
        name="the right gateway is dead: no fault of the terminal",
        status=SKIP,
        code=UNDECIDED,
        judged=seen(quiet(searches=(search(ROUTER, 1.0, 2.0, 3.0),))),
    ),
    row(
        name="another device passes nothing on",
        status=FAIL,
        code=WRONG,
        variant="no-router",
        judged=seen(
            quiet(
                searches=(search(TILL, 1.0, holders=(OTHER,)),),
                vias=(Via(OTHER, 6, 0),),
            )
        ),
    ),
    row(
        name="hosted: another than the profile's",
        status=FAIL,
        code=WRONG,
        variant="hosted",
        judged=seen(LOST, mode="host", expected=Expected(gateway=ROUTER), phone=True),
    ),
    row(
        name="hosted: the uplink's LAN has nobody there",
        status=FAIL,
        code=WRONG,
        variant="hosted",
        judged=seen(LOST, mode="host", searches=(ours(DEAD),)),
    ),
    row(
        name="hosted: another device has the gateway",
        status=SKIP,
        code="skip.terminal-other-gateway",
        judged=seen(LOST, mode="host", searches=(ours(DEAD, OTHER),)),
        facts={"gateway": DEAD, "expected": ROUTER},
    ),
    row(
        name="hosted: a dead name server on the LAN is no gateway",
        status=SKIP,
        code=UNDECIDED,
        judged=seen(LAN_NAMES, mode="host", searches=(ours(TILL),)),
    ),
    row(
        name="hosted: it sends by the right one, beside a dead name server",
        status=OK,
        judged=seen(
            replace(
                LAN_NAMES,
                searches=(search(TILL, 1.0, 2.0, 3.0), search(ROUTER, 1.0)),
                vias=(Via("02:70:c0:a8:01:01", 3, 3),),
            ),
            mode="host",
            searches=(ours(TILL),),
        ),
    ),
    row(
        name="an address that could be a name server's as well",
        status=FAIL,
        code=WRONG,
        judged=seen(quiet(searches=(search(TILL, 1.0, 2.0, 3.0),))),
        rivals=("terminal.wrong-dns",),
    ),
    row(
        name="a capture: a till that is off, its boot not observed",
        status=SKIP,
        code=UNDECIDED,
        variant="read",
        judged=seen(
            quiet(searches=(search(TILL, 1.0, 2.0, 3.0),), boots=()), mode="read"
        ),
    ),
    row(
        name="a capture without the answers: it asks now and then",
        status=SKIP,
        code=UNDECIDED,
        variant="read",
        judged=seen(quiet(searches=(search(DEAD, 1.0, 21.0, 41.0),)), mode="read"),
    ),
    row(
        name="a capture: its boot, and questions in a burst",
        status=FAIL,
        code=WRONG,
        judged=seen(LOST, mode="read"),
    ),
    row(
        name="hosted, by a telephone",
        status=OK,
        judged=seen(LOST, mode="host", phone=True),
    ),
    row(
        name="hosted, the right one",
        status=OK,
        judged=seen(quiet(searches=(search(ROUTER, 1.0),)), mode="host"),
    ),
    row(
        name="hosted, with our lease",
        status=OK,
        judged=seen(quiet(dhcp=(asked("ack", 1.0, address="10.0.0.9"),)), mode="host"),
    ),
    row(
        name="hosted, and no word",
        status=SKIP,
        code=UNDECIDED,
        judged=seen(quiet(), mode="host"),
    ),
    row(
        name="not observed",
        status=SKIP,
        code="skip.terminal-unheard",
        judged=seen(None),
    ),
    row(name="not in the profile", status=SKIP, code="skip.not-configured"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_terminal_gateway(case: Case) -> None:
    case.verify()


def test_what_only_looks_like_it_is_less_sure() -> None:
    named = {case.name: case.found.confidence for case in CASES if case.found.code}

    assert named["on the LAN, its boot not observed: where routers are"] <= 0.7
    assert named["on the LAN, its boot observed"] > 0.9
