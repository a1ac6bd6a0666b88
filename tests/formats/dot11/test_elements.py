"""What access points say of themselves is read right, and nothing they say harms."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.formats.dot11.elements import (
    Elements,
    akms_of,
    iter_elements,
    parse_elements,
    primary_channel,
    ssid_of,
)
from posdiag.formats.dot11.rsn import Suites
from posdiag.formats.dot11.width import Width, channel_width

# As hostapd 2.10 sent them (mac80211_hwsim).
WPA2_WITH_LOAD = bytes.fromhex(
    "000853484f502d504f53"  # SHOP-POS
    "010882848b960c121824"
    "030106"
    "0706434e20010d14"
    "2a0104"
    "32043048606c"
    "30140100000fac040100000fac040100000fac020c00"
    "0b050c0050204e"
    "3b025100"
    "2d1a0c001bffff000000000000000000000100000000000000000000"
    "3d1606000000000000000000000000000000000000000000"
    "7f080400400200000040"
    "dd180050f2020101010003a4000027a4000042435e0062322f00"
)
WPA3 = bytes.fromhex(
    "000953484f502d57504133010882848b960c1218240301010504010200002a010432043048606c"
    "30140100000fac040100000fac040100000fac08c0003b0251007f080400400200000040"
)
MIXED_5_GHZ_WPS_UTF8 = bytes.fromhex(
    "0006e5b08fe5ba9701088c129824b048606c030124"
    "301c0100000fac040100000fac040300000fac02000fac06000fac088c00"
    "3b028000"
    "2d1a0e001bffff000000000000000000000100000000000000000000"
    "3d1624050000000000000000000000000000000000000000"
    "7f080400400200000140"
    "bf0c00000000aaaa0000aaaa0000"
    "c005012a00fcff"
    "c304022e2e2e"
    "dd180050f2020101010003a4000027a4000042435e0062322f00"
    "dd5c0050f204104a0001101044000102103b00010310470010d9ec65b232e4538db26c3f2b86f7a8d5"
    "10210001201023000120102400012010420001201054000800000000000000001011000178"
    "1008000221481049000600372a000120"
)
OPEN_11B = bytes.fromhex(
    "000953484f502d4f50454e010482840b160301033b0251007f080400400200000040"
)


def element(number: int, body: str) -> bytes:
    data = bytes.fromhex(body)
    return bytes((number, len(data))) + data


def test_a_wpa2_access_point_with_its_load() -> None:
    expected = Elements(
        ssid=b"SHOP-POS",
        channel=6,
        basic=(1.0, 2.0, 5.5, 11.0),
        country="CN",
        stations=12,
        utilisation=80 / 255,
        rsn=Suites(("psk",), ("ccmp",), "ccmp", "no"),
        width=Width(20, 2437),
        standard="n",
        vendors=("0050f2",),
    )

    assert expected == parse_elements(2437, WPA2_WITH_LOAD)


def test_a_wpa3_access_point_demands_protected_management_frames() -> None:
    found = parse_elements(2412, WPA3)

    assert Suites(("sae",), ("ccmp",), "ccmp", "required") == found.rsn
    assert (found.stations, found.utilisation, found.wps, found.standard) == (
        None,
        None,
        False,
        "g",
    )


def test_a_mixed_access_point_at_5_ghz_with_wps_and_a_name_in_utf8() -> None:
    found = parse_elements(5180, MIXED_5_GHZ_WPS_UTF8)

    expected = Suites(("psk", "psk-sha256", "sae"), ("ccmp",), "ccmp", "capable")
    assert expected == found.rsn
    assert ((found.ssid or b"").decode(), found.utf8, found.wps) == ("小店", True, True)
    assert (Width(80, 5210), "ac", (6.0, 12.0, 24.0)) == (
        found.width,
        found.standard,
        found.basic,
    )


def test_an_open_access_point_of_the_oldest_kind() -> None:
    found = parse_elements(2422, OPEN_11B)

    assert (found.standard, found.rsn, found.wpa, found.basic) == (
        "b",
        None,
        None,
        (1.0, 2.0),
    )


def test_what_the_answer_says_goes_before_what_the_beacon_says() -> None:
    answer, beacon = element(0, "41"), element(0, "") + element(11, "0300800000")
    found = parse_elements(2412, answer, beacon)

    assert (found.ssid, found.stations) == (b"A", 3)


def test_without_elements_nothing_is_known() -> None:
    assert Elements() == parse_elements(2412, b"")


@pytest.mark.parametrize(
    ("elements", "expected"),
    [
        (element(0, "53484f50"), b"SHOP"),
        (element(0, ""), b""),
        (element(0, "0000"), b""),
        (element(0, "78" * 32), b"x" * 32),
        (element(0, "78" * 33), None),
        (b"", None),
        (WPA3, b"SHOP-WPA3"),
    ],
)
def test_a_name_of_nuls_is_hidden_and_one_too_long_is_none(
    elements: bytes, expected: bytes | None
) -> None:
    assert expected == ssid_of(elements)


@pytest.mark.parametrize(
    ("elements", "expected"),
    [(WPA2_WITH_LOAD, 6), (MIXED_5_GHZ_WPS_UTF8, 36), (element(0, "41"), None)],
)
def test_the_channel_that_is_announced(elements: bytes, expected: int | None) -> None:
    assert expected == primary_channel(elements)


def test_the_rsn_element_outranks_the_wpa_element() -> None:
    wpa = element(221, "0050f20101000050f20201000050f20201000050f202")
    rsn = element(48, "0100000fac040100000fac040100000fac08c000")

    assert [akms_of(data) for data in (wpa, wpa + rsn, b"")] == [("psk",), ("sae",), ()]


def test_what_is_cut_short_is_left_out() -> None:
    assert list(iter_elements(WPA_CUT)) == [(0, b"AB"), (3, b"\6")]


WPA_CUT = element(0, "4142") + element(3, "06") + b"\x30\x14\x01\x00"


def test_elements_behind_255_are_told_apart_by_their_next_octet() -> None:
    data = element(255, "24aabb") + element(255, "")

    assert list(iter_elements(data)) == [(256 + 36, b"\xaa\xbb")]


@pytest.mark.parametrize(
    ("frequency", "elements", "expected"),
    [
        (2437, {}, Width(20, 2437)),
        (2412, {61: "0105"}, Width(40, 2422)),
        (2462, {61: "0b07"}, Width(40, 2452)),
        (2462, {61: "0b03"}, Width(20, 2462)),  # stations are to stay in 20 MHz
        (5180, {61: "2405", 192: "012a00"}, Width(80, 5210)),
        (5180, {61: "2405", 192: "000000"}, Width(40, 5190)),
        (5180, {61: "2405", 192: "012a32"}, Width(160, 5250)),
        (5180, {61: "2405", 192: "023200"}, Width(160, 5250)),
        (5180, {61: "2405", 192: "012a9b"}, Width(80, 5210)),  # 80+80
        (5180, {61: "2405", 192: "019b00"}, Width(20, 5180)),  # not around its own
        # HE, its VHT part within; and at 6 GHz, 160 MHz
        (5180, {292: "004000000000012a00"}, Width(80, 5210)),
        (5955, {292: "00000200000001030f0f00"}, Width(20, 5955)),  # cut short
        (5975, {292: "0000020000000503070f06"}, Width(160, 6025)),
        (5975, {292: "0000020000000502070006"}, Width(80, 5985)),
        # EHT, 320 MHz at 6 GHz
        (5975, {362: "0100000000040f1f"}, Width(320, 6105)),
        (5975, {362: "0000000000040f1f"}, Width(20, 5975)),
    ],
)
def test_the_width_of_a_channel_and_its_middle(
    frequency: int, elements: dict[int, str], expected: Width
) -> None:
    found = {number: bytes.fromhex(body) for number, body in elements.items()}

    assert expected == channel_width(found, frequency)


@pytest.mark.parametrize(
    ("body", "expected"),
    [("0c0050204e", 12), ("0c0050204e00", None), ("0c005020", None)],
)
def test_a_load_of_another_length_is_not_that_element(
    body: str, expected: int | None
) -> None:
    assert expected == parse_elements(2412, element(11, body)).stations


@pytest.mark.parametrize(
    ("body", "expected"),
    [("434e20", "CN"), ("636e", "CN"), ("0000", ""), ("43", ""), ("e5b0", "")],
)
def test_a_country_is_two_letters_or_nothing(body: str, expected: str) -> None:
    assert expected == parse_elements(2412, element(7, body)).country


def test_features_among_the_rates_are_not_rates() -> None:
    found = parse_elements(5180, element(1, "8c98b0ffe0fb"))

    # 0xff demands HT, 0xfb the newer form of SAE; 0xe0 is 48 Mbit/s
    assert found.basic == (6.0, 12.0, 24.0, 48.0)


def test_vendors_are_counted_once_and_bounded() -> None:
    many = b"".join(element(221, f"{i:06x}01") for i in range(60))
    found = parse_elements(2412, many + many)

    assert len(found.vendors) == 32
    assert found.vendors[:2] == ("000000", "000001")


def mixed() -> st.SearchStrategy[bytes]:
    """Elements with ids that mean something and bodies that need not."""
    known = st.sampled_from([0, 1, 3, 7, 11, 45, 48, 50, 61, 127, 191, 192, 221, 255])
    one = st.tuples(known, st.binary(max_size=60)).map(
        lambda pair: bytes((pair[0], len(pair[1]))) + pair[1]
    )
    return st.lists(one, max_size=12).map(b"".join)


@given(frame=st.one_of(st.binary(max_size=400), mixed()), beacon=mixed())
def test_no_elements_raise_or_exceed_their_bounds(frame: bytes, beacon: bytes) -> None:
    for frequency in (2412, 5180, 5955):
        found = parse_elements(frequency, frame, beacon)
        assert len(found.ssid or b"") <= 32
        assert found.utilisation is None or 0 <= found.utilisation <= 1
        assert len(found.vendors) <= 32
        if found.width:
            edge = abs(found.width.centre - frequency)
            assert edge <= found.width.width / 2


@given(frame=mixed(), cut=st.integers(0, 200))
def test_a_frame_that_is_cut_short_says_what_is_whole(frame: bytes, cut: int) -> None:
    whole = list(iter_elements(frame))
    part = list(iter_elements(frame[:cut]))

    assert part == whole[: len(part)]
