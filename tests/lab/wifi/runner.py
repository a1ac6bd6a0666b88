"""How does the Wi-Fi lab run cases, several machines at a time, and judge what came?"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.lab.wifi.case import HEALTHY, Case, Way
from tests.lab.wifi.vm import PREFIX, Ended, Machine
from tests.lab.wifi.world import make

Options = dict[str, Any]
GUEST = "cd / && PYTHONPATH=/lab:/site exec python3 -m {module} {arguments}\n"


@dataclass(frozen=True)
class Outcome:
    """One run. `got` is the first cause, "" for none, None for no report."""

    case: Case
    way: Way
    seed: int
    verdict: str  # right, wrong, invalid (no sign of the fault), broken (lab trouble)
    got: str | None = None
    seconds: float = 0.0  # the guest's, for posdiag alone
    wall: float = 0.0  # ours, for all
    memory: float = 0.0
    note: str = ""
    raw: dict[str, Any] = field(default_factory=dict)
    confirmed: bool | None = None  # None: nobody looked


def boot(
    module: str, arguments: list[str], radios: int, options: Options, out: Path
) -> tuple[dict[str, Any], Ended]:
    """Run a module in a machine of its own: what it wrote as result.json."""
    machine = Machine(
        checkout=Path(options["checkout"]), mounts=mounts(options),
        radios=radios, limit=options["limit"],
    )  # fmt: skip
    script = GUEST.format(module=module, arguments=shlex.join(arguments))
    result = out / "result.json"
    result.unlink(missing_ok=True)  # of the look before, in the same folder
    ended = machine.run(script, out)
    try:
        raw = json.loads(result.read_text("utf-8"))
    except (OSError, ValueError):
        late = "time limit; " if ended.timed_out else ""
        why = f"{late}{ended.stderr[-1500:]}\n{ended.console[-1500:]}"
        raw = {"broken": True, "trouble": why}
    return raw, ended


def mounts(options: Options) -> dict[str, Path]:
    """The certificates, and programs of this machine that the guest's root lacks."""
    found = {"certs": Path(options["certs"])}
    passt = shutil.which("passt")
    return {**found, "programs": Path(passt).parent} if passt else found


def run_case(case: Case, way: Way, seed: int, options: Options) -> Outcome:
    """One case in one world. With `confirm`, the lab's own client looks first, in a
    machine of its own with the same seed, because its joins would leave traces."""
    guest = options["guest"]
    if not options.get("confirm"):
        return _run(case, way, seed, options)
    looked = _run(case, way, seed, {**options, "guest": {**guest, "world_only": True}})
    if looked.verdict != "right":
        verdict = "invalid" if looked.verdict == "wrong" else looked.verdict
        return replace(looked, verdict=verdict, confirmed=False)
    return replace(_run(case, way, seed, options), confirmed=True)


def _run(case: Case, way: Way, seed: int, options: Options) -> Outcome:
    world = make(case.id, seed, way)
    radios = world.radios + (world.monitor is not None)
    with tempfile.TemporaryDirectory(prefix=f"{PREFIX}{os.getpid()}-") as name:
        out = (
            Path(options["keep"], f"{case.id}.{way}.{seed}")
            if options.get("keep")
            else Path(name)
        )
        out.mkdir(parents=True, exist_ok=True)
        arguments = [case.id, str(seed), way, json.dumps(options["guest"])]
        raw, ended = boot("tests.lab.wifi.guest", arguments, radios, options, out)
        if options.get("record"):
            _keep_recording(out, Path(options["record"]), f"{case.id}.{way}")
    causes = raw.get("report", {}).get("causes", [])
    got = None if "report" not in raw else causes[0]["id"] if causes else HEALTHY
    judge = grade_world if options["guest"].get("world_only") else grade
    verdict, note = judge(case, way, raw)
    return Outcome(
        case, way, seed, verdict, got, raw.get("seconds", 0.0), ended.wall,
        ended.memory, note, {**raw, "guest": ended.guest},
    )  # fmt: skip


def _keep_recording(out: Path, folder: Path, label: str) -> None:
    """With the profile, so that it can be judged again as it was."""
    made = out / "recording.json"
    if made.exists():
        folder.mkdir(parents=True, exist_ok=True)
        lean = json.dumps(json.loads(made.read_text("ascii")), separators=(",", ":"))
        (folder / f"{label}.json").write_text(f"{lean}\n", "ascii")
        (folder / f"{label}.toml").write_bytes((out / "site.toml").read_bytes())


def grade_world(case: Case, way: Way, raw: dict[str, Any]) -> tuple[str, str]:
    """Does the world show the signs of its fault?"""
    if raw.get("trouble"):
        return "broken", str(raw["trouble"])
    text = "\n".join(raw["evidence"])
    missing = [s for s in case.sign[way] if not _shown(s, text)]
    return ("wrong", f"no {missing[0]!r} in: {text}") if missing else ("right", "")


def _shown(sign: str, text: str) -> bool:
    """A pattern; with ! before it, one that must not be there."""
    if sign.startswith("!"):
        return re.search(sign[1:], text, re.M) is None
    return re.search(sign, text, re.M) is not None


def grade(case: Case, way: Way, raw: dict[str, Any]) -> tuple[str, str]:
    """Right or wrong, and why."""
    if raw.get("broken"):
        return "broken", str(raw["trouble"])
    if raw.get("trouble"):
        return "wrong", f"{raw['trouble']} {str(raw.get('stderr', ''))[-700:]}"
    report = raw["report"]
    causes, left = report["causes"], raw["exit"]
    got = causes[0]["id"] if causes else HEALTHY
    if raw.get("leaks"):
        return "wrong", f"the passphrase is in: {'; '.join(raw['leaks'])}"
    if got not in case.expected:
        return "wrong", ""
    proper = case.exit if case.exit is not None else int(bool(got))
    if left != proper:
        return "wrong", f"verdict {report['verdict']}, exit {left}"
    for cause in causes:
        most = case.never.get(cause["id"])
        if most is not None and cause["confidence"] > most:
            return "wrong", f"{cause['id']} with {cause['confidence']}"
    wrong = case.judge(report) if case.judge else ""
    return ("wrong", wrong) if wrong else ("right", "")


def run_all(
    work: list[tuple[Case, Way, int]],
    options: Options,
    jobs: int,
    show: Callable[[Outcome], None],
) -> list[Outcome]:
    """Every case, `jobs` at a time; `show` as each ends."""
    found = []
    with ThreadPoolExecutor(jobs) as pool:
        waiting = [pool.submit(run_case, c, w, s, options) for c, w, s in work]
        try:
            for done in as_completed(waiting):
                found.append(done.result())
                show(found[-1])
        finally:  # also on Ctrl-C: what has not begun does not begin
            pool.shutdown(wait=False, cancel_futures=True)
    return found
