"""Who answers the questions about Wi-Fi on a system that is not Linux, or is asked not
to be?

Scan, connection and signal come from the system's own programs. Not supported yet:
channel counters, events, and joining a network.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from posdiag.system import Question, Unknown
from posdiag.system.dispatch import Handler
from posdiag.system.tools import Tools
from posdiag.system.wifi_questions import AskRadio, AskWifiLink, ScanWifi


def handlers(tools: Tools) -> Mapping[type[Question[Any]], Handler]:
    """The handlers for this operating system."""
    from posdiag.system import _macos_wifi, _unix_wifi, _windows_wifi

    if tools.os == "windows":
        return {
            ScanWifi: partial(_windows_wifi.scan, tools),
            AskWifiLink: partial(_windows_wifi.link, tools),
            AskRadio: partial(_windows_wifi.radio, tools),
        }
    if tools.os == "macos":
        return {
            ScanWifi: partial(_macos_wifi.scan, tools),
            AskWifiLink: partial(_macos_wifi.link, tools),
            AskRadio: partial(_macos_wifi.radio, tools),
        }
    return {
        ScanWifi: partial(_unix_wifi.scan, tools),
        AskWifiLink: partial(_unix_wifi.link, tools),
    }


async def adapters(tools: Tools) -> frozenset[str]:
    """Names and hardware addresses of what is Wi-Fi for certain. Empty where the system
    does not tell; then an interface's own name must do."""
    from posdiag.system import _macos_wifi, _windows_wifi

    if tools.os == "windows":
        found = await _windows_wifi.adapters(tools)
        if isinstance(found, Unknown):
            return frozenset()
        return frozenset(told for one in found for told in (one.name, one.mac) if told)
    if tools.os == "macos":
        ports = await _macos_wifi.ports(tools)
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
