"""Wi-Fi questions, answered by Windows' own `netsh`.

It can tell, not act: it starts no scan, and joining a network is not supported yet.
Since Windows 11 24H2 it tells nothing without consent to location.
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
    """What `netsh wlan show` prints, in UTF-8. `what` is one of our own words.

    Without `chcp` names come in the console's code page, in which one apostrophe stands
    for another and other scripts become question marks. There is no other way to set it
    for a program that is not ours, hence the interpreter.
    """
    line = f"chcp 65001 >nul & netsh wlan show {what}"
    output = await tools.run(["cmd", "/d", "/c", line], TIME, LIMIT)
    if isinstance(output, Unknown):
        output = await tools.run(["netsh", "wlan", "show", *what.split()], TIME, LIMIT)
    return output if isinstance(output, Unknown) else _checked(output)


def _checked(output: Output) -> str | Unknown:
    if refused(output.out) or refused(output.err):
        return Unknown("no-rights", CONSENT)
    if output.code != 0:
        told = " ".join((output.out or output.err).split())
        return Unknown("trouble", f"netsh: {told or 'no answer'}"[:200])
    return output.out


async def adapters(tools: Tools) -> tuple[netsh_interfaces.Adapter, ...] | Unknown:
    told = await netsh(tools, "interfaces")
    return told if isinstance(told, Unknown) else netsh_interfaces.adapters(told)


async def _adapter(tools: Tools, interface: str) -> netsh_interfaces.Adapter | Unknown:
    """The adapter of that name, or of its hardware address: a name may be mangled."""
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
    told, adapter = await asyncio.gather(
        netsh(tools, "networks mode=bssid"), _adapter(tools, question.interface)
    )
    if isinstance(told, Unknown):
        return told
    if isinstance(adapter, Unknown):
        return adapter
    heard = netsh_networks.points(told)
    points = heard.get(adapter.name, heard.get("", ()))
    if adapter.link.bssid:
        points = tuple(
            replace(point, joined=point.bssid == adapter.link.bssid) for point in points
        )
    return WifiScan(points, fresh=False, hint=SCAN)


async def radio(tools: Tools, question: AskRadio, meter: Meter) -> Radio | Unknown:
    told, adapter = await asyncio.gather(
        netsh(tools, "drivers"), _adapter(tools, question.interface)
    )
    if isinstance(adapter, Unknown):
        return adapter
    found = () if isinstance(told, Unknown) else netsh_interfaces.radios(told)
    for known in found:
        if known.interface == adapter.name:
            return replace(known, interface=question.interface, blocked=adapter.blocked)
    return Radio(question.interface, blocked=adapter.blocked)
