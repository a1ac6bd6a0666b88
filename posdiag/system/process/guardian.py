"""Undo what a bench was made to do, also where the runner is killed.

The guardian is a process in a session of its own. Its standard input carries the
commands that would undo what is about to be done, and the process group that runs; when
that input ends, it kills what still runs (a fault that is just being injected) and
carries out the commands that are left, the last first. It holds the bench's lock
meanwhile, so that no other run finds a bench that is half restored.
"""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Self

from posdiag.system.process.launcher import child_command, kill_group

LONGEST_LINE = 100_000


class Guardian:
    """Keeps the undo commands of one bench. Entered before anything is changed."""

    def __init__(self, folder: Path, timeout: float, lock: int | None = None) -> None:
        handles = () if lock is None else (lock,)
        self._child = subprocess.Popen(
            child_command("posdiag.system.process.guardian", str(folder), str(timeout)),
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            start_new_session=True,
            pass_fds=handles,
        )
        self._commands: list[str] = []
        self._running: list[int] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """What is still to be undone is undone by the guardian, before this returns."""
        if self._child.stdin:
            with suppress(OSError):
                self._child.stdin.close()
        self._child.wait()

    def add(self, command: str) -> None:
        """From now on the end of this process carries the command out."""
        self._commands.append(command)
        self._send()

    def remove(self, command: str) -> None:
        """The command has been carried out; nothing is left of it to undo."""
        with suppress(ValueError):
            self._commands.remove(command)
        self._send()

    def track(self, pid: int) -> None:
        """This process group is to be killed before anything is undone."""
        self._running = [pid]
        self._send()

    def untrack(self) -> None:
        self._running = []
        self._send()

    def _send(self) -> None:
        pipe = self._child.stdin
        if pipe is None:
            return
        state = {"undo": self._commands, "running": self._running}
        with suppress(BrokenPipeError):  # it was killed: nothing to be done
            pipe.write(json.dumps(state).encode() + b"\n")
            pipe.flush()


def main() -> None:
    folder, timeout = sys.argv[1], float(sys.argv[2])
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)  # it ends when its input does
    commands: list[str] = []
    running: list[int] = []
    while line := sys.stdin.buffer.readline(LONGEST_LINE):
        with suppress(ValueError, KeyError):  # cut off by a kill: the line before it
            state = json.loads(line)
            commands, running = state["undo"], state["running"]
    for pid in running:
        kill_group(pid)
    for command in reversed(commands):
        with suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(
                ["/bin/sh", "-c", command],
                stdin=subprocess.DEVNULL,
                cwd=folder if os.path.isdir(folder) else os.sep,
                timeout=timeout,
                check=False,
            )
