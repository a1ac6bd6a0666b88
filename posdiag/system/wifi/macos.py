"""Wi-Fi questions, answered by `system_profiler` of macOS.

It scans each time, which takes seconds. Without location permission, which a program in
a terminal rarely has, it withholds names and addresses. Joining a network is not
supported yet.
"""

import time

from posdiag.formats.desktop import airport
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wifi import AskRadio, AskWifiLink, ScanWifi
from posdiag.model.questions.wifi_answers import Radio, WifiLink, WifiScan
from posdiag.system.process.command import Output
from posdiag.system.process.tools import TOOL_TIME, Tools

TIME = 20.0  # seconds; 2 to 6 are usual
LIMIT = 2_000_000  # bytes
REPORT = ("system_profiler", "SPAirPortDataType", "-detailLevel", "basic", "-json")
CONSENT = (
    'open "x-apple.systempreferences:com.apple.preference.security'
    '?Privacy_LocationServices"'
)


async def _adapter(tools: Tools, interface: str) -> airport.MacAdapter | Unknown:
    output = await tools.run(REPORT, TIME, LIMIT)
    if isinstance(output, Unknown):
        return output
    if output.code != 0:
        return Unknown("trouble", _trouble(output))
    found = airport.adapters(output.out)
    if found is None:
        return Unknown("trouble", "system_profiler: not the report that was asked for")
    for adapter in found:
        if adapter.name == interface:
            return adapter
    known = f"system_profiler knows no Wi-Fi adapter {interface}"
    return Unknown("trouble", known[:200])


def _trouble(output: Output) -> str:
    message = " ".join(output.err.split()) or "no answer"
    return f"system_profiler: {message}"[:200]


async def link(tools: Tools, question: AskWifiLink, meter: Meter) -> WifiLink | Unknown:
    adapter = await _adapter(tools, question.interface)
    return adapter if isinstance(adapter, Unknown) else adapter.link


async def scan(tools: Tools, question: ScanWifi, meter: Meter) -> WifiScan | Unknown:
    begun = time.monotonic()
    adapter = await _adapter(tools, question.interface)
    if isinstance(adapter, Unknown):
        return adapter
    return WifiScan(
        adapter.points,
        seconds=time.monotonic() - begun,
        hint=CONSENT if adapter.redacted else "",
        redacted=adapter.redacted,
    )


async def radio(tools: Tools, question: AskRadio, meter: Meter) -> Radio | Unknown:
    adapter = await _adapter(tools, question.interface)
    return adapter if isinstance(adapter, Unknown) else adapter.radio


async def ports(tools: Tools) -> frozenset[str] | Unknown:
    """The Wi-Fi devices, such as en0."""
    output = await tools.run(["networksetup", "-listallhardwareports"], TOOL_TIME)
    return output if isinstance(output, Unknown) else airport.ports(output.out)
