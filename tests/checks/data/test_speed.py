"""How fast is the line? By consent only."""

from dataclasses import replace

import pytest

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import AskInterfaces
from posdiag.model.questions.wire import Lookup, MeasureSpeed, Speed
from posdiag.model.site import Connection, Data
from posdiag_checks.data.speed import data_speed
from tests.checks import machine as m
from tests.checks.running import OK, SKIP, Case, of

row = of(data_speed)
YES = frozenset(("speed",))
FOUND = Speed(40e6, 8e6, "iperf.example:5201", 0.02, 5_000_000, 10_000_000)
OWN = m.site(data=Data(iperf3="iperf.example:5202"))
DONE = {MeasureSpeed: FOUND}

CASES = [
    row(
        name="no consent",
        status=SKIP,
        code="skip.not-asked-for",
        facts={"option": "--allow-speed", "cost": 16_000_000},
    ),
    row(
        name="done",
        status=OK,
        consent=YES,
        change=DONE,
        facts={"down": 40e6, "up": 8e6, "sent": 5_000_000, "received": 10_000_000},
    ),
    row(
        name="one way failed",
        status=OK,
        consent=YES,
        change={MeasureSpeed: replace(FOUND, up=0.0)},
    ),
    row(
        name="never where every byte is paid for",
        status=SKIP,
        code="skip.metered",
        consent=YES,
        site=m.site(connection=Connection(kind="hotspot")),
        change=DONE,
    ),
    row(
        name="nor over a modem that the profile does not name",
        status=SKIP,
        code="skip.metered",
        consent=YES,
        change={**DONE, AskInterfaces: m.ports(m.port(kind="cellular"))},
    ),
    row(
        name="a failed test is no fault of the line",
        status=SKIP,
        code="skip.speed-failed",
        consent=YES,
        change={MeasureSpeed: Unknown("trouble", "speedtest.net: HTTP Error 403")},
        facts={"reason": "speedtest.net: HTTP Error 403"},
    ),
    row(
        name="the program is missing",
        status=SKIP,
        code="skip.no-tool",
        consent=YES,
        site=OWN,
        change={
            **DONE,
            MeasureSpeed: Unknown("no-tool", "sudo apt install iperf3"),
            Lookup: m.zone({"iperf.example": ("192.0.2.7",)}),
        },
        facts={"hint": "sudo apt install iperf3"},
    ),
    row(
        name="the shop's own server does not resolve",
        status=SKIP,
        code="skip.speed-failed",
        consent=YES,
        site=OWN,
        change=DONE,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_data_speed(case: Case) -> None:
    case.verify()


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ("192.0.2.7:5201", MeasureSpeed("192.0.2.7", 5201)),
        ("[2001:db8::7]:99", MeasureSpeed("2001:db8::7", 99)),
        (None, MeasureSpeed()),
    ],
)
def test_whom_it_measures_with(told: str | None, wanted: MeasureSpeed) -> None:
    asked: list[MeasureSpeed] = []

    def speed(question: MeasureSpeed) -> Speed:
        asked.append(question)
        return FOUND

    at = m.site(data=Data(iperf3=told))
    row(
        name="whom", status=OK, consent=YES, site=at, change={MeasureSpeed: speed}
    ).verify()

    assert asked == [wanted]
