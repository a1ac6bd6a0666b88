"""Is a default gateway set, inside our network, and really the router?"""

from typing import Any

import pytest

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.lan import (
    ArpReply,
    AskNeighbour,
    AskSweep,
    DiscoverDhcp,
    Neighbour,
    ProbeArp,
    Sweep,
)
from posdiag.model.questions.machine import AskRoutes, AskRouteTo, RouteTo
from posdiag.model.questions.wire import DnsReply, Lookup
from posdiag.model.site import Acquirer, Connection
from posdiag_checks.ip.gateway import ip_gateway
from tests.checks.machine import (
    GATEWAY,
    alive,
    arp,
    offer,
    offers,
    site,
    way,
    ways,
    zone,
)
from tests.checks.running import FAIL, OK, SKIP, Case, of

row = of(ip_gateway)
NO_RIGHTS = Unknown("no-rights", "sudo setcap x")
REAL = "192.168.1.254"
SWEPT = {AskSweep: Sweep((Neighbour(REAL, "alive", "02:dd"),), 253)}
EMPTY = {AskSweep: Sweep((), 253)}
DEAD: dict[Any, Any] = {AskNeighbour: alive(REAL), DiscoverDhcp: offers(), **SWEPT}
OUTSIDE = {**DEAD, **EMPTY, AskRoutes: ways(way("10.7.0.1")), ProbeArp: arp()}
SILENT = DnsReply("silent", seconds=0.8)

CASES = [
    row(name="ordinary", status=OK, facts={"gateway": GATEWAY, "interface": "eth0"}),
    row(
        name="none set",
        status=FAIL,
        code="ip.no-gateway",
        change={AskRoutes: ways()},
        facts={"interface": "eth0", "address": "192.168.1.50/24"},
    ),
    row(
        name="none set, and the system knows of none",
        status=FAIL,
        code="ip.no-gateway",
        change={AskRoutes: ways(), AskRouteTo: RouteTo(None)},
    ),
    row(
        name="by a rule and another table",
        status=OK,
        change={AskRoutes: ways(), AskRouteTo: RouteTo("eth0", GATEWAY)},
        facts={"gateway": GATEWAY, "interface": "eth0"},
    ),
    row(
        name="to the acquirer alone",
        status=OK,
        site=site(acquirer=Acquirer(host="10.9.9.9")),
        change={
            AskRoutes: ways(),
            AskRouteTo("10.9.9.9"): RouteTo("eth0", GATEWAY),
            AskRouteTo("223.5.5.5"): RouteTo(None),
        },
        facts={"gateway": GATEWAY, "interface": "eth0"},
    ),
    row(
        name="the acquirer is this machine itself",
        status=FAIL,
        code="ip.no-gateway",
        site=site(acquirer=Acquirer(host="127.0.0.1")),
        change={AskRoutes: ways(), AskRouteTo: RouteTo("lo")},
    ),
    row(
        name="point to point",
        status=OK,
        code="point-to-point",
        change={AskRoutes: ways(way(None))},
        facts={"interface": "eth0"},
    ),
    row(
        name="profile wants another",
        status=FAIL,
        code="ip.wrong-gateway",
        variant="profile",
        site=site(connection=Connection(gateway=REAL)),
        facts={"gateway": GATEWAY, "expected": REAL, "address": "192.168.1.50/24"},
    ),
    row(
        name="profile wants this one",
        status=OK,
        site=site(connection=Connection(gateway=GATEWAY)),
    ),
    row(
        name="the router is elsewhere",
        status=FAIL,
        code="ip.wrong-gateway",
        variant="silent",
        change={**DEAD, ProbeArp: arp(ArpReply(REAL, "02:dd", True))},
        facts={"gateway": GATEWAY, "expected": REAL},
        rivals=(),
    ),
    row(
        name="DHCP names the router",
        status=FAIL,
        code="ip.wrong-gateway",
        variant="silent",
        change={
            **DEAD,
            DiscoverDhcp: offers(offer(REAL)),
            ProbeArp: arp(ArpReply(REAL, "02:dd", False)),
        },
        facts={"expected": REAL},
        rivals=(),
    ),
    row(
        name="guessed without rights by an answer to DNS",
        status=FAIL,
        code="ip.wrong-gateway",
        variant="silent",
        change={**DEAD, DiscoverDhcp: NO_RIGHTS, ProbeArp: NO_RIGHTS},
        facts={"expected": REAL},
        rivals=("router.unreachable",),
    ),
    row(
        name="a neighbour that does not answer DNS is no router",
        status=OK,
        change={
            **DEAD,
            DiscoverDhcp: NO_RIGHTS,
            ProbeArp: NO_RIGHTS,
            Lookup: zone(servers={REAL: SILENT}),
        },
    ),
    row(
        name="outside our network",
        status=FAIL,
        code="ip.wrong-gateway",
        variant="outside",
        change=OUTSIDE,
        facts={"gateway": "10.7.0.1", "expected": "", "address": "192.168.1.50/24"},
    ),
    row(
        name="dead, and no other router: the router's own check judges",
        status=OK,
        change={**DEAD, **EMPTY, ProbeArp: arp()},
    ),
    row(
        name="no neighbour table",
        status=OK,
        change={AskNeighbour: Unknown("unsupported")},
    ),
    row(
        name="no route table",
        status=SKIP,
        code="skip.unsupported",
        change={AskRoutes: Unknown("unsupported")},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_ip_gateway(case: Case) -> None:
    case.verify()
