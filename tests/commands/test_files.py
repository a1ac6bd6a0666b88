"""Files named on the command line: no pipe blocks a run, none is written over another,
and who waits for a passphrase can leave."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from posdiag.cli import carry_out

SITE = '[site]\nname = "A shop"\n'
SECRET = '[wifi]\nssid = "A"\npassphrase = { ask = true }\n'
PATIENCE = 60.0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "site.toml").write_text(SITE, "utf-8")
    (tmp_path / "link.toml").symlink_to("site.toml")
    os.link(tmp_path / "site.toml", tmp_path / "hard.toml")
    os.mkfifo(tmp_path / "pipe")
    return tmp_path


@pytest.mark.parametrize(
    "options",
    [
        "--profile site.toml --record site.toml",
        "--profile site.toml --record ./site.toml",
        "--profile link.toml --record site.toml",
        "--profile hard.toml --record site.toml",
        "--profile site.toml --format json --output site.toml",
        "--format json --output a.json --record a.json",
        "--format json --output a.json --format junit --output ./a.json",
        "--replay site.toml --record site.toml",
        "--replay pipe",
        "--profile pipe",
        "--profile /dev/zero",
        "--record pipe",
        "--format json --output pipe",
    ],
)
def test_refused_and_nothing_is_written(folder: Path, options: str) -> None:
    code = carry_out(["run", "--timeout", "3", *options.split()])

    assert code == 2
    assert (folder / "site.toml").read_text("utf-8") == SITE
    assert not (folder / "a.json").exists()


@pytest.mark.parametrize("file", ["pipe", "/dev/zero", "."])
@pytest.mark.parametrize(
    "command",
    [
        "guide --answers FILE",
        "bundle --from FILE --output out.zip",
        "compare FILE FILE",
        "lab list --inventory FILE",
        "lab run --inventory bench.toml --baseline FILE",
        "terminal read FILE",
        "profile check FILE",
    ],
)
def test_what_is_no_regular_file_is_refused_at_once(
    folder: Path, capsys: pytest.CaptureFixture[str], command: str, file: str
) -> None:
    (folder / "bench.toml").write_text('[[bench]]\nname = "a"\n', "utf-8")
    begun = time.monotonic()

    code = carry_out(command.replace("FILE", file).split())

    assert (code, file in capsys.readouterr().err) == (2, True)
    assert time.monotonic() - begun < PATIENCE / 4


def test_a_secret_from_a_pipe_or_cut_short_is_refused(folder: Path) -> None:
    for text in ("pipe", "long"):
        (folder / "long").write_text("x" * 5000, "ascii")
        profile = f'[wifi]\nssid = "A"\npassphrase = {{ file = "{text}" }}\n'
        (folder / "wifi.toml").write_text(profile, "utf-8")

        assert carry_out(["profile", "check", "wifi.toml"]) == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_at_the_prompt_ends_the_run(folder: Path, number: int) -> None:
    (folder / "ask.toml").write_text(SECRET, "utf-8")
    ours, theirs = pty.openpty()
    child = subprocess.Popen(
        [sys.executable, "-m", "posdiag", "run", "--profile", "ask.toml"],
        stdin=theirs, stdout=theirs, stderr=theirs,
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    os.close(theirs)
    seen, ends = b"", time.monotonic() + PATIENCE
    while b"passphrase" not in seen and time.monotonic() < ends:
        if select.select([ours], [], [], 0.2)[0]:
            seen += os.read(ours, 4096)
    time.sleep(0.2)  # the prompt is written just before it is waited for
    child.send_signal(number)

    try:
        assert child.wait(PATIENCE) == 130
    finally:
        child.kill()
        os.close(ours)


def test_a_password_in_a_web_address_is_kept_nowhere(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address = "http://user:hunter2@probe.example/generate_204"
    text = f'[connectivity]\nurl = "{address}"\n'
    (folder / "url.toml").write_text(text, "utf-8")

    assert carry_out(["profile", "show", "url.toml"]) == 0
    shown = capsys.readouterr().out
    assert "http://probe.example/generate_204" in shown
    assert "hunter2" not in shown


def test_a_profile_that_cannot_be_read_is_named_with_its_option(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.toml").write_text("[site]\nname = 1\n", "utf-8")
    wrong = {}
    for file in ("nope", "", "bad.toml"):
        assert carry_out(["run", "--profile", file, "--lang", "en"]) == 2
        wrong[file] = capsys.readouterr().err

    assert wrong["nope"] == "posdiag: --profile nope: no such file\n"
    assert wrong[""] == "posdiag: --profile needs a value\n"
    assert wrong["bad.toml"].startswith("bad.toml:2: site.name: ")
