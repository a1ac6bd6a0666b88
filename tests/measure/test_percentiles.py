"""The median and the 95th percentile of RTTs, by nearest rank."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.measure.statistics import median_or_none, percentile

TRIPS = st.lists(st.floats(0, 10), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("trips", "p95"),
    [
        ((), None),
        ((0.5,), 0.5),
        (tuple(range(1, 101)), 95),
        (tuple(range(1, 20)), 19),
        (tuple(range(1, 21)), 19),
        ((0.01,) * 19 + (3.0,), 0.01),
        ((0.01,) * 18 + (3.0,), 3.0),
    ],
)
def test_nearest_rank(trips: tuple[float, ...], p95: float | None) -> None:
    assert p95 == percentile(trips)


@given(TRIPS)
def test_p95_lies_between_median_and_maximum(trips: list[float]) -> None:
    p95, half = percentile(trips), median_or_none(trips)

    assert p95 in trips
    assert half is not None
    assert p95 is not None
    assert half <= p95 <= max(trips)
