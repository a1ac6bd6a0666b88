"""Has this machine an address, of the network that it stands in?"""

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
from posdiag.model.questions.machine import (
    AskInterfaces,
    AskResolvers,
    AskRoutes,
    Interface,
    Resolvers,
)
from posdiag.model.site import Acquirer, Connection
from posdiag_checks.ip.address import ip_address_check
from tests.checks.machine import (
    GATEWAY,
    alive,
    arp,
    offer,
    offers,
    port,
    ports,
    site,
    way,
    ways,
)
from tests.checks.running import FAIL, OK, SKIP, WARN, Case, of

row = of(ip_address_check)
NO_RIGHTS = Unknown("no-rights", "sudo setcap x")
NOT_SWEPT: dict[Any, Any] = {AskSweep: Sweep((), 253)}
NO_OFFER: dict[Any, Any] = {DiscoverDhcp: offers()}
DEAD: dict[Any, Any] = {AskNeighbour: alive(), ProbeArp: arp(), **NOT_SWEPT}
OTHER = offer("10.7.0.1", "10.7.0.9")


def having(*found: Interface) -> dict[Any, Any]:
    return {AskInterfaces: ports(*found)}


def told(address: str) -> Any:
    return site(connection=Connection(address=address))


CASES = [
    row("ordinary", OK, facts={"interface": "eth0", "address": "192.168.1.50/24"}),
    row(
        *("no address", FAIL, "ip.no-address", "none"),
        change={**having(port(address="")), **NO_OFFER},
        facts={"interface": "eth0", "address": ""},
    ),
    row(
        *("no address, no rights to ask DHCP", FAIL, "ip.no-address", "none"),
        change={**having(port(address="")), DiscoverDhcp: NO_RIGHTS},
    ),
    row(
        *("only a link-local one", FAIL, "ip.no-address", "link-local"),
        change={**having(port(address="169.254.7.7/16")), **NO_OFFER},
        facts={"address": "169.254.7.7"},
    ),
    row(
        *("DHCP would give one", FAIL, "ip.no-address", "offered"),
        change=having(port(address="169.254.7.7/16")),
        facts={"server": GATEWAY, "address": "169.254.7.7"},
    ),
    row(
        *("profile wants another network", FAIL, "ip.wrong-address", "profile"),
        site=told("10.7.0.20/24"),
        facts={"address": "192.168.1.50/24", "expected": "10.7.0.20/24"},
    ),
    row(
        *("profile wants another mask", FAIL, "ip.wrong-netmask", "profile"),
        site=told("192.168.1.20/25"),
        facts={"address": "192.168.1.50/24", "expected": "192.168.1.20/25"},
    ),
    row(*("another address of the profile's network", OK), site=told("192.168.1.9/24")),
    row(
        *("the LAN is another by DHCP", FAIL, "ip.wrong-address", "lan"),
        change={**DEAD, DiscoverDhcp: offers(OTHER)},
        facts={"address": "192.168.1.50/24", "expected": "10.7.0.0/24"},
    ),
    row(
        *("the LAN is another by ARP", FAIL, "ip.wrong-address", "lan"),
        change={
            **DEAD,
            **NO_OFFER,
            ProbeArp: arp(ArpReply("192.168.31.1", "02:aa", True)),
        },
        facts={"expected": "192.168.31.1"},
    ),
    row(*("dead gateway in the right network", OK), change=DEAD),
    row(
        *("dead gateway without rights", OK),
        change={**DEAD, DiscoverDhcp: NO_RIGHTS, ProbeArp: NO_RIGHTS},
    ),
    row(
        *("mask too narrow for the gateway", WARN, "ip.wrong-netmask", "narrow"),
        change=having(port(address="192.168.1.50/28")),
        facts={"address": "192.168.1.50/28", "interface": "eth0"},
    ),
    row(
        *("a /32 with an on-link gateway", OK),
        change={
            **having(port(address="192.168.1.50/32")),
            AskRoutes: ways(way(onlink=True)),
        },
    ),
    row(
        *("a link without neighbours", OK),
        change={
            **having(port("ppp0", "10.9.8.7/30", kind="cellular")),
            AskRoutes: ways(way("10.64.64.64", "ppp0")),
            AskNeighbour: lambda asked: Neighbour(asked.address, "not-needed"),
        },
    ),
    row(
        *("mask so wide that the acquirer looks near", FAIL),
        *("ip.wrong-netmask", "wide"),
        site=site(acquirer=Acquirer(host="192.168.77.9")),
        change=having(port(address="192.168.1.50/16")),
        facts={"host": "192.168.77.9", "address": "192.168.1.50/16"},
    ),
    row(
        *("a wide network whose resolver is a neighbour indeed", OK),
        change={
            **having(port(address="192.168.1.50/16")),
            AskResolvers: Resolvers(("192.168.9.53",)),
            AskNeighbour: alive(GATEWAY, "192.168.9.53"),
        },
    ),
    row(
        *("IPv6 only", OK),
        change={
            **having(port(address="2001:db8::50/64")),
            AskRoutes: ways(way("fe80::1", family=6)),
        },
        facts={"address": "2001:db8::50/64"},
    ),
    row(
        *("not told", SKIP, "skip.unsupported"),
        change={AskInterfaces: Unknown("unsupported")},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_ip_address(case: Case) -> None:
    case.verify()
