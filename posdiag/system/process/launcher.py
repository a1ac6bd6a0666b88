"""How is a child process of ours started, so that it runs our code and nothing else?

A module of posdiag that serves as a child (`packet probes`, a join test, a plugin) is
started by an interpreter in isolated mode (`-I -S`): neither the current directory nor
`PYTHON*` variables choose what it imports. Its path is the standard library, then the
folder that this program itself came from, then the site packages, then what else this
process imports from. It starts in the root folder, with `environment()` and no more.

A program frozen into one binary has no `-c`: there it starts itself, with `CHILD` as
its first argument, and the command line hands that over to `serve`.
"""

import importlib
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from posdiag import CHILD

ROOT = os.path.abspath(os.sep)
PACKAGE_ROOT = str(Path(__file__).resolve().parents[3])
BOOT = """\
import os, sys
module, paths = sys.argv[1], sys.argv[2].split(os.pathsep)
sys.path.append(paths[0])
import site
site.main()
sys.path += [path for path in paths[1:] if path not in sys.path]
sys.argv[1:3] = []
import importlib
importlib.import_module(module).main()
"""


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


def child_environment(*passed_on: str) -> Mapping[str, str]:
    """`environment()` and the variables named, where they are set."""
    from posdiag.system.process.command import environment

    more = {name: os.environ[name] for name in passed_on if name in os.environ}
    return environment() | more


def serve(arguments: list[str]) -> bool:
    """Be the child that a frozen program asked for; False if this is no child."""
    if arguments[:1] != [CHILD]:
        return False
    sys.argv[1:3] = []
    importlib.import_module(arguments[1]).main()
    return True
