"""What `netsh wlan` prints is read right, in any language, or is unknown."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.formats.desktop import netsh_interfaces as netsh
from posdiag.formats.desktop import netsh_networks as netsh_scan
from posdiag.formats.desktop.netsh_words import (
    clean_names,
    lines,
    name_bytes,
    refused,
    security,
)
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wifi_answers import Radio, WifiLink
from posdiag.system.process.command import text
from tests import FIXTURES

FILES = FIXTURES / "desk"
ALL = sorted(path.name for path in FILES.glob("netsh-*.txt"))
SHOP = "小店收银".encode().hex()


def printed(name: str) -> str:
    """A file as posdiag gets it: bytes, decoded without being told how."""
    raw = (FILES / name).read_bytes()
    return raw.decode("big5") if ".big5" in name else text(raw)


def adapter(name: str) -> netsh.WindowsAdapter:
    (only,) = netsh.adapters(printed(name))
    return only


def test_windows_11_in_english_tells_the_level_in_dbm() -> None:
    assert adapter("netsh-interfaces-en-11.txt") == netsh.WindowsAdapter(
        "Wi-Fi",
        "02:77:c3:00:00:50",
        WifiLink(
            "connected",
            b"SHOP-POS".hex(),
            "02:05:b6:00:00:29",
            frequency=5220,
            signal=-65.0,
            transmit_rate=29.0,
            authorized=True,
        ),
    )


def test_windows_10_in_english_tells_a_percentage_and_a_name_is_no_channel() -> None:
    joined, idle = netsh.adapters(printed("netsh-interfaces-en-10.txt"))
    assert joined == netsh.WindowsAdapter(
        "Wireless Network Connection 6",
        "02:77:e6:00:00:88",
        WifiLink(
            "connected",
            b"36".hex(),
            "02:0d:10:00:00:9f",
            frequency=2437,
            signal=-57.5,
            scale="windows",
            transmit_rate=130.0,
            authorized=True,
        ),
    )
    assert idle == netsh.WindowsAdapter(
        "Wi-Fi 2", "02:77:e6:00:00:89", WifiLink("disconnected")
    )


def test_windows_11_in_chinese() -> None:
    assert adapter("netsh-interfaces-zh-11.txt") == netsh.WindowsAdapter(
        "WLAN",
        "02:45:2e:00:00:a3",
        WifiLink(
            "connected",
            SHOP,
            "02:41:20:00:00:dc",
            frequency=5785,
            signal=-64.0,
            transmit_rate=260.0,
            authorized=True,
        ),
    )


def test_windows_10_in_chinese_and_its_own_encoding() -> None:
    assert adapter("netsh-interfaces-zh-10.gbk.txt") == netsh.WindowsAdapter(
        "WLAN 2",
        "02:46:28:00:00:23",
        WifiLink(
            "connected",
            SHOP,
            "02:9f:c2:00:00:33",
            frequency=5220,
            signal=-50.0,
            scale="windows",
            transmit_rate=780.0,
            authorized=True,
        ),
    )


def test_windows_10_in_traditional_chinese() -> None:
    assert adapter("netsh-interfaces-tw-10.big5.txt") == netsh.WindowsAdapter(
        "Wi-Fi 2",
        "02:2e:b7:00:00:cc",
        WifiLink(
            "connected",
            b"Office-2G".hex(),
            "02:e2:8c:00:00:33",
            frequency=2437,
            signal=-72.5,
            scale="windows",
            transmit_rate=144.4,
            authorized=True,
        ),
    )


def test_a_language_without_a_table_is_read_by_position_and_shape() -> None:
    assert adapter("netsh-interfaces-de-10.txt") == netsh.WindowsAdapter(
        "WLAN",
        "02:d5:45:00:00:11",
        WifiLink(
            "connected",
            b"5 GHz".hex(),
            "02:14:14:00:00:c1",
            frequency=2462,
            signal=-55.0,
            scale="windows",
            transmit_rate=72.2,
            authorized=None,  # the word for the state is not known
        ),
    )


@pytest.mark.parametrize(
    "name", ["netsh-interfaces-en-off.txt", "netsh-interfaces-zh-off.gbk.txt"]
)
def test_a_radio_that_is_switched_off_is_told_from_one_that_is_not_joined(
    name: str,
) -> None:
    assert (WifiLink("disconnected"), "soft") == (
        adapter(name).link,
        adapter(name).blocked,
    )
    hard = printed(name).replace("On\r", "Off\r").replace("硬件 开", "硬件 关")
    assert netsh.adapters(hard)[0].blocked == "hard"


def test_a_machine_without_wi_fi_has_no_adapter() -> None:
    assert netsh.adapters(printed("netsh-interfaces-en-none.txt")) == ()


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("已断开连接", "disconnected"),
        ("未连接", "disconnected"),
        ("authenticating", "associated"),
        ("正在身份验证", "associated"),
        ("已连接", "connected"),
    ],
)
def test_the_word_for_the_state_decides(word: str, state: str) -> None:
    told = printed("netsh-interfaces-zh-11.txt").replace("已连接", word)
    link = netsh.adapters(told)[0].link
    assert isinstance(link, WifiLink)
    assert link.state == state


def test_an_unknown_word_without_an_access_point_is_unknown() -> None:
    """As in French on a build that prints no BSSID."""
    known = printed("netsh-interfaces-zh-11.txt").replace("已连接", "connecté")
    told = "\n".join(line for line in known.splitlines() if "BSSID" not in line)
    assert isinstance(netsh.adapters(told)[0].link, Unknown)


def test_a_network_that_is_called_disconnected_is_a_name() -> None:
    told = printed("netsh-interfaces-de-10.txt").replace("5 GHz", "disconnected")
    link = netsh.adapters(told)[0].link
    assert isinstance(link, WifiLink)
    assert link.state == "connected"


@pytest.mark.parametrize("name", ["netsh-refused-en.txt", "netsh-refused-zh.gbk.txt"])
def test_a_refusal_for_want_of_consent_is_known_in_both_languages(name: str) -> None:
    assert refused(printed(name))
    assert netsh.adapters(printed(name)) == ()
    assert netsh_scan.points(printed(name)) == {}


@pytest.mark.parametrize("name", [name for name in ALL if "refused" not in name])
def test_an_ordinary_answer_is_no_refusal(name: str) -> None:
    assert not refused(printed(name))


def test_access_points_of_windows_10() -> None:
    heard = netsh_scan.points(printed("netsh-networks-en-10.txt"))
    assert list(heard) == ["Wireless Network Connection"]
    weak, strong, hidden, old, names_only = heard["Wireless Network Connection"]
    assert [(p.bssid, p.frequency, p.signal, p.standard) for p in (weak, strong)] == [
        ("02:c1:c0:00:00:cd", 2437, -92.0, "g"),
        ("02:c1:c0:00:00:ce", 5745, -56.0, "ac"),
    ]
    assert (weak.protocols, weak.akms, weak.ciphers) == (("rsn",), ("psk",), ("ccmp",))
    assert (weak.basic, strong.basic) == ((1.0, 2.0, 5.5, 11.0), (6.0, 12.0, 24.0))
    assert (hidden.ssid, hidden.protocols) == ("", ("open",))
    assert (bytes.fromhex(old.ssid), old.protocols, old.frequency) == (
        b"old: terminal",
        ("wep",),
        2484,
    )
    assert (bytes.fromhex(names_only.ssid), names_only.bssid, names_only.frequency) == (
        b"names only",
        "",
        0,
    )
    assert (names_only.protocols, names_only.ciphers) == (("wpa",), ("tkip",))


def test_access_points_of_windows_11_with_load_band_and_colocated_ones() -> None:
    five, six, hexadecimal, phone = netsh_scan.points(
        printed("netsh-networks-en-11.txt")
    )["Wi-Fi"]
    assert (five.frequency, five.stations, five.utilisation) == (5785, 2, 107 / 255)
    assert (six.frequency, six.standard, six.utilisation) == (6135, "be", None)
    # Windows names the best way in; whether WPA2 is offered beside it is not known.
    assert (five.protocols, five.akms) == (("rsn",), ())
    assert bytes.fromhex(hexadecimal.ssid).decode() == "\N{ICE CUBE}"
    assert (hexadecimal.frequency, hexadecimal.stations) == (2412, None)
    assert bytes.fromhex(phone.ssid).decode() == "Ann\u2019s iPhone"


def test_access_points_in_chinese_and_its_own_encoding() -> None:
    near, five, guest = netsh_scan.points(printed("netsh-networks-zh-10.gbk.txt"))[
        "WLAN"
    ]
    assert [(p.ssid, p.frequency, p.signal, p.akms) for p in (near, five)] == [
        (SHOP, 2437, -50.0, ("psk",)),
        (SHOP, 5765, -55.0, ("psk",)),
    ]
    assert (guest.frequency, guest.protocols, guest.basic) == (
        5825,
        ("open",),
        (6.0, 12.0, 24.0),
    )


def test_access_points_in_a_language_without_a_table() -> None:
    (only,) = netsh_scan.points(printed("netsh-networks-it-11.txt"))["Wi-Fi"]
    assert (only.frequency, only.signal, only.akms, only.ciphers) == (
        5720,
        -89.0,
        ("psk",),
        ("ccmp",),
    )
    assert (only.stations, only.utilisation, only.basic) == (
        0,
        1 / 255,
        (6.0, 12.0, 24.0),
    )


def test_what_an_adapter_can_do_in_english() -> None:
    assert netsh.radios(printed("netsh-drivers-en-11.txt")) == (
        Radio(
            "Wi-Fi 3",
            driver="Realtek 8912AU Wireless LAN WiFi 7 USB NIC",
            ciphers=("ccmp", "wep40", "wep104", "tkip"),
            sae=True,
            pmf=True,
        ),
    )


def test_what_an_adapter_can_do_in_chinese() -> None:
    assert netsh.radios(printed("netsh-drivers-zh-10.gbk.txt")) == (
        Radio(
            "WLAN",
            driver="Intel(R) Dual Band Wireless-AC 8265",
            ciphers=("wep40", "wep104", "tkip", "ccmp"),
            sae=False,
            pmf=True,
        ),
    )


def test_without_the_list_of_modes_nothing_is_said_of_wpa3() -> None:
    told = printed("netsh-drivers-en-11.txt").partition("    Authentication")[0]
    (radio,) = netsh.radios(told)
    assert (radio.sae, radio.ciphers, radio.pmf) == (None, (), True)


@pytest.mark.parametrize(
    ("shown", "name"),
    [
        ("SHOP-POS", b"SHOP-POS"),
        ("小店", "小店".encode()),
        ("Caf\u00e9", "Caf\u00e9".encode()),
        ("Ann\u2019s iPhone", "Ann\u2019s iPhone".encode()),
        ("F09FA78A", "\N{ICE CUBE}".encode()),
        ("E5B08FE5BA97", "小店".encode()),
        ("DEADBEEF", b"DEADBEEF"),  # no UTF-8: a name that looks like hexadecimal
        ("41424344", b"41424344"),  # ASCII would have been shown as it is
        ("小店".encode().decode("gbk"), "小店".encode()),
        ("店é".encode().decode("cp1252"), "店é".encode()),
        ("", b""),
    ],
)
def test_the_bytes_of_a_name_are_told_from_how_windows_shows_it(
    shown: str, name: bytes
) -> None:
    assert name_bytes(shown) == name


def test_a_blank_behind_every_name_is_the_programs_and_behind_one_the_networks() -> (
    None
):
    assert clean_names(["a ", "", "b  "]) == ["a", "", "b "]
    assert clean_names(["a ", "b"]) == ["a ", "b"]
    assert clean_names(["a "]) == ["a "]


@pytest.mark.parametrize(
    ("told", "meant"),
    [
        (("WPA2-Personal", "CCMP"), (("rsn",), ("psk",), ("ccmp",))),
        (("WPA2 - 企业", "CCMP"), (("rsn",), ("802.1x",), ("ccmp",))),
        (("WPA3 - 个人", "CCMP"), (("rsn",), (), ("ccmp",))),
        (("WPA3-Enterprise", "GCMP-256"), (("rsn",), (), ("gcmp-256",))),
        (("WPA - 个人", "TKIP"), (("wpa",), ("psk",), ("tkip",))),
        (("WPA2 privée", "CCMP"), (("rsn",), (), ("ccmp",))),
        (("开放式", "无"), (("open",), (), ())),
        (("Offen", "Keine"), ((), (), ())),  # not known, so not "open"
        (("Open", "WEP"), (("wep",), (), ())),
        (("Shared", "WEP-104bit"), (("wep",), (), ("wep104",))),
        (("", ""), ((), (), ())),
    ],
)
def test_security_is_what_is_certain(
    told: tuple[str, str], meant: tuple[object, object, object]
) -> None:
    assert security(*told) == meant


def everything(told: str) -> None:
    netsh.adapters(told)
    netsh.radios(told)
    for heard in netsh_scan.points(told).values():
        for point in heard:
            bytes.fromhex(point.ssid)
    refused(told)


WORDS = [
    "SSID 1 : ",
    "    BSSID 1 : 02:00:00:00:00:01",
    "    GUID : 0a1b2c3d-1111-2222-3333-444455556666",
    "    Name : ",
    "    State : connected",
    "    信道 : 99999",
    "  (Mbps) : 1 2",
    "x : 300 (1 %)",
    ": 80%",
    "：",
    "Rssi : -999",
    "802.11be",
    "Interface name : a",
]


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=40), max_size=40))
def test_no_text_makes_the_parsers_fail(parts: list[str]) -> None:
    everything("\n".join(parts))


@given(st.sampled_from(ALL), st.integers(0, 2**32), st.binary(max_size=6))
def test_no_damage_to_a_real_output_makes_the_parsers_fail(
    name: str, seed: int, junk: bytes
) -> None:
    raw = bytearray((FILES / name).read_bytes())
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(raw))
        raw[at : at + chance.randint(0, 40)] = junk
    everything(text(bytes(raw)))


def test_long_lines_and_many_lines_are_bounded() -> None:
    assert lines(" " * 100_000) == []
    assert len(lines("a : b\n" * 50_000)) == 20_000
    name = "SSID 1 : " + "x" * 100_000
    ((only,),) = netsh_scan.points(name).values()
    assert len(only.ssid) < 2_100
