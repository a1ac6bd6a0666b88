"""Wi-Fi questions, answered by `netsh` of Windows.

Read only: it begins no scan, and joining a network is not supported yet. Since Windows
11 24H2 it takes location permission.
"""

import asyncio
from dataclasses import replace

from posdiag.formats.desktop import netsh_interfaces, netsh_networks
from posdiag.formats.desktop.netsh_words import SETTINGS, refused
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wifi import AskRadio, AskWifiLink, ScanWifi
from posdiag.model.questions.wifi_answers import Radio, WifiLink, WifiScan
from posdiag.system.process.command import Output
from posdiag.system.process.tools import Tools, hardware

TIME = 8.0  # seconds
LIMIT = 1_000_000  # bytes; a list of 100 access points has 60 000
CONSENT = f"start {SETTINGS}"
# Opening the list of networks makes Windows scan.
SCAN = "explorer ms-availablenetworks:"


async def netsh(tools: Tools, what: str) -> str | Unknown:
    """The output of `netsh wlan show`, in UTF-8. `what` is one of our own words.

    Without `chcp` names come in the console's code page, which turns one apostrophe
    into another and other scripts into question marks. Only the command interpreter can
    set it for another program.
    """
    line = f"chcp 65001 >nul & netsh wlan show {what}"
    output = await tools.run(["cmd", "/d", "/c", line], TIME, LIMIT)
    if isinstance(output, Unknown):
        output = await tools.run(["netsh", "wlan", "show", *what.split()], TIME, LIMIT)
    return output if isinstance(output, Unknown) else _check(output)


def _check(output: Output) -> str | Unknown:
    if refused(output.out) or refused(output.err):
        return Unknown("no-rights", CONSENT)
    if output.code != 0:
        message = " ".join((output.out or output.err).split())
        return Unknown("trouble", f"netsh: {message or 'no answer'}"[:200])
    return output.out


async def adapters(
    tools: Tools,
) -> tuple[netsh_interfaces.WindowsAdapter, ...] | Unknown:
    text = await netsh(tools, "interfaces")
    return text if isinstance(text, Unknown) else netsh_interfaces.adapters(text)


async def _adapter(
    tools: Tools, interface: str
) -> netsh_interfaces.WindowsAdapter | Unknown:
    """By name, else by hardware address, because names may be mangled."""
    found = await adapters(tools)
    if isinstance(found, Unknown):
        return found
    address = hardware(interface)
    for adapter in found:
        if adapter.name == interface or (address and adapter.mac == address):
            return adapter
    return Unknown("trouble", f"netsh knows no Wi-Fi adapter {interface}"[:200])


async def link(tools: Tools, question: AskWifiLink, meter: Meter) -> WifiLink | Unknown:
    adapter = await _adapter(tools, question.interface)
    return adapter if isinstance(adapter, Unknown) else adapter.link


async def scan(tools: Tools, question: ScanWifi, meter: Meter) -> WifiScan | Unknown:
    text, adapter = await asyncio.gather(
        netsh(tools, "networks mode=bssid"), _adapter(tools, question.interface)
    )
    if isinstance(text, Unknown):
        return text
    if isinstance(adapter, Unknown):
        return adapter
    found = netsh_networks.points(text)
    points = found.get(adapter.name, found.get("", ()))
    joined = "" if isinstance(adapter.link, Unknown) else adapter.link.bssid
    if joined:
        points = tuple(replace(point, joined=point.bssid == joined) for point in points)
    return WifiScan(points, fresh=False, hint=SCAN)


async def radio(tools: Tools, question: AskRadio, meter: Meter) -> Radio | Unknown:
    text, adapter = await asyncio.gather(
        netsh(tools, "drivers"), _adapter(tools, question.interface)
    )
    if isinstance(adapter, Unknown):
        return adapter
    found = () if isinstance(text, Unknown) else netsh_interfaces.radios(text)
    for known in found:
        if known.interface == adapter.name:
            return replace(known, interface=question.interface, blocked=adapter.blocked)
    return Radio(question.interface, blocked=adapter.blocked)
