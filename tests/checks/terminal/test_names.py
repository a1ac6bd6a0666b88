"""Does the terminal's name server answer, and does the name exist?"""

from functools import partial
from typing import Any

import pytest

from posdiag.model.questions.terminal import NameLookup, TcpTalk
from posdiag_checks.terminal.names import judge, terminal_names
from tests.checks.running import FAIL, OK, SKIP, Case, of
from tests.checks.terminal.observations import (
    NAME,
    RESOLVED,
    ROUTER,
    asked,
    observation,
    quiet,
    station,
)

row = of(terminal_names)
SERVER = "192.0.2.53"
SILENT = NameLookup(NAME, SERVER, (1.0, 4.0), 2)
TYPO = NameLookup("pya.example", ROUTER, (1.0,), 1, "NXDOMAIN", (), 1.1)
GIVEN = asked("ack", 0.5, address="192.168.1.60", dns=(SERVER,))
DNS, NO_NAME = "terminal.wrong-dns", "terminal.name-not-found"


def seen(*args: Any, replies: Any = None, found: bool = True, **more: Any) -> Any:
    by = partial(judge, replies=replies or {}, found=found)
    return lambda: observation(*args, **more).judged_by(by)


CASES = [
    row(name="fine", status=OK, judged=seen(station()), facts={"names": (NAME,)}),
    row(
        name="resolved, no sale yet", status=OK, judged=seen(quiet(lookups=(RESOLVED,)))
    ),
    row(
        name="no answer, not to us either",
        status=FAIL,
        code=DNS,
        judged=seen(quiet(lookups=(SILENT,)), replies={SERVER: False}),
        facts={"server": SERVER, "attempts": 2},
    ),
    row(
        name="it answers us",
        status=SKIP,
        code="skip.terminal-undecided",
        judged=seen(quiet(lookups=(SILENT,)), replies={SERVER: True}),
    ),
    row(
        name="the second server answers",
        status=OK,
        judged=seen(quiet(lookups=(SILENT, RESOLVED))),
    ),
    row(
        name="asked once",
        status=SKIP,
        code="skip.terminal-undecided",
        judged=seen(quiet(lookups=(NameLookup(NAME, SERVER, (1.0,), 1),))),
    ),
    row(
        name="refused",
        status=FAIL,
        code=DNS,
        variant="refuses",
        judged=seen(
            quiet(lookups=(NameLookup(NAME, SERVER, (1.0,), 3, "REFUSED", (), 1.1),))
        ),
    ),
    row(
        name="denied, though we find it",
        status=FAIL,
        code=DNS,
        variant="denies",
        judged=seen(
            quiet(lookups=(NameLookup(NAME, SERVER, (1.0,), 3, "NXDOMAIN", (), 1.1),))
        ),
    ),
    row(
        name="a capture: denied, and we do not find it either",
        status=SKIP,
        code="skip.terminal-undecided",
        variant="read",
        judged=seen(
            quiet(lookups=(NameLookup(NAME, SERVER, (1.0,), 3, "NXDOMAIN", (), 1.1),)),
            mode="read",
            found=False,
        ),
    ),
    row(
        name="mistyped, then nothing",
        status=FAIL,
        code=NO_NAME,
        judged=seen(quiet(lookups=(TYPO,))),
        facts={"name": "pya.example"},
    ),
    row(
        name="a dead name of telemetry, and the acquirer's is found",
        status=OK,
        judged=seen(quiet(lookups=(RESOLVED, TYPO))),
    ),
    row(
        name="a capture: silent, and nothing shows that the line works",
        status=FAIL,
        code=DNS,
        judged=seen(quiet(lookups=(SILENT,)), mode="read"),
        rivals=("isp.no-internet",),
    ),
    row(
        name="a capture: silent, and it is the server that DHCP gave",
        status=SKIP,
        code="skip.terminal-undecided",
        variant="read",
        judged=seen(quiet(lookups=(SILENT,), dhcp=(GIVEN,)), mode="read"),
    ),
    row(
        name="a capture: the same, while others are answered from beyond",
        status=FAIL,
        code=DNS,
        judged=seen(
            quiet(lookups=(SILENT,), dhcp=(GIVEN,)),
            station(mac="02:00:00:00:00:09"),
            mode="read",
        ),
        rivals=(),
    ),
    row(
        name="a dead name of telemetry beside a sale",
        status=OK,
        judged=seen(station(lookups=(RESOLVED, TYPO))),
    ),
    row(
        name="a dead name, and it connects elsewhere",
        status=SKIP,
        code="skip.terminal-undecided",
        judged=seen(
            quiet(lookups=(TYPO,), talks=(TcpTalk("198.51.100.9", 443, 2.0, "open"),))
        ),
    ),
    row(
        name="no lookup", status=SKIP, code="skip.nothing-to-test", judged=seen(quiet())
    ),
    row(
        name="broadcasts do not show it",
        status=SKIP,
        code="skip.terminal-listening",
        judged=seen(station(), mode="listen"),
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
def test_terminal_names(case: Case) -> None:
    case.verify()
