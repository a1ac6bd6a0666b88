"""A whole run of a shop that comes in by Wi-Fi: what its radio explains."""

from collections.abc import Mapping
from typing import Any

import pytest

from posdiag.model import Severity, Verdict
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.lan import (
    AskNeighbour,
    AskSweep,
    DiscoverDhcp,
    ProbeArp,
    Sweep,
)
from posdiag.model.questions.tls import Shake
from posdiag.model.questions.wifi import AskWifiLink, ScanWifi, WatchWifi
from posdiag.model.questions.wifi_answers import WifiLink
from posdiag.model.questions.wire import (
    Connect,
    DnsReply,
    Fetch,
    HttpReply,
    Lookup,
    Ping,
)
from posdiag.model.site import Connection, Wifi
from tests.checks import machine as m
from tests.checks.running import diagnose
from tests.checks.wifi.test_interference import CITY, OVERLAPPING, other
from tests.checks.wifi.test_security import OPEN, WEP

SHOP = m.site(connection=Connection(kind="wifi"), wifi=Wifi(ssid=m.SSID))
Change = Mapping[Any, Any]


def shop(signal: float = -52.0, *others: Any, retries: int = 1, **own: Any) -> Change:
    """Joined by Wi-Fi; our access point at this level, and the neighbours."""

    def link(asked: AskWifiLink) -> WifiLink:
        n = asked.number
        return m.on_air(signal=signal, sent=10 * n, retries=retries * n, failed=0)

    points = m.scanned(m.ap(signal=signal, **own), *others)
    return {**m.wireless(), **points, AskWifiLink: link}


HEALTHY: list[tuple[str, Change]] = [
    ("alone", shop()),
    ("an ordinary street", shop(-52.0, *CITY)),
    ("two that overlap", shop(-52.0, *OVERLAPPING[:2])),
    ("fair signal", shop(-72.0, other(1, -50), other(6, -55), other(11, -50))),
    ("WPS", shop(wps=True)),
    ("5 GHz beside it", shop(-52.0, m.ap(bssid="02:00:00:00:01:01", frequency=5180))),
    ("a hotspot nearby without a password", shop(-52.0, other(1, -50, **OPEN))),
    (
        "no scan, no events",
        {**shop(), ScanWifi: Unknown("no-rights"), WatchWifi: Unknown("unsupported")},
    ),
]


@pytest.mark.parametrize(("name", "change"), HEALTHY, ids=[n for n, _ in HEALTHY])
def test_no_false_alarm(name: str, change: Change) -> None:
    _, causes, verdict = diagnose(change, SHOP)

    assert causes == ()
    assert verdict is Verdict.HEALTHY


FAULTS: list[tuple[str, Change, list[str]]] = [
    ("weak", shop(-79.0), ["wifi.weak-signal"]),
    ("failing, yet it pays", shop(-86.0), ["wifi.weak-signal"]),
    ("open", shop(**OPEN), ["wifi.insecure"]),
    ("WEP and weak", shop(-79.0, **WEP), ["wifi.insecure", "wifi.weak-signal"]),
    (
        "a twin",
        shop(-52.0, m.ap(bssid="50:d2:f5:01:02:03", **OPEN)),
        ["wifi.evil-twin"],
    ),
    ("three that overlap", shop(-52.0, *OVERLAPPING), ["wifi.interference"]),
    (
        "one overlaps, frames are sent again",
        shop(-52.0, other(8, -50), retries=9),
        ["wifi.interference"],
    ),
    (
        "frames are sent again, no neighbours",
        shop(-52.0, retries=9),
        ["wifi.weak-signal"],
    ),
]


@pytest.mark.parametrize(
    ("name", "change", "expected"), FAULTS, ids=[f[0] for f in FAULTS]
)
def test_the_cause_is_named(name: str, change: Change, expected: list[str]) -> None:
    _, causes, verdict = diagnose(change, SHOP)

    assert [c.id for c in causes] == expected
    assert verdict is Verdict.DEGRADED


def test_a_signal_that_is_too_weak_explains_a_silent_router() -> None:
    silent = {
        AskNeighbour: m.alive(),
        Ping: m.echoes(("*",)),
        Connect: m.SILENT,
        Shake: m.NO_TCP,
        Lookup: m.DNS_SILENT,
        Fetch: HttpReply("silent", tries=5),
        ProbeArp: m.arp(),
        DiscoverDhcp: m.offers(),
        AskSweep: Sweep((), 253),
    }
    _, causes, verdict = diagnose({**shop(-88.0, retries=15), **silent}, SHOP)

    assert causes[0].id == "wifi.weak-signal"
    assert causes[0].severity is Severity.BROKEN
    assert "router.unreachable" in causes[0].explains
    assert verdict is Verdict.BROKEN


def test_a_router_is_silent_though_the_access_point_takes_every_frame() -> None:
    dead = {AskNeighbour: m.alive(), Ping: m.echoes(("*",)), ProbeArp: m.arp()}
    _, causes, _ = diagnose({**shop(-88.0), **dead}, SHOP)

    assert [c.id for c in causes] == ["router.unreachable", "wifi.weak-signal"]


def test_a_weak_signal_does_not_hide_a_name_that_is_not_found() -> None:
    wrong = {Lookup: DnsReply("ok", "NXDOMAIN", (), 0.02)}
    _, causes, _ = diagnose({**shop(-79.0), **wrong}, SHOP)

    assert causes[0].id.startswith("dns.")
    assert "wifi.weak-signal" in [c.id for c in causes]
