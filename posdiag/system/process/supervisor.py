"""End everything that a child of ours has started. (Linux)

A program in a session of its own is in no process group that could be killed with the
child. So the child forks: the worker goes on, and the process that it came from becomes
the reaper of all that descend from it (prctl(2), PR_SET_CHILD_SUBREAPER).
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
# Seconds that the supervisor gets to kill them all; it is there on Linux alone.
END_TIME = 1.0 if sys.platform == "linux" else 0.0


def supervise(parent: int | None = None) -> None:
    """Returns in the worker only; elsewhere than on Linux at once.

    The supervisor kills the worker's descendants when the worker has ended, when the
    process `parent` has, or at SIGTERM, and ends. If it is killed itself, the worker is
    as well.
    """
    if sys.platform != "linux":
        return
    awaited = {signal.SIGCHLD, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, awaited)
    _prctl(PR_SET_CHILD_SUBREAPER, 1)
    _end_with(parent, signal.SIGTERM)
    supervisor, worker = os.getpid(), os.fork()
    if worker == 0:
        os.setsid()
        _end_with(supervisor, signal.SIGKILL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, awaited)
        return
    for pipe in (0, 1):  # the answers end with the worker
        os.close(pipe)
    while os.waitpid(worker, os.WNOHANG)[0] == 0:
        if signal.sigwait(awaited) == signal.SIGTERM:
            break
    _kill_descendants()
    os._exit(0)


def _end_with(parent: int | None, number: int) -> None:
    """Be sent this signal when the parent ends, and end if it has already."""
    _prctl(PR_SET_PDEATHSIG, number)
    if parent not in (None, os.getppid()):
        os._exit(1)


def _prctl(option: int, value: int) -> None:
    import ctypes

    ctypes.CDLL(None).prctl(option, ctypes.c_ulong(value), 0, 0, 0)


def _kill_descendants() -> None:
    """Whatever loses its parent meanwhile becomes our child, and is next."""
    with suppress(ChildProcessError):
        while True:
            for pid in _children():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            os.waitpid(-1, 0)


def _children() -> Iterator[int]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = stat.read_bytes().rpartition(b")")[2].split()[1]
            if int(parent) == os.getpid():
                yield int(stat.parent.name)
