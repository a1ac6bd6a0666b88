"""Does the terminal go to the acquirer's host, and is its sale answered?"""

from dataclasses import replace
from typing import Any

import pytest

from posdiag.model.questions.terminal import TcpTalk
from posdiag_checks.terminal.acquirer import judge, terminal_acquirer
from tests.checks.running import FAIL, OK, SKIP, Case, of
from tests.checks.terminal.observations import (
    HOST,
    NAME,
    OUT,
    RESOLVED,
    SOLD,
    observation,
    quiet,
    station,
)

row = of(terminal_acquirer)
ELSEWHERE = TcpTalk("198.51.100.9", 443, 2.0, "open", ("pay.other",), 1, 300, 90)


def seen(*args: Any, **more: Any) -> Any:
    return lambda: observation(*args, **more).judged_by(judge)


CASES = [
    row(name="answered", status=OK, judged=seen(station()), facts={"host": NAME}),
    row(
        name="the right host, no answer",
        status=SKIP,
        code="skip.terminal-unanswered",
        judged=seen(station(talks=(replace(SOLD, answered=None),))),
    ),
    row(
        name="another host",
        status=FAIL,
        code="terminal.wrong-host",
        judged=seen(quiet(lookups=(RESOLVED,), talks=(ELSEWHERE,))),
        facts={"host": "pay.other", "expected": NAME},
    ),
    row(
        name="another port",
        status=FAIL,
        code="terminal.wrong-host",
        variant="port",
        judged=seen(quiet(talks=(TcpTalk(HOST, 444, 2.0, "refused"),))),
        facts={"port": 444, "expected_port": 443},
    ),
    row(
        name="a target of the profile alone: it never tried",
        status=FAIL,
        code="terminal.silent",
        judged=seen(quiet(talks=(ELSEWHERE,)), targets=("pay.other:443",)),
    ),
    row(
        name="time and names alone",
        status=FAIL,
        code="terminal.silent",
        judged=seen(
            quiet(lookups=(RESOLVED,), datagrams=("198.51.100.9:123",), vias=(OUT,))
        ),
        rivals=("terminal.software", "terminal.not-signed-in"),
    ),
    row(
        name="names of the LAN's server alone: it may have no gateway",
        status=FAIL,
        code="terminal.silent",
        judged=seen(quiet(lookups=(RESOLVED,))),
        rivals=(
            "terminal.wrong-gateway",
            "terminal.software",
            "terminal.not-signed-in",
        ),
    ),
    row(
        name="a connectivity check is no sale",
        status=FAIL,
        code="terminal.silent",
        judged=seen(quiet(talks=(replace(ELSEWHERE, port=80),))),
    ),
    row(
        name="nor is one by HTTPS",
        status=FAIL,
        code="terminal.silent",
        judged=seen(quiet(talks=(replace(ELSEWHERE, names=("www.google.com",)),))),
    ),
    row(
        name="a till on the LAN",
        status=SKIP,
        code="skip.terminal-no-sale",
        judged=seen(quiet(talks=(replace(ELSEWHERE, address="192.168.1.33"),))),
    ),
    row(
        name="an address, and nobody knows those of the acquirer",
        status=SKIP,
        code="skip.terminal-undecided",
        judged=seen(
            quiet(talks=(replace(ELSEWHERE, names=()),)), hosts=(f"{NAME}:443",)
        ),
    ),
    row(
        name="an address that is none of the acquirer's",
        status=FAIL,
        code="terminal.wrong-host",
        judged=seen(quiet(talks=(replace(ELSEWHERE, names=()),))),
    ),
    row(
        name="a capture of broadcasts",
        status=SKIP,
        code="skip.terminal-no-sale",
        variant="read",
        judged=seen(quiet(), mode="read"),
    ),
    row(
        name="not watched for long",
        status=SKIP,
        code="skip.terminal-no-sale",
        judged=seen(quiet(), seconds=12.0),
    ),
    row(
        name="no acquirer in the profile",
        status=SKIP,
        code="skip.not-configured",
        judged=seen(station(), hosts=()),
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
def test_terminal_acquirer(case: Case) -> None:
    case.verify()
