"""The formats from outside: pairs, streams, exit codes of monitoring systems."""

import json
import os
import pty
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import monotonic

import pytest

from posdiag.cli import carry_out
from posdiag.commands.past.watch_outputs import FORMATS as WATCHED
from posdiag.report.formats import NAMES


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POSDIAG_LANG", "en")


def test_one_run_writes_every_format(tmp_path: Path) -> None:
    names = ("html", "markdown", "receipt", "ndjson", "nagios", "prometheus")
    arguments = ["demo", "link.down"]
    for name in names:
        arguments += ["--format", name, "--output", str(tmp_path / name)]

    assert carry_out(arguments) == 1
    for name in names:
        text = (tmp_path / name).read_text("utf-8")
        assert "link.down" in text, name


@pytest.mark.parametrize(("command", "known"), [("run", NAMES), ("watch", WATCHED)])
def test_the_help_names_the_formats_that_a_command_takes(
    command: str, known: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    carry_out([command, "-h"])
    page = " ".join(capsys.readouterr().out.split())

    assert f"--output: {', '.join(known)}." in page or f"：{', '.join(known)} " in page


def test_lines_reach_stdout_while_the_run_lasts() -> None:
    start = monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "posdiag", "demo", "--format", "ndjson"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as run:
        assert run.stdout is not None
        lines = []
        for line in run.stdout:
            lines.append((monotonic() - start, json.loads(line)))

    assert [line["type"] for _, line in lines[-2:]] == ["check", "verdict"]
    ids = [line["id"] for _, line in lines[:-1]]
    assert len(set(ids)) == len(ids) > 20
    assert lines[-1][0] - lines[0][0] > 1.0  # the loss test alone takes two seconds


@pytest.mark.parametrize(
    ("fault", "code"), [("link.down", 2), ("dns.slow", 1), (None, 0)]
)
def test_monitoring_systems_get_their_own_exit_codes(
    fault: str | None, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["demo", *([fault] if fault else []), "--format", "nagios"]

    assert carry_out([*arguments, "--exit-code", "nagios"]) == code
    words = {0: "OK", 1: "WARNING", 2: "CRITICAL"}
    assert capsys.readouterr().out.startswith(f"POSDIAG {words[code]} - ")


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--exit-code", "icinga"], 2, "expected one of posdiag, nagios"),
        (["--columns", "40"], 2, "expected one of 32, 48"),
        (["--exit-code", "nagios", "--profile", "/no/such.toml"], 3, "no such file"),
    ],
)
def test_wrong_use_is_refused_also_to_a_monitoring_system(
    arguments: list[str], code: int, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert carry_out(["run", *arguments]) == code
    assert told in capsys.readouterr().err.lower()


def test_a_reader_that_leaves_early_does_not_end_the_run() -> None:
    read, write = os.pipe()
    with subprocess.Popen(
        [sys.executable, "-m", "posdiag", "demo", "link.down", "--format", "ndjson"],
        stdout=write,
        stderr=subprocess.PIPE,
    ) as run:
        os.close(read)
        os.close(write)
        _, told = run.communicate()

    assert (run.returncode, told) == (1, b"")


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_console_gets_the_receipt_in_its_own_encoding(encoding: str) -> None:
    arguments = ["demo", "link.down", "--format", "receipt", "--lang", "zh"]
    console, screen = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "posdiag", *arguments],
        stdout=screen,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    ) as run:
        os.close(screen)
        shown = b""
        with suppress(OSError):  # how a pseudo-terminal says that nobody is left
            while part := os.read(console, 4096):
                shown += part
    os.close(console)

    assert run.returncode == 1
    assert "诊断代码".encode(encoding) in shown
