"""Adding a check touches its module, its texts and its test, and no other file."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import ROOT

MODULE = '''"""Is the link as fast as a payment needs?"""

from posdiag.model import Context, Finding, check, known, ok, skip, warn
from posdiag.model.questions.machine import AskInterfaces


@check("link.speed", order=30, needs=("link.state",), part="link")
async def link_speed(ctx: Context) -> Finding:
    found = known(await ctx.system.ask(AskInterfaces()))
    speeds = [i.speed_mbps for i in found.all if i.speed_mbps]
    if not speeds:
        return skip("skip.nothing-to-test")
    if max(speeds) < 10:
        return warn("link.speed", speed=max(speeds))
    return ok("", speed=max(speeds))
'''
TEXTS = """asks.zh = "网口够快吗？"
asks.en = "Is the link fast enough?"

[title]
zh = "网口速度"
en = "Link speed"

[ok]
zh = "网口速度 {speed} Mbit/s。"
en = "The link runs at {speed} Mbit/s."

[cause."link.speed"]
degree = true
digit.link = 3
who = "technician"
emergency = ["EMG-07"]
title.zh = "网口太慢"
title.en = "The link is too slow"
say.zh = "网口只有 {speed} Mbit/s。"
say.en = "The link runs at {speed} Mbit/s only."
proof.zh = "速度 {speed} Mbit/s。"
proof.en = "Speed {speed} Mbit/s."

[[cause."link.speed".steps]]
by = "merchant"
touches = "network"
cost = 1
zh = "换一根网线。"
en = "Use another cable."
"""
TEST = '''"""Is the link as fast as a payment needs?"""

import pytest

from posdiag.model.questions.machine import AskInterfaces
from posdiag_checks.link.speed import link_speed
from tests.checks.machine import port, ports
from tests.checks.running import OK, SKIP, WARN, Case, of

row = of(link_speed)
CASES = [
    row(name="fast", status=OK, change={AskInterfaces: ports(port(speed_mbps=1000))}),
    row(
        name="slow",
        status=WARN,
        code="link.speed",
        change={AskInterfaces: ports(port(speed_mbps=1))},
    ),
    row(
        name="not known",
        status=SKIP,
        code="skip.nothing-to-test",
        change={AskInterfaces: ports(port(speed_mbps=None))},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_link_speed(case: Case) -> None:
    case.verify()
'''
HELD = (
    "tests/checks/link",
    "tests/checks/test_all.py",
    "tests/engine/test_registry.py",
    "tests/texts/test_catalogue.py",
    "tests/texts/test_path_code.py",
    "tests/test_docs.py",
    "tests/demo/test_demo.py::test_every_fault_that_can_be_shown_is_a_cause",
)


@pytest.fixture
def with_one_more(tmp_path: Path) -> Path:
    """A copy of this checkout with the three files of a new check."""
    left = shutil.ignore_patterns("__pycache__", ".*")
    for name in ("posdiag", "checks", "tests", "docs", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=left)
    for file in (*ROOT.glob("*.md"), ROOT / "LICENSE", ROOT / "pyproject.toml"):
        shutil.copy(file, tmp_path)
    checks = tmp_path / "checks" / "posdiag_checks" / "link"
    (checks / "speed.py").write_text(MODULE, "utf-8")
    (checks / "speed.toml").write_text(TEXTS, "utf-8")
    test = tmp_path / "tests" / "checks" / "link" / "test_speed.py"
    test.write_text(TEST, "utf-8")
    return tmp_path


def test_a_new_check_needs_no_other_file(with_one_more: Path) -> None:
    path = f"{with_one_more}:{with_one_more / 'checks'}"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *HELD],
        cwd=with_one_more,
        env={"PYTHONPATH": path, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    shown = subprocess.run(
        [sys.executable, "-m", "posdiag", "list", "--lang", "en"],
        cwd=with_one_more,
        env={"PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert done.returncode == 0, done.stdout[-3000:]
    ids = list(dict.fromkeys(re.findall(r"link\.\w+|wifi\.credentials", shown.stdout)))
    assert ids[:4] == ["link.state", "link.errors", "link.speed", "wifi.credentials"]
