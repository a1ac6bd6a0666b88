"""What the kernel says of Wi-Fi is read right.

The recordings in nl80211.json are of Linux 6.1 with mac80211_hwsim, hostapd and
wpa_supplicant 2.10: raw attributes and notifications, in hexadecimal.
"""

import asyncio
import errno
import json
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wifi import (
    AskRadio,
    AskSurvey,
    AskWifiLink,
    ScanWifi,
    WatchWifi,
)
from posdiag.model.questions.wifi_answers import (
    AccessPoint,
    RadioChannel,
    SurveyChannel,
    WifiLink,
    WifiScan,
)
from posdiag.system.core import codec
from posdiag.system.wifi import linux as wifi
from posdiag.system.wifi.nl80211 import messages as nl
from posdiag.system.wifi.nl80211 import radio as radios
from posdiag.system.wifi.nl80211.bss import access_point, points
from posdiag.system.wifi.nl80211.events import EventDecoder
from posdiag.system.wifi.nl80211.link import survey_channel, wifi_link
from posdiag.system.wifi.nl80211.transport import (
    CONTROL,
    GET_FAMILY,
    HEADER,
    Attributes,
    Family,
    attribute,
    attributes,
    entries,
    messages,
    number,
)
from posdiag.system.wifi.scan.plan import notification
from tests import FIXTURES

RECORDED = json.loads((FIXTURES / "nl80211.json").read_text("utf-8"))
NOW = 40.0
THERE = "02:00:00:00:01:00"


def said(recorded: dict[str, str]) -> Attributes:
    return {int(kind): bytes.fromhex(body) for kind, body in recorded.items()}


def bss(name: str) -> Attributes:
    return attributes(bytes.fromhex(RECORDED["bss"][name]))


def heard(name: str) -> AccessPoint:
    found = access_point(bss(name), NOW)
    assert found is not None
    return found


# Framing


def test_what_is_sent_is_read_back() -> None:
    data = attribute(3, 7) + attribute(52, b"SHOP") + attribute(174, b"")

    assert {3: struct.pack("=I", 7), 52: b"SHOP", 174: b""} == attributes(data)
    assert len(data) % 4 == 0


@pytest.mark.parametrize(
    ("data", "signed", "expected"),
    [
        (b"\xa4", True, -92),
        (b"\xa4", False, 164),
        (struct.pack("=H", 65535), False, 65535),
        (struct.pack("=i", -3000), True, -3000),
        (struct.pack("=Q", 2**40), False, 2**40),
        (b"", False, None),
        (b"\1\2\3", False, None),
        (None, False, None),
    ],
)
def test_a_number_has_the_size_that_it_came_in(
    data: bytes | None, signed: bool, expected: int | None
) -> None:
    assert expected == number(data, signed)


def test_flags_in_an_attributes_type_are_not_part_of_it() -> None:
    assert list(entries(struct.pack("=HH", 4, 47 | 0x8000))) == [(47, b"")]


@given(st.binary(max_size=300))
def test_no_datagram_raises(data: bytes) -> None:
    for message in messages(data):
        assert len(message.payload) <= len(data)
        dict(message.attributes)
        notification(message, 0)
        EventDecoder(0).decode(message, 0.0)


@given(st.binary(max_size=200))
def test_a_length_of_nothing_ends_the_reading(tail: bytes) -> None:
    assert list(messages(HEADER.pack(0, 1, 0, 0, 0) + tail)) == []


def test_this_kernel_names_its_families() -> None:
    with Family("nlctrl") as family:
        found = family.ask(GET_FAMILY, dump=True)

    assert CONTROL in {number(one.get(1)) for one in found}


def test_a_family_that_is_not_there_is_an_error_of_the_kernel() -> None:
    with pytest.raises(OSError, match="netlink") as caught:
        Family("no-such-family")

    assert caught.value.errno == errno.ENOENT


# Access points


def test_an_access_point_as_the_kernel_tells_it() -> None:
    expected = AccessPoint(
        bssid=THERE,
        ssid=b"SHOP-POS".hex(),
        frequency=2437,
        signal=-30.0,
        width=20,
        centre=2437,
        protocols=("rsn",),
        akms=("psk",),
        ciphers=("ccmp",),
        group="ccmp",
        pmf="no",
        wps=False,
        stations=12,
        utilisation=80 / 255,
        country="CN",
        standard="n",
        basic=(1.0, 2.0, 5.5, 11.0),
        vendors=("0050f2",),
        hidden=False,
    )

    assert expected == replace(heard("SHOP-POS"), age=None)


def test_the_age_is_by_the_clock_that_runs_from_boot() -> None:
    last = struct.unpack("=Q", bss("SHOP-POS")[15])[0] / 1e9

    assert heard("SHOP-POS").age == pytest.approx(NOW - last)
    assert access_point({**bss("SHOP-POS"), 15: b""}, NOW) == replace(
        heard("SHOP-POS"), age=0.67
    )


@pytest.mark.parametrize(
    ("name", "protocols", "akms", "ciphers", "group", "pmf"),
    [
        ("SHOP-OPEN", ("open",), (), (), None, None),
        ("SHOP-WEP", ("wep",), (), (), None, None),
        ("WPA1", ("wpa",), ("psk",), ("tkip",), "tkip", None),
        ("SHOP-MIX", ("wpa", "rsn"), ("psk",), ("ccmp", "tkip"), "tkip", "no"),
        ("SHOP-WPA3", ("rsn",), ("sae",), ("ccmp",), "ccmp", "required"),
        ("FT", ("rsn",), ("psk", "ft-psk"), ("ccmp",), "ccmp", "capable"),
        ("OWE", ("rsn",), ("owe",), ("ccmp",), "ccmp", "required"),
    ],
)
def test_the_security_that_is_offered(
    name: str, protocols: Any, akms: Any, ciphers: Any, group: Any, pmf: Any
) -> None:
    found = heard(name)

    actual = (found.protocols, found.akms, found.ciphers, found.group, found.pmf)
    assert (protocols, akms, ciphers, group, pmf) == actual


@pytest.mark.parametrize(
    ("name", "standard", "width", "centre"),
    [
        ("SHOP-OPEN", "b", 20, 2422),
        ("SHOP-WPA3", "g", 20, 2412),
        ("FT", "ax", 20, 2447),
        ("小店", "ac", 80, 5210),
        ("AX80", "ax", 80, 5210),
        ("OWE", "ac", 80, 5775),
    ],
)
def test_the_standard_and_the_width(
    name: str, standard: str, width: int, centre: int
) -> None:
    found = heard(name)

    assert (standard, width, centre) == (found.standard, found.width, found.centre)


def test_a_hidden_one_that_answers_to_its_name_is_heard_once() -> None:
    found = points([bss("hidden"), bss("SHOP-HIDE"), bss("SHOP-POS")], NOW)

    expected = [(b"SHOP-HIDE".hex(), True), (b"SHOP-POS".hex(), False)]
    assert expected == sorted((p.ssid, p.hidden) for p in found)


def test_a_hidden_one_that_was_not_called_has_no_name() -> None:
    found = points([bss("hidden")], NOW)

    assert [(p.ssid, p.hidden) for p in found] == [("", True)]


def test_who_has_left_is_not_shown_as_heard() -> None:
    every = [bss("SHOP-POS"), bss("SHOP-WPA3")]
    age = heard("SHOP-POS").age or 0.0
    older = (heard("SHOP-WPA3").age or 0.0) > age

    assert older
    assert [bytes.fromhex(p.ssid).decode() for p in points(every, NOW, age)] == [
        "SHOP-POS"
    ]


def test_the_one_that_we_are_joined_to_stays() -> None:
    joined = {**bss("SHOP-POS"), 9: struct.pack("=I", 1)}
    found = points([joined], NOW + 100, 5.0)

    assert [p.joined for p in found] == [True]


def test_the_strongest_come_first_and_no_more_than_a_thousand() -> None:
    every = [
        {
            1: i.to_bytes(6, "big"),
            2: struct.pack("=I", 2412),
            7: struct.pack("=i", -10000 + i),
        }
        for i in range(1100)
    ]
    found = points(every, NOW)

    assert len(found) == 1000
    assert (found[0].bssid, found[0].signal) == ("00:00:00:00:04:4b", -89.01)


def test_what_is_not_said_is_not_known() -> None:
    found = access_point({1: bytes(6), 2: struct.pack("=I", 2412)}, NOW)

    assert AccessPoint("00:00:00:00:00:00", "", 2412) == found


@given(st.dictionaries(st.integers(0, 20), st.binary(max_size=60)), st.floats(0, 1e6))
def test_no_entry_raises_and_all_can_be_recorded(
    entry: dict[int, bytes], now: float
) -> None:
    found = points([entry, {**entry, 1: bytes(6), 2: struct.pack("=I", 2412)}], now, 5)

    scan = WifiScan(found)
    assert scan == codec.decode(codec.encode(scan))


# The link, the survey, the radio


def test_the_link_as_the_kernel_tells_it() -> None:
    station = {6: bytes.fromhex("020000000100"), **said(RECORDED["station"])}
    survey = SurveyChannel(2437, noise=-92.0)
    found = wifi_link(said(RECORDED["interface"]), bss("SHOP-POS"), station, [survey])

    expected = WifiLink(
        state="connected",
        ssid=b"SHOP-POS".hex(),
        bssid=THERE,
        frequency=2437,
        width=20,
        signal=-30.0,
        average=-30.0,
        noise=-92.0,
        transmit_rate=6.5,
        sent=12,
        retries=0,
        failed=0,
        beacons=102,
        beacons_lost=0,
        seconds=10.0,
        authorized=True,
    )
    assert expected == replace(found, seconds=10.0)


def test_without_the_keys_it_is_associated_and_not_connected() -> None:
    # the mask of what is known, and what is so: associated, not authorized
    info = attribute(17, struct.pack("=II", 0xAA, 0xA8))
    found = wifi_link({}, bss("SHOP-POS"), {nl.STA_INFO: info}, [])

    assert (found.state, found.authorized) == ("associated", False)


def test_a_driver_that_says_little_leaves_little_known() -> None:
    found = wifi_link({}, bss("SHOP-POS"), None, [])

    expected = WifiLink(
        "connected", b"SHOP-POS".hex(), THERE, 2437, signal=-30.0, authorized=None
    )
    assert expected == found


def test_without_an_access_point_it_is_disconnected() -> None:
    assert WifiLink("disconnected") == wifi_link({}, None, None, [])


def test_the_survey_counts_in_seconds_and_knows_negative_noise() -> None:
    found = [survey_channel(said(one)) for one in RECORDED["surveys"]]

    assert SurveyChannel(2412, noise=-92.0, active=0.08, busy=0.01) == found[0]
    assert len(found) == 3


def test_a_driver_that_does_not_count_says_nothing_of_a_channel() -> None:
    found = survey_channel({1: struct.pack("=I", 2462), 2: b"\0", 3: b""})

    assert SurveyChannel(2462, in_use=True) == found
    assert survey_channel({}) is None


def test_what_an_adapter_can_do() -> None:
    parts = [said(part) for part in RECORDED["wiphy"]]

    assert (radios.sae(parts), radios.pmf(parts), radios.monitor(parts)) == (
        True,
        True,
        True,
    )
    expected = ("wep40", "wep104", "tkip", "ccmp", "ccmp-256", "gcmp", "gcmp-256")
    assert expected == radios.ciphers(parts)


def test_where_an_adapter_may_be_heard() -> None:
    parts = [said(part) for part in RECORDED["wiphy"]]
    found = {c.frequency: c for c in radios.channels(parts)}

    assert RadioChannel(2412) == found[2412]
    assert RadioChannel(2484, disabled=True, silent=True) == found[2484]
    assert found[5260].radar
    assert found[5500].disabled


def test_an_adapter_that_says_nothing_is_not_known() -> None:
    assert (
        radios.sae([]),
        radios.pmf([]),
        radios.monitor([]),
        radios.ciphers([]),
        radios.channels([]),
    ) == (None, None, None, (), ())


@given(
    st.lists(
        st.dictionaries(st.integers(0, 300), st.binary(max_size=60), max_size=6),
        max_size=3,
    )
)
def test_no_description_of_an_adapter_raises(parts: list[dict[int, bytes]]) -> None:
    radios.channels(parts)
    radios.ciphers(parts)
    radios.sae(parts)
    radios.pmf(parts)
    radios.monitor(parts)
    for part in parts:
        survey_channel(part)
        wifi_link(part, part, part, [])


@pytest.mark.parametrize(
    ("soft", "hard", "expected"),
    [("0", "0", None), ("1", "0", "soft"), ("0", "1", "hard"), ("1", "1", "hard")],
)
def test_how_an_adapter_is_switched_off(
    tmp_path: Path, soft: str, hard: str, expected: str | None
) -> None:
    switch = tmp_path / "ieee80211" / "phy0" / "rfkill3"
    switch.mkdir(parents=True)
    (switch / "soft").write_text(soft + "\n")
    (switch / "hard").write_text(hard + "\n")

    assert expected == radios.blocked("phy0", tmp_path)
    assert radios.blocked("phy1", tmp_path) is None


def test_the_driver_is_the_one_that_sysfs_links_to(tmp_path: Path) -> None:
    device = tmp_path / "net" / "wlan0" / "device"
    device.mkdir(parents=True)
    (device / "driver").symlink_to("../../../bus/drivers/iwlwifi")

    assert (radios.driver("wlan0", tmp_path), radios.driver("wlan1", tmp_path)) == (
        "iwlwifi",
        "",
    )


def test_a_supplicant_is_known_by_its_socket(tmp_path: Path) -> None:
    listed = tmp_path / "unix"
    listed.write_text(
        "Num       RefCount Protocol Flags    Type St Inode Path\n"
        "0000: 00000002 00000000 00000000 0002 01 12 /run/wpa_supplicant/wlan0\n"
    )

    assert radios.supplicant_listens("wlan0", listed)
    assert not radios.supplicant_listens("wlan1", listed)
    assert not radios.supplicant_listens("wlan0", tmp_path / "none")


# This machine


@pytest.mark.parametrize("interface", ["lo", "no-such-0", "name\0with-nul"])
@pytest.mark.parametrize(
    "ask",
    [
        lambda name: wifi.scan(ScanWifi(name), Meter()),
        lambda name: wifi.link(AskWifiLink(name), Meter()),
        lambda name: wifi.survey(AskSurvey(name), Meter()),
        lambda name: wifi.radio(AskRadio(name), Meter()),
        lambda name: wifi.watch(WatchWifi(name, 0.1), Meter()),
    ],
    ids=["scan", "link", "survey", "radio", "watch"],
)
def test_what_is_no_wifi_interface_is_not_supported(ask: Any, interface: str) -> None:
    assert Unknown("unsupported") == asyncio.run(ask(interface))
