"""Registration as modems of many makers tell it, and the causes of refusals."""

import pytest

from posdiag.formats.at.registration import (
    Registration,
    error_cause,
    last_error,
    registration,
    serving_technology,
)

SHAPES = [
    # line, state, technology; the form with the setting before the state
    ("+CREG: 1,3", 3, ""),
    ("+CREG: 0,1", 1, ""),
    ("+CREG: 1,0,1", 0, ""),
    ("+CREG: 1,1,84CD,00D30173", 1, ""),
    ('+CREG: 2,1,"CE00","01CEAD8F"', 1, ""),
    ("+CREG: 2,0,00,0", 0, ""),
    ('+CREG:002,001,"18d8","ffff"', 1, ""),
    ("+CREG:2,1,0001,0010", 1, ""),
    ('+CREG: 2,6,"8B37","0A265185",7', 6, "4G"),
    ('+CGREG: 2,1,"8BE3","00002B5D",3', 1, "2G"),
    ("+CGREG: 2,1, 81ED, 1A9CEB", 1, ""),
    ("+CREG: 2,1,000B,2816, B, C2816", 1, ""),
    ("+CREG: 2,1,  0 5, 2715", 1, ""),
    ("+CEREG: 2,1, 1F00, 79D903 ,7", 1, "4G"),
    ("+CEREG: 1, 2, 0001, 00000100, 7", 2, "4G"),
    ("+CEREG: 2,1, 1F00, 20 ,79D903 ,7", 1, ""),
    ("+CEREG: 0,10", 10, ""),
    ("+CEREG: 0,11", 11, ""),
    ('+CEREG: 2,5,"0502","0404736D",9', 5, "4G"),
    ('+CGREG: 2,1,"1422","00000142",2,"00"', 1, "3G"),
    # as they come unasked
    ("+CREG: 3", 3, ""),
    ("+CREG: 1,84CD,00D30156", 1, ""),
    ('+CREG: 1,"CE00","00005449"', 1, ""),
    ("+CREG: 2,,", 2, ""),
    ("+CREG: 1,0001,0010,0", 1, "2G"),
    ('+CREG: 001,"0001","0010",000', 1, ""),
    ('+CREG: 6,"8B37","0A265185",7', 6, "4G"),
    ('+CGREG: 5,"0502","0404736D",2', 5, "3G"),
    ("+CEREG: 2, 0001, 00000100, 7", 2, "4G"),
]


@pytest.mark.parametrize(("line", "stat", "technology"), SHAPES)
def test_a_shape_is_read(line: str, stat: int, technology: str) -> None:
    found = registration((line,), line.partition(":")[0])

    assert found is not None
    assert (found.stat, found.technology) == (stat, technology)


@pytest.mark.parametrize(
    "line",
    ["+CREG:", "+CREG: x", "+CREG: ,", "+CREG: 99", "+CREG: -1", "+CGREG: 0,1", "OK"],
)
def test_what_is_no_registration_is_none(line: str) -> None:
    assert registration((line,), "+CREG") is None


def test_the_answer_is_told_from_a_line_that_came_unasked() -> None:
    lines = ("+CEREG: 2", "+CEREG: 0,1", "+CEREG: 3")

    assert registration(lines, "+CEREG") == Registration(1)


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("+CEREG: 3,3,,,,0,15", 15),
        ('+CEREG: 3,2,"5A1E","0B3C4D21",7,0,7', 7),
        ("+CREG: 3,3,,,,0,13", 13),
        ('+CGREG: 3,3,"1422","00000142",3,"00",0,14', 14),
        ("+CGREG: 3,3,,,,0,14", 14),
        ("+CEREG: 3,3,,,,1,99", None),  # a maker's own
        ("+CEREG: 3,3,,,,0,0", None),
        ("+CEREG: 3,3", None),
    ],
)
def test_the_cause_of_a_refusal(line: str, cause: int | None) -> None:
    found = registration((line,), line.partition(":")[0])

    assert found is not None
    assert found.cause == cause


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("+CEER: No cause information available", None),
        ("+CEER: Normal call clearing", None),
        ("+CEER: EMM cause 15", ("mobility", 15)),
        ('+CEER: "GMM cause: 7"', ("mobility", 7)),
        (
            "+CEER: SM cause 33, Requested service option not subscribed",
            ("session", 33),
        ),
        ("+CEER: Illegal MS", ("mobility", 3)),
        ("+CEER: Illegal ME", ("mobility", 6)),
        ("+CEER: EPS services and non-EPS services not allowed", ("mobility", 8)),
        ("+CEER: GPRS services not allowed", ("mobility", 7)),
        ("+CEER: GPRS services not allowed in this PLMN", ("mobility", 14)),
        ("+CEER: PLMN not allowed", ("mobility", 11)),
        ("+CEER: No suitable cells in tracking area", ("mobility", 15)),
        ("+CEER: Missing or unknown APN", ("session", 27)),
        ("+CEER: User authentication failed", ("session", 29)),
    ],
)
def test_the_last_error(line: str, wanted: object) -> None:
    assert last_error((line,)) == wanted


@pytest.mark.parametrize(
    ("result", "wanted"),
    [
        ("+CME ERROR: 103", ("mobility", 3)),
        ("+CME ERROR: 107", ("mobility", 7)),
        ("+CME ERROR: 127", ("session", 27)),
        ("+CME ERROR: 129", ("session", 29)),
        ("+CME ERROR: 133", ("session", 33)),
        ("+CME ERROR: 149", ("session", 29)),
        ("+CME ERROR: 179", ("session", 27)),
        ("+CME ERROR: missing or unknown APN", ("session", 27)),
        ("+CME ERROR: 148", None),
        ("+CME ERROR: 4", None),
        ("ERROR", None),
        ("", None),
    ],
)
def test_the_cause_behind_an_error(result: str, wanted: object) -> None:
    assert error_cause(result) == wanted


def test_the_serving_technology() -> None:
    assert serving_technology(('+COPS: 0,0,"CHN-CT",7',)) == "4G"
    assert serving_technology(('+COPS: 0,0,"CHINA MOBILE, GZ",0',)) == "2G"
    assert serving_technology(("+COPS: 0",)) == ""
