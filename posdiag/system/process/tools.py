"""The operating system, its programs and its hosts file, as one value.

A test passes another one, with a folder of its own programs.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from posdiag.model.questions.base import Unknown
from posdiag.system.process.command import Output, run

TOOL_TIME = 5.0  # seconds for netstat and arp; both only read tables
OUTPUT = 64_000  # bytes


def here() -> str:
    """`linux`, `windows`, or `macos`, which includes the BSDs."""
    if sys.platform == "win32":
        return "windows"
    return "linux" if sys.platform == "linux" else "macos"


@dataclass(frozen=True, slots=True)
class Tools:
    """The programs and files of this machine. `path` replaces the search path, `net`
    the folder of Linux's network devices in sysfs."""

    os: str
    path: str | None = None
    hosts: Path | None = None
    net: Path = Path("/sys/class/net")

    async def run(
        self, argv: Sequence[str], timeout: float, limit: int = OUTPUT
    ) -> Output | Unknown:
        """At most `timeout` seconds and `limit` bytes of a program's output."""
        return await run(argv, timeout, limit, path=self.path)

    def hosts_file(self) -> Path:
        if self.hosts is not None:
            return self.hosts
        if self.os == "windows":
            root = os.environ.get("SYSTEMROOT", r"C:\Windows")
            return Path(root, "System32", "drivers", "etc", "hosts")
        return Path("/etc/hosts")

    def source(self, device: str, family: int) -> str:
        """An address of this family that the device has, "" for none."""
        import psutil

        for entry in psutil.net_if_addrs().get(device, ()):
            if entry.family.name == ("AF_INET6" if family == 6 else "AF_INET"):
                return str(entry.address)
        return ""


def hardware(device: str) -> str:
    """The hardware address of a device, with colons; "" for none."""
    import psutil

    for entry in psutil.net_if_addrs().get(device, ()):
        if entry.family.name in ("AF_PACKET", "AF_LINK") and entry.address:
            return key(entry.address)
    return ""


def owners() -> Mapping[str, str]:
    """Interface names by their own addresses and by their hardware addresses."""
    import psutil

    return {
        key(entry.address): name
        for name, entries in psutil.net_if_addrs().items()
        for entry in entries
    }


def key(address: str) -> str:
    """An address as it is looked up: no scope, hardware addresses with colons."""
    return address.partition("%")[0].replace("-", ":").lower()
