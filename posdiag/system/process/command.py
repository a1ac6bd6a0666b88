"""Run one of the system's own programs and read what it prints.

No shell, no standard input, the environment of `launcher` (English, and no secret),
bounded in time and in output.
"""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from posdiag.model.questions.base import Unknown
from posdiag.system.process.launcher import environment, kill_group

PACKAGES = {
    "ping": "iputils-ping",
    "netstat": "net-tools",
    "arp": "net-tools",
    "wg": "wireguard-tools",
    "iperf3": "iperf3",
}
REAP = 1.0  # seconds until a killed program is reaped


@dataclass(frozen=True, slots=True)
class Output:
    """What a program printed. `code` None: we killed it, and `out` is the beginning.

    `flooded`: it printed more than the limit.
    """

    code: int | None
    out: str
    err: str = ""
    flooded: bool = False


class _Child(asyncio.SubprocessProtocol):
    """Collects what a program prints, up to a limit for each of its two channels."""

    def __init__(self, limit: int) -> None:
        loop = asyncio.get_running_loop()
        self._limit = limit
        self.printed = {1: bytearray(), 2: bytearray()}
        self.flooded = False
        self.done: asyncio.Future[None] = loop.create_future()
        self.exited: asyncio.Future[None] = loop.create_future()

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:
        kept = self.printed[fd]
        chunk = data if isinstance(data, bytes) else data.encode()
        room = self._limit - len(kept)
        kept += chunk[:room]
        if len(chunk) > room:
            self.flooded = True
            _set(self.done)

    def process_exited(self) -> None:
        _set(self.exited)

    def connection_lost(self, exc: Exception | None) -> None:
        _set(self.done)


def _set(future: "asyncio.Future[None]") -> None:
    if not future.done():
        future.set_result(None)


async def run(
    argv: Sequence[str], timeout: float, limit: int = 64_000, path: str | None = None
) -> Output | Unknown:
    """Run a program for at most `timeout` seconds; `path` replaces the search path."""
    loop = asyncio.get_running_loop()
    try:
        transport, child = await loop.subprocess_exec(
            lambda: _Child(limit),
            *argv,
            stdin=subprocess.DEVNULL,
            env=environment(path),
            start_new_session=sys.platform != "win32",
            # Without this flag Windows opens a console window for every child.
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except (FileNotFoundError, NotADirectoryError):
        return Unknown("no-tool", install(argv[0]))
    except PermissionError:
        return Unknown("no-rights")
    except (OSError, ValueError) as error:
        return Unknown("trouble", f"{argv[0]}: {error}"[:200])
    try:
        await asyncio.wait((child.done,), timeout=timeout)
        code = None if child.flooded else transport.get_returncode()
    finally:
        await _end(transport, child)
    out, err = (text(bytes(child.printed[fd])) for fd in (1, 2))
    return Output(code, out, err, child.flooded)


async def _end(transport: asyncio.SubprocessTransport, child: _Child) -> None:
    """Leave nothing behind: the program, its own children, the pipes."""
    if transport.get_returncode() is None:
        kill_group(transport.get_pid())
        await asyncio.wait((child.exited,), timeout=REAP)
    transport.close()


def text(printed: bytes) -> str:
    """Decode output of which only digits and ASCII names are parsed later."""
    oem = ("oem",) if sys.platform == "win32" else ()
    for encoding in ("utf-8", *oem, "gb18030"):
        with suppress(UnicodeDecodeError):
            return printed.decode(encoding)
    return printed.decode("latin-1")


def install(program: str) -> str:
    """The command that installs a missing program, "" where it is not known."""
    package = PACKAGES.get(program)
    return f"sudo apt install {package}" if package and sys.platform == "linux" else ""
