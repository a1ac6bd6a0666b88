"""Is this machine's clock right enough for certificates and for the acquirer?"""

from dataclasses import replace
from typing import Any

import pytest

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import AskTime, WallClock
from posdiag.model.questions.tls import Handshake, Shake
from posdiag.model.questions.wire import AskNetworkTime, Fetch, HttpReply, TimeReply
from posdiag.model.site import Acquirer
from posdiag_checks.clock.skew import clock_skew
from tests.checks.machine import (
    CERTIFICATE,
    DAY,
    GATEWAY,
    GOOD,
    NO_TCP,
    NOW,
    OPEN,
    PAGE,
    site,
)
from tests.checks.running import FAIL, OK, SKIP, WARN, Case, of

row = of(clock_skew)
EXPIRED = Handshake(OPEN, "certificate", "refused", verify_code=10)
NEW = replace(CERTIFICATE, not_before=NOW - 5 * DAY)
SHOWN = replace(GOOD, certificate=NEW)
URL_HOST = "connect.rom.miui.com"


def clock(offset: float, verify: int = 0, ntp: float | None = None) -> dict[Any, Any]:
    """The network is `offset` seconds ahead of this machine's clock."""

    def shake(asked: Shake) -> Handshake:
        refused = replace(EXPIRED, verify_code=verify)
        return refused if asked.verify and verify else SHOWN

    return {
        AskTime: WallClock(NOW - offset),
        AskNetworkTime: TimeReply(offset if ntp is None else ntp),
        Shake: shake,
    }


NO_HTTP = {Fetch: HttpReply("silent")}
NO_NTP = {AskNetworkTime: Unknown("unsupported")}
CASES = [
    row(name="right", status=OK, facts={"offset": 0.0, "source": URL_HOST}),
    row(name="four minutes are tolerated", status=OK, change=clock(240.0)),
    row(
        name="behind, and the certificate suffers",
        status=FAIL,
        code="clock.skew",
        variant="behind",
        change=clock(10 * DAY, 9),
        facts={"offset": 10 * DAY, "source": URL_HOST},
    ),
    row(
        name="a little behind",
        status=WARN,
        code="clock.skew",
        variant="behind",
        site=site(acquirer=Acquirer(host="203.0.113.9", tls=False)),
        change={AskTime: WallClock(NOW - 3600), AskNetworkTime: TimeReply(3600.0)},
        facts={
            "offset": 3600.0,
            "local": "2026-11-30 23:00 UTC",
            "network": "2026-12-01 00:00 UTC",
        },
    ),
    row(
        name="ahead, and the certificate suffers",
        status=FAIL,
        code="clock.skew",
        variant="ahead",
        change=clock(-80 * DAY, 10),
        facts={"offset": -80 * DAY},
    ),
    row(
        name="ahead, but nothing suffers yet",
        status=WARN,
        code="clock.skew",
        variant="ahead",
        change=clock(-3600.0),
        facts={"offset": -3600.0},
    ),
    row(
        name="before this program was made",
        status=WARN,
        code="clock.skew",
        variant="before-release",
        change={AskTime: WallClock(1000.0)},
        facts={"source": URL_HOST, "local": "1970-01-01 00:16 UTC"},
    ),
    row(
        name="long before, the certificate suffers, no time source",
        status=FAIL,
        code="clock.skew",
        variant="before-release",
        change={**clock(300 * DAY, 9), **NO_HTTP, **NO_NTP},
        facts={"source": "posdiag"},
    ),
    row(
        name="long before, and the network has the time",
        status=FAIL,
        code="clock.skew",
        variant="before-release",
        change=clock(300 * DAY, 9),
        facts={"offset": 300 * DAY, "source": URL_HOST},
    ),
    row(
        name="one source is wrong, the other agrees",
        status=OK,
        change=clock(-3600.0, ntp=2.0),
        facts={"offset": 2.0, "source": f"ntp {GATEWAY}"},
    ),
    row(
        name="only the router has the time",
        status=OK,
        change=NO_HTTP,
        facts={"source": f"ntp {GATEWAY}"},
    ),
    row(
        name="a portal's Date does not count",
        status=SKIP,
        code="skip.nothing-to-test",
        change={**NO_NTP, Fetch: HttpReply("ok", 302, date=NOW + DAY)},
    ),
    row(
        name="no time source and the acquirer is dead",
        status=SKIP,
        code="skip.nothing-to-test",
        change={**NO_HTTP, **NO_NTP, Shake: NO_TCP},
    ),
    row(
        name="our own clock is not known",
        status=SKIP,
        code="skip.unsupported",
        change={AskTime: Unknown("unsupported")},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_clock_skew(case: Case) -> None:
    case.verify()


def test_an_expired_certificate_alone_is_no_wrong_clock() -> None:
    old = replace(CERTIFICATE, not_after=NOW - DAY)

    def shake(asked: Shake) -> Handshake:
        return EXPIRED if asked.verify else replace(GOOD, certificate=old)

    row(name="expired", status=OK, change={Shake: shake, Fetch: PAGE}).verify()
