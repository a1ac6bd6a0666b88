"""Channel utilisation in a window, and how much of it is not Wi-Fi."""

from typing import Any

import pytest

from posdiag.measure.wifi.airtime import Airtime, airtime_between, lower_of
from posdiag.model.questions.wifi_answers import Survey, SurveyChannel


@pytest.mark.parametrize(
    ("later", "busy", "foreign"),
    [
        ({}, 0.5, 0.2),
        ({"transmit": 0.1}, 0.5, 0.3),
        ({"transmit": None}, 0.5, None),
        ({"receive": None}, 0.5, None),
        ({"receive": 0.2}, 0.5, None),
        ({"receive": 1.8}, 0.5, None),
        ({"receive": 0.1}, 0.5, None),
        ({"busy": 0.5}, 0.0, None),
        ({"busy": 0.4}, None, None),
        ({"busy": 3.0}, None, None),
        ({"busy": None}, None, None),
        ({"active": 1.2}, None, None),
        ({"active": 1.0}, None, None),
        ({"active": 0.1}, None, None),
        ({"active": None}, None, None),
    ],
)
def test_airtime_between_two_surveys(
    later: dict[str, Any], busy: float | None, foreign: float | None
) -> None:
    first = {"active": 1.0, "busy": 0.5, "receive": 0.2, "transmit": 0.1}
    last = {"active": 3.0, "busy": 1.5, "receive": 0.6, "transmit": 0.3, **later}
    before, after = (Survey((SurveyChannel(2437, True, **c),)) for c in (first, last))

    found = airtime_between(before, after, 2437)

    assert (found.busy, found.foreign) == pytest.approx((busy, foreign))


def test_two_windows_agree_on_the_lower_of() -> None:
    assert lower_of(Airtime(0.6, 0.4), Airtime(0.5, 0.45)) == Airtime(0.5, 0.4)
    assert lower_of(Airtime(0.6, 0.4), Airtime()) == Airtime()


def test_of_two_channels_in_use_none_is_known() -> None:
    both = Survey(tuple(SurveyChannel(f, True, active=9.0) for f in (2412, 2437)))

    assert airtime_between(both, both) == Airtime()
