"""How much is lost on the path to the acquirer, how slow is it, and where?"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from posdiag.model.limits import Plan
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import (
    AskDamage,
    AskInterfaces,
    Counters,
    Interfaces,
)
from posdiag.model.questions.tls import Shake
from posdiag.model.questions.wire import (
    Connect,
    Connection,
    DnsReply,
    Echoes,
    Lookup,
    Ping,
    Trace,
)
from posdiag.model.site import Site
from posdiag_checks.acquirer.loss import acquirer_loss
from tests.checks.machine import (
    ACQUIRER,
    DNS,
    DNS_SILENT,
    GATEWAY,
    ISP,
    NO_TCP,
    OPEN,
    PROBE,
    SILENT,
    connects,
    echoes,
    hops,
    port,
    ports,
    zone,
)
from tests.checks.running import FAIL, OK, SKIP, WARN, Case, of, timed

row = of(acquirer_loss)
OFFLINE = {Lookup: lambda asked: DNS_SILENT, Connect: SILENT}
NEARER = (GATEWAY, ISP, PROBE, DNS)
BEYOND = (ISP, PROBE, DNS)


def mute(deaf: tuple[str, ...], every: Mapping[str, int] | None = None) -> Any:
    """What does not answer pings does not answer TCP either."""
    return {Connect: connects(dict.fromkeys(deaf, SILENT), every=every)}


def losing(*addresses: str, nth: int = 5, deaf: tuple[str, ...] = ()) -> Any:
    """About every nth packet to these is lost."""
    every = dict.fromkeys(addresses, nth)
    return {Ping: echoes(deaf, every=every), **mute(deaf, every)}


def counting(*addresses: str, nth: int = 5) -> Any:
    """These answer every nth ping and let the rest fall; or all but every nth."""
    sent = dict.fromkeys(addresses, 0)

    def ping(asked: Ping) -> Echoes:
        to, trips = asked.address, list[float | None]()
        for _ in range(asked.count):
            sent[to] = sent.get(to, 0) + 1
            counted = (sent[to] % abs(nth) == 0) == (nth > 0)
            trips.append(0.02 if counted or to not in addresses else None)
        return Echoes(to, tuple(trips))

    return {Ping: ping}


def lost_by_tcp(*addresses: str, nth: int = 20) -> Any:
    """About every nth packet to these is lost, of connections alone."""
    return {Connect: losing(*addresses, nth=nth)[Connect]}


def both(one: Callable[[Ping], Echoes], other: Callable[[Ping], Echoes]) -> Any:
    """What either of them loses is lost."""

    def ping(asked: Ping) -> Echoes:
        trips = zip(one(asked).trips, other(asked).trips, strict=True)
        return Echoes(asked.address, tuple(None if None in t else t[0] for t in trips))

    return ping


def connections(limit: int) -> Callable[[Connect], Connection]:
    """The acquirer takes so many connections and lets the others' SYNs fall."""
    taken = 0

    def connect(asked: Connect) -> Connection:
        nonlocal taken
        taken += asked.address == ACQUIRER
        return SILENT if asked.address == ACQUIRER and taken > limit else OPEN

    return connect


def late(*addresses: str, by: float = 0.8, deaf: tuple[str, ...] = ()) -> Any:
    return {Ping: echoes(deaf, delay=dict.fromkeys(addresses, by)), **mute(deaf)}


def late_connections(*addresses: str) -> Callable[[Connect], Connection]:
    slow = replace(OPEN, seconds=0.8)
    return connects(dict.fromkeys(addresses, slow))


def damaged(asked: AskInterfaces) -> Interfaces:
    errors = 40 if asked.series else 0
    return ports(port(counters=Counters(100 + errors, rx_errors=errors)))


def second_try(asked: Lookup) -> DnsReply:
    """What is asked first is lost, all seven datagrams."""
    return zone()(asked) if asked.series else DNS_SILENT


CASES = [
    row(
        name="clean",
        status=OK,
        facts={"target": ACQUIRER, "lost": 0, "method": "icmp", "rtt": 0.02},
    ),
    row(
        name="acquirer ignores ping: by TCP",
        status=OK,
        code="",
        variant="coarse",
        change={Ping: echoes((ACQUIRER,))},
        facts={"method": "tcp", "lost": 0, "target": ACQUIRER},
    ),
    row(
        name="no right to ping: by TCP",
        status=OK,
        code="",
        variant="coarse",
        change={Ping: Unknown("no-rights")},
        facts={"method": "tcp"},
    ),
    row(
        name="a little loss is undecided",
        status=OK,
        code="",
        variant="undecided",
        change=losing(ACQUIRER, nth=38),
        facts={"method": "icmp"},
    ),
    row(
        name="a hop that limits its replies is not lossy",
        status=OK,
        change=losing(ISP, nth=2),
    ),
    row(
        name="the acquirer limits pings",
        status=OK,
        code="",
        variant="coarse",
        change=counting(ACQUIRER),
        facts={"method": "tcp", "lost": 0, "target": ACQUIRER},
    ),
    row(
        name="it lets most of them pass",
        status=OK,
        code="",
        variant="coarse",
        change=counting(ACQUIRER, nth=-4),
        facts={"method": "tcp", "lost": 0},
    ),
    row(
        name="everything beyond the router limits pings",
        status=OK,
        code="",
        variant="coarse",
        change=counting(ACQUIRER, *BEYOND),
    ),
    row(
        name="it limits pings, and its port is dead",
        status=SKIP,
        code="skip.limited",
        change={**counting(ACQUIRER), **mute((ACQUIRER,)), Shake: NO_TCP},
    ),
    row(
        name="it limits connections, and ignores ping",
        status=SKIP,
        code="skip.limited",
        change={Ping: echoes((ACQUIRER,)), Connect: connections(6)},
    ),
    row(
        name="it limits pings and connections",
        status=SKIP,
        code="skip.limited",
        change={**counting(ACQUIRER), Connect: connections(7)},
    ),
    row(
        name="at the ISP, and the router limits pings",
        status=WARN,
        code="isp.packet-loss",
        change={
            Ping: both(losing(ACQUIRER, *BEYOND)[Ping], counting(GATEWAY)[Ping]),
            Connect: losing(ACQUIRER, *BEYOND)[Connect],
        },
        facts={"where": ISP},
    ),
    row(
        name="beyond the ISP, whose routers limit pings",
        status=WARN,
        code="acquirer.packet-loss",
        change={
            Ping: both(losing(ACQUIRER)[Ping], counting(ISP, nth=9)[Ping]),
            Connect: losing(ACQUIRER)[Connect],
        },
    ),
    row(
        name="the acquirer limits pings, and its line loses a little",
        status=OK,
        code="",
        variant="undecided",
        change={**counting(ACQUIRER), **lost_by_tcp(ACQUIRER)},
        facts={"method": "tcp"},
    ),
    row(
        name="the same, and the ISP is seen to lose",
        status=WARN,
        code="isp.packet-loss",
        change={
            Ping: both(losing(*BEYOND)[Ping], counting(ACQUIRER)[Ping]),
            **lost_by_tcp(ACQUIRER),
        },
        facts={"where": ISP, "method": "tcp"},
    ),
    row(
        name="the ISP loses, and hardly anything of it is seen at the acquirer",
        status=OK,
        code="",
        variant="undecided",
        change={
            Ping: both(losing(*BEYOND, nth=3)[Ping], counting(ACQUIRER)[Ping]),
            **lost_by_tcp(ACQUIRER, nth=30),
        },
        facts={"method": "tcp", "lost": 2},
    ),
    row(
        name="the same, and all beyond the router limit pings",
        status=OK,
        code="",
        variant="undecided",
        change={
            Ping: both(counting(*BEYOND, nth=-4)[Ping], counting(ACQUIRER)[Ping]),
            **lost_by_tcp(ACQUIRER),
        },
        facts={"method": "tcp"},
    ),
    row(
        name="offline, and the router limits pings",
        status=SKIP,
        code="skip.nothing-to-test",
        change={
            **OFFLINE,
            Ping: both(echoes((DNS,)), counting(GATEWAY, nth=3)[Ping]),
            Connect: connects({GATEWAY: OPEN}, SILENT),
        },
    ),
    row(
        name="on the LAN",
        status=WARN,
        code="router.packet-loss",
        change=losing(ACQUIRER, *NEARER),
        facts={"where": GATEWAY, "target": ACQUIRER, "method": "icmp"},
        rivals=(),
    ),
    row(
        name="loss, and frames damaged since the run began",
        status=WARN,
        code="link.errors",
        variant="damaged",
        change={**losing(ACQUIRER, *NEARER), AskInterfaces: damaged},
        facts={"interface": "eth0", "errors": 40},
    ),
    row(
        name="half of all on the LAN",
        status=FAIL,
        code="router.packet-loss",
        change=losing(ACQUIRER, *NEARER, nth=2),
        facts={"where": GATEWAY},
    ),
    row(
        name="at the ISP",
        status=WARN,
        code="isp.packet-loss",
        change=losing(ACQUIRER, *BEYOND),
        facts={"where": ISP},
        rivals=(),
    ),
    row(
        name="beyond the ISP",
        status=WARN,
        code="acquirer.packet-loss",
        change=losing(ACQUIRER),
        facts={"where": ACQUIRER},
        rivals=(),
    ),
    row(
        name="the acquirer is the next machine after the router",
        status=WARN,
        code="acquirer.packet-loss",
        change={
            **losing(ACQUIRER, deaf=BEYOND),
            Trace: hops(GATEWAY, reached=ACQUIRER),
        },
    ),
    row(
        name="LAN clean, nothing else answers",
        status=WARN,
        code="isp.packet-loss",
        change=losing(ACQUIRER, deaf=BEYOND),
        rivals=("acquirer.packet-loss",),
    ),
    row(
        name="nothing nearer answers",
        status=WARN,
        code="isp.packet-loss",
        change={**losing(ACQUIRER, deaf=NEARER), Trace: Unknown("no-rights")},
        rivals=("router.packet-loss", "acquirer.packet-loss"),
    ),
    row(
        name="acquirer late",
        status=WARN,
        code="acquirer.slow",
        change=late(ACQUIRER),
        facts={"rtt": 0.8, "where": ACQUIRER, "where_rtt": 0.8, "target": ACQUIRER},
    ),
    row(
        name="ISP late",
        status=WARN,
        code="isp.slow",
        change=late(ACQUIRER, *BEYOND),
        facts={"where": ISP, "where_rtt": 0.8},
        rivals=(),
    ),
    row(
        name="ISP late, and the acquirer limits pings",
        status=WARN,
        code="isp.slow",
        change={
            Ping: both(
                late(ACQUIRER, *BEYOND, deaf=(PROBE,))[Ping],  # the search takes long
                counting(ACQUIRER)[Ping],
            ),
            Connect: late_connections(ACQUIRER, *BEYOND),
        },
        facts={"where": ISP, "method": "tcp"},
    ),
    row(
        name="LAN late",
        status=WARN,
        code="router.slow",
        change=late(ACQUIRER, *NEARER),
        facts={"where": GATEWAY, "where_rtt": 0.8},
    ),
    row(
        name="LAN late, the whole within limits",
        status=WARN,
        code="router.slow",
        change=late(ACQUIRER, *NEARER, by=0.3),
        facts={"where": GATEWAY, "rtt": 0.3},
    ),
    row(name="far away", status=OK, change=late(ACQUIRER, by=0.3), facts={"rtt": 0.3}),
    row(
        name="late, and nothing nearer answers",
        status=WARN,
        code="isp.slow",
        change=late(ACQUIRER, deaf=NEARER),
        rivals=("acquirer.slow",),
    ),
    row(
        name="no acquirer: to another host",
        status=OK,
        site=Site(),
        facts={"target": PROBE},
    ),
    row(
        name="offline because of a lossy LAN",
        status=FAIL,
        code="router.packet-loss",
        change={**losing(GATEWAY, nth=2, deaf=(DNS,)), **OFFLINE},
        facts={"where": GATEWAY, "target": GATEWAY},
    ),
    row(
        name="offline because of a LAN that damages frames",
        status=WARN,
        code="link.errors",
        variant="damaged",
        change={
            **losing(GATEWAY, nth=2, deaf=(DNS,)),
            **OFFLINE,
            AskInterfaces: damaged,
        },
    ),
    row(
        name="offline, and damaged frames are not counted",
        status=FAIL,
        code="router.packet-loss",
        change={
            **losing(GATEWAY, nth=2, deaf=(DNS,)),
            **OFFLINE,
            AskDamage: Unknown("unsupported"),
        },
        rivals=("link.errors",),
    ),
    row(
        name="offline, LAN clean",
        status=SKIP,
        code="skip.nothing-to-test",
        change={Ping: echoes((DNS,)), **OFFLINE},
    ),
    row(
        name="offline, the router ignores ping",
        status=SKIP,
        code="skip.nothing-to-test",
        change={Ping: echoes((DNS, GATEWAY)), **OFFLINE},
    ),
    row(
        name="heavy loss has eaten the name at first",
        status=FAIL,
        code="isp.packet-loss",
        change={
            **losing(ACQUIRER, ISP, nth=2, deaf=(DNS, PROBE)),
            Lookup: second_try,
            Shake: NO_TCP,
        },
        facts={"target": ACQUIRER, "where": ISP},
    ),
    row(
        name="the name resolves at the second try, and nothing answers",
        status=SKIP,
        code="skip.nothing-to-test",
        change={**OFFLINE, Ping: echoes(("*",)), Lookup: second_try, Shake: NO_TCP},
    ),
    row(
        name="acquirer dead: to another host",
        status=OK,
        change={Ping: echoes((ACQUIRER,)), Shake: NO_TCP},
        facts={"target": PROBE, "method": "icmp"},
    ),
    row(name="quick", status=OK, plan=Plan.QUICK, facts={"method": "icmp", "lost": 0}),
    row(
        name="everything ignores ping, TCP works",
        status=OK,
        code="",
        variant="coarse",
        change={Ping: echoes(("*",)), Connect: OPEN},
    ),
    row(
        name="nothing answers",
        status=SKIP,
        code="skip.nothing-to-test",
        change={Ping: echoes(("*",)), Connect: SILENT},
    ),
    row(
        name="cannot be asked",
        status=SKIP,
        code="skip.nothing-to-test",
        change={Ping: Unknown("no-rights"), Connect: Unknown("no-rights")},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_acquirer_loss(case: Case) -> None:
    case.verify()


def test_at_most_thirty_connections_to_the_acquirer() -> None:
    asked: list[Connect] = []

    def connect(question: Connect) -> Connection:
        """A system that does not tell of the FIN: one trial a connection."""
        asked.append(question)
        return Connection("ok", 0.03)

    change = {Ping: echoes(("*",)), Connect: connect}
    row(name="tcp", status=OK, code="", variant="coarse", change=change).verify()

    assert 20 <= len(asked) <= 28


def test_no_connections_are_made_to_a_port_that_none_gets_to() -> None:
    asked: list[Connect] = []

    def connect(question: Connect) -> Connection:
        asked.append(question)
        return SILENT

    change = {Ping: echoes(("*",)), Connect: connect, Shake: NO_TCP}
    row(name="dead", status=SKIP, code="skip.nothing-to-test", change=change).verify()

    assert [c for c in asked if c.address == ACQUIRER] == []


def test_a_line_of_half_lost_echoes_is_placed_soon() -> None:
    change = losing(ACQUIRER, *BEYOND, nth=2)

    found, seconds = timed(acquirer_loss, change)

    assert found.code == "isp.packet-loss"
    assert seconds < 5.5


def test_a_line_of_0_8_s_is_placed_within_six_seconds() -> None:
    found, seconds = timed(acquirer_loss, late(ACQUIRER, *BEYOND))

    assert found.code == "isp.slow"
    assert seconds < 6.0


def test_each_probe_of_the_path_is_reported_lost_ones_among_them() -> None:
    found, _ = timed(acquirer_loss, losing(ACQUIRER, *BEYOND, nth=4))

    assert len(found.trips) == found.facts["sent"]
    assert found.trips.count(None) == found.facts["lost"]
    assert {t for t in found.trips if t is not None} == {0.02, OPEN.seconds}
