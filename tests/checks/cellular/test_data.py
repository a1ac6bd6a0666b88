"""Has the modem a data connection with an address, by the right APN?"""

import pytest

from posdiag_checks.cellular.data import cellular_data
from tests.checks.cellular.dialogues import NO_ADDRESS, SITE, says
from tests.checks.running import FAIL, OK, SKIP, WARN, Case, of

row = of(cellular_data)
NO = "cellular.no-data"
TRY = "AT+CGACT=1,1"


def apn(name: str) -> dict[str, str]:
    return {"AT+CGDCONT?": f'+CGDCONT: 1,"IP","{name}","0.0.0.0",0,0|OK'}


def refused(error: str, **more: str) -> dict[object, object]:
    return says({**NO_ADDRESS, **more}, (TRY, error))


CASES = [
    row(
        name="an address",
        status=OK,
        variant="untried",
        site=SITE,
        change=says(),
        facts={"address": "10.23.45.67", "apn": "cmiot"},
    ),
    row(
        name="an IPv6 address as 27.007 writes it",
        status=OK,
        variant="untried",
        site=SITE,
        change=says(
            {"AT+CGPADDR": '+CGPADDR: 1,"36.8.132.0.0.0.0.0.0.0.0.0.0.0.0.9"|OK'}
        ),
        facts={"address": "2408:8400::9"},
    ),
    row(
        name="the network adds its own name to the APN",
        status=OK,
        variant="untried",
        site=SITE,
        change=says(apn("CMIOT.MNC004.MCC460.GPRS")),
    ),
    row(
        name="several contexts, one of them the profile's",
        status=OK,
        variant="untried",
        site=SITE,
        change=says(
            {
                "AT+CGDCONT?": '+CGDCONT: 1,"IPV4V6","ims"|+CGDCONT: 2,"IP","cmiot"|OK',
                "AT+CGACT?": "+CGACT: 1,0|+CGACT: 2,1|OK",
                "AT+CGPADDR": '+CGPADDR: 1|+CGPADDR: 2,"10.1.1.1"|OK',
            }
        ),
    ),
    row(
        name="an APN without a name is the card's own",
        status=OK,
        variant="untried",
        site=SITE,
        change=says(apn("")),
    ),
    row(
        name="active, addresses not told",
        status=OK,
        variant="unnumbered",
        site=SITE,
        change=says({"AT+CGPADDR": "ERROR"}),
    ),
    row(
        name="the address is told by CGCONTRDP",
        status=OK,
        variant="untried",
        site=SITE,
        change=says(
            {
                "AT+CGPADDR": "+CGPADDR: 1|OK",
                "AT+CGCONTRDP": "+CGCONTRDP: 1,5,cmiot,10.8.8.8.255.0.0.0,10.8.8.1|OK",
            }
        ),
        facts={"address": "10.8.8.8"},
    ),
    row(
        name="an activation on trial brought an address",
        status=OK,
        variant="untried",
        site=SITE,
        change=says(
            NO_ADDRESS,
            (TRY, "OK"),
            ("AT+CGACT?", "+CGACT: 1,1|OK"),
            ("AT+CGPADDR=1", "+CGPADDR: 1,10.9.9.9|OK"),
        ),
        facts={"address": "10.9.9.9"},
    ),
    row(
        name="no address",
        status=FAIL,
        code=NO,
        site=SITE,
        change=says(NO_ADDRESS),
        facts={"apn": "cmiot", "address": ""},
    ),
    row(
        name="an address of zeros is none",
        status=FAIL,
        code=NO,
        site=SITE,
        change=says({"AT+CGPADDR": '+CGPADDR: 1,"0.0.0.0"|OK'}),
    ),
    row(
        name="activated on trial, still without an address",
        status=FAIL,
        code=NO,
        site=SITE,
        change=says(NO_ADDRESS, (TRY, "OK"), ("AT+CGPADDR=1", "+CGPADDR: 1|OK")),
    ),
    row(
        name="refused without a cause that is known",
        status=FAIL,
        code=NO,
        variant="refused",
        site=SITE,
        change=refused("+CME ERROR: 148"),
        facts={"refused": "+CME ERROR: 148", "cause": None},
    ),
    row(
        name="APN refused",
        status=FAIL,
        code=NO,
        variant="apn-refused",
        site=SITE,
        change=refused("+CME ERROR: 127"),
        facts={"cause": 27},
    ),
    row(
        name="unknown type",
        status=FAIL,
        code=NO,
        variant="type",
        site=SITE,
        change=refused("+CME ERROR: 128"),
        facts={"cause": 28},
    ),
    row(
        name="wrong login",
        status=FAIL,
        code=NO,
        variant="login",
        site=SITE,
        change=refused("+CME ERROR: 129"),
        facts={"cause": 29},
    ),
    row(
        name="not subscribed",
        status=FAIL,
        code=NO,
        variant="barred",
        site=SITE,
        change=refused("+CME ERROR: 133"),
        facts={"cause": 33},
    ),
    row(
        name="no packet services: a cause of mobility",
        status=FAIL,
        code=NO,
        variant="barred",
        site=SITE,
        change=refused("+CME ERROR: 107"),
        facts={"cause": 7},
    ),
    row(
        name="the network is congested",
        status=FAIL,
        code=NO,
        variant="busy",
        site=SITE,
        change=refused("+CME ERROR: 126"),
        facts={"cause": 26},
    ),
    row(
        name="only the last error tells the cause",
        status=FAIL,
        code=NO,
        variant="barred",
        site=SITE,
        change=says(
            {
                **NO_ADDRESS,
                "AT+CEER": "+CEER: SM cause 33 Requested service option"
                " not subscribed|OK",
            },
            (TRY, "ERROR"),
        ),
        facts={"cause": 33},
    ),
    row(
        name="another APN than the profile's, no address",
        status=FAIL,
        code=NO,
        variant="apn",
        site=SITE,
        change=refused("+CME ERROR: 133", **apn("3gnet")),
        facts={"apn": "3gnet", "wanted": "cmiot"},
    ),
    row(
        name="another APN than the profile's, with an address",
        status=WARN,
        code=NO,
        variant="other-apn",
        site=SITE,
        change=says(apn("cmnet")),
    ),
    row(
        name="not attached",
        status=FAIL,
        code=NO,
        variant="not-attached",
        site=SITE,
        change=says({**NO_ADDRESS, "AT+CGATT?": "+CGATT: 0|OK"}),
    ),
    row(
        name="registered for calls only",
        status=FAIL,
        code=NO,
        variant="not-attached",
        site=SITE,
        change=says(
            {**NO_ADDRESS, "AT+CEREG?": "+CEREG: 0,0|OK", "AT+CGATT?": "ERROR"}
        ),
    ),
    row(
        name="no APN at all",
        status=FAIL,
        code=NO,
        variant="no-apn",
        site=SITE,
        change=says({**NO_ADDRESS, "AT+CGDCONT?": "OK"}),
    ),
    row(
        name="a modem that tells nothing of contexts",
        status=SKIP,
        code="skip.modem-untold",
        site=SITE,
        change=says(dict.fromkeys(("AT+CGDCONT?", "AT+CGACT?", "AT+CGPADDR"), "ERROR")),
    ),
    row(
        name="a modem that answers OK to whatever it does not know",
        status=SKIP,
        code="skip.modem-untold",
        site=SITE,
        change=says({"AT+CGACT?": "OK", "AT+CGPADDR": "OK", "AT+CGDCONT?": "OK"}),
    ),
    row(
        name="nothing of contexts, but not attached",
        status=FAIL,
        code=NO,
        variant="not-attached",
        site=SITE,
        change=says(
            {
                **dict.fromkeys(("AT+CGDCONT?", "AT+CGACT?", "AT+CGPADDR"), "ERROR"),
                "AT+CGATT?": "+CGATT: 0|OK",
            }
        ),
    ),
    row(
        name="no time",
        status=SKIP,
        code="skip.modem-late",
        site=SITE,
        change=says(
            dict.fromkeys(("AT+CGDCONT?", "AT+CGACT?", "AT+CGPADDR"), ""), whole=False
        ),
    ),
    row(
        name="no time for addresses",
        status=SKIP,
        code="skip.modem-late",
        site=SITE,
        change=says({"AT+CGACT?": "", "AT+CGPADDR": ""}, whole=False),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_cellular_data(case: Case) -> None:
    case.verify()
