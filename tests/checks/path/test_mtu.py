"""Do full-size packets get through, and if not, does anybody say so?"""

from dataclasses import replace
from typing import Any

import pytest

from posdiag.model.limits import Plan
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import AskInterfaces
from posdiag.model.questions.tls import Handshake, Shake
from posdiag.model.questions.wire import Echoes, Ping
from posdiag.model.site import Acquirer, Connection, Site
from posdiag_checks.path.mtu import path_mtu
from tests.checks import machine as m
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


def announced(says: int, limit: int) -> Any:
    """What is larger than `says` is refused with that number, what is larger than
    `limit` vanishes."""

    def ping(asked: Ping) -> Echoes:
        if asked.size + 28 > says:
            return Echoes(asked.address, (None,) * asked.count, too_big=says)
        return m.echoes(limit=limit)(asked)

    return ping


CASES = [
    row(
        name="the own card is set to less",
        status=OK,
        variant="own-card",
        change={AskInterfaces: m.ports(m.port(mtu=1300))},
        facts={"mtu": 1300, "interface": "eth0"},
    ),
    row(
        name="a tunnel takes less by nature",
        status=OK,
        change={AskInterfaces: m.ports(m.port(mtu=1400, kind="cellular"))},
        facts={"mtu": 1400},
    ),
    row(
        name="jumbo frames are not asked of the Internet",
        status=OK,
        change={AskInterfaces: m.ports(m.port(mtu=9000)), Ping: echoes(limit=1500)},
        facts={"mtu": 1500},
    ),
    row(name="proven by TCP", status=OK, facts={"mtu": 1500, "target": ACQUIRER}),
    row(
        name="large packets vanish in TLS",
        status=FAIL,
        code="path.mtu-black-hole",
        variant="tls",
        change={Shake: tls(STALLED, HELLO_BACK)},
        facts={"target": ACQUIRER, "passes": 0, "fails": 1500},
    ),
    row(
        name="the server stalls with small segments too",
        status=OK,
        code="",
        variant="",
        change={Shake: tls(STALLED, STALLED)},
    ),
    row(
        name="the server drips, whatever the size",
        status=OK,
        code="",
        variant="",
        change={
            Shake: tls(
                replace(STALLED, step="server-hello", received=7),
                replace(STALLED, step="server-hello", received=5),
            )
        },
    ),
    row(
        name="the server drips, and ends in the small handshake",
        status=OK,
        code="",
        variant="",
        change={
            Shake: tls(replace(STALLED, received=700), replace(GOOD, received=700))
        },
    ),
    row(
        name="quick, and a TLS answer of small packets only",
        status=SKIP,
        code="skip.mtu-untested",
        plan=Plan.QUICK,
        change={Shake: replace(GOOD, segment=None)},
    ),
    row(
        name="large echoes vanish, plain TCP",
        status=WARN,
        code="path.mtu-black-hole",
        variant="ping",
        site=PLAIN,
        change=hole(1400),
        facts={"passes": 1400, "fails": 1420, "target": ACQUIRER},
    ),
    row(
        name="and a large ClientHello vanishes",
        status=WARN,
        code="path.mtu-black-hole",
        variant="ping",
        change={**hole(1400), Shake: tls(replace(GOOD, segment=1300), padded=STALLED)},
        facts={"passes": 1400, "fails": 1420},
    ),
    row(
        name="small and announced (PPPoE)",
        status=OK,
        code="",
        variant="small",
        change=hole(1492, 1492),
        facts={"mtu": 1492, "target": ACQUIRER},
    ),
    row(
        name="what the tunnel's own end announces comes through",
        status=OK,
        code="",
        variant="small",
        site=PLAIN,
        change={Ping: announced(1420, 1420)},
        facts={"mtu": 1420},
    ),
    row(
        name="what the tunnel's own end announces vanishes in it",
        status=WARN,
        code="path.mtu-black-hole",
        variant="ping",
        site=PLAIN,
        change={Ping: announced(1420, 1280)},
        facts={"passes": 1280, "fails": 1380},
    ),
    row(
        name="a router announces less each time",
        status=SKIP,
        code="skip.mtu-untested",
        site=PLAIN,
        change={
            Ping: lambda asked: Echoes(
                asked.address, (None,) * asked.count, too_big=asked.size - 10
            )
        },
    ),
    row(
        name="large echoes vanish, but TCP passes large ones",
        status=SKIP,
        code="skip.mtu-untested",
        change={**hole(1400), Shake: replace(GOOD, segment=1400)},
    ),
    row(
        name="a filter for large pings",
        status=SKIP,
        code="skip.mtu-untested",
        site=PLAIN,
        change=hole(100),
    ),
    row(
        name="acquirer ignores ping",
        status=SKIP,
        code="skip.mtu-untested",
        site=PLAIN,
        change={Ping: echoes((ACQUIRER,))},
    ),
    row(
        name="no right to ping",
        status=SKIP,
        code="skip.mtu-untested",
        site=PLAIN,
        change={Ping: Unknown("no-rights")},
    ),
    row(name="plain TCP, all sizes pass", status=OK, site=PLAIN),
    row(
        name="loss is not a black hole",
        status=OK,
        site=PLAIN,
        change={Ping: echoes(every={ACQUIRER: 2})},
    ),
    row(
        name="quick, plain TCP",
        status=SKIP,
        code="skip.mtu-untested",
        site=PLAIN,
        plan=Plan.QUICK,
    ),
    row(name="quick, TLS", status=OK, plan=Plan.QUICK),
    row(
        name="no acquirer: to the connectivity host",
        status=OK,
        site=Site(),
        facts={"target": "192.0.2.44"},
    ),
    row(
        name="nothing known to ask",
        status=SKIP,
        code="skip.nothing-to-test",
        site=Site(connection=Connection(kind="private")),
    ),
    row(
        name="acquirer is silent",
        status=OK,
        code="",
        variant="",
        change={Shake: NO_TCP},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_path_mtu(case: Case) -> None:
    case.verify()
