"""`python -m tests.lab.terminal.hostile [SECONDS]`: a terminal that means harm.

It sends as fast as it can what is nearly right (ARP, DHCP, DNS, TLS, ICMP; from half a
million hardware addresses), while posdiag watches it in each way. Printed are the time,
the most memory of any of its processes, and what it said; more than the bounds, or a
bug of ours in the report, is wrong.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

from tests.lab.netns import ip
from tests.lab.plan import draw
from tests.lab.runner import certificates, contain
from tests.lab.terminal.endings import MODES, start
from tests.lab.terminal.healthy import talk
from tests.lab.terminal.world import TerminalWorld
from tests.lab.toml import dump
from tests.lab.worker import die_with_parent, own_files

SECONDS = 20
LATE = 30.0  # seconds beyond the watch: the proof of this machine's own way
MEMORY = 200.0  # MB of one process


class Memory:
    """The most that any process of posdiag has held, in MB."""

    def __init__(self) -> None:
        self.most = 0.0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._over.wait(0.2):
            for entry in Path("/proc").glob("[0-9]*"):
                self.most = max(self.most, held(entry))

    def end(self) -> float:
        self._over.set()
        self._thread.join()
        return round(self.most, 1)


def held(entry: Path) -> float:
    try:
        if b"posdiag" not in (entry / "cmdline").read_bytes():
            return 0.0
        status = (entry / "status").read_text("ascii", "replace")
    except OSError:
        return 0.0
    peak = status.partition("VmHWM:")[2].split()
    return int(peak[0]) / 1024 if peak else 0.0


def inside(mode: str, seed: int, certs: str, seconds: int) -> None:
    die_with_parent()
    folder = own_files(certs)
    world = TerminalWorld(draw(f"hostile/{seed}", "small"), folder, seed, mode)
    world.seconds, world.absent = seconds, True
    world.build()
    world.start()
    ip("pos", "link set dev eth0 up")
    profile = folder / "site.toml"
    profile.write_text(dump(world.profile or {}, world.targets), "utf-8")
    world.options += ["--profile", str(profile), "--mac", world.mac]
    plan, begun = world.plan, time.monotonic()
    memory, watch = Memory(), start(world)
    world.plug()
    talk(world, "pos", "flood", seconds, f"{plan.lan}", plan.router)
    out, errors = watch.communicate(timeout=seconds + 240)
    report: dict[str, Any] = json.loads(out) if out else {"checks": [], "causes": []}
    codes = {c["id"]: c["code"] for c in report["checks"]}
    seen = next((c for c in report["checks"] if c["id"] == "terminal.seen"), None)
    told = {
        "mode": mode,
        "seconds": round(time.monotonic() - begun, 1),
        "memory_mb": memory.end(),
        "exit": watch.returncode,
        "causes": [c["id"] for c in report["causes"]],
        "seen": (seen or {}).get("code") or (seen or {}).get("status"),
        "bugs": [f"{i}: {c}" for i, c in codes.items() if c.startswith("tool.")],
        "traceback": "Traceback" in errors,
        "terminal_group": {
            i: c for i, c in codes.items() if i.startswith("terminal.") and c
        },
    }
    print(json.dumps(told), flush=True)


def right(told: dict[str, Any], seconds: int) -> bool:
    known = told["seen"] not in (None, "skip.trouble")
    bounded = told["memory_mb"] < MEMORY and told["seconds"] < seconds + LATE
    return known and bounded and not told["bugs"] and not told["traceback"]


def main() -> int:
    if sys.argv[1:2] == ["inside"]:
        inside(sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5]))
        os._exit(0)
    seconds, wrong = int((sys.argv[1:] or [str(SECONDS)])[0]), 0
    with certificates() as certs:
        for seed, mode in enumerate(MODES):
            out, errors = contain(
                "tests.lab.terminal.hostile", "inside", mode, str(seed), certs,
                str(seconds), timeout=seconds + 300.0,
            )  # fmt: skip
            lines = out.strip().splitlines()
            print(lines[-1] if lines else errors[-1500:], flush=True)
            wrong += not lines or not right(json.loads(lines[-1]), seconds)
    print(f"{wrong} of {len(MODES)} wrong")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
