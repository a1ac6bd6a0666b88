"""Is the mobile signal strong and clean enough?"""

import pytest

from posdiag.model.limits import Limits
from posdiag_checks.cellular.modem import Modem
from posdiag_checks.cellular.signal import cellular_signal, judge
from tests.checks.cellular.dialogues import NO_ADDRESS, PORT, SITE, says
from tests.checks.running import FAIL, OK, SKIP, WARN, Case, of

row = of(cellular_signal)
WEAK = "cellular.weak-signal"
GSM = {
    "AT+CEREG?": "+CEREG: 0,0|OK",
    "AT+CGREG?": "+CGREG: 0,1|OK",
    "AT+COPS?": '+COPS: 0,0,"CHINA MOBILE",0|OK',
    "AT+CESQ": "ERROR",
}


def lte(rsrq: int, rsrp: int, **more: str) -> dict[str, str]:
    return {
        "AT+CESQ": f"+CESQ: 99,99,255,255,{rsrq},{rsrp}|OK",
        "AT+CSQ": "+CSQ: 99,99|OK",
        **more,
    }


def sinr(index: int, rsrp: int) -> dict[str, str]:
    return {"AT+QCSQ": f'+QCSQ: "LTE",-60,{rsrp - 141},{index},-11|OK'}


def csq(level: int, **more: str) -> dict[str, str]:
    return {"AT+CSQ": f"+CSQ: {level},99|OK", "AT+CESQ": "ERROR", **more}


CASES = [
    row(
        name="good",
        status=OK,
        site=SITE,
        change=says(),
        facts={"level": -89.0, "measure": "RSRP", "rsrq": -8.0},
    ),
    row(name="as QModem recorded it", status=OK, site=SITE, change=says(lte(19, 51))),
    row(name="CSQ alone, good", status=OK, site=SITE, change=says(csq(10))),
    row(
        name="CSQ alone, weak",
        status=WARN,
        code=WEAK,
        site=SITE,
        change=says(csq(7)),
        facts={"level": -99.0, "measure": "RSSI"},
    ),
    row(
        name="2G at the same level",
        status=OK,
        site=SITE,
        change=says({**GSM, "AT+CSQ": "+CSQ: 8,99|OK"}),
    ),
    row(
        name="2G, weak",
        status=WARN,
        code=WEAK,
        site=SITE,
        change=says({**GSM, "AT+CSQ": "+CSQ: 6,99|OK"}),
        facts={"measure": "RSSI", "limit": -98.0},
    ),
    row(
        name="3G, weak",
        status=WARN,
        code=WEAK,
        site=SITE,
        change=says(
            {"AT+CESQ": "+CESQ: 99,99,10,20,255,255|OK", "AT+CSQ": "+CSQ: 99,99|OK"}
        ),
        facts={"level": -111.0, "measure": "RSCP", "limit": -105.0},
    ),
    row(name="RSRP weak", status=WARN, code=WEAK, site=SITE, change=says(lte(14, 27))),
    row(
        name="RSRP weak, but clean",
        status=OK,
        site=SITE,
        change=says({**lte(14, 27), **sinr(140, 27)}),
        facts={"sinr": 8.0},
    ),
    row(
        name="RSRP failing, with an address",
        status=WARN,
        code=WEAK,
        variant="failing",
        site=SITE,
        change=says(lte(8, 15)),
        facts={"measure": "RSRP", "limit": -120.0},
    ),
    row(
        name="RSRP failing, without an address",
        status=FAIL,
        code=WEAK,
        variant="failing",
        site=SITE,
        change=says({**lte(8, 15), **NO_ADDRESS}),
    ),
    row(
        name="strong but disturbed",
        status=WARN,
        code=WEAK,
        variant="noisy",
        site=SITE,
        change=says({**lte(14, 60), **sinr(75, 60)}),
        facts={"sinr": -5.0, "quality": "SINR -5 dB, RSRQ -13 dB", "sinr_weak": 0.0},
    ),
    row(
        name="a maker's SINR whose RSRP is another's does not count",
        status=OK,
        site=SITE,
        change=says({**lte(14, 60), **sinr(75, 20)}),
        facts={"sinr": None},
    ),
    row(
        name="Huawei tells SINR in steps of 0.2 dB",
        status=WARN,
        code=WEAK,
        variant="noisy",
        site=SITE,
        change=says({**lte(14, 60), "AT^HCSQ?": '^HCSQ: "LTE",60,60,81,16|OK'}),
        facts={"sinr": -4.0},
    ),
    row(
        name="a full cell",
        status=WARN,
        code=WEAK,
        variant="noisy",
        site=SITE,
        change=says(lte(4, 60)),
        facts={"rsrq": -18.0},
    ),
    row(
        name="5G",
        status=OK,
        site=SITE,
        change=says({"AT+CESQ": "+CESQ: 99,99,255,255,255,255,65,72,87|OK"}),
        facts={"rsrp": -85.0, "sinr": 20.0},
    ),
    row(
        name="RSSI that is RSRP by another name",
        status=OK,
        site=SITE,
        change=says({**lte(20, 41), "AT+CSQ": "+CSQ: 7,99|OK"}),
    ),
    row(
        name="RSSI below RSRP cannot be: the worse counts",
        status=WARN,
        code=WEAK,
        site=SITE,
        change=says({"AT+CSQ": "+CSQ: 5,99|OK"}),
    ),
    *(
        row(
            name=f"{percent} % is all that is told",
            status=status,
            code=code,
            variant="percent",
            judged=lambda percent=percent: judge(
                Modem(PORT, source="modemmanager", percent=percent), Limits()
            ),
        )
        for percent, status, code in ((20, WARN, WEAK), (55, OK, ""))
    ),
    row(
        name="not told",
        status=SKIP,
        code="skip.modem-untold",
        site=SITE,
        change=says(csq(99)),
    ),
    row(
        name="no time",
        status=SKIP,
        code="skip.modem-late",
        site=SITE,
        change=says({"AT+CSQ": "", "AT+CESQ": ""}, whole=False),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_cellular_signal(case: Case) -> None:
    case.verify()
