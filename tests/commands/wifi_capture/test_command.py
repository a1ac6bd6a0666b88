"""`posdiag wifi capture` from outside: arguments, words, exit codes, the file."""

import io
import os
import re
import stat
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from posdiag.cli import app, carry_out
from posdiag.commands.wifi_capture import command as wifi
from posdiag.commands.wifi_capture.words import Live, failure, outcome, result
from posdiag.system.core.rights import as_root
from posdiag.system.wifi.capture.frame_filter import CapturedStation
from posdiag.system.wifi.capture.recorder import (
    CaptureFailure,
    CaptureRequest,
    Progress,
)
from posdiag.texts.lang import Lang
from tests.wifi_files import POINT, SHOP, STATION

BOTH = pytest.mark.parametrize("lang", ["zh", "en"])
CHINESE = re.compile(r"[\u4e00-\u9fff]")
FOUR = (1, 1, 1, 1)
REASONS = (
    "unsupported",
    "no-interface",
    "no-adapter",
    "no-monitor",
    "no-rights",
    "in-use",
    "held",
    "channel",
    "not-heard",
    "elsewhere",
    "trouble",
)


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSDIAG_LANG", "en")


def posdiag(*arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr."""
    done = CliRunner().invoke(app, ["wifi", *arguments])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


WRONG: list[tuple[list[str], str]] = [
    ([], "Usage"),
    (["capture"], "the option --output is missing"),
    (["capture", "--output", "x"], "give --ssid, --bssid or --channel"),
    (["capture", "--output", "", "--channel", "6"], "--output needs a value"),
    (["capture", "--output", "/", "--channel", "6"], "is a directory"),
    (["capture", "--output", "/no/x", "--channel", "6"], "folder does not exist"),
    (["capture", "--output", "x", "--channel", "0"], "--channel: expected 1-14"),
    (["capture", "--output", "x", "--channel", "six"], "--channel"),
    (["capture", "--output", "x", "--bssid", "02:00"], "--bssid: expected"),
    (["capture", "--output", "x", "--bssid", "02-00:00:00:00:01"], "--bssid"),
    (["capture", "--output", "x", "--ssid", ""], "--ssid needs a value"),
    (["capture", "--output", "x", "--ssid", "店" * 11], "--ssid: expected 1 to 32"),
    (["capture", "--output", "x", "--channel", "6", "--seconds", "0"], "--seconds"),
    (["capture", "--output", "x", "--channel", "6", "--lang", "fr"], "--lang"),
    (
        ["capture", "--output", "x", "--ssid", "a", "--bssid", POINT],
        "exclude each other",
    ),
]


@pytest.mark.parametrize(("arguments", "words"), WRONG)
def test_wrong_use_is_told_and_ends_with_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = carry_out(["wifi", *arguments])

    assert code == 2
    assert words in capsys.readouterr().err
    assert not Path("x").exists()


def test_wrong_use_is_told_in_chinese() -> None:
    code, _, err = posdiag("capture", "--output", "x", "--lang", "zh")

    assert (code, err) == (2, "posdiag: 要有 --ssid、--bssid 或 --channel\n")


def test_what_is_wanted_is_understood() -> None:
    wanted = wifi._wanted("小店", None, 6, 30.0, "wlan1", "en")
    by_address = wifi._wanted(None, "02-00-00-00-01-00", None, 60.0, None, "en")

    assert wanted == CaptureRequest("wlan1", "小店".encode(), b"", 2437, 30.0)
    assert by_address == CaptureRequest(
        "", b"", bytes.fromhex("020000000100"), None, 60.0
    )


def test_what_cannot_be_done_leaves_no_file(tmp_path: Path) -> None:
    """Not even root of this machine has an adapter of that name."""
    file = tmp_path / "join.pcap"
    code, out, err = posdiag(
        "capture",
        "--channel",
        "6",
        "--interface",
        "no-such-wlan",
        "--output",
        str(file),
    )

    assert (code, out, file.exists()) in ((2, "", False), (3, "", False))
    assert "no Wi-Fi" in err


# --- the words ------------------------------------------------------------------------


@pytest.mark.parametrize("reason", REASONS)
@BOTH
def test_every_failure_has_words_in_both_languages(reason: str, lang: Lang) -> None:
    failed = CaptureFailure(reason, "wlan0", 2437, "broken")  # type: ignore[arg-type]  # text
    line = failure(failed, CaptureRequest(ssid=SHOP)).of(lang)

    assert bool(CHINESE.search(line)) == (lang == "zh")
    assert "None" not in line


def test_a_failure_names_what_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    arguments = ["wifi", "capture", "--ssid", "My Shop", "--output", "a b.pcap"]
    monkeypatch.setattr(sys, "argv", ["posdiag", *arguments])
    rights = failure(CaptureFailure("no-rights"), CaptureRequest(ssid=SHOP)).en
    used = failure(
        CaptureFailure("in-use", "wlan0", 5180), CaptureRequest(ssid=SHOP)
    ).en
    gone = failure(CaptureFailure("not-heard", "wlan0"), CaptureRequest(ssid=SHOP)).en

    assert rights.startswith("needs root: sudo ")
    assert rights.endswith("wifi capture --ssid 'My Shop' --output 'a b.pcap'")
    assert "channel 36 (5180 MHz)" in used
    assert '"SHOP-POS" was not found' in gone
    assert "--channel" in gone


def test_a_command_as_root_can_be_pasted() -> None:
    assert as_root(["run", "a b"]).split()[0] == "sudo"
    assert as_root(["run", "a b"]).endswith(" run 'a b'")


def seen(ended: str, messages: tuple[int, ...] = FOUR, sae: bool = False) -> Progress:
    station = CapturedStation(
        station=STATION, bssid=POINT, messages=messages, ended=ended, sae=sae
    )
    return Progress("wlan0", 2437, 9, stations=(station,))


@BOTH
def test_the_result_says_what_to_do_next(lang: Lang) -> None:
    text = "\n".join(result(seen("completed"), "join.pcap", lang))

    assert STATION in text
    assert '  [wifi]\n  handshake = "join.pcap"' in text
    assert bool(CHINESE.search(text)) == (lang == "zh")


def test_the_line_for_the_profile_is_toml() -> None:
    import tomllib

    lines = result(seen("broken"), 'C:\\new "x".pcap', "en")
    at = lines.index("  [wifi]")
    table = tomllib.loads("\n".join(lines[at : at + 2]))

    assert table == {"wifi": {"handshake": 'C:\\new "x".pcap'}}


@BOTH
def test_what_is_not_enough_is_not_recommended(lang: Lang) -> None:
    nothing = "\n".join(result(Progress("wlan0", 2437, 9), "join.pcap", lang))
    part = "\n".join(result(seen("", (3, 0, 0, 0)), "join.pcap", lang))

    assert "handshake =" not in nothing + part
    assert "join.pcap" in part


@BOTH
def test_each_ending_has_its_own_words(lang: Lang) -> None:
    known = [
        CapturedStation(
            station=STATION, bssid=POINT, messages=FOUR, ended=ended, sae=sae
        )
        for ended, sae in (
            ("completed", False),
            ("completed", True),
            ("broken", False),
            ("refused", False),
            ("", False),
        )
    ]

    assert len({outcome(one).of(lang) for one in known}) == 5


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_each_event_is_told_once_and_the_rest_on_a_line_that_changes() -> None:
    screen = Screen()
    live = Live(CaptureRequest(ssid=SHOP), "en", screen)
    for progress in (
        Progress("wlan0", 2412),
        Progress("wlan0", 2437, 1, signal=-48.0, left=9.0, switched_off=("wlan0",)),
        Progress("wlan0", 2437, 2, signal=-48.0, left=8.0, others=(5180,)),
    ):
        live.show(progress)
    live.end()
    lines = screen.getvalue()

    assert lines.count("Found") == 1
    assert lines.count("wlan0 is up but not connected") == 1
    assert "on channel 36 (5180 MHz) too" in lines
    assert "2 beacons, -48 dBm, 8 s left" in lines
    assert lines.endswith("\r\033[K")


def test_a_log_has_events_only() -> None:
    log = io.StringIO()
    live = Live(CaptureRequest(frequency=2437), "zh", log)
    for messages, ended in (
        ((0, 0, 0, 0), ""),
        ((1, 1, 0, 0), ""),
        (FOUR, "completed"),
    ):
        live.show(seen(ended, messages))
    live.end()

    assert log.getvalue().splitlines() == [
        "信道 6（2437 MHz）听到了接入点。",
        "只保存连接过程的帧，不保存任何内容。",
        "让POS机正在做的那笔先出结果，再让它重新连接：把它的 Wi-Fi 关掉再打开。",
        f"{STATION}: 正在连接",
        f"{STATION}: 握手报文 2/4",
        f"{STATION}: 握手完整",
    ]


def test_a_hidden_name_is_told_as_such() -> None:
    log = io.StringIO()
    Live(CaptureRequest(ssid=SHOP), "en", log).show(
        Progress("wlan0", 2437, hidden=True)
    )

    assert "Hidden networks on channel 6 (2437 MHz)" in log.getvalue()
    assert "then let the terminal join" in log.getvalue()


def test_a_hostile_name_does_nothing_to_the_screen() -> None:
    log = io.StringIO()
    wanted = CaptureRequest(ssid=b"\x1b[2Jshop\r\n\xff")
    Live(wanted, "en", log).show(Progress("wlan0", 2437, 1))

    assert "\x1b" not in log.getvalue()
    assert "\r" not in log.getvalue()


# --- the file -------------------------------------------------------------------------


def test_the_file_is_for_its_owner_and_replaces_an_older_one(tmp_path: Path) -> None:
    path = tmp_path / "join.pcap"
    file = wifi._File(str(path))
    file.write(b"new")
    file.write(b" capture")
    file.close()

    assert path.read_bytes() == b"new capture"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "target")
    file = wifi._File(str(tmp_path / "link"))

    with pytest.raises(wifi._Unwritable):
        file.write(b"x")
    assert not (tmp_path / "target").exists()


def test_under_sudo_the_file_belongs_to_who_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUDO_UID", str(os.getuid() + (1234 if os.getuid() == 0 else 0)))
    monkeypatch.setenv("SUDO_GID", str(os.getgid()))
    file = wifi._File(str(tmp_path / "join.pcap"))
    file.write(b"x")
    file.close()

    assert (tmp_path / "join.pcap").stat().st_uid == int(os.environ["SUDO_UID"])


@pytest.mark.parametrize(
    ("ended", "asked", "code"),
    [
        (seen("completed"), False, 0),
        (seen("broken"), True, 0),
        (seen("refused"), False, 0),
        (seen("", (1, 0, 0, 0)), False, 3),
        (Progress("wlan0", 2437, 9), False, 3),
        (Progress("wlan0", 2437, 9), True, 130),
    ],
)
def test_exit_codes(ended: Progress, asked: bool, code: int) -> None:
    from posdiag.system.process.signals import Stop

    stop = Stop()
    stop.asked = asked

    assert wifi._code(ended, stop) == code
