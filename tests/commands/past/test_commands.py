"""`history`, `compare` and `watch` from outside."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from posdiag.cli import carry_out
from posdiag.report.terminal.wrap import cells


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setenv("POSDIAG_LANG", "en")
    monkeypatch.setenv("POSDIAG_SYSTEM", "portable")
    return tmp_path / "posdiag" / "reports"


def kept(place: Path) -> list[Path]:
    return sorted(place.glob("*.json")) if place.exists() else []


RUN = ["run", "link.state", "--format", "json"]


def test_a_run_is_kept_unless_it_is_told_not_to(place: Path) -> None:
    carry_out([*RUN, "--no-keep"])
    assert kept(place) == []
    carry_out(RUN)
    (file,) = kept(place)

    assert json.loads(file.read_text("utf-8"))["schema"] == "posdiag.report/1"


def test_a_demonstration_is_not_kept(place: Path) -> None:
    carry_out(["demo", "link.down", "--format", "json"])

    assert kept(place) == []


def test_a_place_that_cannot_be_written_does_not_disturb_a_run(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "posdiag").write_text("in the way")

    assert carry_out(RUN) in (0, 1, 3)
    out, err = capfd.readouterr()
    assert json.loads(out)["schema"] == "posdiag.report/1"
    assert err == ""


def test_the_list_and_the_comparison_of_the_last_two(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert carry_out(["history"]) == 0
    assert "No report has been kept" in capfd.readouterr().out
    carry_out(RUN)
    carry_out(RUN)
    capfd.readouterr()

    assert carry_out(["history", "--format", "json", "--count", "1"]) == 0
    (row,) = json.loads(capfd.readouterr().out)["reports"]
    assert row["readable"]
    assert carry_out(["compare"]) == 0
    assert capfd.readouterr().out.startswith("No change: ")


def test_two_files_are_compared_and_the_exit_code_tells(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    fine, broken = (str(tmp_path / name) for name in ("fine.json", "broken.json"))
    carry_out(["demo", "--quick", "--format", "json", "--output", fine])
    carry_out(["demo", "router.unreachable", "--format", "json", "--output", broken])
    capfd.readouterr()

    assert carry_out(["compare", fine, broken, "--format", "json"]) == 1
    whole = json.loads(capfd.readouterr().out)
    assert (whole["change"], whole["layer"]) == ("worse", "router")
    assert [c["id"] for c in whole["causes"]["came"]] == ["router.unreachable"]
    assert carry_out(["compare", broken, fine]) == 0
    assert capfd.readouterr().out.startswith("Better: ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["compare"], "no report 'last~1'"),
        (["compare", "/no/such.json", "last"], "no report '/no/such.json'"),
        (["compare", __file__, __file__], "is not a JSON report of posdiag"),
        (["compare", "a", "b", "--format", "xml"], "expected one of terminal, json"),
        (["history", "--count", "0"], "--count: expected 1 or more"),
        (["watch", "--every", "soon"], "--every: expected a time"),
        (["watch", "--for", "0s"], "--for: expected a time"),
        (["watch", "--for", ""], "--for needs a value"),
        (["watch", "--format", "junit"], "one of terminal, json, ndjson, html"),
        (["watch", "--skip", "nothing"], "nothing"),
    ],
)
def test_wrong_use_is_one_line_and_2(
    arguments: list[str], told: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert carry_out(arguments) == 2
    assert told in capfd.readouterr().err


def watch(*arguments: str) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "posdiag", "watch", "--select", "link.state"]
    return subprocess.Popen(
        [*command, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=dict(os.environ),
    )


def test_a_watch_writes_lines_a_summary_and_a_page(tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("ndjson", "json", "html", "terminal")}
    options = [f"--format={name}" for name in files]
    options += [f"--output={path}" for path in files.values()]
    with watch("--every", "1s", "--for", "2s", *options) as run:
        out, err = run.communicate(timeout=60)

    assert (out, err) == (b"", b"")
    assert run.returncode in (0, 1, 3)
    lines = [json.loads(x) for x in files["ndjson"].read_text("utf-8").splitlines()]
    assert [x["type"] for x in lines][-1] == "summary"
    assert len(lines) == lines[-1]["runs"] + 1 > 1
    assert json.loads(files["json"].read_text("utf-8"))["runs"] == lines[-1]["runs"]
    assert "<!DOCTYPE html>" in files["html"].read_text("utf-8")
    assert "Summary: " in files["terminal"].read_text("utf-8")


def test_an_interrupted_watch_tells_its_summary_and_130() -> None:
    with watch("--every", "1s", "--for", "1h") as run:
        assert run.stdout is not None
        for line in run.stdout:
            if line[:2].isdigit():  # what the first run found
                break
        run.send_signal(signal.SIGINT)
        rest = run.stdout.read().decode()
        run.wait(timeout=30)

    assert run.returncode == 130
    assert "Summary: " in rest


def test_a_watch_keeps_no_reports(place: Path) -> None:
    with watch("--every", "1s", "--for", "1s") as run:
        run.communicate(timeout=60)

    assert kept(place) == []


def test_a_watch_that_is_ended_in_its_first_run_tells_a_summary(tmp_path: Path) -> None:
    files = {f: tmp_path / f"out.{f}" for f in ("json", "ndjson", "html")}
    wanted = [w for f, p in files.items() for w in ("--format", f, "--output", str(p))]
    with watch("--for", "1h", "--format", "terminal", "--output", "-", *wanted) as run:
        assert run.stdout is not None
        run.stdout.readline()  # the heading
        run.send_signal(signal.SIGINT)
        rest = run.stdout.read().decode()
        run.wait(timeout=30)

    assert run.returncode == 130
    assert "Summary: " in rest
    found = json.loads(files["json"].read_text())
    assert (found["runs"], found["availability"]) == (0, None)
    assert found["outages"] == []
    (line,) = files["ndjson"].read_text().splitlines()
    assert json.loads(line)["type"] == "summary"
    assert files["html"].read_text().rstrip().endswith("</html>")


def test_a_report_without_a_name_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert carry_out(["compare", "", "x.json", "--lang", "en"]) == 2
    assert "the name of a report is empty" in capsys.readouterr().err


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_watch_fits_a_narrow_screen(
    lang: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    options = ["--every", "1s", "--for", "1s", "--lang", lang]
    carry_out(["watch", "--select", "link.state", *options])
    lines = capsys.readouterr().out.splitlines()

    assert len(lines) > 5
    assert max(map(cells, lines)) <= 40


@pytest.mark.parametrize(
    "command",
    ["history", "compare", "explain 51", "watch --every 1s --for 1s --select link"],
)
def test_a_console_without_chinese_gets_english(command: str, place: Path) -> None:
    carry_out(RUN)
    carry_out(RUN)
    done = subprocess.run(
        [sys.executable, "-m", "posdiag", *command.split(), "--lang", "zh"],
        env=os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        capture_output=True,
        check=False,
    )

    assert done.stdout
    assert b"\\u" not in done.stdout
    assert b"??" not in done.stdout
