"""Wi-Fi questions on Linux, answered by nl80211.

Unprivileged, but for beginning a scan. Each question opens a socket of its own in a
worker thread. An interface that is not Wi-Fi, or a kernel without Wi-Fi, is
"unsupported".
"""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

from posdiag.formats.dot11.elements import MAX_SSID
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wifi import (
    AskRadio,
    AskSurvey,
    AskWifiLink,
    ScanWifi,
    WatchWifi,
)
from posdiag.model.questions.wifi_answers import (
    Radio,
    Survey,
    SurveyChannel,
    WifiEvents,
    WifiLink,
    WifiScan,
)
from posdiag.system.core.rights import RUN_AS_ROOT
from posdiag.system.wifi.nl80211 import messages as nl
from posdiag.system.wifi.nl80211 import radio as radios
from posdiag.system.wifi.nl80211.bss import ASSOCIATED, BSSID, STATUS, points
from posdiag.system.wifi.nl80211.events import KernelEvents
from posdiag.system.wifi.nl80211.link import survey_channel, wifi_link
from posdiag.system.wifi.nl80211.transport import Family, number
from posdiag.system.wifi.scan.kernel import (
    KernelScanner,
    boot_clock,
    scan_cache,
    scan_target,
)
from posdiag.system.wifi.scan.plan import carry_out

T = TypeVar("T")

MAX_SURVEYS = 500


async def _in_thread(work: Callable[[], T]) -> T | Unknown:
    """A driver may delay the kernel's answer."""
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        return nl.unknown(error)


async def scan(question: ScanWifi, meter: Meter) -> WifiScan | Unknown:
    """Access points found by this scan, none older; the one that we are joined to is
    always included, because the driver reports its loss.

    A scan that was refused, or that did not end in time without finding `ssid`, is not
    `fresh`: then entries of the last 15 s count (see `age`), and an AP that is missing
    may still be there. With `remembered` it is the kernel's cache: 30 s, and the AP
    that we are joined to.
    """
    if question.remembered:
        return await _in_thread(lambda: _cached_scan(question.interface))
    began = time.monotonic()
    ssid, deadline = bytes.fromhex(question.ssid)[:MAX_SSID], began + question.timeout
    try:
        target = await asyncio.to_thread(scan_target, question.interface)
        scanner = await asyncio.to_thread(KernelScanner, target, deadline)
        try:
            why, oldest = await carry_out(scanner, target.rounds, ssid, target.joined)
        finally:
            scanner.close()
        cached = await asyncio.to_thread(scan_cache, target.index)
    except OSError as error:
        return nl.unknown(error)
    return WifiScan(
        points(cached, boot_clock(), oldest),
        fresh=not why,
        seconds=time.monotonic() - began,
        why=why,
        hint=RUN_AS_ROOT if why == "no-rights" else "",
    )


def _cached_scan(interface: str) -> WifiScan:
    cached = scan_cache(nl.index_of(interface))
    return WifiScan(points(cached, boot_clock()), fresh=False)


async def link(question: AskWifiLink, meter: Meter) -> WifiLink | Unknown:
    return await _in_thread(lambda: _link(question.interface))


def _link(interface: str) -> WifiLink | Unknown:
    index = nl.index_of(interface)
    with nl.kernel() as family:
        interface_attrs = nl.interface(family, index)
        if number(interface_attrs.get(nl.IFTYPE)) not in (nl.STATION, nl.P2P_CLIENT):
            return Unknown("unsupported")  # a monitor, or an access point itself
        cached = nl.scan_cache(family, index)
        own = (bss for bss in cached if number(bss.get(STATUS)) == ASSOCIATED)
        bss = next(own, None)
        peers = nl.stations(family, index) if bss else []
        channels = _channels(family, index) if bss else ()
    peer = next((p for p in peers if bss and p.get(nl.MAC) == bss.get(BSSID)), None)
    return wifi_link(interface_attrs, bss, peer or next(iter(peers), None), channels)


def _channels(family: Family, index: int) -> tuple[SurveyChannel, ...]:
    """() if the driver does not count airtime."""
    try:
        listed = nl.surveys(family, index)[:MAX_SURVEYS]
    except OSError:
        return ()
    return tuple(channel for one in listed if (channel := survey_channel(one)))


async def survey(question: AskSurvey, meter: Meter) -> Survey | Unknown:
    return await _in_thread(lambda: _survey(question.interface))


def _survey(interface: str) -> Survey | Unknown:
    index = nl.index_of(interface)
    with nl.kernel() as family:
        nl.interface(family, index)
        found = _channels(family, index)
    return Survey(found) if found else Unknown("unsupported")


async def radio(question: AskRadio, meter: Meter) -> Radio | Unknown:
    return await _in_thread(lambda: _radio(question.interface))


def _radio(interface: str) -> Radio:
    index = nl.index_of(interface)
    with nl.kernel() as family:
        wiphy = number(nl.interface(family, index).get(nl.WIPHY)) or 0
        parts = nl.wiphy(family, wiphy)
        country = nl.regulatory(family, wiphy).get(nl.ALPHA2, b"")
    phy = next((p[nl.WIPHY_NAME] for p in parts if nl.WIPHY_NAME in p), b"")
    return Radio(
        interface=interface,
        driver=radios.driver(interface),
        blocked=radios.blocked(phy.rstrip(b"\0").decode("utf-8", "replace")),
        country=country.rstrip(b"\0").decode("ascii", "replace"),
        channels=radios.channels(parts),
        ciphers=radios.ciphers(parts),
        sae=radios.sae(parts),
        pmf=radios.pmf(parts),
        monitor=radios.monitor(parts),
    )


async def watch(question: WatchWifi, meter: Meter) -> WifiEvents | Unknown:
    try:
        with KernelEvents(question.interface) as events:
            happened = await events.collect(question.seconds)
            return WifiEvents(tuple(happened), events.seconds)
    except OSError as error:
        return nl.unknown(error)
