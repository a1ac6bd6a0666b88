"""Of several uplinks, is a dead one preferred?"""

from typing import Any

import pytest

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.lan import AskNeighbour, Neighbour
from posdiag.model.questions.machine import AskInterfaces, AskRoutes
from posdiag.model.questions.wire import Connect, DnsReply, Echoes, Lookup, Ping
from posdiag.model.questions.wire import Connection as Tcp
from posdiag.model.site import Acquirer, Connection
from posdiag_checks.path.redundancy import path_redundancy
from tests.checks.machine import ACQUIRER, GATEWAY, port, ports, site, way, ways, zone
from tests.checks.running import FAIL, OK, SKIP, Case, of

row = of(path_redundancy)
SECOND = "10.20.0.1"
WLAN = port("wlan0", "10.20.0.9/24", kind="wifi")
NUMERIC = site(acquirer=Acquirer(host=ACQUIRER))
NO_WAYS: dict[Any, Any] = {AskRoutes: ways()}


def working(*devices: str, ping: bool = True, tcp: Any = "ok") -> dict[Any, Any]:
    """Two uplinks, eth0 preferred; only what goes out by `devices` is answered."""

    def echo(asked: Ping) -> Echoes:
        fine = ping and asked.device in devices
        return Echoes(asked.address, ((0.02 if fine else None),) * asked.count)

    def connect(asked: Connect) -> Tcp:
        return Tcp(tcp if asked.device in devices else "silent")

    def lookup(asked: Lookup) -> DnsReply:
        return zone()(asked) if asked.device in devices else DnsReply("silent")

    def there(asked: AskNeighbour) -> Neighbour:
        return Neighbour(asked.address, "alive", "02:fe")

    return {
        AskInterfaces: ports(port(), WLAN),
        AskRoutes: ways(way(metric=100), way(SECOND, "wlan0", metric=600)),
        Ping: echo,
        Connect: connect,
        Lookup: lookup,
        AskNeighbour: there,
    }


def gateway_dead(asked: AskNeighbour) -> Neighbour:
    state: Any = "failed" if asked.address == GATEWAY else "alive"
    return Neighbour(asked.address, state)


DEAD = {"interface": "eth0", "gateway": GATEWAY, "other": "wlan0"}
SPREAD = ways(way(shared=True), way(SECOND, "wlan0", shared=True))
BOTH = {"uplinks": ("eth0", "wlan0")}
CASES = [
    row(name="one uplink", status=SKIP, code="skip.one-uplink"),
    row(name="two that work", status=OK, change=working("eth0", "wlan0"), facts=BOTH),
    row(name="the spare is dead", status=OK, change=working("eth0"), facts=BOTH),
    row(
        name="preferred is dead",
        status=FAIL,
        code="path.dead-uplink",
        change=working("wlan0"),
        facts=DEAD,
    ),
    row(
        name="preferred has a dead gateway",
        status=FAIL,
        code="path.dead-uplink",
        change={**working("wlan0"), AskNeighbour: gateway_dead},
        facts=DEAD,
    ),
    row(
        name="preferred has no carrier",
        status=FAIL,
        code="path.dead-uplink",
        site=NUMERIC,
        change={**working("wlan0"), AskInterfaces: ports(port(carrier=False), WLAN)},
        facts=DEAD,
    ),
    row(
        name="ping is ignored, TCP is refused",
        status=OK,
        site=NUMERIC,
        change=working("eth0", "wlan0", ping=False, tcp="refused"),
        facts=BOTH,
    ),
    row(
        name="traffic is spread over both",
        status=OK,
        change={**working("eth0", "wlan0"), AskRoutes: SPREAD},
        facts=BOTH,
    ),
    row(
        name="traffic is spread, the second leg is dead",
        status=FAIL,
        code="path.dead-uplink",
        variant="spread",
        change={**working("eth0"), AskRoutes: SPREAD},
        facts={"interface": "wlan0", "gateway": SECOND, "other": "eth0"},
        rivals=("host.route",),
    ),
    row(
        name="traffic is spread, both are dead",
        status=SKIP,
        code="skip.nothing-to-test",
        change={**working(), AskRoutes: SPREAD},
    ),
    row(
        name="neither works", status=SKIP, code="skip.nothing-to-test", change=working()
    ),
    row(
        name="the profile names the interface",
        status=SKIP,
        code="skip.not-applicable",
        site=site(connection=Connection(interface="eth0")),
        change=working("wlan0"),
    ),
    row(
        name="two routes by the same way",
        status=SKIP,
        code="skip.one-uplink",
        change={AskRoutes: ways(way(metric=100), way(metric=200))},
    ),
    row(
        name="no route at all", status=SKIP, code="skip.nothing-to-test", change=NO_WAYS
    ),
    row(
        name="not known",
        status=SKIP,
        code="skip.unsupported",
        change={AskRoutes: Unknown("unsupported")},
    ),
    row(
        name="cannot be asked",
        status=SKIP,
        code="skip.nothing-to-test",
        change={
            **working("wlan0"),
            Ping: Unknown("no-rights"),
            Connect: Unknown("no-rights"),
            Lookup: Unknown("no-rights"),
        },
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_path_redundancy(case: Case) -> None:
    case.verify()
