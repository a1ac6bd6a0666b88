"""What is on the air, and how is this machine joined to it? (Linux: nl80211)

The kernel tells anybody what it knows; only to begin a scan takes rights. Each question
opens a socket of its own in a worker thread. What is no Wi-Fi interface, or a kernel
without Wi-Fi, is "unsupported".
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
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
from posdiag.system.wifi.managers.detect import managed_by
from posdiag.system.wifi.nl80211 import messages as nl
from posdiag.system.wifi.nl80211 import radio as radios
from posdiag.system.wifi.nl80211.bss import ASSOCIATED, BSSID, STATUS, points
from posdiag.system.wifi.nl80211.events import KernelEvents
from posdiag.system.wifi.nl80211.link import survey_channel, wifi_link
from posdiag.system.wifi.nl80211.transport import Family, number
from posdiag.system.wifi.scan.kernel import KernelAir, clock, look, remembered
from posdiag.system.wifi.scan.plan import carry_out

T = TypeVar("T")

MAX_SURVEYS = 500


async def _asked(work: Callable[[], T]) -> T | Unknown:
    """In a thread, because a driver may keep the kernel's answer waiting."""
    try:
        return await asyncio.to_thread(work)
    except OSError as error:
        return nl.unknown(error)


async def scan(question: ScanWifi, meter: Meter) -> WifiScan | Unknown:
    """What this scan heard, and nothing older: who has left is not shown as heard. The
    one exception is the access point that we are joined to; the driver watches over it
    and says so when it is gone.

    A scan that we may not begin, or that did not end in time with somebody looked for
    and not heard, is not `fresh`: what is told then was heard within the last 15 s
    (`age` says when), and who is missing may still be there. What is only remembered is
    what the kernel keeps, 30 s and the access point that we are joined to.
    """
    if question.remembered:
        return await _asked(lambda: _memory(question.interface))
    began = time.monotonic()
    name = bytes.fromhex(question.ssid)[:MAX_SSID]
    try:
        place = await asyncio.to_thread(look, question.interface)
        air = await asyncio.to_thread(KernelAir, place, began + question.timeout)
        try:
            why, oldest = await carry_out(air, place.rounds, name, place.joined)
        finally:
            air.close()
        heard = await asyncio.to_thread(remembered, place.index)
    except OSError as error:
        return nl.unknown(error)
    return WifiScan(
        points(heard, clock(), oldest),
        fresh=not why,
        seconds=time.monotonic() - began,
        why=why,
        hint=RUN_AS_ROOT if why == "no-rights" else "",
    )


def _memory(interface: str) -> WifiScan:
    heard = remembered(nl.index_of(interface))
    return WifiScan(points(heard, clock()), fresh=False)


async def link(question: AskWifiLink, meter: Meter) -> WifiLink | Unknown:
    return await _asked(lambda: _link(question.interface))


def _link(interface: str) -> WifiLink | Unknown:
    index = nl.index_of(interface)
    with nl.kernel() as family:
        said = nl.interface(family, index)
        if number(said.get(nl.IFTYPE)) not in (nl.STATION, nl.P2P_CLIENT):
            return Unknown("unsupported")  # a sniffer, or an access point itself
        bss = next(
            (b for b in nl.heard(family, index) if number(b.get(STATUS)) == ASSOCIATED),
            None,
        )
        peers = nl.stations(family, index) if bss else []
        channels = _channels(family, index) if bss else ()
    peer = next((p for p in peers if bss and p.get(nl.MAC) == bss.get(BSSID)), None)
    return wifi_link(said, bss, peer or next(iter(peers), None), channels)


def _channels(family: Family, index: int) -> tuple[SurveyChannel, ...]:
    """Nothing where the driver does not count."""
    try:
        listed = nl.surveys(family, index)[:MAX_SURVEYS]
    except OSError:
        return ()
    return tuple(channel for one in listed if (channel := survey_channel(one)))


async def survey(question: AskSurvey, meter: Meter) -> Survey | Unknown:
    return await _asked(lambda: _survey(question.interface))


def _survey(interface: str) -> Survey | Unknown:
    index = nl.index_of(interface)
    with nl.kernel() as family:
        nl.interface(family, index)
        found = _channels(family, index)
    return Survey(found) if found else Unknown("unsupported")


async def radio(question: AskRadio, meter: Meter) -> Radio | Unknown:
    found = await _asked(lambda: _radio(question.interface))
    if isinstance(found, Unknown):
        return found
    return replace(found, managed_by=await managed_by(question.interface))


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
