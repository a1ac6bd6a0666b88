"""How much is lost on the way to the acquirer, how late is it, and where?"""

from typing import Any

import pytest

from posdiag.limits import Plan
from posdiag.model import fail
from posdiag.site import Site
from posdiag.system import Unknown
from posdiag.system.answers import Connection, Counters, Interfaces
from posdiag.system.questions import AskInterfaces, Connect, Ping, Trace
from posdiag_checks.acquirer_loss import acquirer_loss
from tests.checks.machine import (
    ACQUIRER,
    DNS,
    GATEWAY,
    ISP,
    OPEN,
    PROBE,
    SILENT,
    connects,
    echoes,
    hops,
    port,
    ports,
)
from tests.checks.running import FAIL, OK, SKIP, WARN, Case, of

row = of(acquirer_loss)
OFFLINE = {"isp.reach": fail("isp.no-internet")}
NEARER = (GATEWAY, ISP, PROBE, DNS)
BEYOND = (ISP, PROBE, DNS)


def mute(deaf: tuple[str, ...]) -> dict[Any, Any]:
    """What does not answer pings does not answer TCP either."""
    return {Connect: connects(dict.fromkeys(deaf, SILENT))}


def losing(*addresses: str, nth: int = 5, deaf: tuple[str, ...] = ()) -> Any:
    """Every nth echo of these is lost."""
    return {Ping: echoes(deaf, every=dict.fromkeys(addresses, nth)), **mute(deaf)}


def late(*addresses: str, by: float = 0.8, deaf: tuple[str, ...] = ()) -> Any:
    return {Ping: echoes(deaf, delay=dict.fromkeys(addresses, by)), **mute(deaf)}


def damaged(asked: AskInterfaces) -> Interfaces:
    errors = 40 if asked.moment else 0
    return ports(port(counters=Counters(100 + errors, rx_errors=errors)))


CASES = [
    row(
        *("clean", OK),
        facts={"target": ACQUIRER, "lost": 0, "method": "icmp", "rtt": 0.02},
    ),
    row(
        *("acquirer ignores ping: by TCP", OK, "", "coarse"),
        change={Ping: echoes((ACQUIRER,))},
        facts={"method": "tcp", "lost": 0, "target": ACQUIRER},
    ),
    row(
        *("no right to ping: by TCP", OK, "", "coarse"),
        change={Ping: Unknown("no-rights")},
        facts={"method": "tcp"},
    ),
    row(
        *("a little loss is undecided", OK, "", "undecided"),
        change=losing(ACQUIRER, nth=35),
        facts={"method": "icmp"},
    ),
    row(
        *("a hop that limits its replies is not lossy", OK),
        change=losing(ISP, nth=2),
    ),
    row(
        *("on the LAN", WARN, "router.packet-loss"),
        change=losing(ACQUIRER, *NEARER),
        facts={"where": GATEWAY, "target": ACQUIRER, "method": "icmp"},
        rivals=(),
    ),
    row(
        *("loss, and frames damaged since the run began", WARN),
        *("link.errors", "damaged"),
        change={**losing(ACQUIRER, *NEARER), AskInterfaces: damaged},
        facts={"interface": "eth0", "errors": 40},
    ),
    row(
        *("half of all on the LAN", FAIL, "router.packet-loss"),
        change=losing(ACQUIRER, *NEARER, nth=2),
        facts={"where": GATEWAY},
    ),
    row(
        *("at the ISP", WARN, "isp.packet-loss"),
        change=losing(ACQUIRER, *BEYOND),
        facts={"where": ISP},
        rivals=(),
    ),
    row(
        *("beyond the ISP", WARN, "acquirer.packet-loss"),
        change=losing(ACQUIRER),
        facts={"where": ACQUIRER},
        rivals=(),
    ),
    row(
        *("the acquirer is the next machine after the router", WARN),
        *("acquirer.packet-loss",),
        change={
            **losing(ACQUIRER, deaf=BEYOND),
            Trace: hops(GATEWAY, reached=ACQUIRER),
        },
    ),
    row(
        *("LAN clean, nothing else answers", WARN, "isp.packet-loss"),
        change=losing(ACQUIRER, deaf=BEYOND),
        rivals=("acquirer.packet-loss",),
    ),
    row(
        *("nothing nearer answers", WARN, "isp.packet-loss"),
        change={**losing(ACQUIRER, deaf=NEARER), Trace: Unknown("no-rights")},
        rivals=("router.packet-loss", "acquirer.packet-loss"),
    ),
    row(
        *("acquirer late", WARN, "acquirer.slow"),
        change=late(ACQUIRER),
        facts={"rtt": 0.8, "where": ACQUIRER, "where_rtt": 0.8, "target": ACQUIRER},
    ),
    row(
        *("ISP late", WARN, "isp.slow"),
        change=late(ACQUIRER, *BEYOND),
        facts={"where": ISP, "where_rtt": 0.8},
        rivals=(),
    ),
    row(
        *("LAN late", WARN, "router.slow"),
        change=late(ACQUIRER, *NEARER),
        facts={"where": GATEWAY, "where_rtt": 0.8},
    ),
    row(
        *("LAN late, the whole within limits", WARN, "router.slow"),
        change=late(ACQUIRER, *NEARER, by=0.3),
        facts={"where": GATEWAY, "rtt": 0.3},
    ),
    row(*("far away", OK), change=late(ACQUIRER, by=0.3), facts={"rtt": 0.3}),
    row(
        *("late, and nothing nearer answers", WARN, "isp.slow"),
        change=late(ACQUIRER, deaf=NEARER),
        rivals=("acquirer.slow",),
    ),
    row(
        *("no acquirer: to another host", OK),
        site=Site(),
        facts={"target": PROBE},
    ),
    row(
        *("offline because of a lossy LAN", FAIL, "router.packet-loss"),
        seen=OFFLINE,
        change=losing(GATEWAY, nth=2),
        facts={"where": GATEWAY, "target": GATEWAY},
    ),
    row("offline, LAN clean", SKIP, "skip.nothing-to-test", seen=OFFLINE),
    row(
        *("quick", OK),
        plan=Plan.QUICK,
        facts={"method": "icmp", "lost": 0},
    ),
    row(
        *("everything ignores ping, TCP works", OK, "", "coarse"),
        change={Ping: echoes(("*",)), Connect: OPEN},
    ),
    row(
        *("nothing answers", SKIP, "skip.nothing-to-test"),
        change={Ping: echoes(("*",)), Connect: SILENT},
    ),
    row(
        *("cannot be asked", SKIP, "skip.nothing-to-test"),
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
    row("tcp", OK, "", "coarse", change=change).verify()

    assert 20 <= len(asked) <= 28
