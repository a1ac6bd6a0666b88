"""Two benches made of network namespaces, whose runners are killed now and then.

    pytest -m lab tests/benches/test_namespaces.py

Root only: each bench is a terminal and a shop with a cable between them.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.benches.till import SERVER, lab

NAMES = ("one", "two")
OPTIONS = '["--select", "link.state,target.connect", "--skip", "isp,router,ip,wifi"]'
BENCH = """\
[[bench]]
name = "{name}"
tags = ["namespace"]
profile = "{name}.toml"
prefix = ["ip", "netns", "exec", "{terminal}"]
run = {options}
[[bench.fault]]
name = "cable out"
inject = "ip -n {shop} link set eth0 down"
restore = "ip -n {shop} link set eth0 up"
expect = "link.down"
settle = 0.5
[[bench.fault]]
name = "till off"
inject = "kill $(cat {name}.pid)"
restore = "sh {name}.sh"
expect = "target.unreachable"
settle = 0.5
"""
START = """\
kill $(cat {name}.pid) 2>/dev/null
ip netns exec {shop} {python} server.py 8080 192.168.77.1 </dev/null >/dev/null 2>&1 &
echo $! > {name}.pid
sleep 0.3
"""


def ip(*command: str) -> None:
    subprocess.run(["ip", *command], check=True, capture_output=True)


def names(name: str) -> dict[str, str]:
    own = f"{name}-{os.getpid()}"
    return {"name": name, "terminal": f"terminal-{own}", "shop": f"shop-{own}"}


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """An inventory, and the two worlds that it is about."""
    server = SERVER.replace('"127.0.0.1"', "sys.argv[2]")
    (tmp_path / "server.py").write_text(server)
    inventory = ""
    for name in NAMES:
        known = names(name)
        start = START.format(python=sys.executable, **known)
        (tmp_path / f"{name}.sh").write_text(start)
        (tmp_path / f"{name}.toml").write_text(
            '[connection]\ninterface = "eth0"\n'
            '[[target]]\nname = "till"\nhost = "192.168.77.1"\nport = 8080\n'
            "tls = false\n"
        )
        inventory += BENCH.format(options=OPTIONS, **known)
        build(known)
        subprocess.run(["sh", f"{name}.sh"], cwd=tmp_path, check=True)
    (tmp_path / "lab.toml").write_text(inventory)
    yield tmp_path
    for name in NAMES:
        subprocess.run(["sh", "-c", f"kill $(cat {name}.pid)"], cwd=tmp_path)
        for space in ("terminal", "shop"):
            ip("netns", "del", names(name)[space])


def build(known: dict[str, str]) -> None:
    for side, number in (("terminal", 2), ("shop", 1)):
        ip("netns", "add", known[side])
        ip("-n", known[side], "link", "set", "lo", "up")
        if number == 1:
            peer = ("peer", "name", "eth0", "netns", known["terminal"])
            ip("-n", known["shop"], "link", "add", "eth0", "type", "veth", *peer)
    for side, number in (("terminal", 2), ("shop", 1)):
        address = f"192.168.77.{number}/24"
        ip("-n", known[side], "addr", "add", address, "dev", "eth0")
        ip("-n", known[side], "link", "set", "eth0", "up")
    route = ("default", "via", "192.168.77.1")
    ip("-n", known["terminal"], "route", "add", *route)


def whole(folder: Path) -> bool:
    """Are both worlds as they were, and both benches free?"""
    for name in NAMES:
        space = names(name)["terminal"]
        probe = "import socket; socket.create_connection(('192.168.77.1', 8080), 2)"
        done = subprocess.run(
            ["ip", "netns", "exec", space, sys.executable, "-c", probe],
            capture_output=True,
        )
        if done.returncode != 0:
            return False
    return lab(folder, "list")[1].count("  free") == len(NAMES)


def restored(folder: Path) -> bool:
    end = time.monotonic() + 15
    while time.monotonic() < end:
        if whole(folder):
            return True
        time.sleep(0.3)
    return False


@pytest.mark.lab
def test_twenty_trials_on_two_benches_with_runners_that_are_killed(
    folder: Path,
) -> None:
    dice = random.Random()  # when a runner is killed
    for _ in range(4):
        code, _ = lab(folder, "run", "--jobs", "2", kill=dice.uniform(0.8, 6.0))

        assert code == -9
        assert restored(folder)
    command = ("run", "--jobs", "2", "--repeat", "5")
    code, out = lab(folder, *command, "--json", "out.json", "--junit", "out.xml")
    report: dict[str, Any] = json.loads((folder / "out.json").read_text("utf-8"))

    assert code == 0, out
    assert report["score"]["right"] == report["score"]["counted"] == 20
    assert report["score"]["alarms"] == report["score"]["invalid"] == 0
    assert whole(folder)
