"""Is the Wi-Fi encrypted as it should be, and is there no evil twin?"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.model import Status
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wifi import AskWifiLink, ScanWifi
from posdiag.model.questions.wifi_answers import AccessPoint
from posdiag.model.site import Connection, Site, Wifi
from posdiag_checks.wifi.security import grade, judge, wifi_security
from tests.checks.machine import (
    BSSID,
    SSID,
    Answers,
    ap,
    on_air,
    scanned,
    site,
    wireless,
)
from tests.checks.running import OK, SKIP, WARN, Case, of

row = of(wifi_security)
NAMED = site(wifi=Wifi(ssid=SSID, security="wpa2"))
OTHER = "50:d2:f5:01:02:03"

OPEN: dict[str, Any] = {
    "protocols": ("open",),
    "akms": (),
    "ciphers": (),
    "group": None,
}
WEP: dict[str, Any] = {**OPEN, "protocols": ("wep",), "ciphers": ("wep40",)}
TKIP: dict[str, Any] = {"protocols": ("wpa",), "ciphers": ("tkip",), "group": "tkip"}
TKIP_RSN: dict[str, Any] = {
    "protocols": ("rsn",),
    "ciphers": ("tkip",),
    "group": "tkip",
}
MIXED: dict[str, Any] = {
    "protocols": ("wpa", "rsn"),
    "ciphers": ("tkip", "ccmp"),
    "group": "tkip",
}
WPA3: dict[str, Any] = {"akms": ("sae",), "pmf": "required"}
BOTH: dict[str, Any] = {"akms": ("psk", "sae"), "pmf": "capable"}
OWE: dict[str, Any] = {"akms": ("owe",), "pmf": "required"}
OFFICE: dict[str, Any] = {"akms": ("802.1x",)}


def near(*points: AccessPoint, **link: Any) -> Answers:
    """A joined machine whose scan finds these."""
    return {**wireless(), AskWifiLink: on_air(**link), **scanned(*points)}


def fine(name: str, *points: AccessPoint, variant: str = "", **more: Any) -> Case:
    return row(
        name=name, status=OK, code="", variant=variant, change=near(*points), **more
    )


CASES = [
    row(
        name="a cable, no Wi-Fi in the profile", status=SKIP, code="skip.not-applicable"
    ),
    row(
        name="no adapter",
        status=SKIP,
        code="skip.no-wifi",
        site=site(connection=Connection(kind="wifi")),
    ),
    fine(
        "WPA2",
        ap(),
        facts={"security": "WPA2", "wps": None, "access_points": 1, "channel": 6},
    ),
    fine("WPA3", ap(**WPA3), facts={"security": "WPA3"}),
    fine("WPA2 and WPA3", ap(**BOTH), facts={"security": "WPA2 / WPA3"}),
    fine("accounts", ap(**OFFICE)),
    fine("encrypted without a password", ap(**OWE), variant="no-password"),
    fine("WPS", ap(wps=True), variant="wps", facts={"wps": True}),
    fine("old and new encryption", ap(**MIXED), variant="mixed"),
    row(
        name="open",
        status=WARN,
        code="wifi.insecure",
        variant="open",
        change=near(ap(**OPEN)),
        facts={"security": "open", "bssid": BSSID},
    ),
    row(
        name="open, as the profile says",
        status=WARN,
        code="wifi.insecure",
        variant="open",
        site=site(wifi=Wifi(ssid=SSID, security="open")),
        change=near(ap(**OPEN)),
    ),
    row(
        name="WEP",
        status=WARN,
        code="wifi.insecure",
        variant="wep",
        change=near(ap(**WEP)),
    ),
    row(
        name="WPA of 2003",
        status=WARN,
        code="wifi.insecure",
        variant="tkip",
        change=near(ap(**TKIP)),
    ),
    row(
        name="WPA2 with TKIP",
        status=WARN,
        code="wifi.insecure",
        variant="tkip",
        change=near(ap(**TKIP_RSN)),
    ),
    row(
        name="not joined, open",
        status=WARN,
        code="wifi.insecure",
        variant="open",
        site=NAMED,
        change={**wireless(joined=False), **scanned(ap(**OPEN))},
    ),
    row(
        name="one band of our own router is open",
        status=WARN,
        code="wifi.insecure",
        variant="open",
        change=near(ap(), ap(**OPEN, bssid="06:00:00:00:01:01", frequency=5180)),
        facts={"bssid": "06:00:00:00:01:01", "channel": 36},
    ),
    row(
        name="an open twin",
        status=WARN,
        code="wifi.evil-twin",
        variant="scanned",
        change=near(ap(), ap(**OPEN, bssid=OTHER, signal=-40.0, frequency=2462)),
        facts={
            "bssid": BSSID,
            "security": "WPA2",
            "twin": OTHER,
            "twin_channel": 11,
            "twin_level": -40.0,
            "twin_security": "open",
        },
        rivals=("wifi.insecure",),
    ),
    row(
        name="a WEP twin",
        status=WARN,
        code="wifi.evil-twin",
        variant="scanned",
        change=near(ap(), ap(**WEP, bssid=OTHER)),
    ),
    row(
        name="a twin with old encryption, of another maker",
        status=WARN,
        code="wifi.evil-twin",
        variant="scanned",
        change=near(ap(), ap(**TKIP, bssid=OTHER)),
    ),
    row(
        name="old encryption on a device of the same maker",
        status=WARN,
        code="wifi.insecure",
        variant="tkip",
        change=near(ap(), ap(**TKIP, bssid="02:00:00:00:09:00")),
    ),
    row(
        name="caught by the twin",
        status=WARN,
        code="wifi.evil-twin",
        variant="joined",
        change=near(ap(), ap(**OPEN, bssid=OTHER), bssid=OTHER),
        facts={"twin": OTHER, "bssid": BSSID},
    ),
    row(
        name="twins, the loudest is named",
        status=WARN,
        code="wifi.evil-twin",
        variant="scanned",
        change=near(
            ap(),
            ap(**OPEN, bssid="50:d2:f5:00:00:01", signal=-80.0),
            ap(**WEP, bssid=OTHER, signal=-60.0),
        ),
        facts={"twin": OTHER},
    ),
    fine(
        "WPA2 here, WPA2 and WPA3 there",
        ap(),
        ap(**BOTH, bssid=OTHER, frequency=5180),
        facts={"access_points": 2, "security": "WPA2 / WPA3"},
    ),
    fine("WPA2 here, WPA3 there", ap(), ap(**WPA3, bssid=OTHER)),
    fine("accounts here, a password there", ap(**OFFICE), ap(bssid=OTHER)),
    fine("an open network of another name", ap(), ap("CAFE", **OPEN, bssid=OTHER)),
    fine("a name that differs in case", ap(), ap("shop-pos", **OPEN, bssid=OTHER)),
    fine(
        "an open twin, but the shop's own is open by its profile",
        ap(),
        ap(bssid=OTHER),
        site=site(wifi=Wifi(ssid=SSID, security="open")),
    ),
    row(
        name="open by the profile, an encrypted one of that name",
        status=WARN,
        code="wifi.insecure",
        variant="open",
        site=site(wifi=Wifi(ssid=SSID, security="open")),
        change=near(ap(**OPEN), ap(bssid=OTHER)),
    ),
    fine("was open until lately", ap(age=1.0), ap(**OPEN, age=20.0)),
    fine("an old memory", ap(age=1.0), ap(**OPEN, bssid=OTHER, age=300.0)),
    row(
        name="security unknown",
        status=SKIP,
        code="skip.unsupported",
        change=near(ap(protocols=(), akms=(), ciphers=())),
    ),
    row(
        name="ours is not heard",
        status=SKIP,
        code="skip.nothing-to-test",
        change=near(ap("CAFE")),
    ),
    row(
        name="may not scan",
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
        name="the scan fails",
        status=SKIP,
        code="skip.trouble",
        change={**near(), ScanWifi: Unknown("trouble")},
    ),
    row(
        name="names are withheld, the joined one is marked",
        status=WARN,
        code="wifi.insecure",
        variant="open",
        change={
            **wireless(),
            AskWifiLink: on_air(""),
            **scanned(
                ap(b"", **OPEN, joined=True), ap(b"", bssid=OTHER), redacted=True
            ),
        },
        facts={"ssid": "Wi-Fi"},
    ),
    row(
        name="names are withheld, the profile has one",
        status=OK,
        code="",
        variant="",
        site=NAMED,
        change={
            **wireless(),
            AskWifiLink: on_air(""),
            **scanned(ap(b"", joined=True), redacted=True),
        },
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_verdict(case: Case) -> None:
    case.verify()


POINTS = st.builds(
    AccessPoint,
    bssid=st.sampled_from([BSSID, OTHER, "", "nonsense", "02:00:00:00:01:01"]),
    ssid=st.just(SSID.encode().hex()),
    frequency=st.integers(0, 8000),
    signal=st.none() | st.floats(-200, 50),
    protocols=st.sets(st.sampled_from(["open", "wep", "wpa", "rsn"])).map(tuple),
    akms=st.sets(st.sampled_from(["psk", "sae", "owe", "802.1x", "other"])).map(tuple),
    ciphers=st.sets(st.sampled_from(["tkip", "ccmp", "wep40", "other"])).map(tuple),
    wps=st.none() | st.booleans(),
)


@given(st.lists(POINTS, min_size=1, max_size=6))
def test_whatever_is_offered_there_is_a_verdict(points: list[AccessPoint]) -> None:
    graded = [p for p in points if grade(p) is not None]
    if graded:
        finding = judge(graded, None, Site())

        assert finding.status in (Status.OK, Status.WARN)
