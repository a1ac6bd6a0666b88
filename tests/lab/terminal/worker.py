"""Process 1 of a container: one world with a terminal, one watch, one line of JSON."""

import json
import subprocess
import sys
import threading
import time
from typing import Any

from tests.lab import netns
from tests.lab.plan import draw
from tests.lab.terminal.case import load
from tests.lab.terminal.world import TerminalWorld
from tests.lab.toml import dump
from tests.lab.worker import die_with_parent, environment, own_files

LIMIT = 150  # seconds of one watch


def make(case_id: str, seed: int, certs: str) -> TerminalWorld:
    case = load()[case_id]
    folder = own_files(certs)
    plan = draw(f"{case_id}/{seed}", "small")
    world = TerminalWorld(plan, folder, seed, case.mode)
    case.setup(world)
    world.build()
    world.start()
    return world


def posdiag(world: TerminalWorld) -> dict[str, Any]:
    profile = world.folder / "site.toml"
    profile.write_text(dump(world.profile or {}, world.targets), "utf-8")
    command = [sys.executable, "-m", "posdiag", *world.command()]
    command += ["--profile", str(profile)]
    before, start = world.state(), time.monotonic()
    threading.Thread(target=world.plug, daemon=True).start()
    try:
        done = subprocess.run(
            netns.wrap("shop", command), capture_output=True, text=True,
            timeout=LIMIT, check=False, cwd="/", env=environment(world, {}),
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"trouble": f"no end within {LIMIT} s"}
    end = time.monotonic()
    begun = world.tried and max(start, world.tried)
    outcome: dict[str, Any] = {
        "seconds": round(end - start, 1),
        "tried": begun and round(end - begun, 1),
        "late": late(begun, world.listened),
        "exit": done.returncode,
        "stderr": done.stderr[-2000:],
    }
    try:
        outcome["report"] = json.loads(done.stdout)
    except ValueError:
        outcome["trouble"] = f"stdout is not JSON: {done.stdout[:200]!r}"
    time.sleep(0.3)
    if world.state() != before:
        outcome["trouble"] = "something of the laptop's network has changed"
    return outcome


def late(begun: float | None, listened: float | None) -> float | None:
    """Seconds of the watch before the terminal's first try, 0 for one that was in use
    before; None where posdiag was not seen to listen before it was plugged in."""
    if begun is None or listened is None:
        return None
    return max(0.0, begun - listened)


def keep(world: TerminalWorld, file: str) -> None:
    """A capture of the terminal's own wire, for the tests of `read`."""
    netns.ip("pos", "link set dev eth0 up")
    capture = world.spawn(
        "pos", "tcpdump", "-Z", "root", "-i", "eth0", "-U", "-s", "0", "-w", file,
        "not ip6",
    )  # fmt: skip
    time.sleep(1.0)
    if capture.poll() is not None:
        raise RuntimeError("tcpdump does not start")


def main(case_id: str, seed: int, certs: str, file: str) -> None:
    die_with_parent()
    world = make(case_id, seed, certs)
    if file and not world.absent:
        keep(world, file)
    print(json.dumps(posdiag(world)), flush=True)


if __name__ == "__main__":
    import os

    main(sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4])
    os._exit(0)
