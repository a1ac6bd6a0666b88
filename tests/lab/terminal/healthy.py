"""`python -m tests.lab.terminal.healthy [WORLDS [SECONDS]]`: false alarms of `listen`.

All worlds at once: in each a healthy terminal of its own kind sells or idles, beside
everything that a LAN has to offer (`neighbours`). Whoever names a cause is wrong. A
sniffer counts what the laptop sends by broadcast meanwhile.
"""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from tests.lab.netns import HERE, ip
from tests.lab.plan import draw
from tests.lab.runner import certificates, contain
from tests.lab.terminal.endings import MOST_QUESTIONS, sent_by_laptop, start
from tests.lab.terminal.world import TerminalWorld
from tests.lab.toml import dump
from tests.lab.worker import die_with_parent, own_files

WORLDS, SECONDS = 10, 300
KINDS = ("udhcpc", "dhclient", "dhcpcd", "fixed", "idle")


def world_of(seed: int, certs: str, seconds: int) -> TerminalWorld:
    folder = own_files(certs)
    world = TerminalWorld(draw(f"noise/{seed}", "small"), folder, seed, "listen")
    kind = KINDS[seed % len(KINDS)]
    if kind in ("fixed", "idle"):
        world.fixed()
    else:
        world.pos["dhcp"] = kind
    if kind == "idle":
        world.pos["host"] = ""
    world.pos["every"] = 4.0 + seed % 17
    world.early, world.seconds = seed % 3 == 0, seconds
    world.build()
    neighbours(world, "noise", seconds + 60)
    world.start()
    profile = folder / "site.toml"
    profile.write_text(dump(world.profile or {}, world.targets), "utf-8")
    world.options += ["--profile", str(profile)]
    return world


def neighbours(world: TerminalWorld, kind: str, seconds: int) -> None:
    """Other devices, behind a port of the switch (or, hostile, on the terminal's)."""
    plan = world.plan
    ip(HERE, "netns add others", "link add eth0 netns others type veth peer name port7")
    ip(HERE, "link set dev port7 master br0", "link set dev port7 up")
    ip("others", "link set dev eth0 up")
    talk(world, "others", kind, seconds, f"{plan.lan}", plan.router)


def talk(
    world: TerminalWorld, space: str, kind: str, seconds: int, lan: str, router: str
) -> None:
    script = str(Path(__file__).with_name("neighbours.py"))
    words = [kind, "eth0", str(seconds), str(world.seed), lan, router, world.spare]
    words.append(world.mac)
    world.spawn(space, sys.executable, "-I", script, *words)


def inside(seed: int, certs: str, seconds: int) -> None:
    die_with_parent()
    world = world_of(seed, certs, seconds)
    with sent_by_laptop(world) as counts:
        watch = start(world)
        world.plug()
        out, errors = watch.communicate(timeout=seconds + 120)
    report: dict[str, Any] = {"causes": [], "checks": [], "verdict": errors[-500:]}
    if out:
        report = json.loads(out)
    seen = [c["facts"] for c in report["checks"] if c["id"] == "terminal.seen"]
    told = {
        "kind": KINDS[seed % len(KINDS)],
        "verdict": report["verdict"],
        "causes": [c["id"] for c in report["causes"]],
        "seconds": seen[0].get("seconds") if seen else None,
        **counts,
    }
    print(json.dumps(told), flush=True)


def right(told: dict[str, Any]) -> bool:
    quiet = told["questions"] <= MOST_QUESTIONS and not told["others"]
    return quiet and not told["causes"] and bool(told["seconds"])


def main() -> int:
    if sys.argv[1:2] == ["inside"]:
        inside(int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
        os._exit(0)
    given = [int(word) for word in sys.argv[1:]]
    worlds, seconds = (*given, *(WORLDS, SECONDS)[len(given) :])
    wrong, minutes = 0, 0.0
    with certificates() as certs, ThreadPoolExecutor(worlds) as pool:
        words = ("tests.lab.terminal.healthy", "inside")
        runs = [
            pool.submit(
                contain, *words, str(seed), certs, str(seconds), timeout=seconds + 240.0
            )
            for seed in range(worlds)
        ]
        for out, errors in (run.result() for run in runs):
            line = out.strip().splitlines()[-1:] or [json.dumps(errors[-800:])]
            print(line[0], flush=True)
            told = json.loads(line[0])
            good = isinstance(told, dict) and right(told)
            wrong += not good
            minutes += told["seconds"] / 60 if good else 0.0
    print(f"{minutes:.0f} minutes, {wrong} of {worlds} wrong")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
