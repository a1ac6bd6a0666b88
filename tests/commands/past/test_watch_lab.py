"""A watch of a real line that is broken three times: are the three found, each with its
begin and its end within one period?"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

import pytest

PERIOD = 2.0  # seconds; a run on this line takes two, one that sees both states eight
ACQUIRER = "203.0.113.10"
SERVER = f"""
import socket
held = []
with socket.create_server(("{ACQUIRER}", 5000)) as server:
    while True:
        held.append(server.accept())
"""
PROFILE = f"""
[connection]
kind = "private"
[acquirer]
host = "{ACQUIRER}"
port = 5000
tls = false
[connectivity]
url = false
"""


class Shop:
    """A machine, and a router with the acquirer behind it: two namespaces."""

    def __init__(self) -> None:
        self.shop, self.router = (f"pd-{n}-{os.getpid()}" for n in ("shop", "router"))
        self._server: subprocess.Popen[bytes] | None = None

    def run(self, *command: str) -> None:
        subprocess.run(command, check=True, capture_output=True)

    def inside(self, name: str, *command: str) -> list[str]:
        return ["ip", "netns", "exec", name, *command]

    def build(self) -> None:
        for name in (self.shop, self.router):
            self.run("ip", "netns", "add", name)
            self.run("ip", "-n", name, "link", "set", "lo", "up")
        link = ["link", "add", "eth0", "type", "veth", "peer", "name", "lan", "netns"]
        self.run("ip", "-n", self.shop, *link, self.router)
        self.run("ip", "-n", self.shop, "addr", "add", "10.77.0.2/24", "dev", "eth0")
        self.run("ip", "-n", self.router, "addr", "add", "10.77.0.1/24", "dev", "lan")
        self.run("ip", "-n", self.router, "addr", "add", f"{ACQUIRER}/32", "dev", "lo")
        self.run("ip", "-n", self.shop, "link", "set", "eth0", "up")
        self.plug(True)
        self.run("ip", "-n", self.shop, "route", "add", "default", "via", "10.77.0.1")
        self.serve(True)

    def plug(self, on: bool) -> None:
        """The cable between shop and router."""
        state = "up" if on else "down"
        self.run("ip", "-n", self.router, "link", "set", "lan", state)

    def serve(self, on: bool) -> None:
        """The acquirer's host."""
        if on:
            command = self.inside(self.router, sys.executable, "-c", SERVER)
            self._server = subprocess.Popen(command)
        elif self._server:
            self._server.kill()
            self._server.wait()
            self._server = None

    def remove(self) -> None:
        self.serve(False)
        for name in (self.shop, self.router):
            subprocess.run(["ip", "netns", "del", name], check=False)


@pytest.fixture
def shop() -> Iterator[Shop]:
    built = Shop()
    with ExitStack() as undo:
        undo.callback(built.remove)
        built.build()
        yield built


@pytest.mark.lab
def test_three_outages_are_three_with_begin_and_end_within_a_period(
    shop: Shop, tmp_path: Path
) -> None:
    profile, lines = tmp_path / "shop.toml", tmp_path / "lines.ndjson"
    profile.write_text(PROFILE, "utf-8")
    command = [sys.executable, "-m", "posdiag", "watch", "--profile", str(profile)]
    options = ["--every", f"{PERIOD:g}s", "--for", "74s", "--format", "ndjson"]
    faults = (
        (shop.plug, "link.down"),
        (shop.serve, "acquirer.port-closed"),
        (shop.plug, "link.down"),
    )
    made: list[tuple[datetime, datetime, str]] = []
    with subprocess.Popen(
        shop.inside(shop.shop, *command, *options, "--output", str(lines)),
        env={**os.environ, "POSDIAG_LANG": "en"},
    ) as watch:
        for switch, cause in faults:
            time.sleep(8)
            begin = datetime.now().astimezone()
            switch(False)
            time.sleep(14)
            switch(True)
            made.append((begin, datetime.now().astimezone(), cause))
    found = [json.loads(line) for line in lines.read_text("utf-8").splitlines()]
    runs, summary = found[:-1], found[-1]

    assert watch.returncode == 1
    assert {run["type"] for run in runs} == {"run"}
    assert summary["type"] == "summary"
    assert [o["cause"] for o in summary["outages"]] == [cause for *_, cause in made]
    longest = max(run["duration_s"] for run in runs)
    # To the second, as they are written; a run that was under way sees either state.
    late = timedelta(seconds=max(PERIOD, longest) + 1)
    for outage, (begin, end, _) in zip(summary["outages"], made, strict=True):
        assert abs(datetime.fromisoformat(outage["begin"]) - begin) <= late
        assert abs(datetime.fromisoformat(outage["end"]) - end) <= late
    assert 0.3 < summary["availability"] < 0.7
