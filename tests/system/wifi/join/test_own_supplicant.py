"""A wpa_supplicant of our own is taken away again, however its starter ends."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from posdiag.system.wifi.join.own_supplicant import OwnSupplicant, remove

PATIENCE = 20.0
# Stands for the real one, which the Wi-Fi lab has: it opens its control socket and
# stays. No radio is here that it could run on.
STANDING_IN = """#!/bin/sh
exec {python} -S -c '
import socket, sys, time
folder, name = sys.argv[-1], sys.argv[sys.argv.index("-i") + 1]
held = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
held.bind(folder + "/" + name)
time.sleep(60)
' "$@"
"""
STARTER = """
import asyncio, sys, time
from posdiag.system.wifi.join.own_supplicant import OwnSupplicant

async def main():
    own = await OwnSupplicant.start("wlan7")
    print(own.plan["pid"], own.plan["folder"], flush=True)
    await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "wpa_supplicant"
    path.write_text(STANDING_IN.format(python=sys.executable), "ascii")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return path


def folder_of(own: OwnSupplicant) -> Path:
    return Path(str(own.plan["folder"]))


def gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").split()[2] == "Z"
    except OSError:
        return True


def until(sign: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE
    while not sign() and time.monotonic() < end:
        time.sleep(0.02)
    return sign()


def test_it_listens_in_a_private_folder_and_leaves_nothing(program: Path) -> None:
    def looked_at(own: OwnSupplicant) -> tuple[int, bool]:
        return folder_of(own).stat().st_mode & 0o777, Path(own.path).is_socket()

    async def play() -> tuple[int, Path]:
        own = await OwnSupplicant.start("wlan7")
        assert own is not None
        assert looked_at(own) == (0o700, True)
        await own.stop()
        return int(str(own.plan["pid"])), folder_of(own)

    pid, folder = asyncio.run(play())

    assert gone(pid)
    assert not folder.exists()


def test_one_that_does_not_start_is_none(program: Path) -> None:
    program.write_text("#!/bin/sh\nexit 255\n", "ascii")

    assert asyncio.run(OwnSupplicant.start("wlan7")) is None


def test_it_ends_with_a_starter_that_is_killed_and_is_cleared_by_another(
    program: Path,
) -> None:
    starter = subprocess.Popen(
        [sys.executable, "-c", STARTER], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert starter.stdout is not None
    number, folder = starter.stdout.readline().split()
    starter.send_signal(signal.SIGKILL)
    starter.wait()
    starter.stdout.close()

    assert until(lambda: gone(int(number)))
    plan = {"interface": "wlan7", "folder": folder, "was_up": True, "pid": int(number)}
    asyncio.run(remove(plan))
    assert not Path(folder).exists()


def test_a_process_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    other = subprocess.Popen(["sleep", "60"])
    try:
        folder = str(tmp_path / "posdiag-wifi-x")
        plan = {"interface": "wlan7", "folder": folder, "was_up": True}
        asyncio.run(remove({**plan, "pid": other.pid}))
        assert other.poll() is None
    finally:
        other.kill()
        other.wait()
