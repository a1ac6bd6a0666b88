"""In the guest: builds the world of one case, runs posdiag, writes /out/result.json.

python -m tests.lab.wifi.guest CASE SEED WAY OPTIONS-AS-JSON
"""

import json
import os
import subprocess
import sys
import time
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Any

from tests.lab.toml import dump
from tests.lab.wifi import build, client, leaks, trial
from tests.lab.wifi.case import Way
from tests.lab.wifi.world import World, make

RESULT = Path("/out/result.json")


def command(world: World, options: dict[str, Any]) -> list[str]:
    """The posdiag command line of this case, as it is typed in the shop."""
    profile = world.folder / "site.toml"
    profile.write_text(dump(world.profile, []), "utf-8")
    profile.chmod(0o600)
    args = [*world.verb, "--format", "json", "--lang", "en", "--profile", str(profile)]
    if options.get("record"):
        args += ["--record", "/out/recording.json"]
        Path("/out/site.toml").write_bytes(profile.read_bytes())
    return ["python3", "-m", "posdiag", *args, *world.args, *options.get("args", [])]


def environment() -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": "/work:/work/checks:/site",
        "LANG": "C.UTF-8",
        "HOME": "/root",
        "XDG_DATA_HOME": "/tmp/data",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def posdiag(world: World, options: dict[str, Any]) -> dict[str, Any]:
    """Run it and keep what matters of the answer."""
    line = command(world, options)
    watch = leaks.Watch(secrets(world))
    start = time.monotonic()
    try:
        with watch:
            done = subprocess.run(
                line, capture_output=True, text=True, timeout=world.patience,
                check=False, cwd="/", env=environment(), stdin=subprocess.DEVNULL,
            )  # fmt: skip
    except subprocess.TimeoutExpired as late:
        said = late.stderr or b""
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        return {"trouble": f"no end within {world.patience} s", "stderr": text[-3000:]}
    outcome: dict[str, Any] = {
        "seconds": round(time.monotonic() - start, 2),
        "exit": done.returncode,
        "stderr": done.stderr[-3000:],
        "leaks": watch.found + leaks.stored(secrets(world), world.folder, done.stdout),
    }
    try:
        outcome["report"] = json.loads(done.stdout)
    except ValueError:
        outcome["trouble"] = f"stdout is not JSON: {done.stdout[:300]!r}"
    return outcome


def left_behind() -> list[str]:
    """What the join test's own wpa_supplicant has not taken away with it."""
    found = [str(path) for path in Path("/tmp").glob("posdiag-wifi-*")]
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if b"posdiag-wifi-" in path.read_bytes():
                found.append(path.parent.name)
    if not int(Path("/sys/class/net/wlan0/flags").read_text("ascii"), 16) & 1:
        found.append("wlan0 is down, and was up")
    return found


def secrets(world: World) -> list[str]:
    """What must not be found outside the profile."""
    said = world.profile.get("wifi", {}).get("passphrase")
    return [said] if isinstance(said, str) and len(said) >= 5 else []


def logs(folder: Path) -> dict[str, str]:
    """The ends of what the world's processes wrote."""
    return {
        path.name: path.read_text("utf-8", "replace")[-4000:]
        for path in sorted(folder.glob("*.log"))
    }


def run_case(
    case_id: str, seed: int, way: Way, options: dict[str, Any]
) -> dict[str, Any]:
    start = time.monotonic()
    world = make(case_id, seed, way)
    outcome: dict[str, Any] = {}
    try:
        build.build(world)
        build.start(world)
        client.start(world)
        for step in world.last:
            step(world)
        outcome["built"] = round(time.monotonic() - start, 2)
        if options.get("world_only"):
            outcome["evidence"] = trial.evidence(world)
        else:
            outcome |= posdiag(world, options)
            for look in world.after:
                if said := look(world):
                    outcome["trouble"] = said
            if world.unmanaged and (left := left_behind()):
                outcome["trouble"] = f"left behind: {left}"
    except Exception:  # noqa: BLE001  # told to the host as the lab's own trouble
        outcome["trouble"] = traceback.format_exc()
        outcome["broken"] = True
    if options.get("logs") or "trouble" in outcome:
        outcome["logs"] = logs(world.folder)
    return outcome


def main(case_id: str, seed: str, way: Way, options: str) -> None:
    said = run_case(case_id, int(seed), way, json.loads(options))
    RESULT.write_text(json.dumps(said), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4])  # type: ignore[arg-type]  # from the runner
    os._exit(0)  # the servers' threads end with us
