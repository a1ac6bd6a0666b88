"""What `system_profiler SPAirPortDataType -json` says is read right, or is unknown."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.formats.desktop import airport
from posdiag.model.questions.wifi_answers import AccessPoint, RadioChannel, WifiLink
from tests import FIXTURES

FILES = FIXTURES / "desk"
ALL = sorted(path.name for path in FILES.glob("airport-*.json"))


def adapter(name: str) -> airport.MacAdapter:
    """The one real adapter of a report; awdl0 is none."""
    found = airport.adapters((FILES / name).read_text("utf-8"))
    assert found is not None
    (only,) = found
    return only


def test_a_connection_whose_name_is_withheld_is_a_connection() -> None:
    mac = adapter("airport-silicon-redacted.json")
    assert mac.redacted
    assert mac.link == WifiLink(
        "connected",
        frequency=5180,
        width=80,
        signal=-52.0,
        noise=-90.0,
        transmit_rate=1200.0,
    )


def test_withheld_names_leave_levels_channels_and_security() -> None:
    joined, near, six = adapter("airport-silicon-redacted.json").points
    assert joined == AccessPoint(
        "",
        "",
        5180,
        signal=-52.0,
        width=80,
        centre=5210,
        protocols=("rsn",),
        akms=("psk", "sae"),  # "pairport_...", Apple's missing "s"
        country="CN",
        standard="ax",
        joined=True,
    )
    assert (near.frequency, near.signal, near.akms, near.standard) == (
        2462,
        -70.0,
        ("psk",),
        "n",
    )
    assert (six.frequency, six.width, six.centre, six.signal, six.akms) == (
        6135,
        160,
        6185,
        None,
        ("sae",),
    )


def test_names_that_are_told_are_octets() -> None:
    mac = adapter("airport-silicon-named.json")
    assert not mac.redacted
    assert mac.link.ssid == "小店收银".encode().hex()
    assert [bytes.fromhex(point.ssid).decode() for point in mac.points] == [
        "小店收银",
        "guest",
        "old",
    ]
    assert [point.protocols for point in mac.points[1:]] == [("open",), ("wep",)]
    assert [point.centre for point in mac.points] == [2437, 2437, 5755]


def test_an_older_mac_that_is_not_joined_tells_addresses_and_no_noise() -> None:
    mac = adapter("airport-intel-11.json")
    assert (mac.name, mac.link, mac.redacted) == (
        "en1",
        WifiLink("disconnected"),
        False,
    )
    below, wide = mac.points
    assert (below.bssid, below.frequency, below.width, below.centre) == (
        "02:e3:4e:00:00:84",
        2462,
        40,
        2452,
    )
    assert (wide.frequency, wide.width, wide.centre, wide.standard) == (
        5180,
        80,
        5210,
        None,
    )
    assert below.protocols == ("wpa", "rsn")
    assert mac.radio.channels[0] == RadioChannel(2412)
    assert mac.radio.channels[-1] == RadioChannel(5825)


def test_a_radio_that_is_switched_off() -> None:
    mac = adapter("airport-off.json")
    assert (mac.link, mac.points, mac.radio.blocked, mac.radio.country) == (
        WifiLink("disconnected"),
        (),
        "soft",
        "CN",
    )


def test_a_connection_without_any_name_withholds_it() -> None:
    report = json.loads((FILES / "airport-silicon-named.json").read_text("utf-8"))
    current = report["SPAirPortDataType"][0]["spairport_airport_interfaces"][0]
    del current["spairport_current_network_information"]["_name"]
    found = airport.adapters(json.dumps(report))
    assert found is not None
    assert (found[0].redacted, found[0].link.state) == (True, "connected")


def test_the_name_may_be_the_key_of_the_present_network() -> None:
    report = json.loads((FILES / "airport-silicon-named.json").read_text("utf-8"))
    mac = report["SPAirPortDataType"][0]["spairport_airport_interfaces"][0]
    inner = mac["spairport_current_network_information"]
    del inner["_name"]
    mac["spairport_current_network_information"] = {"shop": inner}
    found = airport.adapters(json.dumps(report))
    assert found is not None
    assert (found[0].link.ssid, found[0].link.signal) == (b"shop".hex(), -67.0)


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("36 (5GHz, 80MHz)", (5180, 80, 5210)),
        ("6 (2GHz, 20MHz)", (2437, 20, 2437)),
        ("6 (2GHz, 40MHz)", (2437, 40, None)),
        ("11,-1", (2462, 40, 2452)),
        ("1,+1", (2412, 40, 2422)),
        ("36,80", (5180, 80, 5210)),
        ("149", (5745, None, None)),
        ("5 (6GHz, 80MHz)", (5975, 80, 5985)),
        ("", (0, None, None)),
        ("five", (0, None, None)),
        ("999 (5GHz, 80MHz)", (0, 80, None)),
    ],
)
def test_channels_in_words(
    told: str, meant: tuple[int, int | None, int | None]
) -> None:
    assert airport.parse_channel(told) == meant


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        ("-52 dBm / -90 dBm", (-52.0, -90.0)),
        ("-70dBm/-95dBm", (-70.0, -95.0)),
        ("-80 dBm / 0 dBm", (-80.0, None)),
        ("0 dBm / 0 dBm", (None, None)),
        ("-48", (-48.0, None)),
        ("", (None, None)),
        ("-999 dBm / 12", (None, None)),
    ],
)
def test_levels_in_words(told: str, meant: tuple[float | None, float | None]) -> None:
    assert airport.levels(told) == meant


@pytest.mark.parametrize(
    ("mode", "meant"),
    [
        ("spairport_security_mode_wpa3_transition", (("rsn",), ("psk", "sae"))),
        ("pairport_security_mode_wpa3_transition", (("rsn",), ("psk", "sae"))),
        ("spairport_security_mode_wpa2_enterprise", (("rsn",), ("802.1x",))),
        ("spairport_security_mode_none", (("open",), ())),
        ("spairport_security_mode_of_next_year", ((), ())),
        ("", ((), ())),
    ],
)
def test_security_modes(mode: str, meant: Any) -> None:
    assert airport.security(mode) == meant


@pytest.mark.parametrize("told", ["", "[]", "{}", "null", "{", "[" * 100_000, "1e999"])
def test_what_is_no_report_is_none(told: str) -> None:
    assert airport.adapters(told) is None


def test_a_mac_without_wi_fi_has_no_adapter() -> None:
    assert airport.adapters('{"SPAirPortDataType": []}') == ()


def test_the_devices_that_are_wi_fi() -> None:
    told = (FILES / "networksetup-ports.txt").read_text("utf-8")
    assert airport.ports(told) == frozenset({"en0"})
    assert airport.ports("Hardware Port: AirPort\nDevice: en1\n") == frozenset({"en1"})
    assert airport.ports("") == frozenset()


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=12,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a JSON value, outermost first."""
    found = [path] if path else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += places(inner, (*path, key))
    if isinstance(value, list):
        for number, inner in enumerate(value):
            found += places(inner, (*path, number))
    return found


@given(st.sampled_from(ALL), st.integers(0, 10_000), anything)
def test_no_other_value_at_any_place_makes_the_parser_fail(
    name: str, chosen: int, value: Any
) -> None:
    report = json.loads((FILES / name).read_text("utf-8"))
    every = places(report)
    path = every[chosen % len(every)]
    inner = report
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    for found in airport.adapters(json.dumps(report)) or ():
        for point in found.points:
            bytes.fromhex(point.ssid)


@given(st.text(max_size=200))
def test_no_text_makes_the_parsers_fail(told: str) -> None:
    airport.adapters(told)
    airport.ports(told)
    airport.parse_channel(told)
    airport.levels(told)
