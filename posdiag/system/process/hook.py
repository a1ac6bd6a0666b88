"""Run a command of the user's own (a bench's hooks, `--on-action`), or posdiag itself.

Unlike `command`, which runs the system's programs for a measurement, it gets the user's
whole environment, and what it leaves running in the background (a fault that lasts) is
left alone.
"""

import asyncio
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import IO

from posdiag.system.process.command import text
from posdiag.system.process.launcher import child_command, kill_group

REPORTED = (0, 1, 3)  # exit codes of `posdiag run` that come with a report
LIMIT = 8_000_000  # bytes of output that are kept
FLOOD = 64_000_000  # bytes of output that no command needs, and a disk may not hold
TICK = 0.2  # seconds between two looks at them
REAP = 2.0  # seconds until a killed command is reaped
ACTION_TIME = 120.0  # seconds; a router that restarts takes two minutes


@dataclass(frozen=True, slots=True)
class CommandResult:
    """How a command ended. `code` None: it took too long and was killed, or could not
    be started; `err` then says which."""

    code: int | None
    out: str = ""
    err: str = ""


@dataclass(frozen=True, slots=True)
class RunContext:
    """The folder of a command and the handles that it inherits; `on_start` is called
    with the process group that it leads, `on_end` when it has ended. `prefix` precedes
    posdiag's own command line: `ip netns exec bench`."""

    folder: Path
    handles: tuple[int, ...] = ()
    prefix: tuple[str, ...] = ()
    on_start: Callable[[int], None] = lambda pid: None
    on_end: Callable[[], None] = lambda: None


async def shell(
    command: str, timeout: float, context: RunContext, silence: float | None = None
) -> CommandResult:
    """Run a line of shell; both of its outputs are in `out`. It is killed after
    `timeout` seconds, or once it has written nothing for `silence` seconds."""
    argv = ["/bin/sh", "-c", command]
    return await _run(argv, timeout, context, silence, together=True)


async def posdiag(
    arguments: Sequence[str], timeout: float, context: RunContext
) -> CommandResult:
    """Run `posdiag ARGUMENTS` in a process of its own."""
    command = [*context.prefix, *child_command("posdiag.cli", *arguments)]
    return await _run(command, timeout, context, None, together=False)


async def _run(
    argv: Sequence[str],
    timeout: float,
    context: RunContext,
    silence: float | None,
    *,
    together: bool,
) -> CommandResult:
    # Files, not pipes: a background process that keeps a pipe open would be waited for.
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            child = await asyncio.create_subprocess_exec(
                *argv,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out if together else err,
                cwd=context.folder,
                start_new_session=True,
                pass_fds=context.handles,
            )
        except OSError as trouble:
            return CommandResult(None, err=f"{argv[0]}: {trouble.strerror}")
        context.on_start(child.pid)
        try:
            why = await _outlived(child, timeout, silence, (out, err))
        finally:
            if child.returncode is None:
                kill_group(child.pid)
                with suppress(TimeoutError):
                    await asyncio.wait_for(child.wait(), REAP)
            context.on_end()
        code = None if why else child.returncode
        return CommandResult(code, _read(out), _read(err) or why)


async def _outlived(
    child: asyncio.subprocess.Process,
    timeout: float,
    silence: float | None,
    files: Sequence[IO[bytes]],
) -> str:
    """Waits for its end. Why it must be killed first, else ""."""
    said, heard = 0, monotonic()
    ends = heard + timeout
    while (left := ends - monotonic()) > 0:
        with suppress(TimeoutError):
            await asyncio.wait_for(child.wait(), min(left, TICK))
            return ""
        sizes = [os.fstat(file.fileno()).st_size for file in files]
        if max(sizes) > FLOOD:
            return f"said more than {FLOOD // 1_000_000} MB"
        if sum(sizes) != said:
            said, heard = sum(sizes), monotonic()
        elif silence is not None and monotonic() - heard >= silence:
            return f"said nothing for {silence:g} s"
    return f"took longer than {timeout:g} s"


def _read(file: IO[bytes]) -> str:
    return text(os.pread(file.fileno(), LIMIT, 0))


class NoSuchCommand(ValueError):
    """The command line is empty, damaged, or names no program."""


def parse_command(command: str) -> list[str]:
    """The words of a command line; raises `NoSuchCommand`."""
    try:
        words = shlex.split(command, posix=sys.platform != "win32")
    except ValueError as error:
        raise NoSuchCommand(str(error)) from error
    if Path(command).is_file():  # a path with blanks in it
        words = [command]
    if not words or shutil.which(words[0]) is None:
        raise NoSuchCommand(words[0] if words else "")
    return words


def run_action(words: list[str], action: str, seconds: float = ACTION_TIME) -> bool:
    """Run it with `action` as its last argument, its output on our standard error.
    True: it ended with 0 in time."""
    try:
        child = subprocess.Popen(
            [*words, action],
            stdin=subprocess.DEVNULL,
            stdout=_stderr(),
            stderr=_stderr(),
        )
    except OSError:
        return False
    try:
        return child.wait(seconds) == 0
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
        return False


def _stderr() -> int | None:
    """Our standard error, or the null device where it is no file."""
    try:
        return sys.stderr.fileno()
    except (OSError, ValueError, AttributeError):
        return subprocess.DEVNULL
