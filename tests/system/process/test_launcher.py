"""No child of ours imports from the current directory or where a variable says."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from posdiag import CHILD
from posdiag.system.process import launcher
from posdiag.system.process.launcher import (
    ROOT,
    child_command,
    child_environment,
    import_path,
)

DESCRIBE = b'{"describe": "posdiag_checks", "seconds": 20}\n'
GUARD = "posdiag.system.wifi.capture.interface_guard"
CHILDREN = {
    "posdiag.system.link.packet_child": ((), b""),
    "posdiag.system.wifi.join.child": ((), b""),
    GUARD: (("--",), b""),
    "posdiag.engine.plugins.child": ((), DESCRIBE),
}
PLANTED = ("json.py", "scapy.py", "asyncio.py", "site.py", "posdiag/__init__.py")


@pytest.fixture
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of modules that leave a mark; we are in it, and so is Python's path."""
    mark = tmp_path / "mark"
    for name in PLANTED:
        file = tmp_path / "evil" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"open({str(mark)!r}, 'a').write({name!r})\n")
    monkeypatch.chdir(tmp_path / "evil")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "evil"))
    monkeypatch.setenv("PYTHONSTARTUP", str(tmp_path / "evil" / "json.py"))
    monkeypatch.setenv("A_SECRET", "4711")
    monkeypatch.setattr(sys, "path", ["", str(tmp_path / "evil"), *sys.path])
    return mark


@pytest.mark.parametrize("module", CHILDREN)
def test_no_child_imports_from_the_current_directory(
    module: str, planted: Path
) -> None:
    arguments, order = CHILDREN[module]
    ended = subprocess.run(
        child_command(module, *arguments),
        input=order,
        capture_output=True,
        env=child_environment(),
        cwd=ROOT,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert not planted.exists()


def test_a_planted_module_would_be_seen(planted: Path) -> None:
    subprocess.run([sys.executable, "-c", "import json"], timeout=60, check=False)
    assert planted.exists()


def test_python_m_posdiag_imports_nothing_else_from_here(planted: Path) -> None:
    for file in Path.cwd().glob("posdiag/*"):
        file.unlink()
    Path("posdiag").rmdir()
    for name in ("asyncio.py", "site.py"):  # the interpreter's own start takes these
        Path(name).unlink()
    variables = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
    ended = subprocess.run(
        [sys.executable, "-m", "posdiag", "explain", "dns.slow"],
        env=variables,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert not planted.exists()


def test_a_child_is_given_no_variable_but_those_named(planted: Path) -> None:
    assert set(child_environment()) <= {"PATH", "LC_ALL", "SYSTEMROOT"}
    assert child_environment(["A_SECRET"])["A_SECRET"] == "4711"


def test_an_installation_in_the_current_directory_stays_importable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(launcher.PACKAGE_ROOT)
    code = child_command("posdiag.engine.plugins.child")
    ended = subprocess.run(
        code, input=DESCRIBE, capture_output=True, cwd=ROOT, timeout=60, check=True
    )
    assert json.loads(ended.stdout)["problems"] == []
    assert launcher.PACKAGE_ROOT not in import_path([launcher.PACKAGE_ROOT, "", "."])


def test_a_frozen_program_starts_itself_as_a_child(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    command = child_command(
        "posdiag.system.wifi.capture.interface_guard", "wlan0", "--"
    )
    assert command == [sys.executable, CHILD, GUARD, "wlan0", "--"]
    # What such a binary does: its command line, with no `-m` and no `-c` of Python's.
    ended = subprocess.run(
        [
            sys.executable,
            "-m",
            "posdiag",
            CHILD,
            "posdiag.system.wifi.capture.interface_guard",
            "--",
        ],
        input=b"",
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")


def test_children_are_started_in_one_place() -> None:
    """`sys.executable` elsewhere would be a second launcher."""
    top = Path(launcher.PACKAGE_ROOT)
    named = {
        file.name
        for folder in ("posdiag", "checks")
        for file in (top / folder).rglob("*.py")
        if "sys.executable" in file.read_text("utf-8")
    }
    assert named == {"launcher.py", "rights.py"}


def test_the_interpreter_itself_looks_nowhere_else(planted: Path) -> None:
    """Even from the planted folder, with the caller's variables."""
    ended = subprocess.run(
        child_command(GUARD, "--"),
        input=b"",
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (0, b"")
    assert not planted.exists()
