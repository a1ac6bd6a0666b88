"""Wi-Fi questions on Linux, answered by its programs: `nmcli` where NetworkManager
runs, else `iw`. For the portable system; the Linux system speaks netlink itself."""

import re
import time
from typing import Literal

from posdiag.formats.desktop import iw, nmcli
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wifi import AskWifiLink, ScanWifi
from posdiag.model.questions.wifi_answers import AccessPoint, WifiLink, WifiScan
from posdiag.system.process.command import Output
from posdiag.system.process.tools import TOOL_TIME, Tools

LIMIT = 4_000_000  # bytes; `iw` prints up to 5 000 for each access point
SLACK = 3.0  # seconds; a scan takes 3 to 5, longer while this machine is joined


async def link(tools: Tools, question: AskWifiLink, meter: Meter) -> WifiLink | Unknown:
    """`iw` first: it has dBm and the counters; else what `nmcli` lists as in use."""
    name = question.interface
    told = await tools.run(["iw", "dev", name, "link"], TOOL_TIME)
    if isinstance(told, Output) and told.code == 0:
        stations = await tools.run(["iw", "dev", name, "station", "dump"], TOOL_TIME)
        counted = stations.out if isinstance(stations, Output) else ""
        return iw.link(told.out, counted) or Unknown("trouble", "iw: not understood")
    points, why = await _listed(tools, name, "no", TOOL_TIME)
    if why:
        return told if isinstance(told, Unknown) else Unknown("trouble", _said(told))
    for point in points:
        if point.joined:
            return WifiLink(
                "connected",
                point.ssid,
                point.bssid,
                frequency=point.frequency or None,
                signal=point.signal,
                scale="networkmanager",
            )
    return WifiLink("disconnected")


async def scan(tools: Tools, question: ScanWifi, meter: Meter) -> WifiScan | Unknown:
    begun = time.monotonic()
    name = question.interface
    points, why = await _listed(tools, name, "yes", question.timeout + SLACK)
    if points:
        return WifiScan(points, seconds=time.monotonic() - begun)
    if why in ("no-rights", "busy"):
        known, _ = await _listed(tools, name, "no", TOOL_TIME)
        if known:
            hint = f"sudo iw dev {name} scan" if why == "no-rights" else ""
            return WifiScan(known, fresh=False, why=why, hint=hint)
    return await _scan(tools, name, question.timeout + SLACK)


async def _scan(tools: Tools, name: str, timeout: float) -> WifiScan | Unknown:
    """By `iw`, which needs rights to scan but none to say what the kernel knows."""
    begun = time.monotonic()
    fresh = await tools.run(["iw", "dev", name, "scan"], timeout, LIMIT)
    if isinstance(fresh, Unknown):
        return fresh
    if fresh.code == 0:
        return WifiScan(iw.points(fresh.out), seconds=time.monotonic() - begun)
    kept = await tools.run(["iw", "dev", name, "scan", "dump"], TOOL_TIME, LIMIT)
    if isinstance(kept, Unknown):
        return kept
    if kept.code != 0:
        return Unknown("trouble", _said(kept))
    heard = iw.points(kept.out)
    if "(-1)" in fresh.err:  # EPERM
        hint = f"sudo iw dev {name} scan"
        return WifiScan(heard, fresh=False, why="no-rights", hint=hint)
    # EBUSY: somebody else is scanning. Without a code it took too long.
    busy = fresh.code is None or "(-16)" in fresh.err
    return WifiScan(heard, fresh=False, why="busy" if busy else "trouble")


def _said(output: Output) -> str:
    return f"iw: {' '.join(output.err.split()) or 'no answer'}"[:200]


async def _listed(
    tools: Tools, interface: str, rescan: Literal["yes", "no"], timeout: float
) -> tuple[tuple[AccessPoint, ...], Literal["", "absent", "no-rights", "busy"]]:
    """NetworkManager's list, and why there is none. "busy": its scan took too long.
    "absent": it does not run here, or not for this interface."""
    argv = ["nmcli", "-t", "-f", nmcli.FIELDS, "device", "wifi", "list"]
    output = await tools.run(
        [*argv, "ifname", interface, "--rescan", rescan], timeout, LIMIT
    )
    if isinstance(output, Unknown):
        return (), "absent"
    if output.code == 0:
        return nmcli.points(output.out), ""
    if output.code is None:
        return (), "busy"
    refused = re.search(r"not (allowed|authori[sz]ed)", output.err, re.IGNORECASE)
    return (), "no-rights" if refused else "absent"
