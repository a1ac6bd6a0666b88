"""Is the modem registered in a mobile network, and if not, was it refused?"""

import pytest

from posdiag_checks.cellular.registration import cellular_registration
from tests.checks.cellular.dialogues import SITE, says, unregistered
from tests.checks.running import FAIL, OK, SKIP, Case, of

row = of(cellular_registration)
DENIED, NOT = "cellular.registration-denied", "cellular.not-registered"
UNTOLD = {"AT+CEREG?": "ERROR", "AT+CGREG?": "ERROR", "AT+CREG?": "ERROR"}


def refused(cause: int, stat: int = 3) -> dict[object, object]:
    """What a modem says after `AT+CEREG=3`."""
    told = f"+CEREG: 3,{stat},,,,0,{cause}|OK"
    return says(unregistered(str(stat), str(stat)), ("AT+CEREG?", told))


CASES = [
    row(
        name="at home",
        status=OK,
        site=SITE,
        change=says(),
        facts={
            "operator": "CHINA MOBILE",
            "technology": "4G",
            "network": "CHINA MOBILE 4G",
        },
    ),
    row(
        name="roaming",
        status=OK,
        variant="roaming",
        site=SITE,
        change=says({"AT+CEREG?": "+CEREG: 0,5|OK"}),
    ),
    row(
        name="roaming, the operator is not told",
        status=OK,
        variant="roaming-unnamed",
        site=SITE,
        change=says({"AT+CEREG?": "+CEREG: 0,5|OK", "AT+COPS?": "+COPS: 0|OK"}),
    ),
    row(
        name="the operator is not told",
        status=OK,
        variant="unnamed",
        site=SITE,
        change=says({"AT+COPS?": "ERROR"}),
    ),
    row(
        name="an old modem registered by CREG alone",
        status=OK,
        site=SITE,
        change=says({"AT+CEREG?": "ERROR", "AT+CGREG?": "ERROR"}),
    ),
    row(
        name="a data card: calls are refused, packets are not",
        status=OK,
        site=SITE,
        change=says({"AT+CREG?": "+CREG: 0,3|OK"}),
    ),
    row(
        name="registered in 3G, not in 4G",
        status=OK,
        site=SITE,
        change=says(
            {
                "AT+CEREG?": "+CEREG: 0,3|OK",
                "AT+CGREG?": "+CGREG: 0,1|OK",
                "AT+COPS?": '+COPS: 0,0,"CHN-UNICOM",2|OK',
            }
        ),
        facts={"technology": "3G"},
    ),
    row(
        name="an unasked line beside the answer",
        status=OK,
        site=SITE,
        change=says({"AT+CEREG?": '+CEREG: 2|+CEREG: 2,1,"5A1E","0B3C4D21",7|OK'}),
    ),
    row(
        name="searching", status=FAIL, code=NOT, site=SITE, change=says(unregistered())
    ),
    row(
        name="no coverage",
        status=FAIL,
        code=NOT,
        site=SITE,
        change=says(unregistered("4", "4")),
    ),
    row(
        name="neither registered nor searching",
        status=FAIL,
        code=NOT,
        variant="idle",
        site=SITE,
        change=says(unregistered("0", "0")),
    ),
    row(
        name="flight mode",
        status=FAIL,
        code=NOT,
        variant="radio-off",
        site=SITE,
        change=says({**unregistered("0", "0"), "AT+CFUN?": "+CFUN: 4|OK"}),
    ),
    row(
        name="denied without a cause",
        status=FAIL,
        code=DENIED,
        site=SITE,
        change=says(unregistered("3", "3")),
        rivals=(NOT,),
    ),
    row(
        name="emergency calls only",
        status=FAIL,
        code=DENIED,
        site=SITE,
        change=says(unregistered("8", "8")),
    ),
    row(
        name="calls work, packets are denied",
        status=FAIL,
        code=DENIED,
        site=SITE,
        change=says({"AT+CEREG?": "+CEREG: 0,3|OK"}),
    ),
    *(
        row(
            name=f"refused with cause {cause}",
            status=FAIL,
            code=DENIED,
            variant=variant,
            site=SITE,
            change=refused(cause),
            facts={"cause": cause},
            rivals=(),
        )
        for cause, variant in (
            (2, "account"),
            (3, "account"),
            (7, "account"),
            (8, "account"),
            (6, "device"),
            (11, "network"),
            (13, "network"),
            (14, "network"),
            (15, "network"),
            (22, "congestion"),
            (111, "other"),
        )
    ),
    row(
        name="searching on after a refusal",
        status=FAIL,
        code=DENIED,
        variant="account",
        site=SITE,
        change=refused(7, stat=2),
        facts={"cause": 7},
    ),
    row(
        name="idle after a refusal",
        status=FAIL,
        code=DENIED,
        variant="network",
        site=SITE,
        change=refused(15, stat=0),
    ),
    row(
        name="only the last error tells the refusal",
        status=FAIL,
        code=DENIED,
        variant="device",
        site=SITE,
        change=says({**unregistered("3", "3"), "AT+CEER": "+CEER: Illegal ME|OK"}),
        facts={"cause": 6},
    ),
    row(
        name="the last error is of long ago",
        status=OK,
        site=SITE,
        change=says({"AT+CEER": "+CEER: EMM cause 15|OK"}),
    ),
    row(
        name="a maker's own cause is none of the standard's",
        status=FAIL,
        code=NOT,
        site=SITE,
        change=says(unregistered(), ("AT+CEREG?", "+CEREG: 3,2,,,,1,99|OK")),
    ),
    row(
        name="nothing is told",
        status=SKIP,
        code="skip.modem-untold",
        site=SITE,
        change=says(UNTOLD),
    ),
    row(
        name="no time",
        status=SKIP,
        code="skip.modem-late",
        site=SITE,
        change=says(UNTOLD, whole=False),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_cellular_registration(case: Case) -> None:
    case.verify()
