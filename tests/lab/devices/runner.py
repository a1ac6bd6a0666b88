"""Run cases: set the device up, start posdiag, read what it wrote."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

from tests import ROOT
from tests.lab.devices.case import SECRETS, Case, Rig

FORMATS = (
    *("json", "junit", "html", "markdown", "receipt"),
    *("ndjson", "nagios", "prometheus"),
)
"""All but the terminal's, which goes to stdout."""
PATIENCE = 40.0  # seconds, after which a run hangs


@dataclass(frozen=True)
class Outcome:
    """`verdict` is `right`, `wrong`, `late`, `leak` or `broken`."""

    case: Case
    verdict: str
    got: str = ""
    seconds: float = 0.0
    note: str = ""
    report: dict[str, Any] = field(default_factory=dict)


def run_all(
    cases: Sequence[Case], jobs: int, show: Callable[[Outcome], None]
) -> list[Outcome]:
    """Every case, some at once; `show` is called as each ends."""
    with ThreadPoolExecutor(jobs) as pool:
        found = []
        for future in as_completed([pool.submit(run, case) for case in cases]):
            found.append(future.result())
            show(found[-1])
    return found


def run(case: Case) -> Outcome:
    """One case; never raises for its sake."""
    try:
        with ExitStack() as stack:
            folder = TemporaryDirectory(prefix="posdiag-devices-")
            path = Path(stack.enter_context(folder))
            return _examine(case, stack.enter_context(case.setup()), path)
    except (AssertionError, OSError, subprocess.SubprocessError) as trouble:
        return Outcome(case, "broken", note=f"{type(trouble).__name__}: {trouble}")


def _examine(case: Case, rig: Rig, folder: Path) -> Outcome:
    profile = folder / "site.toml"
    profile.write_text(rig.profile, "utf-8")
    (folder / "out").mkdir()
    command = [sys.executable, "-m", "posdiag", "run", *rig.arguments]
    command += ["--profile", str(profile), "--select", case.group, "--no-keep"]
    command += ["--lang", "zh", "--record", str(folder / "out" / "recording")]
    for name in ("terminal", *FORMATS):
        place = "-" if name == "terminal" else str(folder / "out" / name)
        command += ["--format", name, "--output", place]
    begun = monotonic()
    done = subprocess.run(
        command,
        cwd=folder,
        env=_environment(rig),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    seconds = monotonic() - begun
    report = json.loads((folder / "out" / "json").read_text("utf-8"))
    written = {path.name: path.read_bytes() for path in (folder / "out").iterdir()}
    written |= {"stdout": done.stdout, "stderr": done.stderr}
    written["arguments"] = " ".join(command).encode()
    leak = _leak(case, written)
    got, right = _judge(case, report, done.returncode)
    rig.after()
    if leak:
        verdict, note = "leak", leak
    elif b"Traceback" in done.stderr or not right:
        verdict, note = "wrong", done.stderr.decode("utf-8", "replace")[-300:]
    else:
        verdict = "late" if report["duration_s"] > case.limit else "right"
        note = ""
    return Outcome(case, verdict, got, seconds, note, report)


def _environment(rig: Rig) -> dict[str, str]:
    paths = os.pathsep.join((str(ROOT), str(ROOT / "checks")))
    no_bus = {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nonexistent"}
    return {**os.environ, "PYTHONPATH": paths, **no_bus, **rig.environment}


def _judge(case: Case, report: dict[str, Any], code: int) -> tuple[str, bool]:
    """What it said, and whether that is right."""
    causes = [cause["id"] for cause in report["causes"]]
    if case.expected:
        return causes[0] if causes else "nothing", causes[:1] == [case.expected]
    if causes:
        return causes[0], False
    if case.expected == "":
        return report["verdict"], (report["verdict"], code) == ("healthy", 0)
    own = [c for c in report["checks"] if c["id"].startswith(f"{case.group}.")]
    codes = [c["code"] for c in own]
    return f"not measured: {codes[0]}", code == 3 and case.code in codes


def _leak(case: Case, written: dict[str, bytes]) -> str:
    """Where a secret of the case's group stands, "" for nowhere."""
    for name, data in written.items():
        for secret in SECRETS.get(case.group, ()):
            if re.search(rf"(?<![0-9]){secret}(?![0-9])".encode(), data):
                return f"{secret} in {name}"
    return ""
