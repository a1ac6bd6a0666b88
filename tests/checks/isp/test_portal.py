"""Does a log-in page stand between this network and the Internet?"""

from dataclasses import replace
from typing import Any

import pytest

from posdiag.measure.internet import read_page
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.tls import Handshake, Shake
from posdiag.model.questions.wire import (
    Connect,
    Connection,
    Fetch,
    HttpReply,
    IcmpError,
    Knock,
    Knocked,
    Lookup,
    Ping,
    Trace,
)
from posdiag.model.site import Acquirer, Target
from posdiag.model.site import Connection as Line
from posdiag_checks.isp.portal import isp_portal
from posdiag_checks.isp.walled import Far, judge_wall
from tests.checks.machine import (
    ACQUIRER,
    GATEWAY,
    HOST,
    ISP,
    NO_TCP,
    OPEN,
    PAGE,
    PROBE,
    REFUSED,
    SILENT,
    echoes,
    hops,
    site,
    zone,
)
from tests.checks.running import FAIL, OK, SKIP, Case, of

row = of(isp_portal)
URL = "http://connect.rom.miui.com/generate_204"
OTHER = "http://wifi.vivo.com.cn/generate_204"
LOGIN = "http://10.1.1.1/login"
REDIRECT = HttpReply("ok", 302, LOGIN)
NAMES = zone({"wifi.vivo.com.cn": ("192.0.2.45",)})
PORTAL: dict[Any, Any] = {Fetch: REDIRECT, Shake: NO_TCP}


def by_url(asked: Fetch) -> HttpReply:
    """One URL is taken over, another is open."""
    return REDIRECT if asked.url == URL else PAGE


def far(
    near: dict[str, Connection] | None = None, says: dict[str, Connection] | None = None
) -> dict[Any, Any]:
    """How hosts answer a connect: within two hops (else silence), and at all."""

    def connect(asked: Connect) -> Connection:
        if asked.ttl:
            return (near or {}).get(asked.address, SILENT)
        return (says or {}).get(asked.address, SILENT)

    return {Connect: connect, Ping: echoes((ACQUIRER, PROBE, *ANCHORS))}


def office(asked: Connect) -> Connection:
    return OPEN if asked.port == 9443 and not asked.ttl else SILENT


ANCHORS = ("223.5.5.5", "119.29.29.29")
RESET = Handshake(REFUSED, "tcp", "refused")
CUT = Handshake(OPEN, "server-hello", "closed")
REPLIED = Handshake(OPEN, "server-hello", "closed", received=900)
FORBIDDEN = HttpReply("ok", 403)
EVERY = (ACQUIRER, PROBE, *ANCHORS)
WALLED = {"status": FAIL, "code": "isp.captive-portal", "variant": "walled"}
CUT_OFF = {"status": FAIL, "code": "isp.no-internet", "variant": "connections"}
UNTESTED = {"status": SKIP, "code": "skip.nothing-to-test"}
NO_PAGE, DEAF_PAGE = HttpReply("refused"), HttpReply("silent", tries=5)

CASES = [
    row(
        name="the page passes, the router resets the rest",
        **WALLED,
        change={Shake: RESET, **far(dict.fromkeys(EVERY, REFUSED))},
        facts={"how": "next-door", "url": URL},
    ),
    row(
        name="the page passes, public resolvers refuse like the acquirer",
        **WALLED,
        change={Shake: RESET, **far({}, dict.fromkeys(EVERY, REFUSED))},
        facts={"how": "refused"},
    ),
    row(
        name="the page passes, all else vanishes",
        **WALLED,
        change={Shake: NO_TCP, **far()},
        facts={"how": "silent"},
        rivals=("acquirer.unreachable",),
    ),
    row(
        name="the page passes, all else vanishes, and raw packets no less",
        **WALLED,
        change={Shake: NO_TCP, **far(), Knock: Knocked("silent")},
        facts={"how": "silent"},
        rivals=("acquirer.unreachable",),
    ),
    row(
        name="all else vanishes in this machine: its own packet filter",
        status=OK,
        change={Shake: NO_TCP, **far(), Knock: Knocked("refused")},
    ),
    row(
        name="the page passes, that of another owner is taken over",
        status=FAIL,
        code="isp.captive-portal",
        change={
            Shake: NO_TCP,
            Lookup: NAMES,
            **far(),
            Fetch: lambda asked: PAGE if asked.url == URL else REDIRECT,
        },
        facts={"url": OTHER, "location": LOGIN},
    ),
    row(
        name="connections are accepted next door, and cut off as TLS begins",
        **WALLED,
        change={Shake: CUT, **far(dict.fromkeys(EVERY, OPEN))},
        facts={"how": "next-door"},
    ),
    row(
        name="TLS with public resolvers is cut off like that with the acquirer",
        **WALLED,
        change={Shake: CUT, **far({}, dict.fromkeys(EVERY, OPEN))},
        facts={"how": "cut-off"},
        rivals=("acquirer.closed-connection",),
    ),
    row(
        name="the acquirer alone hangs up as TLS begins",
        status=OK,
        change={
            Shake: lambda asked: CUT if asked.address == ACQUIRER else REPLIED,
            **far({}, dict.fromkeys(EVERY, OPEN)),
        },
    ),
    row(
        name="the acquirer hangs up, and no other host takes TLS",
        status=OK,
        change={Shake: CUT, **far({}, {ACQUIRER: OPEN})},
    ),
    row(
        name="a page of an error by a machine next door, and the acquirer is silent",
        status=FAIL,
        code="isp.captive-portal",
        variant="page",
        change={Fetch: FORBIDDEN, Shake: NO_TCP, **far({PROBE: OPEN})},
        facts={"url": URL, "status": 403},
    ),
    row(
        name="the same, by a proxy of a network in which the acquirer works",
        status=SKIP,
        code="skip.nothing-to-test",
        change={Fetch: FORBIDDEN, **far({PROBE: OPEN})},
    ),
    row(
        name="an error by the page's own server, and the acquirer is silent",
        status=SKIP,
        code="skip.nothing-to-test",
        change={Fetch: FORBIDDEN, Shake: NO_TCP, **far()},
    ),
    row(
        name="the acquirer alone refuses",
        status=OK,
        change={Shake: RESET, **far({}, {PROBE: OPEN})},
    ),
    row(
        name="the router resets the acquirer's port alone",
        status=OK,
        change={Shake: RESET, **far({ACQUIRER: REFUSED}, {PROBE: OPEN})},
    ),
    row(
        name="the acquirer alone is silent: another host refuses from afar",
        status=OK,
        change={Shake: NO_TCP, **far({}, {PROBE: REFUSED})},
    ),
    row(
        name="all else vanishes, but the back office answers",
        status=OK,
        site=site(target=(Target("office", PROBE, 9443),)),
        change={
            Shake: NO_TCP,
            Connect: office,
            Ping: echoes((ACQUIRER, PROBE, *ANCHORS)),
        },
    ),
    row(
        name="public addresses are forbidden, and the acquirer is silent",
        status=OK,
        site=site(connection=Line(kind="private"), connectivity=(URL,)),
        change={Shake: NO_TCP, **far()},
    ),
    row(name="open", status=OK, facts={"url": URL, "status": 204}),
    row(name="an empty 200 is open", status=OK, change={Fetch: HttpReply("ok", 200)}),
    row(
        name="redirected to a log-in page",
        status=FAIL,
        code="isp.captive-portal",
        change=PORTAL,
        facts={"url": URL, "status": 302, "location": LOGIN},
    ),
    row(
        name="a page in place of the answer",
        status=FAIL,
        code="isp.captive-portal",
        variant="page",
        change={**PORTAL, Fetch: HttpReply("ok", 200, body=5000)},
        facts={"url": URL, "status": 200, "location": ""},
    ),
    row(
        name="511 network authentication required",
        status=FAIL,
        code="isp.captive-portal",
        variant="page",
        change={**PORTAL, Fetch: HttpReply("ok", 511)},
        facts={"status": 511},
    ),
    row(
        name="only our own default URL is odd, the acquirer works",
        status=OK,
        change={Fetch: REDIRECT},
    ),
    row(
        name="the profile's own URL is taken over",
        status=FAIL,
        code="isp.captive-portal",
        site=site(connectivity=(URL,)),
        change={Fetch: REDIRECT},
    ),
    row(
        name="plain TCP proves nothing of a portal",
        status=FAIL,
        code="isp.captive-portal",
        site=site(acquirer=Acquirer(host="203.0.113.9", tls=False)),
        change=PORTAL,
    ),
    row(
        name="another URL of the profile is open",
        status=OK,
        site=site(connectivity=(URL, OTHER)),
        change={Fetch: by_url, Lookup: NAMES, Shake: NO_TCP},
    ),
    row(
        name="redirect to https of the same host",
        status=SKIP,
        code="skip.nothing-to-test",
        change={Fetch: HttpReply("ok", 301, URL.replace("http", "https"))},
    ),
    row(
        name="the server is in trouble",
        status=SKIP,
        code="skip.nothing-to-test",
        change={Fetch: HttpReply("ok", 503)},
        facts={"status": 503},
    ),
    row(
        name="the URL is silent",
        status=SKIP,
        code="skip.nothing-to-test",
        change={Fetch: HttpReply("silent")},
    ),
    row(
        name="switched off",
        status=SKIP,
        code="skip.not-configured",
        site=site(connectivity=()),
    ),
    row(
        name="private network",
        status=SKIP,
        code="skip.not-configured",
        site=site(connection=Line(kind="private")),
    ),
    row(
        name="the name does not resolve",
        status=SKIP,
        code="skip.nothing-to-test",
        change={Lookup: zone({"connect.rom.miui.com": ()})},
    ),
    row(
        name="not known",
        status=SKIP,
        code="skip.nothing-to-test",
        change={Fetch: Unknown("unsupported")},
    ),
    row(
        name="every connection is reset, the page's too",
        **CUT_OFF,
        change={Fetch: NO_PAGE, Shake: RESET, **far({}, dict.fromkeys(EVERY, REFUSED))},
        facts={"asked": (f"{HOST}:443", URL)},
        rivals=("isp.captive-portal", "acquirer.port-closed"),
    ),
    row(
        name="names alone pass: no host takes a connection or answers a ping",
        **CUT_OFF,
        change={Fetch: DEAF_PAGE, Shake: NO_TCP, **far()},
        rivals=("isp.captive-portal", "acquirer.unreachable"),
    ),
    row(
        name="names and pings pass, and no connection",
        **CUT_OFF,
        change={Fetch: DEAF_PAGE, Shake: NO_TCP, **far(), Ping: echoes(ANCHORS)},
    ),
    row(
        name="the page's host is down; the acquirer answers pings, and not its port",
        **UNTESTED,
        change={Fetch: DEAF_PAGE, Shake: NO_TCP, **far(), Ping: echoes((PROBE,))},
    ),
    row(
        name="no host answers a ping, and the line passes two hops beyond the router",
        **UNTESTED,
        change={
            Fetch: DEAF_PAGE,
            Shake: NO_TCP,
            **far(),
            Trace: hops(GATEWAY, ISP, "198.18.0.2", None),
        },
    ),
    row(
        name="page and acquirer are silent, and a public resolver takes a connection",
        **UNTESTED,
        change={Fetch: DEAF_PAGE, Shake: NO_TCP, **far({}, {ANCHORS[0]: OPEN})},
    ),
    row(
        name="page and acquirer are silent, and the back office answers",
        **UNTESTED,
        site=site(target=(Target("office", "192.0.2.9", 9443),)),
        change={Fetch: DEAF_PAGE, Shake: NO_TCP, **far(), Connect: office},
    ),
    row(
        name="the page's host resets, the acquirer is silent",
        **UNTESTED,
        change={Fetch: NO_PAGE, Shake: NO_TCP, **far()},
    ),
    row(
        name="page and acquirer are one host",
        **UNTESTED,
        change={
            Fetch: DEAF_PAGE,
            Shake: NO_TCP,
            **far(),
            Lookup: zone({"connect.rom.miui.com": (ACQUIRER,)}),
        },
    ),
    row(
        name="the page's host is down, the acquirer works",
        **UNTESTED,
        change={Fetch: DEAF_PAGE, **far()},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_isp_portal(case: Case) -> None:
    case.verify()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_every_redirect_away_is_a_portal(status: int) -> None:
    assert read_page(URL, HttpReply("ok", status, LOGIN)) == "portal"
    assert read_page(URL, HttpReply("ok", status, "/here")) == "portal"


@pytest.mark.parametrize(
    ("url", "location", "reading"),
    [
        (URL, "/login", "portal"),
        (URL, "http://connect.rom.miui.com/login?from=generate_204", "portal"),
        (URL, "http://connect.rom.miui.com:8080/generate_204", "portal"),
        (URL, URL, "portal"),
        (URL, "", "portal"),
        (URL, "http://[", "portal"),
        (URL, URL.replace("http", "https"), "unclear"),
        ("http://shop.test/", "/welcome", "unclear"),
        ("http://shop.test/", "https://shop.test/", "unclear"),
        ("http://shop.test/", "http://[", "unclear"),
        ("http://shop.test/", "http://login.test/", "portal"),
        ("http://204.test/", "/welcome", "unclear"),
    ],
)
def test_redirect(url: str, location: str, reading: str) -> None:
    assert read_page(url, HttpReply("ok", 302, location)) == reading


RULE = Connection("prohibited", 0.1, error=IcmpError(3, 13, "192.168.1.1"))
NO_WAY = Connection("unreachable", 0.1, error=IcmpError(3, 0, "198.18.0.1"))


def one(address: str, answer: Any, near: bool = False) -> Far:
    return Far(address, 443, answer, near)


@pytest.mark.parametrize(
    ("knocked", "sure"), [(Knocked("silent"), 0.85), (Unknown("no-rights"), 0.75)]
)
def test_silence_is_surer_where_this_machines_own_filter_is_excluded(
    knocked: Any, sure: float
) -> None:
    change = {Shake: NO_TCP, **far(), Knock: knocked}

    found = row(name="silent", status=FAIL, change=change).found

    assert (found.code, found.confidence) == ("isp.captive-portal", sure)


@pytest.mark.parametrize(
    ("acquirer", "page", "anchors", "how"),
    [
        ((SILENT, False), (SILENT, False), (SILENT, SILENT), "silent"),
        ((SILENT, False), (SILENT, False), (NO_WAY, NO_WAY), None),
        ((SILENT, False), (SILENT, False), (SILENT, OPEN), None),
        ((SILENT, False), (REFUSED, False), (SILENT, SILENT), None),
        ((REFUSED, False), (SILENT, False), (SILENT, SILENT), None),
        ((REFUSED, False), (REFUSED, False), (REFUSED, REFUSED), "refused"),
        ((RULE, False), (RULE, False), (RULE, RULE), "refused"),
        ((REFUSED, False), (REFUSED, False), (REFUSED, SILENT), None),
        ((REFUSED, True), (REFUSED, True), (SILENT, SILENT), "next-door"),
        ((REFUSED, True), (REFUSED, False), (SILENT, SILENT), None),
        ((SILENT, False), (Unknown("unsupported"), False), (SILENT, SILENT), None),
    ],
)
def test_a_wall_is_what_holds_for_all(
    acquirer: Any, page: Any, anchors: Any, how: str | None
) -> None:
    others = [one(PROBE, *page), *map(one, ANCHORS, anchors)]
    blocked = one(ACQUIRER, *acquirer)

    wall = judge_wall(replace(blocked, port=8443), others)

    assert (wall.how if wall else None) == how
    if how != "silent":  # a filter of that port alone answers as one of all ports does
        assert judge_wall(blocked, others) is None
