"""`posdiag guide` as a user types it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests import ROOT
from tests.guide.transcripts import broken_rules

FILE = 'symptom = "no-print"\n[facts]\n"printer.paper" = "no"\n'


def environment(folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": f"{ROOT}:{ROOT / 'checks'}",
        "XDG_STATE_HOME": str(folder / "state"),
        "HOME": str(folder),
        "PYTHONIOENCODING": "utf-8",
        "LANG": "C.UTF-8",
    }


def guide(
    folder: Path, *words: str, typed: str = ""
) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "posdiag", "guide", *words],
        input=typed,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=environment(folder),
        timeout=120,
        check=False,
        cwd=folder,
    )


def answers(folder: Path, content: str = FILE) -> str:
    path = folder / "answers.toml"
    path.write_text(content, "utf-8")
    return str(path)


def test_a_scripted_run_keeps_the_rules_and_writes_one_object(tmp_path: Path) -> None:
    done = guide(
        tmp_path,
        "--answers",
        answers(tmp_path),
        "--format",
        "json",
        "--output",
        "-",
        "--sheet",
        "call.txt",
        "--timeout",
        "6",
    )
    told: dict[str, Any] = json.loads(done.stdout)

    assert broken_rules(told) == []
    assert told["schema"] == "posdiag.guide/1"
    assert told["symptom"] == "no-print"
    assert told["report"]["schema"] == "posdiag.report/1"
    assert done.returncode in (1, 3)
    sheet = (tmp_path / "call.txt").read_text("utf-8")
    assert "printer" in sheet or "print" in sheet
    assert not (tmp_path / "state" / "posdiag" / "guide.json").exists()


def test_left_and_resumed(tmp_path: Path) -> None:
    left = guide(tmp_path, "--plain", "--lang", "en", "--timeout", "5", typed="9\nq\n")
    assert left.returncode == 130
    assert "--resume" in left.stderr
    kept = tmp_path / "state" / "posdiag" / "guide.json"
    assert json.loads(kept.read_text())["symptom"] == "no-print"
    assert kept.stat().st_mode & 0o077 == 0

    words = ("--plain", "--lang", "en", "--resume", "--timeout", "5")
    again = guide(tmp_path, *words, "--format", "json", "--output", "t.json")
    told = json.loads((tmp_path / "t.json").read_text())
    assert again.returncode == 130
    assert told["resumed"]
    assert told["left"]
    assert told["symptom"] == "no-print"


def test_nothing_to_resume_starts_anew(tmp_path: Path) -> None:
    done = guide(tmp_path, "--resume", "--plain", "--timeout", "3", "no-print")

    assert "nothing to resume" in done.stderr
    assert done.returncode == 130


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_an_interrupt_while_measuring_leaves_it(tmp_path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "posdiag", "guide", "no-print", "--plain"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(tmp_path),
    )
    assert child.stdout is not None
    child.stdout.readline()
    child.stdout.readline()  # "Checking the network"
    time.sleep(0.5)
    child.send_signal(signal.SIGINT)
    child.communicate("", timeout=60)

    assert child.returncode == 130
    assert (tmp_path / "state" / "posdiag" / "guide.json").exists()


@pytest.mark.parametrize(
    ("words", "word"),
    [
        (["no-netwrk"], "no-network"),
        (["--answers", "missing.toml"], "missing.toml"),
        (["--on-action", "true"], "--answers"),
        (["--max-steps", "0"], "--max-steps"),
        (["--format", "junit"], "json"),
        (["--sheet", "call.doc"], ".html"),
        (["--sheet", "-", "--format", "json"], "stdout"),
        (["--profile", "missing.toml"], "missing.toml"),
    ],
)
def test_wrong_use_is_refused_before_anything_is_measured(
    tmp_path: Path, words: list[str], word: str
) -> None:
    done = guide(tmp_path, *words, "--lang", "en")

    assert done.returncode == 2
    assert word in done.stderr
    assert done.stdout == ""


def test_a_wrong_answer_in_the_file_is_refused(tmp_path: Path) -> None:
    content = '[facts]\n"router.power-lamp" = "green"\n'

    done = guide(tmp_path, "--answers", answers(tmp_path, content), "--lang", "en")

    assert done.returncode == 2
    assert "'router.power-lamp' cannot be 'green': expected on, off" in done.stderr
