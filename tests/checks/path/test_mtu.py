"""Do full-size packets get through, and if not, does anybody say so?"""

from dataclasses import replace
from typing import Any

import pytest

from posdiag.model.limits import Plan
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.tls import Handshake, Shake
from posdiag.model.questions.wire import Ping
from posdiag.model.site import Acquirer, Connection, Site
from posdiag_checks.path.mtu import path_mtu
from tests.checks.machine import ACQUIRER, GOOD, NO_TCP, STALLED, echoes, site
from tests.checks.running import FAIL, OK, SKIP, WARN, Case, of

row = of(path_mtu)
PLAIN = site(acquirer=Acquirer(host=ACQUIRER, tls=False))
CLAMPED = replace(GOOD, segment=1400)  # full-size packets are not proven by TCP
HELLO_BACK = replace(GOOD, received=1200, outcome="refused")


def tls(
    plain: Handshake, small: Handshake | None = None, padded: Handshake | None = None
) -> Any:
    """The handshake as it is, with small segments, and with a large ClientHello."""

    def shake(asked: Shake) -> Handshake:
        if asked.mss:
            return small or plain
        return (padded or plain) if asked.padding else plain

    return shake


def hole(limit: int, says: int | None = None) -> dict[Any, Any]:
    return {Ping: echoes(limit=limit, says=says), Shake: CLAMPED}


CASES = [
    row("proven by TCP", OK, facts={"mtu": 1500, "target": ACQUIRER}),
    row(
        *("large packets vanish in TLS", FAIL, "path.mtu-black-hole", "tls"),
        change={Shake: tls(STALLED, HELLO_BACK)},
        facts={"target": ACQUIRER, "passes": 0, "fails": 1500},
    ),
    row(
        *("the server stalls with small segments too", OK, "", ""),
        change={Shake: tls(STALLED, STALLED)},
    ),
    row(
        *("large echoes vanish, plain TCP", WARN, "path.mtu-black-hole", "ping"),
        site=PLAIN,
        change=hole(1400),
        facts={"passes": 1400, "fails": 1420, "target": ACQUIRER},
    ),
    row(
        *("and a large ClientHello vanishes", WARN, "path.mtu-black-hole", "ping"),
        change={
            **hole(1400),
            Shake: tls(replace(GOOD, segment=1300), padded=STALLED),
        },
        facts={"passes": 1400, "fails": 1420},
    ),
    row(
        *("small and announced (PPPoE)", OK, "", "small"),
        change=hole(1492, 1492),
        facts={"mtu": 1492, "target": ACQUIRER},
    ),
    row(
        *("large echoes vanish, but TCP passes large ones", OK, "", "untested"),
        change={**hole(1400), Shake: replace(GOOD, segment=1400)},
    ),
    row(
        *("a filter for large pings", OK, "", "untested"),
        site=PLAIN,
        change=hole(100),
    ),
    row(
        *("acquirer ignores ping", OK, "", "untested"),
        site=PLAIN,
        change={Ping: echoes((ACQUIRER,))},
    ),
    row(
        *("no right to ping", OK, "", "untested"),
        site=PLAIN,
        change={Ping: Unknown("no-rights")},
    ),
    row(*("plain TCP, all sizes pass", OK), site=PLAIN),
    row(
        *("loss is not a black hole", OK),
        site=PLAIN,
        change={Ping: echoes(every={ACQUIRER: 2})},
    ),
    row(*("quick, plain TCP", OK, "", "untested"), site=PLAIN, plan=Plan.QUICK),
    row("quick, TLS", OK, plan=Plan.QUICK),
    row(
        *("no acquirer: to the connectivity host", OK),
        site=Site(),
        facts={"target": "192.0.2.44"},
    ),
    row(
        *("nothing known to ask", SKIP, "skip.nothing-to-test"),
        site=Site(connection=Connection(kind="private")),
    ),
    row(
        *("acquirer is silent", OK, "", ""),
        change={Shake: NO_TCP},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_path_mtu(case: Case) -> None:
    case.verify()
