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


def profiled(address: str) -> Any:
    return site(connection=Connection(address=address))


CASES = [
    row(
        name="ordinary",
        status=OK,
        facts={"interface": "eth0", "address": "192.168.1.50/24"},
    ),
    row(
        name="no address",
        status=FAIL,
        code="ip.no-address",
        variant="none",
        change={**having(port(address="")), **NO_OFFER},
        facts={"interface": "eth0", "address": ""},
    ),
    row(
        name="no address, no rights to ask DHCP",
        status=FAIL,
        code="ip.no-address",
        variant="none",
        change={**having(port(address="")), DiscoverDhcp: NO_RIGHTS},
    ),
    row(
        name="only a link-local one",
        status=FAIL,
        code="ip.no-address",
        variant="link-local",
        change={**having(port(address="169.254.7.7/16")), **NO_OFFER},
        facts={"address": "169.254.7.7"},
    ),
    row(
        name="DHCP would give one",
        status=FAIL,
        code="ip.no-address",
        variant="offered",
        change=having(port(address="169.254.7.7/16")),
        facts={"server": GATEWAY, "address": "169.254.7.7"},
    ),
    row(
        name="profile wants another network",
        status=FAIL,
        code="ip.wrong-address",
        variant="profile",
        site=profiled("10.7.0.20/24"),
        facts={"address": "192.168.1.50/24", "expected": "10.7.0.20/24"},
    ),
    row(
        name="profile wants another mask",
        status=FAIL,
        code="ip.wrong-netmask",
        variant="profile",
        site=profiled("192.168.1.20/25"),
        facts={"address": "192.168.1.50/24", "expected": "192.168.1.20/25"},
    ),
    row(
        name="another address of the profile's network",
        status=OK,
        site=profiled("192.168.1.9/24"),
    ),
    row(
        name="the LAN is another by DHCP",
        status=FAIL,
        code="ip.wrong-address",
        variant="lan",
        change={**DEAD, DiscoverDhcp: offers(OTHER)},
        facts={"address": "192.168.1.50/24", "expected": "10.7.0.0/24"},
    ),
    row(
        name="the LAN is another by ARP",
        status=FAIL,
        code="ip.wrong-address",
        variant="lan",
        change={
            **DEAD,
            **NO_OFFER,
            ProbeArp: arp(ArpReply("192.168.31.1", "02:aa", True)),
        },
        facts={"expected": "192.168.31.1"},
    ),
    row(name="dead gateway in the right network", status=OK, change=DEAD),
    row(
        name="dead gateway without rights",
        status=OK,
        change={**DEAD, DiscoverDhcp: NO_RIGHTS, ProbeArp: NO_RIGHTS},
    ),
    row(
        name="mask too narrow for the gateway",
        status=WARN,
        code="ip.wrong-netmask",
        variant="narrow",
        change=having(port(address="192.168.1.50/28")),
        facts={"address": "192.168.1.50/28", "interface": "eth0"},
    ),
    row(
        name="a /32 with an on-link gateway",
        status=OK,
        change={**having(port(address="192.168.1.50/32")), AskRoutes: ways(way())},
    ),
    row(
        name="a link without neighbours",
        status=OK,
        change={
            **having(port("ppp0", "10.9.8.7/30", kind="cellular")),
            AskRoutes: ways(way("10.64.64.64", "ppp0")),
            AskNeighbour: lambda asked: Neighbour(asked.address, "not-needed"),
        },
    ),
    row(
        name="mask so wide that the acquirer looks near",
        status=FAIL,
        code="ip.wrong-netmask",
        variant="wide",
        site=site(acquirer=Acquirer(host="192.168.77.9")),
        change=having(port(address="192.168.1.50/16")),
        facts={"host": "192.168.77.9", "address": "192.168.1.50/16"},
    ),
    row(
        name="a wide network whose resolver is a neighbour indeed",
        status=OK,
        change={
            **having(port(address="192.168.1.50/16")),
            AskResolvers: Resolvers(("192.168.9.53",)),
            AskNeighbour: alive(GATEWAY, "192.168.9.53"),
        },
    ),
    row(
        name="IPv6 only",
        status=OK,
        change={
            **having(port(address="2001:db8::50/64")),
            AskRoutes: ways(way("fe80::1", family=6)),
        },
        facts={"address": "2001:db8::50/64"},
    ),
    row(
        name="not known",
        status=SKIP,
        code="skip.unsupported",
        change={AskInterfaces: Unknown("unsupported")},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_ip_address(case: Case) -> None:
    case.verify()
