"""Which command would grant the rights that this run lacks?"""

import shlex
import sys
from collections.abc import Iterable
from pathlib import Path


def as_root(arguments: Iterable[str]) -> str:
    """This program with all rights: sudo knows neither the user's PATH nor a virtual
    environment. Without `-P` Python would import from the current directory first."""
    program = Path(sys.argv[0])
    if program.name == "posdiag" and program.exists():
        command = ["sudo", str(program.absolute())]
    else:
        command = ["sudo", sys.executable, "-P", "-m", "posdiag"]
    return shlex.join([*command, *arguments])


RUN_AS_ROOT = as_root(["run"])
