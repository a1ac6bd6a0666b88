"""Which rights does this run lack, and which command would grant them?"""

import shlex
import socket
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Literal


def as_root(arguments: Iterable[str]) -> str:
    """The command that runs posdiag as root: sudo has neither the user's PATH nor a
    virtual environment. Without `-P` Python would import from the current directory
    first."""
    program = Path(sys.argv[0])
    if program.name == "posdiag" and program.exists():
        command = ["sudo", str(program.absolute())]
    else:
        command = ["sudo", sys.executable, "-P", "-m", "posdiag"]
    return shlex.join([*command, *arguments])


RUN_AS_ROOT = as_root(["run"])


def missing_rights() -> Literal["", "no-rights", "unsupported"]:
    """Why the checks that want rights would be skipped on this machine; "" if not."""
    if sys.platform != "linux":
        return "unsupported"
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()
    except OSError:
        return "no-rights"
    return ""
