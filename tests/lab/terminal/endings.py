"""`python -m tests.lab.terminal.endings [KILLS]`: what a watch leaves behind.

In one world after another: a watch is killed at random moments (SIGKILL, SIGTERM, its
whole group) and nothing of it may be left, neither a process nor a setting; a second
one on the same interface is refused; an interrupted one reports; and a sniffer counts
what `listen` sends.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.lab import netns
from tests.lab.plan import draw
from tests.lab.runner import certificates, contain
from tests.lab.terminal.worker import make
from tests.lab.terminal.world import TerminalWorld
from tests.lab.toml import dump
from tests.lab.worker import die_with_parent, environment, own_files

GONE = 10.0  # seconds in which all has to be undone (contract section 7)
MODES = ("listen", "inline", "host")
MOST_QUESTIONS = 12
SNIFFED = (
    "listen-lease", "listen-not-there", "listen-wrong-gateway", "listen-wrong-address",
    "listen-duplicate", "listen-till-is-off",
)  # fmt: skip
"""Cases in which there is much to ask for."""


def world_of(mode: str, seed: int, folder: Path) -> TerminalWorld:
    world = TerminalWorld(draw(f"endings/{seed}", "small"), folder, seed, mode)
    world.fixed(every=1.0)
    world.early = True
    world.build()
    world.start()
    profile = world.folder / "site.toml"
    profile.write_text(dump(world.profile or {}, world.targets), "utf-8")
    world.options += ["--profile", str(profile)]
    return world


def start(world: TerminalWorld) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "posdiag", *world.command()]
    return subprocess.Popen(
        netns.wrap("shop", command), text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd="/",
        env=environment(world, {}), start_new_session=True,
    )  # fmt: skip


def left_over() -> list[str]:
    """Processes of a watch."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if "posdiag.system.terminal.child" in line or line.startswith("passt"):
            found.append(line[:80])
    return found


def gone(world: TerminalWorld, before: Any) -> str:
    """ "" once nothing is left, else what is."""
    end = time.monotonic() + GONE
    while time.monotonic() < end:
        if not left_over() and world.state() == before:
            return ""
        time.sleep(0.2)
    return f"left: {left_over()}, settings the same: {world.state() == before}"


def kills(world: TerminalWorld, count: int, dice: random.Random) -> list[str]:
    before, wrong = world.state(), []
    for number in range(count):
        child = start(world)
        time.sleep(dice.uniform(0.2, 7.0))
        how = (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP)[number % 3]
        if number % 2:
            os.killpg(child.pid, how)
        else:
            child.send_signal(how)
        if trouble := gone(world, before):
            wrong.append(f"{world.mode} {how.name}: {trouble}")
        child.kill()
        child.communicate()
    return wrong


def two(world: TerminalWorld) -> list[str]:
    """The second is refused, the first goes on."""
    first = start(world)
    end = time.monotonic() + 20.0
    while not left_over() and time.monotonic() < end:
        time.sleep(0.2)
    time.sleep(2.0)
    second = start(world)
    out, _ = second.communicate(timeout=60)
    codes = {c["code"] for c in json.loads(out)["checks"]} if out else set()
    wrong = [] if "skip.watched" in codes else [f"{world.mode}: a second one watched"]
    if first.poll() is not None:
        wrong.append(f"{world.mode}: the first one ended")
    first.send_signal(signal.SIGINT)
    out, _ = first.communicate(timeout=30)
    if first.returncode != 130 or '"terminal.seen"' not in out:
        wrong.append(f"{world.mode}: interrupted, exit {first.returncode}")
    seen = next(c for c in json.loads(out)["checks"] if c["id"] == "terminal.seen")
    # On a switch nothing is heard of a terminal that sells by a warm ARP cache.
    if seen["status"] != "ok" and world.mode != "listen":
        wrong.append(f"{world.mode}: interrupted, {seen['status']} {seen['code']}")
    return wrong


@contextmanager
def sent_by_laptop(world: TerminalWorld) -> Iterator[dict[str, int]]:
    """What the laptop sends to all on its LAN meanwhile: ARP questions, and others."""
    # Multicast of its own that the kernel sends by IPv6 is none of ours.
    netns.sysctl("shop", ipv6__conf__all__disable_ipv6=1)
    file = str(world.folder / "sniffed.pcap")
    capture = world.spawn(
        netns.HERE, "tcpdump", "-Z", "root", "-i", "port1", "-U", "-w", file
    )
    time.sleep(1.5)
    counts: dict[str, int] = {}
    yield counts
    capture.terminate()
    capture.wait()
    from posdiag.formats.pcap import CaptureFile

    mac = netns.ip_json("shop", "link", "show", "dev", "eth0")[0]["address"]
    own = bytes.fromhex(mac.replace(":", ""))
    frames = [p.data for p in CaptureFile(Path(file).read_bytes())]
    mine = [f for f in frames if f[6:12] == own and f[0] & 1]
    asked = [f for f in mine if f[12:14] == b"\x08\x06" and f[20:22] == b"\0\1"]
    counts |= {"questions": len(asked), "others": len(mine) - len(asked)}


def sniff(world: TerminalWorld) -> list[str]:
    """Is it at most so many ARP questions, and nothing else, to all?"""
    profile = world.folder / "site.toml"
    profile.write_text(dump(world.profile or {}, world.targets), "utf-8")
    world.options += ["--profile", str(profile)]
    with sent_by_laptop(world) as counts:
        watch = start(world)
        world.plug()
        watch.communicate(timeout=100)
    print(f"listen: {counts}")
    bad = counts["questions"] > MOST_QUESTIONS or counts["others"]
    return [f"sent: {counts}"] if bad else []


def inside(mode: str, seed: int, certs: str, count: int) -> None:
    die_with_parent()
    world = world_of(mode, seed, own_files(certs))
    wrong = two(world) + kills(world, count, random.Random(seed))
    print(json.dumps({"mode": mode, "wrong": wrong}), flush=True)


def sniffed(case: str, certs: str) -> None:
    die_with_parent()
    wrong = sniff(make(case, 5, certs))
    print(json.dumps({"case": case, "wrong": wrong}), flush=True)


def main() -> int:
    if sys.argv[1:2] == ["sniffed"]:
        sniffed(sys.argv[2], sys.argv[3])
        os._exit(0)
    if sys.argv[1:2] == ["inside"]:
        inside(sys.argv[2], int(sys.argv[3]), sys.argv[4], int(sys.argv[5]))
        os._exit(0)
    count, failed = int((sys.argv[1:] or ["6"])[0]), False
    with certificates() as certs:
        for seed, mode in enumerate(MODES):
            out, errors = contain(
                "tests.lab.terminal.endings", "inside", mode, str(seed), certs,
                str(count), timeout=120.0 + 25.0 * count,
            )  # fmt: skip
            print(out.strip() or errors[-1500:], flush=True)
            failed |= '"wrong": []' not in out
        for case in SNIFFED:
            module = "tests.lab.terminal.endings"
            out, errors = contain(module, "sniffed", case, certs, timeout=180.0)
            print(out.strip() or errors[-1500:], flush=True)
            failed |= '"wrong": []' not in out
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
