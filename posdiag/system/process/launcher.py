"""Start and end a child process of ours, so that it runs our code and nothing else.

A module of posdiag that serves as a child (packet probes, a join test, a plugin) is
started by an interpreter in isolated mode (`-I -S`): neither the current directory nor
`PYTHON*` variables choose what it imports. Its path is the standard library, then the
folder that this program itself came from, then where else this process imports from,
in the same order. It starts in the root folder, in a session of its own, with
`environment()` and no more.

A program frozen into one binary has no `-c`: there it starts itself, with `CHILD` as
its first argument, and the command line hands that over to `serve`.
"""

import importlib
import os
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import subprocess

from posdiag import CHILD

ROOT = os.path.abspath(os.sep)
PACKAGE_ROOT = str(Path(__file__).resolve().parents[3])
# `site` runs last and for the hooks of editable installations alone: what it would add
# to the path is there already.
BOOT = """\
import os, sys
module, paths = sys.argv[1], sys.argv[2].split(os.pathsep)
sys.path += [path for path in paths if path not in sys.path]
import site
site.main()
sys.argv[1:3] = []
import importlib
importlib.import_module(module).main()
"""
# Where programs for administrators live, which the PATH of a user often lacks.
EXTRA = ("/usr/sbin", "/sbin", "/usr/bin", "/bin", "/usr/local/sbin")


def child_command(module: str, *arguments: str) -> list[str]:
    """The argv that runs `main()` of this module in a process of its own."""
    if getattr(sys, "frozen", False):
        return [sys.executable, CHILD, module, *arguments]
    paths = os.pathsep.join((PACKAGE_ROOT, *import_path()))
    return [sys.executable, "-I", "-S", "-c", BOOT, module, paths, *arguments]


def import_path(entries: Iterable[str] | None = None) -> list[str]:
    """Where this process imports from, without the current directory.

    The interpreter puts that in by itself, and a technician's download folder is no
    place to import from as root. (An installation that lies in the current directory
    stays: its site packages name it.)
    """
    here = os.path.realpath(os.curdir)
    return [
        entry
        for entry in (sys.path if entries is None else entries)
        if os.path.isabs(entry) and os.path.realpath(entry) != here
    ]


def environment(path: str | None = None) -> dict[str, str]:
    """The variables of a child, ours or the system's own program: no secret of ours,
    and English. `path` replaces the search path."""
    if path is None:
        extra = () if sys.platform == "win32" else EXTRA
        path = os.pathsep.join((os.environ.get("PATH", os.defpath), *extra))
    variables = {"PATH": path, "LC_ALL": "C"}
    if "SYSTEMROOT" in os.environ:  # without it no program starts on Windows
        variables["SYSTEMROOT"] = os.environ["SYSTEMROOT"]
    return variables


def child_environment(pass_on: Iterable[str] = ()) -> dict[str, str]:
    """`environment()` and the variables named, where they are set."""
    return environment() | {n: os.environ[n] for n in pass_on if n in os.environ}


def start_child(
    module: str, *arguments: str, pass_on: Iterable[str] = ()
) -> "subprocess.Popen[bytes]":
    """Start `main()` of this module, with pipes to its standard input and from its
    output; the environment variables `pass_on` are handed over.

    It leads a process group that neither Ctrl-C nor the end of this process reaches.
    The caller closes its input, ends it (`kill_group`) and waits for it. OSError where
    no process can be started.
    """
    import subprocess

    popen: type[subprocess.Popen[bytes]] = subprocess.Popen
    if sys.platform == "win32":  # its pipes are of the kind that asyncio can wait for
        from asyncio.windows_utils import Popen as popen
    return popen(
        child_command(module, *arguments),
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=child_environment(pass_on),
        cwd=ROOT,
        start_new_session=sys.platform != "win32",
    )


def kill_group(pid: int) -> None:
    """Kill a child and all of its process group. To be called before the child is
    waited for: until then no other process can have its number."""
    import signal

    with suppress(ProcessLookupError, PermissionError):
        if sys.platform == "win32":
            os.kill(pid, signal.SIGTERM)  # TerminateProcess
        else:
            os.killpg(pid, signal.SIGKILL)


def serve(arguments: list[str]) -> bool:
    """Run as the child that a frozen program started; False if this is no child."""
    if arguments[:1] != [CHILD]:
        return False
    sys.argv[1:3] = []
    importlib.import_module(arguments[1]).main()
    return True
