"""Which access points overlap, and which channel has less load?"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.formats.dot11.channels import frequency
from posdiag.measure.wifi.channel_plan import (
    CHINA_5,
    allowed_5,
    candidates,
    in_channel_power,
    load,
    propose,
    relation,
    same_device,
    span,
    total_load,
    transmitters,
)
from posdiag.model.questions.wifi_answers import AccessPoint, Radio, RadioChannel


def at(number: int, signal: float | None = -60.0, **more: Any) -> AccessPoint:
    """An access point on a channel (from 36 on in the 5 GHz band)."""
    kept: dict[str, Any] = {"bssid": f"02:00:00:{number:02x}:01:00", "ssid": "61"}
    kept |= {"frequency": frequency(number), "signal": signal}
    return AccessPoint(**{**kept, **more})


def forty(number: int, up: bool = True, **more: Any) -> AccessPoint:
    """40 MHz wide, with the second half above or below."""
    point = at(number, **more)
    shift = 10 if up else -10
    return at(number, width=40, centre=point.frequency + shift, **more)


@pytest.mark.parametrize(
    ("own", "other", "expected"),
    [
        (at(6), at(6), "same"),
        (at(6), at(7), "overlap"),
        (at(6), at(9), "overlap"),
        (at(6), at(10), "clear"),
        (at(6), at(2), "clear"),
        (at(6), at(3), "overlap"),
        (at(1), at(6), "clear"),
        (at(13), at(14), "overlap"),
        (at(6), forty(1), "overlap"),
        (at(11), forty(1), "clear"),
        (forty(1), at(5), "overlap"),
        (forty(6, up=False), at(11), "clear"),
        (forty(6), at(11), "overlap"),
        (at(36), at(40), "clear"),
        (at(36, width=80, centre=5210), at(48), "overlap"),
        (at(36, width=80, centre=5210), at(52), "clear"),
        (at(1), at(36), "clear"),
    ],
)
def test_the_relation_of_two_channels(
    own: AccessPoint, other: AccessPoint, expected: str
) -> None:
    assert expected == relation(own.frequency, span(own), other)


@pytest.mark.parametrize(
    ("number", "expected"), [(6, -60.0), (7, -61.4), (8, -63.5), (9, -67.8), (10, None)]
)
def test_an_overlapping_ap_sends_part_of_its_power_into_a_channel(
    number: int, expected: float | None
) -> None:
    power = in_channel_power(span(at(6)), at(number))

    assert expected == (None if power is None else round(power, 1))


def test_an_unknown_level_has_no_known_part() -> None:
    assert in_channel_power(span(at(6)), at(7, None)) is None


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        (at(6, -55.0), 4.0),
        (at(6, -95.0), 0.0),
        (at(6, -120.0), 0.0),
        (at(6, None), 0.5),
        (at(6, -55.0, utilisation=0.0), 2.0),
        (at(6, -55.0, utilisation=1.0), 6.0),
    ],
)
def test_the_load_of_an_ap_grows_with_its_level_and_utilisation(
    point: AccessPoint, expected: float
) -> None:
    assert expected == load(point)


def test_an_overlapping_ap_costs_more_than_a_co_channel_one() -> None:
    own = at(6)

    assert total_load(own.frequency, span(own), [at(7)]) > total_load(
        own.frequency, span(own), [at(6)]
    )
    assert total_load(own.frequency, span(own), [at(11)]) == 0.0


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("50:d2:f5:01:02:03", "52:d2:f5:01:02:04", True),
        ("50:d2:f5:01:02:03", "50:D2:F5:01:02:12", True),
        ("50:d2:f5:01:02:03", "50:d2:f5:01:02:43", False),
        ("02:00:00:00:01:00", "02:00:00:00:02:00", False),
        ("02:00:00:00:01:00", "nonsense", False),
        ("02:00:00:00:01:xx", "02:00:00:00:01:xx", False),
        ("", "", False),
    ],
)
def test_the_bssids_of_one_device_are_neighbours(
    one: str, other: str, expected: bool
) -> None:
    assert expected == same_device(at(6, bssid=one), at(6, bssid=other))


def test_several_ssids_of_one_transmitter_are_one_neighbour() -> None:
    guest = at(6, -50.0, bssid="02:00:00:01:02:01", ssid="67")
    shop = at(6, -52.0, bssid="02:00:00:01:02:00")
    five = at(36, -60.0, bssid="02:00:00:01:02:02")

    assert (guest, five) == transmitters([shop, five, guest])


GERMANY = Radio(
    "wlan0",
    country="DE",
    channels=(
        *(RadioChannel(f) for f in (2412, 5180, 5200, 5220, 5240)),
        RadioChannel(5260, radar=True),
        RadioChannel(5745, disabled=True),
        RadioChannel(5765, silent=True),
    ),
)


@pytest.mark.parametrize(
    ("country", "radio", "expected"),
    [
        ("CN", None, CHINA_5),
        ("CN", GERMANY, CHINA_5),
        ("DE", GERMANY, (36, 40, 44, 48)),
        ("DE", None, (36, 40, 44, 48)),
        ("", GERMANY, (36, 40, 44, 48)),
        ("US", GERMANY, (36, 40, 44, 48)),
    ],
)
def test_only_channels_that_are_allowed_in_the_country(
    country: str, radio: Radio | None, expected: tuple[int, ...]
) -> None:
    assert expected == allowed_5(country, radio)


def test_china_allows_neither_100_to_144_nor_are_radar_channels_proposed() -> None:
    assert not set(CHINA_5) & {*range(100, 148, 4), *range(52, 68, 4)}


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (at(3), (1, 6, 11)),
        (at(36), (36, 40, 44, 48, 149, 153, 157, 161, 165)),
        (at(36, width=40), (36, 44, 149, 157)),
        (at(36, width=80), (36, 149)),
        (at(36, width=160), (36, 149)),
        (AccessPoint("", "", 5975), ()),
    ],
)
def test_candidates_are_of_the_same_band_and_width(
    own: AccessPoint, expected: tuple[int, ...]
) -> None:
    assert expected == tuple(c.channel for c in candidates(own, "CN", None))


@pytest.mark.parametrize(
    ("name", "own", "others", "expected", "better"),
    [
        ("no neighbour", at(6), [], 6, False),
        ("one that overlaps", at(6), [at(8)], 1, False),
        ("two that overlap", at(6), [at(7, -50.0), at(8, -50.0)], 1, True),
        ("the same load everywhere", at(6), [at(1), at(6), at(11)], 6, False),
        ("off the grid, alone", at(3), [], 1, False),
        ("off the grid, between", at(3), [at(2, -50.0), at(4, -50.0)], 11, True),
        ("weak ones", at(6), [at(6, -90.0)], 1, False),
        ("5 GHz", at(36), [at(36, -30.0), at(40), at(44)], 48, True),
        ("5 GHz, wide", at(36, width=80), [at(36, -30.0), at(44)], 149, True),
    ],
)
def test_the_quietest_channel(
    name: str, own: AccessPoint, others: list[AccessPoint], expected: int, better: bool
) -> None:
    found = propose(own, others, candidates(own, "CN", None))

    assert found is not None
    assert (expected, better) == (found.channel, found.better)


def test_a_proposal_counts_the_access_points_there() -> None:
    others = [at(11, -70.0), at(10, -80.0), at(6, -40.0), at(1, -40.0)]
    found = propose(at(6), others, candidates(at(6), "", None))

    assert found is not None
    got = (found.channel, found.frequency, found.same, found.overlapping)
    assert got == (11, 2462, 1, 1)
    assert found.loudest == -70.0


def test_without_a_choice_nothing_is_proposed() -> None:
    assert propose(at(6), [], ()) is None


POINTS = st.builds(
    AccessPoint,
    bssid=st.text(max_size=20),
    ssid=st.text("0123456789abcdef", max_size=8),
    frequency=st.integers(-10, 100_000),
    signal=st.none() | st.floats(-300, 300),
    width=st.none() | st.integers(-10, 1000),
    centre=st.none() | st.integers(-10, 100_000),
    utilisation=st.none() | st.floats(0, 1),
    age=st.none() | st.floats(0, 1e6),
    joined=st.booleans(),
)


@given(POINTS, st.lists(POINTS, max_size=6), st.sampled_from(["", "CN", "DE"]))
def test_no_scan_entry_raises(
    own: AccessPoint, others: list[AccessPoint], country: str
) -> None:
    found = propose(own, transmitters(others), candidates(own, country, GERMANY))

    for other in others:
        assert relation(own.frequency, span(own), other) in ("same", "overlap", "clear")
        assert load(other) >= 0
    assert found is None or found.frequency > 0
