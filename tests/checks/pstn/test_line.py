"""Does the telephone line work, and does the acquirer's modem answer?"""

from typing import Any

import pytest

from posdiag.model import Finding, Status
from posdiag.model.limits import Plan
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.devices import Dialled, DialLine
from posdiag.model.questions.machine import AskInterfaces
from posdiag.model.site import Acquirer, Connection, Pstn, Site
from posdiag_checks.pstn.line import pstn_line
from tests.checks import machine as m
from tests.checks.running import FAIL, OK, SKIP, UNOPENED, WARN, Case, diagnose, of

row = of(pstn_line)
PORT, NUMBER = "/dev/ttyS0", "16300"
AT = Site(connection=Connection(kind="pstn"), pstn=Pstn(port=PORT, number=NUMBER))
TONE = Site(connection=Connection(kind="pstn"), pstn=Pstn(port=PORT))
SPARE = m.site(
    connection=Connection(kind="ethernet"), pstn=Pstn(port=PORT, number=NUMBER)
)
UNTOLD = m.site(pstn=Pstn(port=PORT, number=NUMBER))


def call(*told: Any, **more: Any) -> dict[type, Dialled]:
    return {DialLine: Dialled("answers", *told, **more)}


CASES = [
    row(name="none in the profile", status=SKIP, code="skip.not-configured"),
    row(name="connected", status=OK, site=AT, facts={"seconds": 12.0}),
    row(
        name="a dial tone is all that was asked for",
        status=OK,
        variant="tone",
        site=TONE,
        change=call(tone="heard"),
    ),
    row(
        name="a quick run does not dial",
        status=OK,
        variant="quick",
        site=AT,
        plan=Plan.QUICK,
        change={
            DialLine: lambda asked: Dialled(
                "answers", tone="untold" if asked.number.reveal() else "heard"
            )
        },
    ),
    row(
        name="no dial tone, no number",
        status=FAIL,
        code="pstn.no-dial-tone",
        site=TONE,
        change=call(tone="none"),
    ),
    row(
        name="the modem knows no tones, no number",
        status=SKIP,
        code="skip.dial-tone-untold",
        site=TONE,
        change=call(),
    ),
    row(
        name="no dial tone",
        status=FAIL,
        code="pstn.no-dial-tone",
        site=AT,
        change=call("no-dial-tone", "none"),
    ),
    row(
        name="the exchange refuses the number, the line is fine",
        status=FAIL,
        code="pstn.no-carrier",
        variant="refused",
        site=AT,
        change=call("no-dial-tone", "heard"),
    ),
    row(
        name="busy",
        status=FAIL,
        code="pstn.busy",
        site=AT,
        change=call("busy", seconds=4.0),
        facts={"seconds": 4.0},
    ),
    row(
        name="no carrier",
        status=FAIL,
        code="pstn.no-carrier",
        site=AT,
        change=call("no-carrier"),
    ),
    row(
        name="nobody answers",
        status=FAIL,
        code="pstn.no-carrier",
        variant="no-answer",
        site=AT,
        change=call("no-answer"),
    ),
    row(
        name="no result at all",
        status=FAIL,
        code="pstn.no-carrier",
        variant="nothing",
        site=AT,
        change=call("nothing"),
        rivals=("pstn.no-dial-tone",),
    ),
    row(
        name="the modem will not dial",
        status=SKIP,
        code="skip.dial-refused",
        site=AT,
        change=call("refused"),
    ),
    row(
        name="the serial server does not answer",
        status=FAIL,
        code="pstn.no-modem",
        variant="away",
        site=m.site(pstn=Pstn(port="socket://192.0.2.9:2000")),
        change={DialLine: Dialled("missing")},
    ),
    *(
        row(
            name=f"the modem is {state}",
            status=FAIL,
            code="pstn.no-modem",
            variant=state,
            site=AT,
            change={DialLine: Dialled(state)},
        )
        for state in ("missing", "silent", "noise", "gone")
    ),
    *(
        row(
            name=f"the port cannot be opened, {why}",
            status=SKIP,
            code=code,
            site=AT,
            change={DialLine: Unknown(why, "fax")},
        )
        for why, code in UNOPENED.items()
    ),
    row(
        name="a line beside the one in use",
        status=WARN,
        code="pstn.busy",
        site=SPARE,
        change=call("busy"),
    ),
    row(
        name="how the terminal goes online is not told",
        status=FAIL,
        code="pstn.busy",
        site=UNTOLD,
        change=call("busy"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_pstn_line(case: Case) -> None:
    case.verify()


def test_the_number_is_dialled_behind_its_prefix_and_never_told() -> None:
    asked: list[DialLine] = []

    def dial(question: DialLine) -> Dialled:
        asked.append(question)
        return Dialled("answers", "busy")

    at = Site(pstn=Pstn(port=PORT, number=NUMBER, prefix="9,"))
    found: Finding = row(name="x", status=FAIL, site=at, change={DialLine: dial}).found

    assert [q.number.reveal() for q in asked] == ["9,16300"]
    assert NUMBER not in str(asked) + str(found)


def test_a_dial_tone_is_no_proof_of_the_far_end() -> None:
    alone = row(name="x", status=OK, site=TONE, change=call(tone="heard")).found

    assert alone.proves == ()


NO_NETWORK = {AskInterfaces: m.ports(m.port(address="", carrier=False))}


def test_this_machines_network_is_no_matter_of_a_terminal_that_dials() -> None:
    results, causes, verdict = diagnose(NO_NETWORK, AT)

    assert causes == ()
    assert str(verdict) == "healthy"
    assert [r for r in results if r.finding.status is Status.ERROR] == []


def test_the_terminals_own_line_comes_first() -> None:
    at = Site(
        connection=Connection(kind="pstn"),
        acquirer=Acquirer(host=m.HOST),
        pstn=Pstn(port=PORT, number=NUMBER),
    )
    _, causes, _ = diagnose({**NO_NETWORK, **call("busy")}, at)

    assert [c.id for c in causes] == ["pstn.busy"]
