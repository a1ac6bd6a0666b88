"""The program starts without paying for what the command does not use."""

import subprocess
import sys

HEAVY = tuple(
    [
        "scapy",
        "rich",
        "serial",
        "dns",
        "pydantic",
        "cryptography",
        "pyroute2",
        "psutil",
        "h11",
        "speedtest",
        "asyncio",
        "ssl",
        "socket",
        "posdiag.model",
        "posdiag.engine",
        "posdiag.profile",
    ]
)


def loaded_after(code: str) -> set[str]:
    """Names of the heavy modules that a fresh process holds after running `code`."""
    report = f"import sys; print(*[m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(done.stdout.split())


def test_the_command_line_loads_nothing_heavy() -> None:
    beyond_typer = loaded_after("import posdiag.cli") - loaded_after("import typer")

    assert beyond_typer == set()


def test_help_loads_nothing_heavy() -> None:
    code = """
import contextlib, io
from posdiag.cli import carry_out
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    carry_out(["run", "--help"])
"""

    # typer 0.29 itself imports pydantic when a command runs, and that socket
    assert loaded_after(code) - loaded_after("import typer") <= {"pydantic", "socket"}


def test_a_module_call_is_the_command() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "posdiag", "--version"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )

    assert done.stdout.startswith("posdiag ")
    assert done.stderr == ""
