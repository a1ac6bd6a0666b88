"""Checks that end what they should not: the process, the run, time itself."""

import asyncio
import mmap
import os
import signal
import subprocess
import sys
import time

from posdiag.model import Context, Finding, check, ok


class Wild(BaseException):
    """Not an Exception."""


@check("bad.hang", timeout=0.1)
async def hang(context: Context) -> Finding:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    await asyncio.sleep(3600)
    return ok()


@check("bad.busy", timeout=3.0)
async def busy(context: Context) -> Finding:
    while True:
        pass


@check("bad.sleep", timeout=4.0)
async def sleep(context: Context) -> Finding:
    subprocess.Popen(["sleep", "3599"])  # noqa: ASYNC220 - this is the fault
    _start_daemon()
    time.sleep(3600)  # noqa: ASYNC251 - this is the fault
    return ok()


@check("odd.daemon")
async def daemon(context: Context) -> Finding:
    _start_daemon()
    return ok()


def _start_daemon() -> None:
    """In a session of its own, and its parent ends at once."""
    shell = ["sh", "-c", "sleep 3599 & exit"]
    subprocess.Popen(shell, start_new_session=True).wait()


@check("bad.exit")
async def exit(context: Context) -> Finding:
    sys.exit("bye")


@check("bad.os-exit")
async def os_exit(context: Context) -> Finding:
    os._exit(0)


@check("bad.kill-parent-group")
async def kill_group(context: Context) -> Finding:
    os.killpg(0, signal.SIGKILL)
    return ok()


@check("bad.wild")
async def wild(context: Context) -> Finding:
    raise Wild("loose")


@check("bad.interrupt")
async def interrupt(context: Context) -> Finding:
    raise KeyboardInterrupt


@check("bad.close")
async def close(context: Context) -> Finding:
    os.closerange(0, 256)
    return ok()


@check("bad.memory")
async def memory(context: Context) -> Finding:
    held = [mmap.mmap(-1, 256 << 20) for _ in range(8)]  # never touched: no real memory
    return ok(held=len(held))
