"""Channel numbers, centre frequencies and channel blocks."""

import pytest

from posdiag.formats.dot11.channels import (
    GRID,
    Band,
    band,
    band_in_text,
    block,
    centre,
    channel,
    channel_or_frequency,
    frequency,
    frequency_in_band_of,
)


@pytest.mark.parametrize(
    ("number", "where", "expected"),
    [
        (1, None, 2412),
        (6, None, 2437),
        (13, "2.4", 2472),
        (14, None, 2484),
        (36, None, 5180),
        (165, "5", 5825),
        (1, "6", 5955),
        (37, "6", 6135),
        (36, "2.4", None),
        (6, "5", None),
        (0, None, None),
        (234, "6", None),
    ],
)
def test_the_frequency_of_a_channel(
    number: int, where: Band | None, expected: int | None
) -> None:
    assert expected == frequency(number, where)


@pytest.mark.parametrize("where", list(GRID))
def test_channels_and_frequencies_are_one_to_one(where: Band) -> None:
    centres = {n: mhz for n in range(300) if (mhz := frequency(n, where))}

    assert list(centres) == [channel(mhz) for mhz in centres.values()]
    assert {band(mhz) for mhz in centres.values()} == {where}


@pytest.mark.parametrize("mhz", [0, 2400, 2413, 2477, 4920, 5151, 5890, 5952, 7120])
def test_a_frequency_off_the_grid_is_no_channel(mhz: int) -> None:
    assert channel(mhz) is None


@pytest.mark.parametrize(
    ("primary", "width", "expected"),
    [
        (5180, 80, 5210),
        (5240, 80, 5210),
        (5180, 40, 5190),
        (5320, 160, 5250),
        (5500, 160, 5570),
        (5765, 80, 5775),
        (5765, 40, 5755),
        (6135, 160, 6185),
        (2437, 20, 2437),
        (2437, 40, None),
        (5180, None, None),
        (0, 20, None),
    ],
)
def test_the_centre_of_a_wide_channel(
    primary: int, width: int | None, expected: int | None
) -> None:
    assert expected == centre(primary, width)


@pytest.mark.parametrize(
    ("number", "width", "expected"),
    [
        (40, 20, (40,)),
        (40, 40, (36, 40)),
        (44, 80, (36, 40, 44, 48)),
        (161, 80, (149, 153, 157, 161)),
        (165, 20, (165,)),
        (165, 40, (165, 169)),
        (144, 80, (132, 136, 140, 144)),
        (132, 160, ()),
        (34, 40, ()),
    ],
)
def test_wide_channels_are_counted_from_the_edge_of_their_range(
    number: int, width: int, expected: tuple[int, ...]
) -> None:
    assert expected == block(number, width, "5")


def test_the_band_in_a_text() -> None:
    texts = ["5 GHz", "2.4GHz", "36 (5GHz, 80MHz)", "11 (2GHz)", "6 GHz ", "15 GHz", ""]

    assert [band_in_text(text) for text in texts] == [
        "5",
        "2.4",
        "5",
        "2.4",
        "6",
        None,
        None,
    ]


def test_a_frequency_stands_for_itself_and_nonsense_for_nothing() -> None:
    found = [channel_or_frequency(n) for n in (6, 5975, 0, -1, 15, 31, 178, 9000)]

    assert [2437, 5975, *[None] * 6] == found


@pytest.mark.parametrize(
    ("tuned", "number", "expected"),
    [
        (2412, 3, 2422),
        (2412, 36, 2412),
        (5180, 40, 5200),
        (5180, 6, 5180),
        (5975, 37, 6135),
        (2412, None, 2412),
    ],
)
def test_a_channel_in_the_band_that_is_tuned(
    tuned: int, number: int | None, expected: int
) -> None:
    assert expected == frequency_in_band_of(tuned, number)
