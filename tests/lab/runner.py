"""How does the lab start cases, two at a time, and read what came out?"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lab.case import Case
from tests.lab.plan import Plan

REPO = Path(__file__).resolve().parents[2]
CONTAINER = (
    "unshare", "--mount", "--net", "--pid", "--ipc", "--fork", "--kill-child",
    "--mount-proc",
)  # fmt: skip
PREFIX = "posdiag-lab-"
PATIENCE = 120.0
MOST_BYTES = 500_000  # whatever a server does

Options = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What one run of one case gave. `got` is the first cause, None for none."""

    case: Case
    seed: int
    verdict: str  # right, wrong, named, not-measured; broken (the lab's own trouble)
    # or invalid (the world does not show its fault): trials that are left out
    got: str | None = None
    seconds: float = 0.0
    wire: int = 0
    report: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    raw: dict[str, Any] = field(default_factory=dict)


@contextmanager
def certificates() -> Iterator[str]:
    """A folder with this run's certificates. Containers copy what they need of it."""
    from tests.lab import certs

    _sweep()
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-") as folder:
        certs.make(Path(folder), f"pos.{Plan.domain}")
        Path(folder).chmod(0o755)
        for path in Path(folder).iterdir():
            path.chmod(0o644)
        yield folder


def _sweep() -> None:
    """Remove the certificates of labs that were killed: all that they can leave."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        owner = folder.name.removeprefix(PREFIX).partition("-")[0]
        if owner.isdigit() and not Path("/proc", owner).exists():
            shutil.rmtree(folder, ignore_errors=True)


def contain(module: str, *arguments: str, timeout: float = PATIENCE) -> tuple[str, str]:
    """Run a module as process 1 of a container: stdout and stderr.

    The container ends with its standard input, which we hold.
    """
    child = subprocess.Popen(
        [*CONTAINER, sys.executable, "-m", module, *arguments], cwd=REPO,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    killer = threading.Timer(timeout, child.kill)
    killer.start()
    try:
        # Not communicate(): that would close its standard input at once.
        errors: list[str] = []
        reader = threading.Thread(target=lambda: errors.append(child.stderr.read()))  # type: ignore[union-attr]  # PIPE
        reader.start()
        out = child.stdout.read() if child.stdout else ""
        reader.join()
        child.wait()
    finally:
        killer.cancel()
        child.kill()
        for stream in (child.stdin, child.stdout, child.stderr):
            with suppress(OSError):
                if stream:
                    stream.close()
    return out, errors[0]


def run_case(case: Case, seed: int, options: Options) -> Outcome:
    """One case in one world."""
    out, errors = contain("tests.lab.worker", case.id, str(seed), json.dumps(options))
    try:
        raw: dict[str, Any] = json.loads(out.splitlines()[-1])
    except (ValueError, IndexError):
        return Outcome(
            case,
            seed,
            "broken",
            note=(errors or out)[-1500:],
            raw={"trouble": errors or out},
        )
    return judged(case, seed, raw, options)


def judged(case: Case, seed: int, raw: Options, options: Options) -> Outcome:
    """What one run in one world, told by its worker, amounts to."""
    if "symptoms" in raw:
        return Outcome(case, seed, "shown", raw=raw)
    if not raw["sign"]:
        note = "the world does not show its fault"
        return Outcome(case, seed, "invalid", note=note, raw=raw)
    if options.get("world_only"):
        return Outcome(case, seed, "confirmed", raw=raw)
    report = raw.get("report", {})
    causes = report.get("causes", [])
    got = causes[0]["id"] if causes else None
    verdict, note = grade(case, raw, report, got)
    few_means = options.get("system") or options.get("user")
    if verdict == "wrong" and few_means and _named(case, causes):
        verdict = "named"
    return Outcome(
        case, seed, verdict, got, raw.get("seconds", 0.0), raw.get("wire", 0), report,
        note, raw,
    )  # fmt: skip


def grade(
    case: Case, raw: Options, report: Options, got: str | None
) -> tuple[str, str]:
    """Right, wrong, or honestly not measured; and why."""
    if raw.get("trouble"):
        return "wrong", str(raw["trouble"]) + " " + str(raw.get("stderr", ""))[-700:]
    state, left = str(report.get("verdict")), raw.get("exit")
    if raw.get("changed"):
        return "wrong", f"the run changed this machine: {raw['changed']}"
    if raw.get("wire", 0) > MOST_BYTES:
        return "wrong", "too many bytes"
    if got == case.expected:
        if case.expected is not None:
            return ("right", "") if left == 1 else ("wrong", f"exit {left}")
        wanted = ("unknown", 3) if case.unproven else ("healthy", 0)
        if (state, left) == wanted and report.get("unproven", []) == list(
            case.unproven
        ):
            return "right", ""
        return "wrong", f"verdict {state}, exit {left}, {report.get('unproven')}"
    if got is None and (state == "unknown" or _unmeasured(case, report)):
        return "not-measured", ""
    return "wrong", ""


def _named(case: Case, causes: list[dict[str, Any]]) -> bool:
    """Does the first cause name the true one beside it, as not told apart?"""
    rivals = causes[0].get("rivals", []) if causes else []
    return case.expected in [r["id"] if isinstance(r, dict) else r for r in rivals]


def _unmeasured(case: Case, report: Options) -> bool:
    """Did a check that could have seen the fault say that it was not carried out?"""
    if case.expected is None:
        return False
    group = case.expected.partition(".")[0]
    return any(
        c["status"] in ("skip", "error")
        and str(c.get("code", "")).endswith(("no-rights", "no-tool", "unsupported"))
        for c in report.get("checks", [])
        if c["id"].partition(".")[0] == group
    )


def run_all(
    work: list[tuple[Case, int]],
    options: Options,
    jobs: int,
    show: Callable[[Outcome], None],
) -> list[Outcome]:
    """Every case with its seed, `jobs` at a time; `show` as each ends."""
    found = []
    with ThreadPoolExecutor(jobs) as pool:
        waiting = [pool.submit(run_case, c, s, options) for c, s in work]
        try:
            for done in as_completed(waiting):
                outcome = done.result()
                found.append(outcome)
                show(outcome)
        except KeyboardInterrupt:
            for future in waiting:
                future.cancel()
            raise
    place = {(c.id, s): i for i, (c, s) in enumerate(work)}
    return sorted(found, key=lambda o: place[o.case.id, o.seed])
