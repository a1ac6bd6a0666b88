"""Does more than one DHCP server speak, and do they agree with what we use?"""

from typing import Any

import pytest

from posdiag.model.limits import Plan
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.lan import ArpReply, DiscoverDhcp, Offer, ProbeArp
from posdiag.model.questions.machine import AskInterfaces, AskRoutes
from posdiag.model.site import Connection
from posdiag_checks.ip.dhcp import ip_dhcp
from tests.checks.machine import (
    GATEWAY,
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

row = of(ip_dhcp)
ROGUE = "192.168.9.1"
INTRUDER = offer(ROGUE, "192.168.9.77", dns=(ROGUE,))
BOTH_FORWARD = arp(ArpReply(GATEWAY, "02:fe", True), ArpReply(ROGUE, "02:99", True))


def given(*found: Offer, **more: Any) -> dict[Any, Any]:
    return {DiscoverDhcp: offers(*found)}


CAUGHT = {
    **given(offer(), INTRUDER),
    AskInterfaces: ports(port(address="192.168.9.77/24")),
    AskRoutes: ways(way(ROGUE)),
}

CASES = [
    row(name="one server", status=OK, facts={"servers": (GATEWAY,)}),
    row(
        name="none",
        status=OK,
        code="",
        variant="none",
        change=given(),
        facts={"servers": ()},
    ),
    row(
        name="two that agree",
        status=OK,
        change=given(offer(), offer(server="192.168.1.2", address="192.168.1.99")),
        facts={"servers": (GATEWAY, "192.168.1.2")},
    ),
    row(
        name="a second one with other settings",
        status=WARN,
        code="ip.rogue-dhcp",
        variant="extra",
        change=given(offer(), INTRUDER),
        facts={
            "intruder": ROGUE,
            "expected": GATEWAY,
            "servers": (GATEWAY, ROGUE),
            "offered": ROGUE,
        },
    ),
    row(
        name="the intruder answers first",
        status=WARN,
        code="ip.rogue-dhcp",
        variant="extra",
        change=given(INTRUDER, offer()),
        facts={"intruder": ROGUE, "expected": GATEWAY},
    ),
    row(
        name="same router, other DNS",
        status=WARN,
        code="ip.rogue-dhcp",
        variant="extra",
        change=given(offer(), offer(server="192.168.1.66", dns=("192.168.1.66",))),
        facts={"intruder": "192.168.1.66", "expected": GATEWAY},
    ),
    row(
        name="our settings are the intruder's",
        status=FAIL,
        code="ip.rogue-dhcp",
        variant="ours",
        change=CAUGHT,
        facts={"intruder": ROGUE, "expected": GATEWAY, "offered": ROGUE},
    ),
    row(
        name="ours by the profile, though both forward",
        status=FAIL,
        code="ip.rogue-dhcp",
        variant="ours",
        site=site(connection=Connection(gateway=GATEWAY)),
        change={**CAUGHT, ProbeArp: BOTH_FORWARD},
        facts={"intruder": ROGUE},
    ),
    row(
        name="no rights to test forwarding",
        status=WARN,
        code="ip.rogue-dhcp",
        variant="extra",
        change={**given(offer(), INTRUDER), ProbeArp: Unknown("no-rights")},
        facts={"intruder": ROGUE},
    ),
    row(
        name="another mask than ours",
        status=WARN,
        code="ip.wrong-netmask",
        variant="offer",
        change=given(offer(mask="255.255.252.0")),
        facts={
            "interface": "eth0",
            "address": "192.168.1.50/24",
            "expected": "192.168.1.50/22",
        },
    ),
    row(name="quick", status=SKIP, code="skip.quick", plan=Plan.QUICK),
    row(
        name="mobile",
        status=SKIP,
        code="skip.not-applicable",
        change={AskInterfaces: ports(port(kind="cellular"))},
    ),
    row(
        name="no rights",
        status=SKIP,
        code="skip.no-rights",
        change={DiscoverDhcp: Unknown("no-rights", "sudo setcap x")},
        facts={"hint": "sudo setcap x"},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_ip_dhcp(case: Case) -> None:
    case.verify()
