"""From outside: options, exit codes, what stands on stdout and what on stderr."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from posdiag.cli import app, carry_out
from posdiag.model.questions.base import System
from posdiag.model.questions.machine import AskInterfaces, AskRoutes, Interfaces
from posdiag.system.core.record import Recorder
from posdiag.system.core.replay import Replay
from posdiag.system.process.signals import Stop
from tests.checks.machine import shop


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("POSDIAG_PROFILE", "NO_COLOR", "POSDIAG_SYSTEM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("POSDIAG_LANG", "en")


@pytest.fixture
def nothing(tmp_path: Path) -> str:
    """A recording without an answer: every measurement is not known."""
    return record(tmp_path / "nothing.json", Replay())


@pytest.fixture
def no_adapter(tmp_path: Path) -> str:
    """A recording of a machine without any network interface."""
    return record(
        tmp_path / "none.json", Replay({AskInterfaces(): Interfaces(())}), ask=True
    )


def record(path: Path, system: System, ask: bool = False) -> str:
    recorder = Recorder(system)
    if ask:
        asyncio.run(recorder.ask(AskInterfaces()))
    recorder.save(path)
    return str(path)


def posdiag(arguments: Sequence[str]) -> tuple[int, str, str]:
    """Exit code, stdout and stderr."""
    done = CliRunner().invoke(app, list(arguments))
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def process(
    *arguments: str, stdout: int | None = subprocess.PIPE, **environ: str
) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-m", "posdiag", *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **environ},
        timeout=60,
        check=False,
    )


def test_a_run_that_could_tell_nothing_ends_with_3(nothing: str) -> None:
    code, out, _ = posdiag(["run", "--replay", nothing])

    assert code == 3
    assert "Could not tell" in out


def test_a_fault_ends_with_1(no_adapter: str) -> None:
    code, out, _ = posdiag(["run", "--replay", no_adapter])

    assert code == 1
    assert "link.no-adapter" in out
    assert "No acquirer is set" in out


def test_json_stands_alone_on_stdout(no_adapter: str) -> None:
    done = process("run", "--replay", no_adapter, "--format", "json")
    report = json.loads(done.stdout)

    assert done.returncode == 1
    assert report["causes"][0]["id"] == "link.no-adapter"
    assert done.stderr == b""


def test_formats_and_outputs_go_in_pairs(no_adapter: str, tmp_path: Path) -> None:
    xml, text = tmp_path / "r.xml", tmp_path / "r.txt"
    code, out, err = posdiag(
        f"run --replay {no_adapter} --format junit --format json --format terminal "
        f"--output {xml} --output - --output {text}".split()
    )

    assert code == 1
    assert json.loads(out)["verdict"] == "broken"
    assert ElementTree.fromstring(xml.read_bytes()).tag in ("testsuites", "testsuite")
    assert "link.no-adapter" in text.read_text("utf-8")
    assert str(xml) in err


def test_a_selected_check_brings_what_it_needs(nothing: str) -> None:
    selected = ["--select", "dns.resolve , clock", "--skip", "router"]
    _, out, _ = posdiag(
        ["run", "link.state", "--replay", nothing, "--format", "json", *selected]
    )
    ran = {
        check["id"]
        for check in json.loads(out)["checks"]
        if check["code"] != "skip.not-selected"
    }

    assert {"link.state", "dns.resolve", "isp.reach", "clock.skew"} <= ran
    assert not ran & {"router.reach", "acquirer.tls", "link.errors"}


WRONG = [
    (["run", "dsn"], "nearest known is dns"),
    (["run", "--select", "link.stat"], "nearest known is link.state"),
    (["run", "--skip", "lnk"], "nearest known is link"),
    (["run", "--select", "link", "--skip", "link"], "no check is left"),
    (["run", "--select", "dns", "--skip", "dns"], "no check is left"),
    (["run", "--select", ""], "--select needs a value"),
    (["run", "--format", "xml"], "expected one of terminal, json, junit"),
    (["run", "--format", "json", "--format", "junit"], "only one format"),
    (["run", "--output", "a", "--output", "b"], "more --output than --format"),
    (["run", "--output", "/"], "is a directory"),
    (["run", "--output", "/nowhere/at/all"], "its folder does not exist"),
    (["run", "--output", ""], "--output needs a value"),
    (["run", "--record", "/nowhere/at/all"], "its folder does not exist"),
    (["run", "--replay", "/nowhere"], "no such file"),
    (["run", "--replay", __file__], "not a recording"),
    (["run", "--replay", "x", "--system", "portable"], "exclude each other"),
    (["run", "--system", "mac"], "expected one of linux, portable"),
    (["run", "--quick", "--thorough"], "exclude each other"),
    (["run", "--timeout", "0"], "--timeout"),
    (["run", "--timeout", "-1"], "--timeout"),
    (["run", "--timeout", "nan"], "--timeout"),
    (["run", "--timeout", "inf"], "--timeout"),
    (["run", "--timeout", "x"], "--timeout"),
    (["run", "--lang", "fr"], "--lang"),
    (["run", "--acquirer", "a:0"], "port 1 to 65535"),
    (["run", "--acquirer", "a:65536"], "port 1 to 65535"),
    (["run", "--acquirer", "[::1"], "--acquirer"),
    (["run", "--acquirer", ""], "--acquirer"),
    (["run", "--profile", "/nowhere"], "/nowhere: no such file"),
    (["run", "--nonsense"], "--nonsense"),
    (["explain", "link.stat"], "nearest known is link.state"),
    (["explain", "a", "b"], "not expected: b"),
    (["run", "--tiemout", "3"], "did you mean --timeout?"),
    (["run", "--timeout"], "--timeout needs a value"),
    (["run", "--quick=1"], "--quick takes no value"),
    (["run", "--skip", "foo"], "for a list: posdiag list"),
    (["profile", "chekc"], "did you mean check?"),
    (["list", "--format", "junit"], "expected one of terminal, json"),
    (["profile", "check", "/nowhere"], "/nowhere: no such file"),
    (["profile", "show", "/"], "/: this is a directory"),
    (["nonsense"], "nonsense"),
]


@pytest.mark.parametrize(("arguments", "words"), WRONG)
def test_wrong_use_is_one_clear_line_and_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = carry_out(arguments)
    out, err = capsys.readouterr()

    assert code == 2
    assert words in err
    assert len(err.splitlines()) == 1
    assert out == "" or out.startswith("posdiag ")  # the greeting


def test_a_bare_call_shows_help_and_is_wrong_use() -> None:
    done = process()

    assert done.returncode == 2
    assert b"run" in done.stderr
    assert done.stdout == b""


def test_a_bad_profile_ends_with_2_and_its_lines(tmp_path: Path, nothing: str) -> None:
    shop = tmp_path / "shop.toml"
    shop.write_text("[acquirer]\nhots = 'x'\nport = 0\n")
    done = process("run", "--replay", nothing, POSDIAG_PROFILE=str(shop))
    lines = done.stderr.decode().splitlines()

    assert done.returncode == 2
    assert lines[-2].startswith(f"{shop}:2: acquirer.hots: ")
    assert lines[-1].startswith(f"{shop}:3: acquirer.port: ")
    assert b"Traceback" not in done.stderr


def test_an_acquirer_can_be_given_in_place_of_a_profile(nothing: str) -> None:
    for given in ("pay.example.com", "[2001:db8::1]:8443", "10.0.0.1:1"):
        _, out, _ = posdiag(["run", "--replay", nothing, "--acquirer", given])

        assert "No acquirer is set" not in out


def test_chinese_is_spoken_where_it_is_read(nothing: str) -> None:
    _, by_option, _ = posdiag(["run", "--replay", nothing, "--lang", "zh"])
    by_locale = process(
        "run",
        "--replay",
        nothing,
        POSDIAG_LANG="",
        LC_ALL="zh_CN.UTF-8",
        PYTHONUTF8="1",
    )

    assert "说不准" in by_option
    assert "说不准" in by_locale.stdout.decode()


@pytest.mark.parametrize("encoding", ["ascii", "gbk", "latin-1"])
def test_no_console_is_too_old(encoding: str, no_adapter: str) -> None:
    done = process(
        "run", "--replay", no_adapter, "--lang", "zh", PYTHONIOENCODING=encoding
    )

    assert done.returncode == 1
    assert "link.no-adapter" in done.stdout.decode(encoding)
    assert done.stderr == b""


def test_a_reader_that_goes_away_is_no_trouble(no_adapter: str) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = process("run", "--replay", no_adapter, stdout=write_end)
    os.close(write_end)

    assert done.returncode == 1
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("command", "to"),
    [
        ("explain 51", ">&-"),
        ("profile show --defaults", ">&-"),
        ("run --replay FILE --format json", ">&-"),
        ("run --replay FILE --format ndjson", ">&-"),
        ("run -h", ">&-"),
        ("explain 51", ">/dev/full"),
    ],
)
def test_what_stdout_does_not_take_is_an_error(
    command: str, to: str, no_adapter: str
) -> None:
    typed = [*command.replace("FILE", no_adapter).split(), "--lang", "en"]
    done = subprocess.run(
        ["sh", "-c", f'"$@" {to}', "sh", sys.executable, "-m", "posdiag", *typed],
        capture_output=True,
        check=False,
    )

    assert done.returncode == 2
    (said,) = done.stderr.decode().splitlines()
    assert said.startswith("posdiag: ")
    assert ("it is closed" if to == ">&-" else "the disk is full") in said


def test_a_file_is_written_though_stdout_is_closed(
    no_adapter: str, tmp_path: Path
) -> None:
    file = tmp_path / "report.json"
    line = [sys.executable, "-m", "posdiag", "run", "--replay", no_adapter]
    line += ["--format", "json", "--output", str(file)]
    done = subprocess.run(["sh", "-c", '"$@" >&-', "sh", *line], check=False)

    assert done.returncode == 1
    assert json.loads(file.read_text("utf-8"))["causes"]


@pytest.fixture
def under_way() -> Iterator["subprocess.Popen[bytes]"]:
    """A run that has ended one check and will need seconds for the rest."""
    arguments = ["demo", "isp.packet-loss", "--format", "ndjson"]
    with subprocess.Popen(
        [sys.executable, "-m", "posdiag", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline()
        yield run
        run.kill()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_reports_and_ends_with_130(
    number: int, under_way: "subprocess.Popen[bytes]"
) -> None:
    under_way.send_signal(number)
    out, err = under_way.communicate(timeout=30)

    assert under_way.returncode == 130
    last = json.loads(out.splitlines()[-1])
    assert (last["type"], last["interrupted"]) == ("verdict", True)
    assert err == b""


def test_the_second_signal_ends_at_once_with_130(
    under_way: "subprocess.Popen[bytes]",
) -> None:
    """Whether the second finds the run under way or just ended is a matter of luck, so
    several are sent; the report may or may not be out."""
    begin = time.monotonic()
    for _ in range(3):
        under_way.send_signal(signal.SIGINT)
        time.sleep(0.02)
    out, err = under_way.communicate(timeout=30)

    assert under_way.returncode == 130
    assert b"Traceback" not in out + err
    assert time.monotonic() - begin < 10


def test_a_run_can_be_recorded_and_repeated(no_adapter: str, tmp_path: Path) -> None:
    copy = str(tmp_path / "copy.json")
    measured = Recorder(Replay.load(no_adapter))
    record(Path(copy), measured, ask=True)
    first = posdiag(["run", "--replay", no_adapter, "--format", "json"])[1]
    second = posdiag(["run", "--replay", copy, "--format", "json"])[1]
    stable = re.compile(r'"(duration_s|started_at)": [^,\n]*')

    assert stable.sub("", first) == stable.sub("", second)


def test_the_checklist_is_listed_in_both_forms() -> None:
    _, text, _ = posdiag(["list"])
    _, data, _ = posdiag(["list", "--format", "json", "--acquirer", "a"])
    checks = {check["id"]: check for check in json.loads(data)["checks"]}

    assert text.startswith("host.path ")
    assert "\n  Does the router answer?\n" in text
    assert checks["link.state"]["asks"]["zh"].endswith("？")
    assert "skipped here: Not set in the profile." in text
    assert checks["acquirer.connect"]["skipped"] is None
    assert checks["target.connect"]["skipped"] == "skip.not-configured"
    assert checks["acquirer.tls"]["needs"] == ["acquirer.connect"]


def test_a_check_and_a_cause_are_explained() -> None:
    _, check, _ = posdiag(["explain", "link.state"])
    _, cause, _ = posdiag(["explain", "link.down", "--lang", "zh"])

    assert "link.no-adapter" in check
    assert "怎么办" in cause
    assert "网络接口 … 没有接通" in cause
    assert "未结算" not in cause  # re-plugging this computer's cable asks nothing
    assert "等出结果" not in cause


def test_a_new_profile_is_a_good_one_and_is_not_overwritten(tmp_path: Path) -> None:
    shop = tmp_path / "shop.toml"
    made = posdiag(["profile", "init", str(shop)])[0]
    code, out, _ = posdiag(["profile", "check", str(shop)])
    again = posdiag(["profile", "init", str(shop)])[0]
    forced = posdiag(["profile", "init", "--force", str(shop)])[0]

    assert (made, code) == (0, 0)
    assert "is valid (site: not set; acquirer: not set)" in out
    assert (again, forced) == (2, 0)
    assert shop.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("passphrase", "security", "possible"),
    [
        ("shop-5", "", False),
        ("shop-5", 'security = "wpa3"', True),
        ("long enough", 'security = "wpa2"', True),
        ("ｆｕｌｌ-width", "", False),
    ],
)
def test_a_passphrase_that_no_wpa2_network_can_have_is_pointed_out(
    passphrase: str, security: str, possible: bool, tmp_path: Path
) -> None:
    shop = tmp_path / "shop.toml"
    text = f'[wifi]\nssid = "SHOP"\npassphrase = "{passphrase}"\n{security}\n'
    shop.write_text(text, "utf-8")

    code, out, err = posdiag(["profile", "check", str(shop), "--lang", "en"])

    assert code == 0
    assert ("[wifi] passphrase cannot be one of WPA2" in err) is not possible
    assert passphrase not in out + err


def test_every_line_of_the_new_profile_is_good(tmp_path: Path) -> None:
    _, template, _ = posdiag(["profile", "init"])
    keys = re.sub(r"(?m)^# (?=[a-z_.0-9]+ = |\[)", "", template)
    for name in ("acquirer-ca.pem", "client.pem", "client.key", "join.pcap"):
        (tmp_path / name).touch()
        if name != "join.pcap":
            keys = re.sub(rf'(?m)^\w+ = "{name}"\n', "", keys)
    # The package of that table is installed where the plugin is tested.
    keys = keys[: keys.index("[plugin.")]
    # A printer is on a port or on the network.
    keys = re.sub(r"(?m)^(\[printer\]\n(?:[^\[].*\n)*?)host = .*\n", r"\1", keys)
    shop = tmp_path / "shop.toml"
    shop.write_text(keys, "utf-8")
    code, _, err = posdiag(["profile", "check", str(shop)])

    assert err == ""
    assert code == 0
    assert "passphrase" in tomllib.loads(keys)["wifi"]


def test_the_profile_is_shown_without_secrets(tmp_path: Path) -> None:
    shop = tmp_path / "shop.toml"
    shop.write_text("[wifi]\npassphrase = 'hunter2222'\n[thresholds]\nloss.good=0.02\n")
    _, shown, _ = posdiag(["profile", "show", str(shop)])
    _, limits, _ = posdiag(["profile", "show", "--defaults"])
    _, own, _ = posdiag(["profile", "show", "--defaults", str(shop)])

    assert 'passphrase = "***"' in shown
    assert "hunter" not in shown
    assert re.search(r"(?m)^loss.good +0.01 ratio +Cisco", limits)
    assert re.search(r"(?m)^loss.good +0.02 ratio +profile", own)


def test_a_bug_of_ours_is_no_fault_of_the_network(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def breaks(given: object) -> int:
        raise ZeroDivisionError("division \x1b[2J by zero")

    monkeypatch.setattr("posdiag.commands.run.carry_out", breaks)

    assert carry_out(["run", "--lang", "en"]) == 70
    said = capsys.readouterr()
    assert said.out == ""
    assert "not a fault of the network: ZeroDivisionError" in said.err
    assert "\x1b" not in said.err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--select", "wifi"], 3),
        (["--select", "link.state"], 0),
        (["--select", "link.state,wifi.signal"], 0),
        (["--select", "link.state,wifi.signal", "--strict"], 3),
    ],
)
def test_strict_wants_everything_that_was_selected(
    arguments: list[str], code: int, tmp_path: Path
) -> None:
    recorder = Recorder(shop({}))
    for question in (AskInterfaces(), AskRoutes()):
        asyncio.run(recorder.ask(question))
    recorder.save(tmp_path / "r.json")

    assert posdiag(["run", "--replay", str(tmp_path / "r.json"), *arguments])[0] == code


@pytest.mark.parametrize("ignored", [False, True])
def test_a_terminal_that_goes_away_ends_the_run_unless_that_is_ignored(
    ignored: bool,
) -> None:
    old = signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL)
    try:
        with Stop() as stop:
            os.kill(os.getpid(), signal.SIGHUP)
            time.sleep(0.05)
            assert stop.asked is not ignored
        handler = signal.getsignal(signal.SIGHUP)
        assert handler is (signal.SIG_IGN if ignored else signal.SIG_DFL)
    finally:
        signal.signal(signal.SIGHUP, old)


def test_a_demonstration_names_its_own_command_to_check_again() -> None:
    words = ("demo", "link.no-adapter", "--lang", "en")
    page = process(*words).stdout.decode()

    assert f"posdiag {' '.join(words)}\n" in page
    assert "posdiag run" not in page


def test_an_unknown_language_in_the_environment_is_said_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("POSDIAG_LANG", "klingon")
    code, _, told = posdiag(["explain", "51"])

    assert (code, told.count("klingon")) == (0, 1)
