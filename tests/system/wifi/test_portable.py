"""Wi-Fi through the system's own programs: which are run, and what is made of them.

The programs are scripts in a folder that print what was recorded.
"""

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest

from posdiag.model.questions.base import Question, Unknown
from posdiag.model.questions.wifi import (
    AskRadio,
    AskSurvey,
    AskWifiLink,
    JoinWifi,
    ScanWifi,
    WatchWifi,
)
from posdiag.model.questions.wifi_answers import Radio
from posdiag.model.site import Secret
from posdiag.system.portable import portable
from posdiag.system.process.tools import Tools
from tests import FIXTURES

FILES = FIXTURES / "desk"
posix = pytest.mark.skipif(os.name != "posix", reason="makes shell scripts")


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


@pytest.mark.parametrize(
    "question", [ScanWifi("wlan0"), AskWifiLink("wlan0"), AskRadio("wlan0")]
)
def test_on_linux_the_portable_system_knows_nothing_of_wifi(
    tmp_path: Path, question: Question[Any]
) -> None:
    assert ask(tmp_path, "linux", question) == Unknown("unsupported")


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
