"""Is the Wi-Fi signal strong enough here, and is it stable?"""

from collections.abc import Sequence
from typing import Any

import pytest

from posdiag.measure.wifi.reception import WINDOWS
from posdiag.model.limits import Plan
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import AskInterfaces, AskRoutes
from posdiag.model.questions.wifi import AskWifiLink, ScanWifi, WatchWifi
from posdiag.model.questions.wifi_answers import WifiEvent, WifiEvents, WifiLink
from posdiag.model.site import Connection, Wifi
from posdiag_checks.wifi.signal import wifi_signal
from tests.checks.machine import (
    BSSID,
    OFF_AIR,
    SSID,
    Answers,
    ap,
    on_air,
    port,
    ports,
    scanned,
    site,
    way,
    ways,
    wireless,
)
from tests.checks.running import FAIL, OK, SKIP, WARN, Case, of, probe

row = of(wifi_signal)
WEAK = "wifi.weak-signal"
NAMED = site(wifi=Wifi(ssid=SSID))
PERFECT: tuple[float, ...] = (-50.0,)


def readings(
    levels: Sequence[float | None] = PERFECT,
    *,
    sent: int = 0,
    retries: int = 0,
    failed: int = 0,
    events: WifiEvents | Unknown | None = None,
    gone: Sequence[int] = (),
    name: str = SSID,
    **more: Any,
) -> Answers:
    """A joined machine. `levels` are read in turn; at each reading the counters have
    grown by `sent`, `retries` and `failed`; at the readings of `gone` the association
    is lost."""

    def link(asked: AskWifiLink) -> WifiLink:
        if asked.number in gone:
            return OFF_AIR
        now = levels[asked.number % len(levels)]
        kept: dict[str, Any] = {"signal": now, "average": None}
        kept |= {"sent": 100 + sent * asked.number}
        kept |= {"retries": 10 + retries * asked.number}
        kept |= {"failed": failed * asked.number, "beacons_lost": 0}
        return on_air(name, **{**kept, **more})

    watched = {} if events is None else {WatchWifi: events}
    return {**wireless(), AskWifiLink: link, **watched}


def happened(*all: WifiEvent) -> WifiEvents:
    return WifiEvents(all, 3.0)


def event(kind: Any, source: Any = "kernel", **more: Any) -> WifiEvent:
    return WifiEvent(1.0, kind, source, BSSID, **more)


def apart(signal: float | None, **more: Any) -> Answers:
    """Not joined; the scan finds the network."""
    return {**wireless(joined=False), **scanned(ap(signal=signal, **more))}


WANDERING = (
    -60.0,
    -62.0,
    -61.0,
    -60.0,
    -63.0,
    -61.0,
    -62.0,
    -60.0,
    -61.0,
    -84.0,
    -85.0,
)
ELSEWHERE = {
    AskInterfaces: ports(port("wlan0", kind="wifi")),
    AskRoutes: ways(way(interface="wlan0")),
    AskWifiLink: on_air("OTHER"),
}

CASES = [
    row(
        name="a cable, no Wi-Fi in the profile", status=SKIP, code="skip.not-applicable"
    ),
    row(
        name="a cable by the profile, though the name is known",
        status=SKIP,
        code="skip.no-wifi",
        site=site(wifi=Wifi(ssid=SSID)),
    ),
    row(
        name="no adapter",
        status=SKIP,
        code="skip.no-wifi",
        site=site(connection=Connection(kind="wifi")),
    ),
    row(
        name="adapters unknown",
        status=SKIP,
        code="skip.no-rights",
        site=NAMED,
        change={AskInterfaces: Unknown("no-rights")},
    ),
    row(
        name="strong and steady",
        status=OK,
        change=readings(sent=10, retries=1),
        facts={
            "ssid": SSID,
            "channel": 6,
            "band": "2.4",
            "level": -50.0,
            "low": -50.0,
            "readings": 12,
            "seconds": 3.0,
            "sent": 110,
            "retries": round(11 / 121, 4),
            "failed": 0,
            "beacons_lost": 0,
            "drops": 0,
            "scale": "dbm",
            "noise": None,
            "snr": None,
        },
    ),
    row(name="good by Cisco's limit", status=OK, change=readings((-67.0, -68.0))),
    row(name="fair", status=OK, change=readings((-74.0,))),
    row(
        name="at the very limit",
        status=OK,
        change=readings((-75.0,)),
        facts={"level": -75.0, "low": -75.0},
    ),
    row(
        name="weak",
        status=WARN,
        code=WEAK,
        variant="weak",
        change=readings((-77.0, -78.0)),
        facts={"level": -77.5},
        rivals=(),
    ),
    row(
        name="one bad reading is no verdict",
        status=OK,
        change=readings((*[-60.0] * 11, -95.0)),
    ),
    row(
        name="failing, and nothing proves that frames pass",
        status=FAIL,
        code=WEAK,
        variant="failing",
        change=readings((-85.0,)),
    ),
    row(
        name="failing, frames are lost",
        status=FAIL,
        code=WEAK,
        variant="failing",
        change=readings((-85.0,), sent=10, retries=9, failed=2),
    ),
    row(
        name="failing by its level, yet frames pass",
        status=WARN,
        code=WEAK,
        variant="weak",
        change=readings((-85.0,), sent=10, retries=1),
    ),
    row(
        name="a limit of the site's own",
        status=WARN,
        code=WEAK,
        variant="weak",
        change=readings((-70.0,)),
        limits={"wifi.weak": -67},
    ),
    row(
        name="from a percentage",
        status=OK,
        change=readings((-67.0,), scale="windows"),
        facts={"scale": "windows", "level": -67.0},
    ),
    row(
        name="only an average is known",
        status=OK,
        change=readings((None,), average=-58.0),
        facts={"level": -58.0},
    ),
    row(
        name="levels that drop",
        status=WARN,
        code=WEAK,
        variant="unstable",
        change=readings(WANDERING),
        facts={"level": -61.5, "low": -84.0, "interruptions": 0},
        rivals=("wifi.interference",),
    ),
    row(
        name="a drop among few readings",
        status=OK,
        plan=Plan.QUICK,
        change=readings(WANDERING),
    ),
    row(
        name="levels that swing among the good",
        status=OK,
        change=readings((-45.0, -60.0, -50.0, -66.0)),
    ),
    row(
        name="the association is lost briefly",
        status=WARN,
        code=WEAK,
        variant="unstable",
        change=readings(gone=(5, 6)),
        facts={"drops": 1, "interruptions": 1},
    ),
    row(
        name="disconnected, reported by two sources",
        status=WARN,
        code=WEAK,
        variant="unstable",
        change=readings(
            events=happened(
                event("disconnected", code=4, local=True),
                event("disconnected", "supplicant", code=4, local=True),
            )
        ),
        facts={"drops": 1},
    ),
    row(
        name="we left by ourselves",
        status=OK,
        change=readings(events=happened(event("disconnected", code=3, local=True))),
        facts={"drops": 0},
    ),
    row(
        name="beacons are lost twice",
        status=WARN,
        code=WEAK,
        variant="unstable",
        change=readings(events=happened(event("beacon-loss"), event("beacon-loss"))),
        facts={"beacons_lost": 2, "interruptions": 2},
    ),
    row(
        name="one beacon loss",
        status=OK,
        change=readings(events=happened(event("beacon-loss"))),
        facts={"beacons_lost": 1},
    ),
    row(
        name="the access point moves to another channel",
        status=OK,
        change=readings(events=happened(event("channel-switch"))),
        facts={"channel_switches": 1},
    ),
    row(
        name="events unknown",
        status=OK,
        change=readings(events=Unknown("unsupported"), beacons_lost=None),
        facts={"beacons_lost": None, "drops": 0},
    ),
    row(
        name="good level, high noise",
        status=WARN,
        code=WEAK,
        variant="noisy",
        change=readings((-62.0,), noise=-75.0),
        facts={"snr": 13.0, "noise": -75.0},
        rivals=("wifi.interference",),
    ),
    row(
        name="good level, very high noise",
        status=FAIL,
        code=WEAK,
        variant="noisy",
        change=readings((-62.0,), noise=-70.0),
    ),
    row(
        name="very high noise, yet frames pass",
        status=WARN,
        code=WEAK,
        variant="noisy",
        change=readings((-62.0,), noise=-70.0, sent=20, retries=2),
    ),
    row(
        name="noise as it should be",
        status=OK,
        change=readings((-62.0,), noise=-95.0),
        facts={"snr": 33.0},
    ),
    row(
        name="good level, many repeats",
        status=WARN,
        code=WEAK,
        variant="one-sided",
        change=readings((-55.0,), sent=10, retries=9),
        facts={"sent": 110, "retries": round(99 / 209, 4)},
        rivals=("wifi.interference",),
    ),
    row(
        name="good level, most are dropped",
        status=FAIL,
        code=WEAK,
        variant="one-sided",
        change=readings((-66.0,), sent=46, retries=0, failed=31),
        facts={"sent": 506, "failed": 341, "retries": round(341 / 506, 4)},
        rivals=("wifi.interference",),
    ),
    row(
        name="good level, some are dropped",
        status=WARN,
        code=WEAK,
        variant="one-sided",
        change=readings((-66.0,), sent=46, retries=0, failed=11),
    ),
    row(
        name="weak level, most are dropped",
        status=FAIL,
        code=WEAK,
        variant="failing",
        change=readings((-78.0,), sent=46, retries=40, failed=31),
    ),
    row(
        name="few frames, most dropped",
        status=FAIL,
        code=WEAK,
        variant="one-sided",
        change=readings((-66.0,), sent=2, retries=0, failed=2),
    ),
    row(
        name="few are dropped", status=OK, change=readings(sent=46, retries=2, failed=1)
    ),
    row(
        name="few frames, all dropped",
        status=OK,
        change=readings(sent=1, retries=0, failed=1),
    ),
    row(
        name="many repeats of few frames", status=OK, change=readings(sent=1, retries=1)
    ),
    row(name="repeats near the limit", status=OK, change=readings(sent=10, retries=2)),
    row(
        name="counters that start anew",
        status=OK,
        change={
            **wireless(),
            AskWifiLink: lambda asked: on_air(
                sent=500 - asked.number if asked.number < 6 else asked.number,
                retries=400 if asked.number < 6 else 0,
            ),
        },
        facts={"sent": 6, "retries": 0.0},
    ),
    row(
        name="the machine roams",
        status=OK,
        change={
            **wireless(),
            AskWifiLink: lambda asked: on_air(
                bssid=BSSID if asked.number < 9 else "02:00:00:00:01:09",
                sent=asked.number * 10,
                retries=0,
            ),
        },
        facts={"roams": 1, "sent": 30},
    ),
    row(
        name="joined after the first reading",
        status=OK,
        site=NAMED,
        change={
            **wireless(),
            AskWifiLink: lambda asked: on_air() if asked.number else OFF_AIR,
        },
        facts={"readings": 12},
    ),
    row(
        name="the name is withheld",
        status=OK,
        site=NAMED,
        change={**readings(name=""), ScanWifi: Unknown("no-rights")},
        facts={"ssid": "Wi-Fi"},
    ),
    row(
        name="quick",
        status=OK,
        plan=Plan.QUICK,
        change=readings(),
        facts={"readings": 5},
    ),
    row(
        name="thorough",
        status=OK,
        plan=Plan.THOROUGH,
        change=readings(),
        facts={"readings": 30, "seconds": 30.0},
    ),
    row(
        name="not joined, strong in the scan",
        status=OK,
        code="",
        variant="scanned",
        site=NAMED,
        change=apart(-60.0),
        facts={"level": -60.0, "ssid": SSID, "elsewhere": None},
    ),
    row(
        name="not joined, weak in the scan",
        status=WARN,
        code=WEAK,
        variant="scanned",
        site=NAMED,
        change=apart(-80.0),
    ),
    row(
        name="not joined, very weak in the scan",
        status=FAIL,
        code=WEAK,
        variant="scanned",
        site=NAMED,
        change=apart(-88.0),
        facts={"elsewhere": None},
    ),
    row(
        name="very weak in the scan, but this machine has another uplink",
        status=WARN,
        code=WEAK,
        variant="scanned",
        site=NAMED,
        change={**ELSEWHERE, **scanned(ap(signal=-88.0))},
        facts={"elsewhere": True},
    ),
    row(
        name="several access points, the strongest counts",
        status=OK,
        code="",
        variant="scanned",
        site=NAMED,
        change={
            **wireless(joined=False),
            **scanned(
                ap(signal=-88.0), ap(signal=-55.0, bssid="02:00:00:00:03:00"), ap("X")
            ),
        },
        facts={"level": -55.0},
    ),
    row(
        name="an old scan entry does not count",
        status=SKIP,
        code="skip.nothing-to-test",
        site=NAMED,
        change=apart(-55.0, age=900.0),
    ),
    row(
        name="level unknown",
        status=SKIP,
        code="skip.nothing-to-test",
        site=NAMED,
        change=apart(None),
    ),
    row(
        name="may not scan, nothing remembered",
        status=SKIP,
        code="skip.no-rights",
        site=NAMED,
        change={
            **wireless(joined=False),
            **scanned(fresh=False, why="no-rights", hint="sudo x"),
        },
        facts={"hint": "sudo x"},
    ),
    row(
        name="the scan is refused",
        status=SKIP,
        code="skip.no-tool",
        site=NAMED,
        change={**wireless(joined=False), ScanWifi: Unknown("no-tool")},
    ),
    row(
        name="link unknown",
        status=SKIP,
        code="skip.unsupported",
        change={**wireless(), AskWifiLink: Unknown("unsupported"), **scanned()},
    ),
    row(
        name="withheld names, the joined one is marked",
        status=OK,
        code="",
        variant="scanned",
        change={
            **wireless(),
            AskWifiLink: Unknown("unsupported"),
            **scanned(ap(b"", -61.0, joined=True), redacted=True),
        },
        facts={"level": -61.0},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_verdict(case: Case) -> None:
    case.verify()


@pytest.mark.parametrize("plan", Plan)
def test_every_plan_reads_often_enough(plan: Plan) -> None:
    count, seconds = WINDOWS[plan]

    assert count >= 5
    assert wifi_signal.timeout > seconds + 5


def test_the_window_ends_early_without_a_link() -> None:
    asked: list[int] = []

    def link(question: AskWifiLink) -> WifiLink:
        asked.append(question.number)
        return OFF_AIR

    case = Case(
        "",
        OK,
        check=wifi_signal,
        site=NAMED,
        change={**wireless(joined=False), AskWifiLink: link},
    )
    probe(case)

    assert asked == [0, 1, 2]
