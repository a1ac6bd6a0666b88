"""Wi-Fi through the system's own programs: which are run, and what is made of them.

The programs are scripts in a folder that print what was recorded.
"""

import asyncio
import os
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.formats.desktop import iw, nmcli
from posdiag.model.questions.base import Question, Unknown
from posdiag.model.questions.wifi import (
    AskRadio,
    AskSurvey,
    AskWifiLink,
    JoinWifi,
    ScanWifi,
    WatchWifi,
)
from posdiag.model.questions.wifi_answers import AccessPoint, Radio, WifiLink, WifiScan
from posdiag.model.site import Secret
from posdiag.system.portable import portable
from posdiag.system.process.tools import Tools
from tests import FIXTURES

FILES = FIXTURES / "desk"
posix = pytest.mark.skipif(os.name != "posix", reason="makes shell scripts")

PHONE = "Ann\u2019s iPhone".encode().hex()
NAMES = [
    "店之派:A".encode("gbk").hex(),
    "",
    b"SHOP-POS".hex(),
    PHONE,
    rb" demo \ ".hex(),
    b"Five".hex(),
]


def program(folder: Path, name: str, body: str) -> None:
    """A program that runs these lines of shell; $F is the folder of recordings."""
    script = folder / name
    script.write_text(f"#!/bin/sh\nF={FILES}\n{body}\n")
    script.chmod(0o755)


def ask(folder: Path, os_name: str, question: Question[Any]) -> Any:
    """What the portable system of that machine answers, with these programs alone."""
    # The scripts themselves need `cat`.
    tools = Tools(os_name, path=f"{folder}", net=folder / "net")
    return asyncio.run(portable(tools).ask(question))


def cat(*names: str) -> str:
    return "\n".join(f"/bin/cat $F/{name}" for name in names)


# --- Windows


def windows(folder: Path, **outputs: str) -> None:
    """A `netsh` that prints these files. There is no `cmd`, so it is run itself."""
    cases = "\n".join(
        f"*{what}*) /bin/cat $F/{file};;" for what, file in outputs.items()
    )
    program(folder, "netsh", f'case "$*" in\n{cases}\n*) exit 1;; esac')


@posix
def test_windows_tells_the_connection(tmp_path: Path) -> None:
    windows(tmp_path, interfaces="netsh-interfaces-zh-10.gbk.txt")
    answer = ask(tmp_path, "windows", AskWifiLink("WLAN 2"))
    assert (answer.state, answer.signal, answer.scale) == (
        "connected",
        -50.0,
        "windows",
    )


@posix
def test_windows_code_page_is_set_first_where_its_interpreter_is_there(
    tmp_path: Path,
) -> None:
    program(
        tmp_path,
        "cmd",
        f'printf "%s|" "$@" > {tmp_path}/said\n' + cat("netsh-interfaces-en-11.txt"),
    )
    answer = ask(tmp_path, "windows", AskWifiLink("Wi-Fi"))
    assert answer.signal == -65.0
    assert (tmp_path / "said").read_text() == (
        "/d|/c|chcp 65001 >nul & netsh wlan show interfaces|"
    )


@posix
def test_windows_scan_is_what_it_remembers_and_marks_the_joined_one(
    tmp_path: Path,
) -> None:
    windows(
        tmp_path,
        networks="netsh-networks-zh-10.gbk.txt",
        interfaces="netsh-interfaces-zh-11.txt",
    )
    answer = ask(tmp_path, "windows", ScanWifi("WLAN"))
    assert (answer.fresh, answer.why, answer.hint) == (
        False,
        "",
        "explorer ms-availablenetworks:",
    )
    assert [(point.frequency, point.joined) for point in answer.all] == [
        (2437, False),
        (5765, False),
        (5825, False),
    ]
    told = (FILES / "netsh-networks-zh-10.gbk.txt").read_bytes()
    same = told.replace(b"02:de:27:00:00:b6", b"02:41:20:00:00:dc")
    (tmp_path / "same.txt").write_bytes(same)
    program(
        tmp_path,
        "netsh",
        f'case "$*" in *networks*) /bin/cat {tmp_path}/same.txt;; '
        "*) /bin/cat $F/netsh-interfaces-zh-11.txt;; esac",
    )
    again = ask(tmp_path, "windows", ScanWifi("WLAN"))
    assert [point.joined for point in again.all] == [False, True, False]


@posix
@pytest.mark.parametrize("file", ["netsh-refused-en.txt", "netsh-refused-zh.gbk.txt"])
@pytest.mark.parametrize(
    "question", [AskWifiLink("WLAN"), ScanWifi("WLAN"), AskRadio("WLAN")]
)
def test_windows_without_consent_says_which_page_gives_it(
    tmp_path: Path, file: str, question: Question[Any]
) -> None:
    program(tmp_path, "netsh", cat(file) + "\nexit 1")
    assert ask(tmp_path, "windows", question) == Unknown(
        "no-rights", "start ms-settings:privacy-location"
    )


@posix
def test_windows_trouble_is_told_in_its_own_words(tmp_path: Path) -> None:
    said = "The Wireless AutoConfig Service (wlansvc) is not running."
    program(tmp_path, "netsh", f'echo "{said}"\nexit 1')
    assert ask(tmp_path, "windows", AskWifiLink("Wi-Fi")) == Unknown(
        "trouble", f"netsh: {said}"
    )


@posix
def test_windows_knows_no_such_adapter(tmp_path: Path) -> None:
    windows(
        tmp_path,
        interfaces="netsh-interfaces-en-11.txt",
        networks="netsh-networks-en-11.txt",
    )
    unknown = Unknown("trouble", "netsh knows no Wi-Fi adapter Ethernet")
    assert ask(tmp_path, "windows", AskWifiLink("Ethernet")) == unknown
    assert ask(tmp_path, "windows", ScanWifi("Ethernet")) == unknown


@posix
def test_windows_adapter_and_its_switch(tmp_path: Path) -> None:
    windows(
        tmp_path,
        drivers="netsh-drivers-zh-10.gbk.txt",
        interfaces="netsh-interfaces-zh-off.gbk.txt",
    )
    assert ask(tmp_path, "windows", AskRadio("WLAN")) == Radio(
        "WLAN",
        driver="Intel(R) Dual Band Wireless-AC 8265",
        blocked="soft",
        ciphers=("wep40", "wep104", "tkip", "ccmp"),
        sae=False,
        pmf=True,
    )
    windows(tmp_path, interfaces="netsh-interfaces-zh-off.gbk.txt")
    assert ask(tmp_path, "windows", AskRadio("WLAN")) == Radio("WLAN", blocked="soft")


# --- macOS


@posix
def test_macos_tells_a_connection_whose_name_it_withholds(tmp_path: Path) -> None:
    program(tmp_path, "system_profiler", cat("airport-silicon-redacted.json"))
    link = ask(tmp_path, "macos", AskWifiLink("en0"))
    assert (link.state, link.ssid, link.signal, link.noise) == (
        "connected",
        "",
        -52.0,
        -90.0,
    )
    scan = ask(tmp_path, "macos", ScanWifi("en0"))
    assert (scan.fresh, scan.redacted, len(scan.all)) == (True, True, 3)
    assert "Privacy_LocationServices" in scan.hint
    radio = ask(tmp_path, "macos", AskRadio("en0"))
    assert (radio.country, len(radio.channels)) == ("CN", 8)


@posix
def test_macos_trouble(tmp_path: Path) -> None:
    program(tmp_path, "system_profiler", "echo not json")
    assert ask(tmp_path, "macos", AskWifiLink("en0")) == Unknown(
        "trouble", "system_profiler: not the report that was asked for"
    )
    program(tmp_path, "system_profiler", "echo no such type >&2; exit 3")
    assert ask(tmp_path, "macos", ScanWifi("en0")) == Unknown(
        "trouble", "system_profiler: no such type"
    )
    program(tmp_path, "system_profiler", cat("airport-off.json"))
    assert ask(tmp_path, "macos", ScanWifi("en7")) == Unknown(
        "trouble", "system_profiler knows no Wi-Fi adapter en7"
    )


# --- Linux programs

NO_MANAGER = "echo 'Error: NetworkManager is not running.' >&2; exit 8"


@posix
def test_linux_scans_by_networkmanager_where_it_runs(tmp_path: Path) -> None:
    program(tmp_path, "nmcli", f'echo "$*" > {tmp_path}/said\n' + cat("nmcli-list.txt"))
    answer = ask(tmp_path, "linux", ScanWifi("wlan0"))
    assert answer.fresh
    assert sorted(point.ssid for point in answer.all) == sorted(NAMES)
    assert (tmp_path / "said").read_text() == (
        "-t -f IN-USE,BSSID,SSID-HEX,FREQ,SIGNAL,WPA-FLAGS,RSN-FLAGS,SECURITY"
        " device wifi list ifname wlan0 --rescan yes\n"
    )


@posix
def test_linux_that_may_not_scan_tells_what_networkmanager_knows(
    tmp_path: Path,
) -> None:
    program(
        tmp_path,
        "nmcli",
        'case "$*" in *"rescan yes"*) echo "Error: Scanning not allowed" >&2; exit 1;;'
        " esac\n" + cat("nmcli-list.txt"),
    )
    answer = ask(tmp_path, "linux", ScanWifi("wlan0"))
    assert (answer.fresh, answer.why, answer.hint, len(answer.all)) == (
        False,
        "no-rights",
        "sudo iw dev wlan0 scan",
        6,
    )


@posix
def test_linux_scans_by_iw_without_networkmanager(tmp_path: Path) -> None:
    program(tmp_path, "nmcli", NO_MANAGER)
    program(tmp_path, "iw", cat("iw-scan.txt"))
    answer = ask(tmp_path, "linux", ScanWifi("wlan0"))
    assert answer.fresh
    assert [point.ssid for point in answer.all] == NAMES


@posix
@pytest.mark.parametrize(
    ("error", "why", "hint"),
    [
        ("Operation not permitted (-1)", "no-rights", "sudo iw dev wlan0 scan"),
        ("Device or resource busy (-16)", "busy", ""),
        ("Network is down (-100)", "trouble", ""),
    ],
)
def test_linux_that_cannot_scan_tells_what_the_kernel_knows(
    tmp_path: Path, error: str, why: str, hint: str
) -> None:
    program(
        tmp_path,
        "iw",
        f'case "$*" in *dump) ;; *) echo "command failed: {error}" >&2; exit 1;; esac\n'
        + cat("iw-scan.txt"),
    )
    answer = ask(tmp_path, "linux", ScanWifi("wlan0"))
    assert (answer.fresh, answer.why, answer.hint, len(answer.all)) == (
        False,
        why,
        hint,
        6,
    )


@posix
def test_linux_without_any_program_says_which_one_is_missing(tmp_path: Path) -> None:
    assert ask(tmp_path, "linux", ScanWifi("wlan0")).why == "no-tool"
    assert ask(tmp_path, "linux", AskWifiLink("wlan0")).why == "no-tool"


@posix
def test_linux_connection_by_iw_with_its_counters(tmp_path: Path) -> None:
    program(
        tmp_path,
        "iw",
        f'case "$*" in *link) {cat("iw-link.txt")};; *) {cat("iw-station.txt")};; esac',
    )
    assert ask(tmp_path, "linux", AskWifiLink("wlan0")) == WifiLink(
        "connected",
        b"SHOP-POS".hex(),
        "02:00:00:00:01:00",
        frequency=2437,
        signal=-30.0,
        average=-30.0,
        receive_rate=1.0,
        transmit_rate=6.5,
        sent=12,
        retries=0,
        failed=0,
        beacons=55,
        beacons_lost=0,
        seconds=5.0,
        authorized=True,
    )


@posix
def test_linux_connection_by_networkmanager_has_its_own_scale(tmp_path: Path) -> None:
    program(tmp_path, "nmcli", cat("nmcli-list.txt"))
    assert ask(tmp_path, "linux", AskWifiLink("wlan0")) == WifiLink(
        "connected",
        b"SHOP-POS".hex(),
        "02:00:00:00:01:00",
        frequency=2437,
        signal=-46.0,
        scale="networkmanager",
    )


# --- all of them


@pytest.mark.parametrize("os_name", ["windows", "macos", "linux"])
@pytest.mark.parametrize(
    "question",
    [
        JoinWifi("wlan0", "00", passphrase=Secret("correct-horse")),
        WatchWifi("a"),
        AskSurvey("a"),
    ],
)
def test_what_no_program_can_do_is_not_supported(
    tmp_path: Path, os_name: str, question: Question[Any]
) -> None:
    assert ask(tmp_path, os_name, question) == Unknown("unsupported")


@posix
def test_wi_fi_adapters_are_known_by_more_than_their_names(tmp_path: Path) -> None:
    from posdiag.system.wifi.portable import adapters

    def found(os_name: str) -> frozenset[str]:
        tools = Tools(os_name, path=str(tmp_path), net=tmp_path / "net")
        return asyncio.run(adapters(tools))

    assert (found("windows"), found("macos"), found("linux")) == (frozenset(),) * 3
    windows(tmp_path, interfaces="netsh-interfaces-en-10.txt")
    assert found("windows") == frozenset(
        {
            "Wireless Network Connection 6",
            "02:77:e6:00:00:88",
            "Wi-Fi 2",
            "02:77:e6:00:00:89",
        }
    )
    program(tmp_path, "networksetup", cat("networksetup-ports.txt"))
    assert found("macos") == frozenset({"en0"})
    (tmp_path / "net" / "shop0" / "phy80211").mkdir(parents=True)
    (tmp_path / "net" / "eth0").mkdir()
    assert found("linux") == frozenset({"shop0"})


# --- the parsers of Linux programs


def points() -> dict[str, AccessPoint]:
    told = (FILES / "iw-scan.txt").read_text("utf-8")
    return {point.ssid: point for point in iw.points(told)}


def test_iw_tells_security_of_all_kinds() -> None:
    told = [
        (p.protocols, p.akms, p.ciphers, p.group, p.pmf, p.wps)
        for p in (points()[name] for name in NAMES)
    ]
    assert told == [
        (("wpa", "rsn"), ("psk",), ("ccmp", "tkip"), "tkip", "no", True),
        (("open",), (), (), None, None, False),
        (("rsn",), ("psk",), ("ccmp",), "ccmp", "no", False),
        (("rsn",), ("psk", "sae"), ("ccmp",), "ccmp", "capable", False),
        (("wep",), (), (), None, None, False),
        (("rsn",), ("sae",), ("ccmp",), "ccmp", "required", False),
    ]


def test_iw_tells_load_width_and_country() -> None:
    shop, five = points()[b"SHOP-POS".hex()], points()[b"Five".hex()]
    assert (shop.stations, shop.utilisation, shop.width, shop.country) == (
        0,
        0.0,
        20,
        "CN",
    )
    assert (five.frequency, five.width, five.centre) == (5180, 80, 5210)
    assert points()[""].age == 2.07


def test_iw_names_without_the_escapes() -> None:
    assert iw.octets(r"\x20demo \\\x20") == rb" demo \ "
    assert iw.octets(r"\x00\x00") == b""
    assert iw.octets("plain") == b"plain"


def test_iw_link_is_not_understood_or_not_connected() -> None:
    assert iw.link("Not connected.\n") == WifiLink("disconnected")
    assert iw.link("something else") is None
    waiting = iw.link("Connected to 02:00:00:00:01:00 (on wlan0)", "\tauthorized:\tno")
    assert waiting == WifiLink(
        "associated", bssid="02:00:00:00:01:00", authorized=False
    )


def test_nmcli_fields_may_hold_colons_and_backslashes() -> None:
    assert nmcli.split(r"a\:b:\\:c") == ["a:b", "\\", "c"]
    assert nmcli.split("") == [""]


def test_nmcli_tells_flags_and_the_access_point_in_use() -> None:
    told = nmcli.points((FILES / "nmcli-list.txt").read_text("utf-8"))
    by_name = {point.ssid: point for point in told}
    assert [
        (p.protocols, p.akms, p.ciphers, p.group)
        for p in (by_name[name] for name in NAMES)
    ] == [
        (("wpa", "rsn"), ("psk",), ("tkip", "ccmp"), "tkip"),
        (("open",), (), (), None),
        (("rsn",), ("psk",), ("ccmp",), "ccmp"),
        (("rsn",), ("psk", "sae"), ("ccmp",), "ccmp"),
        (("wep",), (), (), None),
        (("rsn",), ("sae",), ("ccmp",), "ccmp"),
    ]
    assert [p.ssid for p in told if p.joined] == [b"SHOP-POS".hex()]


def everything(told: str) -> None:
    for point in (*iw.points(told), *nmcli.points(told)):
        bytes.fromhex(point.ssid)
    iw.link(told, told)


PARTS = [
    "BSS 02:00:00:00:00:01(on wlan0) -- associated",
    "\tSSID: \\x",
    "\tRSN:\t * Version: 1",
    "\t\t * Authentication suites: IEEE 802.1X/SHA-256 x PSK",
    "\t\t * channel utilisation: 999/255",
    "\tfreq: 99999999999",
    "Connected to 02:00:00:00:00:01",
    r" :02\:00\:00\:00\:00\:01:00:2412 MHz:100:(none):psk:WPA2",
]


@given(st.lists(st.sampled_from(PARTS) | st.text(max_size=40), max_size=30))
def test_no_text_makes_the_parsers_fail(parts: list[str]) -> None:
    everything("\n".join(parts))


@given(
    st.sampled_from(["iw-scan.txt", "iw-link.txt", "iw-station.txt", "nmcli-list.txt"]),
    st.integers(0, 2**32),
    st.text(max_size=6),
)
def test_no_damage_to_a_recording_makes_the_parsers_fail(
    name: str, seed: int, junk: str
) -> None:
    told = (FILES / name).read_text("utf-8")
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(told))
        told = told[:at] + junk + told[at + chance.randint(0, 40) :]
    everything(told)


def test_answers_are_of_the_common_kind() -> None:
    """A scan of any source can be recorded and replayed."""
    from posdiag.system.core.codec import decode, encode

    scan = WifiScan(tuple(points().values()))
    assert decode(encode(scan)) == scan
