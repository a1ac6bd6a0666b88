"""The pytest plugin as a lab's own tests use it: real runs, a real fault, JUnit."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree

from posdiag.system.process.lock import Holder, take
from tests import ROOT
from tests.benches.till import OPTIONS, Till

PLUGIN = "posdiag.lab.pytest_plugin"


def pytest(folder: Path, test: str, *options: str) -> tuple[int, str]:
    """Run one test file in a process of its own: exit code and output."""
    (folder / "test_lab.py").write_text(test, "utf-8")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", PLUGIN, "-p", "no:cacheprovider"),
            *("--junit-xml", "out.xml", "-rs", *options, "test_lab.py"),
        ],
        cwd=folder,
        env=os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def properties(folder: Path, case: int = -1) -> dict[str, str]:
    """Those of one test, by default of the last; each name stands there once."""
    cases = list(ElementTree.parse(folder / "out.xml").iter("testcase"))
    found = [
        (p.attrib["name"], p.attrib["value"]) for p in cases[case].iter("property")
    ]
    assert len(dict(found)) == len(found), found
    return dict(found)


def test_the_package_brings_the_plugin() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert project["entry-points"]["pytest11"] == {"posdiag": PLUGIN}


def test_a_report_is_an_object_and_a_cause_is_asserted(
    tmp_path: Path, till: Till
) -> None:
    test = f"""
OPTIONS = {list(OPTIONS)!r}
def test_run(posdiag):
    report = posdiag.run(profile="till/shop.toml", options=OPTIONS)
    assert report.verdict == "healthy" and report.exit_code == 0
    assert report.check("target.connect").status == "ok"
    posdiag.expect("healthy", report=report)
    posdiag.expect("router.unreachable", report=report)
def test_wrong_use(posdiag):
    posdiag.run(select="nonsense")
"""
    code, out = pytest(tmp_path, test)

    assert code == 1
    assert "2 failed" in out
    assert "expected router.unreachable, got healthy" in out
    assert "NotMeasured: posdiag run nonsense" in out


def test_benches_are_held_and_their_faults_are_restored(
    tmp_path: Path, till: Till
) -> None:
    (tmp_path / "lab.toml").write_text(till.bench())
    test = """
def test_fault(posdiag_bench):
    posdiag_bench.expect("healthy")
    with posdiag_bench.fault("server off"):
        posdiag_bench.expect("target.unreachable")
def test_trial(posdiag_bench):
    posdiag_bench.trial("server off")
"""
    code, out = pytest(tmp_path, test)
    found = properties(tmp_path)

    assert code == 0, out
    assert "2 passed" in out
    assert till.is_up
    assert found["posdiag.bench"] == "till"
    assert found["posdiag.tags"] == "wired till"
    assert found["posdiag.expected"] == "target.unreachable"
    assert found["posdiag.verdict"] == "degraded"
    assert found["posdiag.cause"] == "target.unreachable"
    assert found["posdiag.before.verdict"] == "healthy"
    assert found["posdiag.after.cause"] == "healthy"
    assert float(found["posdiag.confidence"]) == 0.9
    assert "posdiag.after.confidence" not in found
    first = properties(tmp_path, 0)
    assert first["posdiag.expected"] == first["posdiag.cause"] == "target.unreachable"
    assert "warning" not in out.lower(), out


def test_what_cannot_be_expected_is_refused_before_anything_runs(
    tmp_path: Path, till: Till
) -> None:
    test = """
import pytest
@pytest.mark.parametrize(
    ("given", "near"),
    [("router.unreachble", "router.unreachable"), ("helthy", "healthy")],
)
def test_near(posdiag, given, near):
    posdiag.place = "nothing is to run"
    with pytest.raises(ValueError, match=f"'{given}'; did you mean {near}") as refused:
        posdiag.expect("dns.slow", given)
def test_far(posdiag):
    with pytest.raises(ValueError, match="no such cause: 'x'"):
        posdiag.expect("x")
"""
    code, out = pytest(tmp_path, test)

    assert code == 0, out


def test_a_test_that_fails_leaves_the_bench_whole(tmp_path: Path, till: Till) -> None:
    (tmp_path / "lab.toml").write_text(till.bench(whole=True))
    test = """
def test_fault(posdiag_bench):
    with posdiag_bench.fault("server off"):
        posdiag_bench.expect("healthy")
"""
    code, out = pytest(tmp_path, test)

    assert code == 1
    assert "got target.unreachable" in out
    assert till.is_up
    assert properties(tmp_path)["posdiag.cause"] == "target.unreachable"


def test_what_counts_for_nothing_is_skipped(tmp_path: Path, till: Till) -> None:
    (tmp_path / "lab.toml").write_text(till.bench())
    test = "def test_trial(posdiag_bench):\n    posdiag_bench.trial('server off')\n"
    till.close()
    broken = pytest(tmp_path, test)
    lock = take("till")
    assert not isinstance(lock, Holder)
    held = pytest(tmp_path, test)
    lock.release()
    none = pytest(tmp_path, test, "--posdiag-tag", "nowhere")

    assert broken[0] == held[0] == none[0] == 0
    assert "invalid: till not healthy before: target.unreachable" in broken[1]
    assert f"till: held by {lock_user()} pid {os.getpid()}" in held[1]
    assert "1 skipped" in none[1]


def test_a_bench_that_is_not_there_is_wrong_use(tmp_path: Path, till: Till) -> None:
    (tmp_path / "lab.toml").write_text(till.bench())
    test = "def test_a(posdiag_bench): pass\n"
    _, out = pytest(tmp_path, test, "--posdiag-bench", "tlil")

    assert "--posdiag-bench: no bench 'tlil'; there are: ['till']" in out


def test_what_is_no_report_is_not_measured(tmp_path: Path, till: Till) -> None:
    more = 'power = { off = "echo off >> power; exit 3" }'
    bench = till.bench(more=more).replace("prefix = [", 'prefix = ["echo", ', 1)
    (tmp_path / "lab.toml").write_text(bench)
    _, out = pytest(tmp_path, "def test_a(posdiag_bench): posdiag_bench.run()\n")

    assert "NotMeasured: posdiag run " in out
    assert "no JSON report, exit code 0" in out
    assert "till: power off: exit code 3" in out
    assert (tmp_path / "power").read_text() == "off\n"


def lock_user() -> str:
    import getpass

    return getpass.getuser()


def test_an_inventory_that_is_wrong_is_wrong_use(tmp_path: Path) -> None:
    (tmp_path / "lab.toml").write_text("[[bench]]\n")
    code, out = pytest(tmp_path, "def test_a(posdiag_bench): pass\n")

    assert code in (2, 4)
    assert "bench[1].name: this key is missing" in out
