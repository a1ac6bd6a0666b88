"""Who answers the questions about Wi-Fi on a system that is not Linux, or is asked not
to be?

Scan, connection and signal come from the system's own programs. Not supported yet:
channel counters, events, and joining a network.
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
    from posdiag.system.wifi import macos, unix_tools, windows

    if tools.os == "windows":
        return {
            ScanWifi: partial(windows.scan, tools),
            AskWifiLink: partial(windows.link, tools),
            AskRadio: partial(windows.radio, tools),
        }
    if tools.os == "macos":
        return {
            ScanWifi: partial(macos.scan, tools),
            AskWifiLink: partial(macos.link, tools),
            AskRadio: partial(macos.radio, tools),
        }
    return {
        ScanWifi: partial(unix_tools.scan, tools),
        AskWifiLink: partial(unix_tools.link, tools),
    }


async def adapters(tools: Tools) -> frozenset[str]:
    """Names and hardware addresses of what is Wi-Fi for certain. Empty where the system
    does not tell; then an interface's own name must do."""

    from posdiag.system.wifi import macos, windows

    if tools.os == "windows":
        found = await windows.adapters(tools)
        if isinstance(found, Unknown):
            return frozenset()
        return frozenset(told for one in found for told in (one.name, one.mac) if told)
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
