"""Does the router answer, at any layer at all?"""

from typing import Any

import pytest

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.lan import ArpReply, AskNeighbour, Neighbour, ProbeArp
from posdiag.model.questions.machine import AskRoutes
from posdiag.model.questions.tls import Shake
from posdiag.model.questions.wire import Connect, Fetch, HttpReply, Lookup, Ping, Trace
from posdiag_checks.router.reach import router_reach
from tests.checks.machine import (
    DNS_SILENT,
    GATEWAY,
    NO_TCP,
    REFUSED,
    SILENT,
    alive,
    arp,
    connects,
    echoes,
    hops,
    way,
    ways,
)
from tests.checks.running import FAIL, OK, SKIP, Case, of

row = of(router_reach)
UNTOLD = Unknown("unsupported")
NO_PING = Unknown("no-rights", "sudo sysctl x")
DEAF = {Ping: echoes((GATEWAY,))}


def pending(asked: AskNeighbour) -> Neighbour:
    """The system has not made up its mind within the time given."""
    return Neighbour(asked.address, "pending")


def tcp(answer: Any) -> dict[Any, Any]:
    return {Connect: connects({}, answer)}


CASES = [
    row(name="answers ping", status=OK, facts={"gateway": GATEWAY, "how": "icmp"}),
    row(
        name="ignores ping",
        status=OK,
        code="",
        variant="quiet",
        change=DEAF,
        facts={"gateway": GATEWAY, "how": "arp"},
    ),
    row(
        name="no right to ping", status=OK, change={Ping: NO_PING}, facts={"how": "arp"}
    ),
    row(
        name="only TCP can be seen, refused",
        status=OK,
        change={**DEAF, **tcp(REFUSED), AskNeighbour: UNTOLD},
        facts={"how": "tcp", "gateway": GATEWAY},
    ),
    row(
        name="ignores everything, neighbours are not known",
        status=SKIP,
        code="skip.unsupported",
        change={**DEAF, **tcp(SILENT), AskNeighbour: UNTOLD},
    ),
    row(
        name="point to point",
        status=OK,
        code="",
        variant="point-to-point",
        change={AskRoutes: ways(way(None))},
        facts={"how": "point-to-point"},
    ),
    row(
        name="a link without neighbours",
        status=OK,
        code="",
        variant="point-to-point",
        change={
            **DEAF,
            AskNeighbour: lambda asked: Neighbour(asked.address, "not-needed"),
        },
    ),
    row(
        name="dead",
        status=FAIL,
        code="router.unreachable",
        change={**DEAF, **tcp(SILENT), AskNeighbour: alive(), ProbeArp: arp()},
        facts={"gateway": GATEWAY, "interface": "eth0", "seconds": 3.5},
        rivals=("ip.wrong-gateway", "ip.wrong-address"),
    ),
    row(
        name="the system's tries are lost, ours are not",
        status=OK,
        code="",
        variant="quiet",
        change={**DEAF, **tcp(SILENT), AskNeighbour: alive()},
        facts={"how": "arp"},
    ),
    row(
        name="it answers ARP and hands nothing on",
        status=FAIL,
        code="router.unreachable",
        change={
            **DEAF,
            **tcp(SILENT),
            AskNeighbour: alive(),
            ProbeArp: arp(ArpReply(GATEWAY, "02:ee", False)),
        },
    ),
    row(
        name="remembered, not renewed, but the acquirer answers",
        status=OK,
        code="",
        variant="quiet",
        change={**DEAF, **tcp(SILENT), AskNeighbour: pending},
    ),
    row(
        name="remembered, not renewed, nothing beyond",
        status=FAIL,
        code="router.unreachable",
        change={
            **DEAF,
            **tcp(SILENT),
            AskNeighbour: pending,
            Shake: NO_TCP,
            Fetch: HttpReply("silent", tries=3),
            Lookup: DNS_SILENT,
            Trace: hops(None, None),
        },
        rivals=("isp.no-internet",),
    ),
    row(
        name="no route",
        status=SKIP,
        code="skip.nothing-to-test",
        change={AskRoutes: ways()},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_router_reach(case: Case) -> None:
    case.verify()


def test_a_link_local_gateway_is_asked_through_its_interface() -> None:
    from posdiag.model.questions.wire import Echoes

    asked: list[str] = []

    def ping(question: Ping) -> Echoes:
        asked.append(question.address)
        return Echoes(question.address, (0.01,) * question.count)

    change = {AskRoutes: ways(way("fe80::1", family=6)), Ping: ping}
    row(name="v6", status=OK, change=change).verify()

    assert asked == ["fe80::1%eth0"]
