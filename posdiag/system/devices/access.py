"""A port could not be opened: what is known, and which command would help?"""

import contextlib
import os
import shlex
import stat
from pathlib import Path

from posdiag.model.questions.base import Unknown
from posdiag.system.devices.serial import NoPort

GROUP_MAY = stat.S_IRGRP | stat.S_IWGRP


def untold(port: str, told: NoPort) -> Unknown:
    """The answer about the device behind a port that is there and not ours to open."""
    if told.why == "no-rights":
        return Unknown("no-rights", grant(port))
    return Unknown(told.why, told.holder or told.detail)


def grant(port: str) -> str:
    """The command that lets this user open the port: by its group, if that may."""
    group = "dialout"
    with contextlib.suppress(OSError, KeyError, ImportError):
        import grp

        told = Path(port).stat()
        if told.st_mode & GROUP_MAY != GROUP_MAY:
            return f"sudo chmod a+rw {shlex.quote(port)}"
        group = grp.getgrgid(told.st_gid).gr_name
    return f"sudo usermod -aG {group} {os.environ.get('USER', '$USER')}"
