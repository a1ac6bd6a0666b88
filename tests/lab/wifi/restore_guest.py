"""In the guest: is the former connection back after each of N join tests?

    python -m tests.lab.wifi.restore_guest N WAY SEED join|host

The machine is joined to network A; posdiag tests the credentials of network B, some
with a wrong passphrase, some killed midway by SIGINT, SIGTERM or SIGKILL. Or it opens
network B for a terminal that does not come, and is killed each time, alone or with its
whole group.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.lab.netns import HERE, run
from tests.lab.toml import dump
from tests.lab.wifi import build, client, leaks
from tests.lab.wifi.air import draw_air
from tests.lab.wifi.case import Way
from tests.lab.wifi.control import Control
from tests.lab.wifi.guest import RESULT, environment, logs, secrets
from tests.lab.wifi.world import World

SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
KILLED_EVERY = 4  # so that ten of fifty are, though some end before their signal
KILL_AFTER = (0.5, 6.5)  # the guest's seconds; a run takes 7 to 16
LONGEST = 150.0  # the guest's seconds for one run
BACK = 30.0  # until the former connection must be there again
HOSTING = ("terminal", "host", "--wifi", "wlan0", "--seconds", "8", "--yes")
HOST_BACK, HOST_KILL = 10.0, (0.5, 14.0)  # the contract's, section 7
SETTLE = 2.0


@dataclass
class Run:
    """One join test. `back` are the guest's seconds after its end, None: never."""

    number: int
    right: bool
    killed: str
    seconds: float
    exit: int | None
    back: float | None
    faults: list[str]


def await_back(world: World, patience: float) -> float | None:
    start = time.monotonic()
    while time.monotonic() < start + patience:
        if client.former_is_back(world):
            return round(time.monotonic() - start, 2)
        time.sleep(0.25)
    return None


def profiles(way: Way) -> list[str]:
    """What networks are stored."""
    if way == "nm":
        told = run(HERE, "nmcli", "-t", "-f", "NAME,TYPE", "con", "show")
        stored = sorted(p.name for p in client.CONNECTIONS.iterdir())
        volatile = Path("/run/NetworkManager/system-connections")
        stored += (
            sorted(p.name for p in volatile.iterdir()) if volatile.exists() else []
        )
        return [*sorted(told.split("\n")), *stored]
    control = Control("wlan0", attach=False)
    networks = control.ask("LIST_NETWORKS").splitlines()[1:]
    control.close()
    # Without the flags: which one is current, and which is off, is seen by the link.
    return ["\t".join(n.split("\t")[:2]) for n in networks]


def still_running() -> list[str]:
    """Processes of posdiag that have outlived it."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = path.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue
        if "posdiag" in line and "tests.lab" not in line:
            found.append(line[:80])
    return found


@dataclass(frozen=True)
class Kind:
    """What is carried out, and when it is killed."""

    command: tuple[str, ...] = ("run", "wifi.credentials", "--allow-join")
    every: int = KILLED_EVERY
    after: tuple[float, float] = KILL_AFTER
    back: float = BACK
    exits: tuple[int, ...] = (0, 1)


KINDS = {"join": Kind(), "host": Kind(HOSTING, 1, HOST_KILL, HOST_BACK, (3,))}


def one(world: World, number: int, dice: random.Random, kind: Kind) -> Run:
    right = dice.random() < 0.5
    secret = world.ap.passphrase if right else world.air.wrong
    world.wifi(passphrase=secret)
    path = world.folder / "site.toml"
    path.write_text(dump(world.profile, []), "utf-8")
    killer = SIGNALS[number // kind.every % 3] if number % kind.every == 0 else None
    before, watch = profiles(world.way), leaks.Watch(secrets(world))
    start = time.monotonic()
    with watch:
        code = _posdiag(kind, path, killer, dice)
    seconds = round(time.monotonic() - start, 2)
    back = await_back(world, kind.back)
    time.sleep(SETTLE)
    faults = watch.found + leaks.stored(secrets(world), world.folder)
    if back is not None and not client.former_is_back(world):
        faults.append("the former connection came back and went again")
    after = profiles(world.way)
    if after != before:
        faults.append(f"stored networks: {before} became {after}")
    faults += [f"still running: {line}" for line in still_running()]
    if killer is None and code not in kind.exits:  # 130 where it was interrupted
        faults.append(f"exit {code}")
    hit = killer is not None and code not in kind.exits
    name = "" if killer is None else killer.name if hit else "late"
    return Run(number, right, name, seconds, code, back, faults)


def _posdiag(
    kind: Kind, profile: Path, killer: signal.Signals | None, dice: random.Random
) -> int | None:
    command = [
        "python3", "-m", "posdiag", *kind.command,
        "--format", "json", "--profile", str(profile),
    ]  # fmt: skip
    after, whole = dice.uniform(*kind.after), dice.random() < 0.5
    child = subprocess.Popen(
        command, cwd="/", env=environment(), stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        if killer is not None:
            try:
                return child.wait(after)
            except subprocess.TimeoutExpired:
                if whole:
                    os.killpg(child.pid, killer)
                else:
                    child.send_signal(killer)
        return child.wait(LONGEST)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        return None


def make(way: Way, seed: int) -> World:
    """The shop's network B, and A, to which the machine is joined."""
    world = World(draw_air(f"restore/{seed}"), way, seed=str(seed))
    world.connected(world.other_network())
    return world


def main(count: int, way: Way, seed: int, what: str) -> None:
    world, dice, kind = make(way, seed), random.Random(seed), KINDS[what]
    world.wired = what == "host"
    build.build(world)
    build.start(world)
    client.start(world)
    if await_back(world, BACK) is None:
        raise RuntimeError("not joined beforehand")
    runs = []
    for number in range(count):
        runs.append(asdict(one(world, number, dice, kind)))
        said = {"runs": runs, "logs": logs(world.folder)}
        RESULT.write_text(json.dumps(said), "utf-8")
        if runs[-1]["back"] is None:
            break  # the next ones would prove nothing


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4])  # type: ignore[arg-type]  # from the host
    os._exit(0)
