"""`posdiag terminal` from outside: wrong use, and what an unfinished look says."""

import gzip
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

from posdiag.cli import carry_out
from posdiag.commands.terminal.live import Live
from posdiag.formats.pcap import FILE_LIMIT, FRAME_LIMIT, header, record
from posdiag.model.questions.base import A, Question, Unknown
from posdiag.model.questions.machine import (
    AskInterfaces,
    AskRoutes,
    Interface,
    Interfaces,
    Route,
    Routes,
)
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.terminal import WatchTerminal

ETHERNET = 1
NO_CAPTURES = {
    "shop.toml": b'[site]\nname = "shop"\n',
    "empty.pcap": b"",
    "cut.pcap": header(ETHERNET)[:20],
    "cut.pcap.gz": gzip.compress(header(ETHERNET)[:20]),
    "cut.pcapng": b"\x0a\x0d\x0d\x0a\x1c\x00\x00\x00",
    "damaged.gz": b"\x1f\x8b" + b"\xff" * 40,
}


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSDIAG_LANG", "en")
    monkeypatch.delenv("POSDIAG_PROFILE", raising=False)


@pytest.mark.parametrize("name", [*NO_CAPTURES, "missing.pcap", "."])
def test_a_file_that_is_no_capture_is_wrong_use(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if name in NO_CAPTURES:
        (tmp_path / name).write_bytes(NO_CAPTURES[name])

    code = carry_out(["terminal", "read", str(tmp_path / name)])

    told = capsys.readouterr()
    assert (code, told.out) == (2, "")
    assert told.err.count("\n") == 1
    assert str(tmp_path / name) in told.err


@pytest.mark.parametrize("packed", [False, True])
def test_a_capture_without_the_terminal_is_no_wrong_use(
    packed: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = header(ETHERNET)
    file = tmp_path / "silent.pcap"
    file.write_bytes(gzip.compress(data) if packed else data)

    assert carry_out(["terminal", "read", str(file)]) == 3
    assert "Could not tell" in capsys.readouterr().out


LISTENING = ("posdiag run", "while it listens", "this listens", "listen --mac")


def test_an_unfinished_reading_asks_for_another_capture(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "silent.pcap"
    file.write_bytes(header(ETHERNET))

    carry_out(["terminal", "read", str(file), "--mac", "54:81:2D:00:00:01"])

    told = " ".join(capsys.readouterr().out.split())
    assert "To find out, record longer, from the port of the terminal" in told
    assert not [words for words in LISTENING if words in told]


WIRE = Interface("eth0", "ethernet", enabled=True, carrier=True, mtu=1500)


class Machine:
    """A computer whose only socket is the one that goes online."""

    name, meter = "machine", Meter()

    def __init__(self, *interfaces: Interface) -> None:
        self._interfaces = Interfaces(interfaces)

    async def ask(self, question: Question[A]) -> A | Unknown:
        answers: dict[type, object] = {
            AskInterfaces: self._interfaces,
            AskRoutes: Routes((Route("default", "192.0.2.1", "eth0"),)),
        }
        found: A = answers[type(question)]  # type: ignore[assignment]
        return found

    async def close(self) -> None: ...


@pytest.mark.parametrize(("mode", "interfaces"), [("host", (WIRE,)), ("listen", ())])
def test_without_an_interface_it_is_wrong_use(
    mode: str,
    interfaces: tuple[Interface, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("posdiag.system.choose.choose", lambda: Machine(*interfaces))

    code = carry_out(["terminal", mode, "--seconds", "1"])

    told = capsys.readouterr()
    assert (code, told.out) == (2, "")
    assert told.err.count("\n") == 1
    assert "--interface" in told.err


def test_an_interface_that_is_off_is_said_with_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    free = Interface("eth1", "ethernet", enabled=False, carrier=None, mtu=1500)
    monkeypatch.setattr("posdiag.system.choose.choose", lambda: Machine(WIRE, free))

    code = carry_out(["terminal", "host", "--interface", "eth1", "--yes"])

    assert code == 2
    assert "sudo ip link set eth1 up" in capsys.readouterr().err


def test_a_number_out_of_its_range_is_said_in_words(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert carry_out(["terminal", "listen", "--seconds", "0"]) == 2
    assert "--seconds: expected 1 to 3600, not 0.0" in capsys.readouterr().err


def test_a_capture_that_is_read_in_part_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "large.pcap.gz"
    packets = record(1.0, bytes(FRAME_LIMIT)) * (FILE_LIMIT // FRAME_LIMIT)
    file.write_bytes(gzip.compress(header(ETHERNET) + packets, 1))

    assert carry_out(["terminal", "read", str(file)]) == 3
    assert "only its beginning was read" in capsys.readouterr().err


def test_nobody_heard_is_said_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "silent.pcap"
    file.write_bytes(header(ETHERNET))

    carry_out(["terminal", "read", str(file)])

    told = " ".join(capsys.readouterr().out.split())
    assert "devices heard: none" in told


class Screen(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("typed", ["", "n\n"])
def test_nothing_begins_without_a_yes(
    typed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", Screen(typed))

    assert carry_out(["terminal", "host", "--interface", "none0"]) == 130
    assert "Enter begins" in capsys.readouterr().err


RADIO = Interface("wlan0", "wifi", enabled=True, carrier=True, mtu=1500)
WIFI = '[wifi]\nssid = "SHOP"\npassphrase = "right passphrase"\n'


@pytest.mark.parametrize(
    ("profile", "adapter", "interfaces", "said"),
    [
        ("", "wlan0", (WIRE, RADIO), "[wifi] ssid and passphrase"),
        (WIFI, "eth0", (WIRE, RADIO), "is not a Wi-Fi adapter"),
        (WIFI, "wlan9", (WIRE, RADIO), "no interface 'wlan9'"),
        (WIFI, "eth0", (replace(RADIO, name="eth0"),), "by cable or a phone's USB"),
    ],
)
def test_an_access_point_that_cannot_be_is_wrong_use(
    profile: str,
    adapter: str,
    interfaces: tuple[Interface, ...],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("posdiag.system.choose.choose", lambda: Machine(*interfaces))
    file = tmp_path / "site.toml"
    file.write_text(f'[site]\nname = "shop"\n{profile}', "utf-8")
    file.chmod(0o600)

    code = carry_out(
        ["terminal", "host", "--wifi", adapter, "--yes", "--profile", str(file)]
    )

    told = capsys.readouterr()
    assert (code, told.out) == (2, "")
    assert said in told.err


@pytest.mark.parametrize(("between", "said"), [(("eth1", "eth0"), True), (None, False)])
def test_inline_is_offered_first_where_there_are_two_sockets(
    between: tuple[str, str] | None, said: bool
) -> None:
    screen = Screen()
    live = Live("en", WatchTerminal(mode="listen"), screen)

    live.begin(between)

    lines = screen.getvalue().splitlines()
    offer = "posdiag terminal inline --interface eth1 --uplink eth0"
    assert (offer in lines[0]) is said
    assert "Listening" in lines[-1]
