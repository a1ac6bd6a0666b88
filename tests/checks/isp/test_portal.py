"""Does a log-in page stand between this network and the Internet?"""

from typing import Any

import pytest

from posdiag.measure.internet import read_page
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.tls import Shake
from posdiag.model.questions.wire import Fetch, HttpReply, Lookup
from posdiag.model.site import Acquirer, Connection
from posdiag_checks.isp.portal import isp_portal
from tests.checks.machine import NO_TCP, PAGE, site, zone
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


CASES = [
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
        site=site(connection=Connection(kind="private")),
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
