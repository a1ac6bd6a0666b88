"""Which serial ports does this machine have, and which command makes one accessible?"""

import os
import shlex
import stat
from contextlib import suppress
from pathlib import Path

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.modem import AskSerialPorts, SerialPort, SerialPorts
from posdiag.system.devices.serial import NoPort, in_daemon_thread

TIME = 3.0  # seconds; it reads a few files, or the registry
MOST = 64
GROUP_MAY = stat.S_IRGRP | stat.S_IWGRP


async def list_ports(question: AskSerialPorts, meter: Meter) -> SerialPorts | Unknown:
    """By pyserial, in the order of their names."""
    try:
        found = await in_daemon_thread(_list, TIME)
    except (OSError, ValueError) as error:
        return Unknown("trouble", str(error)[:200])
    return SerialPorts(tuple(found[:MOST]))


def _list() -> list[SerialPort]:
    from serial.tools.list_ports import comports

    found = [
        SerialPort(
            name=str(port.device)[:200],
            vendor=port.vid,
            product=port.pid,
            text=str(port.product or port.description or "")[:100],
        )
        for port in comports()
    ]
    return sorted(found, key=lambda port: port.name)


def unavailable(port: str, reason: NoPort) -> Unknown:
    """The answer where a port exists but cannot be opened."""
    if reason.why == "no-rights":
        return Unknown("no-rights", access_command(port))
    return Unknown(reason.why, reason.holder or reason.detail)


def access_command(port: str) -> str:
    """The command that lets this user open the port: by its group, if that may."""
    group = "dialout"
    with suppress(OSError, KeyError, ImportError):
        import grp

        status = Path(port).stat()
        if status.st_mode & GROUP_MAY != GROUP_MAY:
            return f"sudo chmod a+rw {shlex.quote(port)}"
        group = grp.getgrgid(status.st_gid).gr_name
    return f"sudo usermod -aG {group} {os.environ.get('USER', '$USER')}"
