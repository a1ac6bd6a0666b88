"""Wi-Fi questions of the portable system: scan, connection and adapter by the programs
of Windows and macOS.

Everything else is "unsupported": channel counters, events and joining, and all of it on
Linux, where the Linux system asks the kernel.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from posdiag.model.questions.base import Question, Unknown
from posdiag.model.questions.wifi import AskRadio, AskWifiLink, ScanWifi
from posdiag.system.core.dispatch import Handler
from posdiag.system.process.tools import Tools


def handlers(tools: Tools) -> Mapping[type[Question[Any]], Handler]:
    """The handlers for this operating system."""
    from posdiag.system.wifi import macos, windows

    probes = {"windows": windows, "macos": macos}.get(tools.os)
    if probes is None:
        return {}
    return {
        ScanWifi: partial(probes.scan, tools),
        AskWifiLink: partial(probes.link, tools),
        AskRadio: partial(probes.radio, tools),
    }


async def adapters(tools: Tools) -> frozenset[str]:
    """Names and hardware addresses of Wi-Fi adapters. Empty where the system does not
    name them; then the interface's name has to do."""
    from posdiag.system.wifi import macos, windows

    if tools.os == "windows":
        found = await windows.adapters(tools)
        if isinstance(found, Unknown):
            return frozenset()
        return frozenset(id for one in found for id in (one.name, one.mac) if id)
    if tools.os == "macos":
        ports = await macos.ports(tools)
        return frozenset() if isinstance(ports, Unknown) else ports
    return _devices(tools)


def _devices(tools: Tools) -> frozenset[str]:
    try:
        folders = list(tools.net.iterdir())
    except OSError:
        return frozenset()
    return frozenset(
        folder.name
        for folder in folders
        if (folder / "phy80211").exists() or (folder / "wireless").exists()
    )
