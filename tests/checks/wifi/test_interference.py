"""Is our channel busy, overlapped, or filled by energy that is not Wi-Fi?"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.formats.dot11.channels import frequency
from posdiag.measure.wifi.airtime import UNKNOWN
from posdiag.measure.wifi.band_chart import band_chart
from posdiag.measure.wifi.environment import environment
from posdiag.measure.wifi.network import Network
from posdiag.measure.wifi.reception import Reception
from posdiag.model import Finding, Status
from posdiag.model.limits import Limits
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wifi import AskRadio, AskSurvey, AskWifiLink, ScanWifi
from posdiag.model.questions.wifi_answers import (
    AccessPoint,
    Survey,
    SurveyChannel,
    WifiLink,
    WifiScan,
)
from posdiag.model.site import Connection, Wifi
from posdiag_checks.wifi.interference import judge, wifi_interference
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

row = of(wifi_interference)
CAUSE = "wifi.interference"
NAMED = site(wifi=Wifi(ssid=SSID))
CHINA = site(wifi=Wifi(ssid=SSID, country="CN"))


def other(
    number: int,
    signal: float | None = -55.0,
    which: int = 1,
    name: str | None = None,
    **more: Any,
) -> AccessPoint:
    """A neighbour on a channel; `which` makes several of them."""
    kept: dict[str, Any] = {"bssid": f"50:d2:f5:{number:02x}:{which:02x}:01"}
    kept |= {"frequency": frequency(number)}
    called = f"NEIGHBOUR-{number}" if name is None else name
    point: AccessPoint = ap(called, signal, **{**kept, **more})
    return point


def air(*others: AccessPoint, own: Any = None, **link: Any) -> Answers:
    """A joined machine, its access point and the neighbours."""
    return {**joined(**link), **scanned(own or ap(), *others)}


def joined(sent: int = 10, retries: int = 1, **more: Any) -> Answers:
    def link(asked: AskWifiLink) -> WifiLink:
        return on_air(
            sent=sent * asked.number, retries=retries * asked.number, failed=0, **more
        )

    return {**wireless(), AskWifiLink: link}


def surveyed(
    busy: float | tuple[float, ...],
    receive: float | None = None,
    transmit: float | None = None,
    *,
    active: float = 2.0,
    used: int = 2437,
) -> Answers:
    """A driver that counts. Between one survey and the next the channel in use was
    listened to for `active` seconds, and busy for a share of them; shares may differ
    from window to window."""
    shares = busy if isinstance(busy, tuple) else (busy,) * 3

    def survey(asked: AskSurvey) -> Survey:
        n = asked.number
        total = sum(shares[:n]) * active
        return Survey(
            (
                SurveyChannel(2412, noise=-92.0, active=0.1, busy=0.09),
                SurveyChannel(
                    used,
                    True,
                    -92.0,
                    active=5.0 + active * n,
                    busy=1.0 + total,
                    receive=None if receive is None else receive * active * n,
                    transmit=None if transmit is None else transmit * active * n,
                ),
            )
        )

    return {AskSurvey: survey}


HWSIM = Survey(
    (SurveyChannel(frequency=2437, in_use=True, noise=-92.0, active=0.08, busy=0.01),)
)
CITY = tuple(
    other(n, s, w)
    for n, s, w in (
        (6, -55, 1),
        (6, -63, 2),
        (6, -70, 3),
        (6, -80, 4),
        (1, -50, 1),
        (1, -66, 2),
        (11, -48, 1),
        (11, -72, 2),
        (4, -79, 1),
        (9, -82, 1),
        (13, -75, 1),
    )
)
OVERLAPPING = (other(4, -52), other(7, -50), other(8, -50))
WIDE_OWN = ap(width=40, centre=2447)

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
    row(
        name="no neighbours",
        status=OK,
        change=air(),
        facts={
            "channel": 6,
            "same": 0,
            "overlapping": 0,
            "culprits": ("-",),
            "busy": None,
            "foreign": None,
            "announced": None,
            "share": None,
            "proposal": 6,
            "retries": round(11 / 121, 4),
        },
    ),
    row(
        name="an ordinary street",
        status=OK,
        code="",
        variant="",
        change=air(*CITY),
        facts={"same": 4, "overlapping": 2, "neighbours": 11},
    ),
    row(
        name="crowded where we are, empty elsewhere",
        status=OK,
        code="",
        variant="quieter",
        change=air(*(other(6, -50, n) for n in range(1, 5)), other(1), other(11, -80)),
        facts={"proposal": 11, "proposal_same": 1, "same": 4},
    ),
    row(
        name="a crowd on our channel, louder than ours",
        status=WARN,
        code=CAUSE,
        variant="crowd",
        change=air(*(other(6, -50 + n % 2, n) for n in range(1, 7)), signal=-60.0),
        facts={"same": 6, "proposal": 1},
    ),
    row(
        name="a crowd on our channel, weaker than ours",
        status=OK,
        code="",
        variant="quieter",
        change=air(*(other(6, -60, n) for n in range(1, 9))),
    ),
    row(
        name="a crowd without known levels",
        status=OK,
        code="",
        variant="quieter",
        change=air(*(other(6, None, n) for n in range(1, 15))),
    ),
    row(
        name="two that overlap",
        status=OK,
        code="",
        variant="quieter",
        change=air(*OVERLAPPING[:2]),
    ),
    row(
        name="three that overlap",
        status=WARN,
        code=CAUSE,
        variant="overlap",
        change=air(*OVERLAPPING),
        facts={
            "overlapping": 3,
            "culprits": (
                "NEIGHBOUR-7 (7, -50 dBm)",
                "NEIGHBOUR-8 (8, -50 dBm)",
                "NEIGHBOUR-4 (4, -52 dBm)",
            ),
            "proposal": 1,
        },
    ),
    row(
        name="three that overlap, all far weaker than ours",
        status=OK,
        change=air(*(other(n, -70) for n in (4, 7, 8))),
    ),
    row(
        name="three, loud but far below ours",
        status=OK,
        code="",
        variant="quieter",
        change=air(*(other(n, -62) for n in (4, 7, 8)), signal=-38.0),
    ),
    row(
        name="three SSIDs of one device that overlap",
        status=OK,
        change=air(*(other(8, -48, bssid=f"50:d2:f5:00:00:0{n}") for n in (1, 2, 3))),
        facts={"overlapping": 1},
    ),
    row(
        name="our own second name is no neighbour",
        status=OK,
        change=air(ap("SHOP-GUEST", -50.0, bssid="06:00:00:00:01:01")),
        facts={"same": 0, "neighbours": 0},
    ),
    row(
        name="our own mesh is no neighbour",
        status=OK,
        change=air(
            ap(signal=-58.0, bssid="02:00:00:00:07:00", frequency=2447),
            ap(signal=-58.0, bssid="02:00:00:00:08:00", frequency=2442),
            ap(signal=-58.0, bssid="02:00:00:00:09:00", frequency=2432),
        ),
        facts={"overlapping": 0},
    ),
    row(
        name="a weak signal of our own is another matter",
        status=OK,
        code="",
        variant="quieter",
        change=air(*OVERLAPPING, own=ap(signal=-80.0), signal=-80.0),
    ),
    row(
        name="neighbours in the 5 GHz band do not overlap",
        status=OK,
        code="",
        variant="quieter",
        change=air(
            *(other(n, -45) for n in (36, 40, 44, 48)),
            own=ap(frequency=5180, width=80, centre=5210),
            frequency=5180,
        ),
        facts={"band": "5", "same": 1, "overlapping": 3},
        site=CHINA,
    ),
    row(
        name="neighbours that overlap with half of a wide channel",
        status=OK,
        code="",
        variant="quieter",
        change=air(*(other(1, -64, n, width=40, centre=2422) for n in (1, 2, 3))),
        facts={"overlapping": 3},
    ),
    row(
        name="we are wide ourselves",
        status=OK,
        code="",
        variant="wide",
        change=air(own=WIDE_OWN),
        facts={"width": 40, "proposal": 6},
    ),
    row(
        name="good level, frames sent again, one overlaps",
        status=WARN,
        code=CAUSE,
        variant="felt",
        change=air(other(8, -52), retries=9),
        facts={"culprits": ("NEIGHBOUR-8 (8, -52 dBm)",), "tries": 209},
    ),
    row(
        name="frames sent again and a channel on the watch list",
        status=WARN,
        code=CAUSE,
        variant="felt",
        change={**air(retries=9), **surveyed(0.45)},
        facts={"share": pytest.approx(0.45), "culprits": ("-",)},
    ),
    row(
        name="frames sent again, and nothing that explains it",
        status=OK,
        change={**air(other(6, -70), retries=9), **surveyed(0.1)},
    ),
    row(
        name="frames sent again at a weak level",
        status=OK,
        change=air(other(8, -52), own=ap(signal=-80.0), signal=-80.0, retries=9),
        facts={"proposal": 1},
    ),
    row(
        name="a busy channel",
        status=WARN,
        code=CAUSE,
        variant="busy",
        change={**air(other(6)), **surveyed(0.6)},
        facts={"share": pytest.approx(0.6), "share_announced": False},
    ),
    row(
        name="busy for a moment",
        status=OK,
        change={**air(other(6)), **surveyed((0.6, 0.2))},
        facts={"busy": pytest.approx(0.2)},
    ),
    row(
        name="a channel on the watch list",
        status=OK,
        change={**air(), **surveyed(0.45)},
        facts={"busy": pytest.approx(0.45), "share": None},
    ),
    row(
        name="the access point announces a busy channel",
        status=WARN,
        code=CAUSE,
        variant="busy",
        change=air(own=ap(utilisation=0.7, stations=9)),
        facts={"share": 0.7, "share_announced": True, "stations": 9, "busy": None},
    ),
    row(
        name="announced, but what is measured counts",
        status=OK,
        change={**air(own=ap(utilisation=0.7)), **surveyed(0.2)},
    ),
    row(
        name="an announcement in an old scan does not count",
        status=OK,
        code="",
        variant="remembered",
        change={**joined(), **scanned(ap(utilisation=0.7), fresh=False, why="busy")},
    ),
    row(
        name="it announces an idle channel",
        status=OK,
        change=air(own=ap(utilisation=0.1)),
    ),
    row(
        name="energy that is not Wi-Fi",
        status=WARN,
        code=CAUSE,
        variant="energy",
        change={**air(), **surveyed(0.5, 0.05, 0.01)},
        facts={"foreign": pytest.approx(0.44), "busy": pytest.approx(0.5)},
    ),
    row(
        name="busy with Wi-Fi alone",
        status=WARN,
        code=CAUSE,
        variant="busy",
        change={**air(), **surveyed(0.6, 0.5, 0.05)},
        facts={"foreign": pytest.approx(0.05)},
    ),
    row(
        name="a driver whose count of receptions stands still",
        status=OK,
        change={**air(), **surveyed(0.45, 0.0, 0.0)},
        facts={"foreign": None},
    ),
    row(
        name="constants are no measurement",
        status=OK,
        change={**air(), AskSurvey: HWSIM},
        facts={"busy": None, "foreign": None},
    ),
    row(
        name="more busy than time",
        status=OK,
        change={**air(), **surveyed(1.7)},
        facts={"busy": None},
    ),
    row(
        name="another channel's survey",
        status=OK,
        change={**air(), **surveyed(0.9, used=2462)},
        facts={"busy": None},
    ),
    row(
        name="the driver has no survey",
        status=OK,
        change={**air(), AskSurvey: Unknown("unsupported")},
        facts={"busy": None},
    ),
    row(
        name="the scan missed ours",
        status=OK,
        change={**joined(frequency=2412), **scanned(other(1))},
        facts={"channel": 1, "bssid": BSSID, "level": -50.0},
    ),
    row(
        name="not joined, found in the scan",
        status=WARN,
        code=CAUSE,
        variant="overlap",
        site=NAMED,
        change={**wireless(joined=False), **scanned(ap(), *OVERLAPPING)},
        facts={"retries": None, "level": -50.0},
    ),
    row(
        name="joined to another network",
        status=OK,
        site=NAMED,
        change={
            **joined(retries=9, frequency=2412, name="OTHER"),
            **scanned(ap(), other(8, -52)),
            **surveyed(0.9, used=2412),
        },
        facts={"channel": 6, "busy": None, "retries": None},
    ),
    row(
        name="not joined, not found",
        status=SKIP,
        code="skip.nothing-to-test",
        site=NAMED,
        change={**wireless(joined=False), **scanned(*OVERLAPPING)},
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
        name="may not scan, but the system remembers a scan",
        status=OK,
        code="",
        variant="remembered",
        change={**joined(), **scanned(ap(), fresh=False, why="no-rights", hint="x")},
        facts={"fresh": False},
    ),
    row(
        name="the scan fails",
        status=SKIP,
        code="skip.trouble",
        change={**joined(), ScanWifi: Unknown("trouble")},
    ),
    row(
        name="the channels of the adapter are unknown",
        status=OK,
        change={**air(), AskRadio: Unknown("unsupported")},
    ),
    row(
        name="a name that is hidden is shown by its address",
        status=WARN,
        code=CAUSE,
        variant="overlap",
        change=air(*OVERLAPPING[:2], other(9, -40, name="\0\0")),
        facts={
            "culprits": (
                "50:d2:f5:09:01:01 (9, -40 dBm)",
                "NEIGHBOUR-7 (7, -50 dBm)",
                "NEIGHBOUR-4 (4, -52 dBm)",
            )
        },
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_verdict(case: Case) -> None:
    case.verify()


def test_the_scan_is_the_same_question_as_in_other_checks() -> None:
    asked: list[ScanWifi] = []

    def scan(question: ScanWifi) -> WifiScan:
        asked.append(question)
        return WifiScan((ap(),))

    case = Case("", OK, "", check=wifi_interference, site=NAMED)
    case.change = {**joined(), ScanWifi: scan}
    case.verify()

    assert asked == [ScanWifi("wlan0", SSID.encode().hex())]


# -- the chart ---------------------------------------------------------------------


def found(*others: AccessPoint, **own: Any) -> Finding:
    case = Case("", OK, check=wifi_interference, change=air(*others, **own))
    return case.found


def test_the_chart_has_a_row_for_each_channel() -> None:
    crowd = [other(6, -50, n) for n in range(1, 5)]
    chart = found(*crowd, other(1, -60), other(11, -80), other(149, None)).chart

    assert [(r.label, r.note, r.mark) for r in chart] == [
        ("1", " 1   -60 dBm", ""),
        ("6", " 5   -50 dBm", "own"),
        ("11", " 1   -80 dBm", "proposed"),
        ("149", " 1         -", ""),
    ]
    assert [r.value for r in chart] == [0.583, 0.75, 0.25, 0.0]


def test_an_empty_channel_that_is_proposed_has_a_row_of_its_own() -> None:
    chart = found(*(other(6, -50, n) for n in range(1, 5)), other(11)).chart

    assert [(r.label, r.note, r.mark) for r in chart] == [
        ("1", " 0         -", "proposed"),
        ("6", " 5   -50 dBm", "own"),
        ("11", " 1   -55 dBm", ""),
    ]


def test_the_chart_has_room_for_what_matters() -> None:
    far = [other(n, -90) for n in (1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14)]
    near = [other(n, -40) for n in (36, 149)]
    chart = found(*far, *near).chart

    assert len(chart) == 14
    assert {"6", "36", "149"} <= {r.label for r in chart}


def test_channels_of_6_ghz_are_labelled() -> None:
    chart = found(ap("SIX", bssid="50:d2:f5:00:00:01", frequency=5975)).chart

    assert [r.label for r in chart] == ["6", "5 (6 GHz)"]


def test_there_is_a_chart_even_if_ours_is_not_found() -> None:
    skipped = Case(
        "",
        SKIP,
        check=wifi_interference,
        site=NAMED,
        change={**wireless(joined=False), **scanned(*OVERLAPPING)},
    ).found

    assert [r.label for r in skipped.chart] == ["4", "7", "8"]


# -- hostile scans -----------------------------------------------------------------

POINTS = st.builds(
    AccessPoint,
    bssid=st.text("0123456789abcdef:", max_size=20),
    ssid=st.binary(max_size=32).map(bytes.hex) | st.text(max_size=4),
    frequency=st.integers(0, 8000),
    signal=st.none() | st.floats(-200, 50),
    width=st.none() | st.integers(0, 400),
    centre=st.none() | st.integers(0, 8000),
    utilisation=st.none() | st.floats(0, 1),
    country=st.text(max_size=3),
    joined=st.booleans(),
)


@given(st.lists(POINTS, max_size=8), st.booleans(), st.booleans())
def test_no_scan_breaks_the_verdict(
    points: list[AccessPoint], is_joined: bool, redacted: bool
) -> None:
    link = on_air() if is_joined else None
    readings = (link,) if link else ()
    around = environment(
        WifiScan(tuple(points), redacted=redacted),
        Network(SSID.encode(), True, link),
        Reception(readings, seconds=3.0),
        UNKNOWN,
        country="CN",
    )
    finding = judge(around, Limits())

    assert finding.status in (Status.OK, Status.WARN, Status.SKIP)
    assert len(band_chart(around)) <= 14
