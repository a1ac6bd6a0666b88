"""Run a command of the user's own, or posdiag itself, for a bench.

Unlike `command`, which runs the system's programs for a measurement, a hook is the
user's: it goes through the shell with the user's whole environment, and what it leaves
running in the background (a fault that lasts) is left alone.
"""

import asyncio
import os
import subprocess
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from posdiag.system.process.command import text
from posdiag.system.process.launcher import child_command, kill_group

REPORTED = (0, 1, 3)  # exit codes of `posdiag run` that come with a report
LIMIT = 8_000_000  # bytes of output that are kept
REAP = 2.0  # seconds until a killed command is reaped


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended. `code` None: it took too long and was killed, or could not
    be started; `err` then says which."""

    code: int | None
    out: str = ""
    err: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a command runs: the folder, the handles that it inherits, and who is told
    when it starts (the process group that it leads) and has ended. `prefix` comes
    before posdiag's own command line: `ip netns exec bench`."""

    folder: Path
    handles: tuple[int, ...] = ()
    prefix: tuple[str, ...] = ()
    started: Callable[[int], None] = lambda pid: None
    ended: Callable[[], None] = lambda: None


async def shell(command: str, timeout: float, place: Place) -> Ended:
    """Run a line of shell; both of its outputs are in `out`."""
    return await _ended(["/bin/sh", "-c", command], timeout, place, together=True)


async def posdiag(arguments: Sequence[str], timeout: float, place: Place) -> Ended:
    """Run `posdiag ARGUMENTS` in a process of its own."""
    command = [*place.prefix, *child_command("posdiag.cli", *arguments)]
    return await _ended(command, timeout, place, together=False)


async def _ended(
    argv: Sequence[str], timeout: float, place: Place, *, together: bool
) -> Ended:
    # Files, not pipes: a background process that keeps a pipe open would be waited for.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            child = await asyncio.create_subprocess_exec(
                *argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out if together else err,
                cwd=place.folder,
                start_new_session=True,
                pass_fds=place.handles,
            )
        except OSError as trouble:
            return Ended(None, err=f"{argv[0]}: {trouble.strerror}")
        place.started(child.pid)
        try:
            code: int | None = await asyncio.wait_for(child.wait(), timeout)
        except TimeoutError:
            code = None
        finally:
            if child.returncode is None:
                kill_group(child.pid)
                with suppress(TimeoutError):
                    await asyncio.wait_for(child.wait(), REAP)
            place.ended()
        late = "" if code is not None else f"took longer than {timeout:g} s"
        return Ended(code, _read(out), _read(err) or late)


def _read(file: IO[bytes]) -> str:
    return text(os.pread(file.fileno(), LIMIT, 0))
