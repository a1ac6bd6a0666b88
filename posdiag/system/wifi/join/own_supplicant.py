"""A wpa_supplicant of our own, for an adapter that no program manages; removed again.

It is started by the join child, which outlives posdiag, with a control socket in a
private folder; its network is configured by that socket, so that no secret is in a
file or in its arguments. It ends with the child: the kernel sends it SIGTERM should the
child be killed (`setpriv --pdeathsig`), and it then leaves the network by itself.
"""

import asyncio
import contextlib
import os
import shutil
import signal
import tempfile
from pathlib import Path
from typing import Any

from posdiag.system.core.files import read_text
from posdiag.system.process.launcher import ROOT, environment
from posdiag.system.wifi.managers.supplicant_socket import control_path
from posdiag.system.wifi.nl80211.adapters import is_up, set_up

START_TIME = 5.0  # seconds until its control socket is there
END_TIME = 3.0  # seconds until it has left the network and ended
TICK = 0.05
FOLDER = "posdiag-wifi-"


class OwnSupplicant:
    """`plan` is what removes it, for another process too."""

    def __init__(self, interface: str, folder: str, was_up: bool, process: Any) -> None:
        self.path = ""
        self._process = process
        self.plan = {
            "interface": interface,
            "folder": folder,
            "was_up": was_up,
            "pid": process.pid,
        }

    @classmethod
    async def start(cls, interface: str) -> "OwnSupplicant | None":
        """None where it does not start, or the adapter is in use without it."""
        if _is_operational(interface):
            return None
        was_up = is_up(interface)
        folder = tempfile.mkdtemp(prefix=FOLDER)  # 0700
        try:
            process = await asyncio.create_subprocess_exec(
                "setpriv", "--pdeathsig", "TERM",
                "wpa_supplicant", "-D", "nl80211", "-i", interface, "-C", folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                env=environment(),
                cwd=ROOT,
            )  # fmt: skip
        except OSError:
            shutil.rmtree(folder, ignore_errors=True)
            return None
        own = cls(interface, folder, was_up, process)
        if await own._wait_for_socket():
            return own
        await own.stop()
        return None

    async def _wait_for_socket(self) -> bool:
        loop = asyncio.get_running_loop()
        end = loop.time() + START_TIME
        while loop.time() < end and self._process.returncode is None:
            self.path = control_path(self.plan["interface"], (self.plan["folder"],))
            if self.path:
                return True
            await asyncio.sleep(TICK)
        return False

    async def stop(self) -> None:
        """End it; the adapter is down again if it was."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            try:
                async with asyncio.timeout(END_TIME):
                    await self._process.wait()
            except TimeoutError:
                self._process.kill()
                await self._process.wait()
        clear(self.plan)


async def remove(plan: dict[str, Any]) -> None:
    """Carry out the plan of a child that has died, whose supplicant may still end."""
    folder = str(plan["folder"])
    loop = asyncio.get_running_loop()
    end = loop.time() + END_TIME
    while loop.time() < end and _is_ours(int(plan["pid"]), folder):
        with contextlib.suppress(ProcessLookupError):
            os.kill(int(plan["pid"]), signal.SIGTERM)
        await asyncio.sleep(TICK)
    clear(plan)


def clear(plan: dict[str, Any]) -> None:
    """What a supplicant that has ended may leave: its folder, and the adapter up."""
    folder = Path(str(plan["folder"]))
    if folder.name.startswith(FOLDER):
        shutil.rmtree(folder, ignore_errors=True)
    if not plan["was_up"]:
        with contextlib.suppress(OSError):
            set_up(plan["interface"], False)


def _is_ours(pid: int, folder: str) -> bool:
    """Is that process still our supplicant, which has the folder in its arguments?"""
    with contextlib.suppress(OSError):
        return os.fsencode(folder) in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def _is_operational(interface: str) -> bool:
    """Is it in a network already, by a program that we do not know?"""
    return read_text(Path("/sys/class/net", interface, "operstate")) == "up"
