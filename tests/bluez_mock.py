"""BlueZ as python-dbusmock plays it, on a system bus of its own.

dbusmock is Debian's (python3-dbusmock) and runs under the system's Python.
"""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.network_manager import CONFIG

BUS = "DBUS_SYSTEM_BUS_ADDRESS"
PYTHON = "/usr/bin/python3"
ADDRESS = "11:22:33:44:55:66"
DEVICE = f"/org/bluez/hci0/dev_{ADDRESS.replace(':', '_')}"
STARTING = 15.0  # seconds


@contextmanager
def system_bus() -> Iterator[str]:
    """The address of a system bus without any service."""
    with tempfile.TemporaryDirectory(prefix="pdbus-") as name:
        config = Path(name, "bus.xml")
        config.write_text(CONFIG.format(path=Path(name, "socket")), "ascii")
        argv = ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address"]
        with subprocess.Popen(
            argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        ) as daemon:
            assert daemon.stdout is not None
            try:
                yield daemon.stdout.readline().strip()
            finally:
                daemon.kill()


@dataclass(frozen=True)
class Bluez:
    """bluetoothd on the bus `address`."""

    address: str

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, BUS: self.address}

    def call(self, path: str, member: str, *arguments: str, check: bool = True) -> bool:
        argv = ["dbus-send", "--system", "--print-reply", "--dest=org.bluez"]
        done = subprocess.run(
            [*argv, path, member, *arguments],
            env=self.environment,
            capture_output=True,
            check=check,
        )
        return done.returncode == 0

    def adapter(self) -> None:
        self.call("/", "org.bluez.Mock.AddAdapter", "string:hci0", "string:till")

    def device(self) -> None:
        """A terminal that is neither paired nor connected."""
        told = ("string:hci0", f"string:{ADDRESS}", "string:A920")
        self.call("/", "org.bluez.Mock.AddDevice", *told)

    def pair(self) -> None:
        told = ("string:hci0", f"string:{ADDRESS}", "int32:5898764")
        self.call("/", "org.bluez.Mock.PairDevice", *told)

    def set(self, path: str, interface: str, name: str, value: bool) -> None:
        self.call(
            path,
            "org.freedesktop.DBus.Properties.Set",
            f"string:org.bluez.{interface}",
            f"string:{name}",
            f"variant:boolean:{str(value).lower()}",
        )


@contextmanager
def bluez_on(address: str) -> Iterator[Bluez]:
    """bluetoothd on that bus, without an adapter."""
    found = Bluez(address)
    argv = [PYTHON, "-m", "dbusmock", "--system", "--template", "bluez5"]
    with subprocess.Popen(
        argv, env=found.environment, stdout=subprocess.DEVNULL
    ) as mock:
        try:
            ends = time.monotonic() + STARTING
            while not found.call("/", "org.freedesktop.DBus.Peer.Ping", check=False):
                if time.monotonic() > ends:
                    raise RuntimeError("dbusmock does not start")
                time.sleep(0.05)
            yield found
        finally:
            mock.kill()
