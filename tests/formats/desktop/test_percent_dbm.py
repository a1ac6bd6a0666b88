"""How many dBm is a percentage of signal?"""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.formats.desktop.percent_dbm import Scale, percent_to_dbm


@pytest.mark.parametrize(
    ("scale", "percent", "dbm"),
    [
        # NetworkManager's own tests of its scan list (field-facts 1.1).
        ("networkmanager", 44, -74),
        ("networkmanager", 32, -81),
        ("networkmanager", 14, -92),
        # `nmcli dev wifi` beside the true level, in the Wi-Fi lab (wifi-lab.md 5).
        ("networkmanager", 87, -48),
        ("networkmanager", 84, -50),
        ("networkmanager", 75, -55),
        ("networkmanager", 64, -62),
        ("networkmanager", 50, -70),
        ("networkmanager", 34, -80),
        ("networkmanager", 24, -86),
        # What -67 dBm reads as on each scale (field-facts 1.1).
        ("windows", 66, -67),
        ("networkmanager", 55, -67),
        # The ends.
        ("windows", 0, -100),
        ("windows", 100, -50),
        ("networkmanager", 0, -100),
        ("networkmanager", 100, -40),
    ],
)
def test_a_percentage_is_turned_into_dbm(scale: Scale, percent: int, dbm: int) -> None:
    assert dbm == round(percent_to_dbm(scale, percent))


@pytest.mark.parametrize(("percent", "dbm"), [(-1, -100), (101, -50), (255, -50)])
def test_beyond_the_scale_is_its_nearest_end(percent: float, dbm: float) -> None:
    assert dbm == percent_to_dbm("windows", percent)


@given(st.sampled_from(get_args(Scale)), st.floats(0, 100), st.floats(0, 100))
def test_more_percent_are_never_fewer_dbm(scale: Scale, a: float, b: float) -> None:
    low, high = (percent_to_dbm(scale, p) for p in sorted((a, b)))

    assert -100 <= low <= high <= -20
