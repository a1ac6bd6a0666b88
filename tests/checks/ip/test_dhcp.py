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
    row("one server", OK, facts={"servers": (GATEWAY,)}),
    row("none", OK, "", "none", change=given(), facts={"servers": ()}),
    row(
        *("two that agree", OK),
        change=given(offer(), offer(server="192.168.1.2", address="192.168.1.99")),
        facts={"servers": (GATEWAY, "192.168.1.2")},
    ),
    row(
        *("a second one with other settings", WARN, "ip.rogue-dhcp", "extra"),
        change=given(offer(), INTRUDER),
        facts={
            "intruder": ROGUE,
            "expected": GATEWAY,
            "servers": (GATEWAY, ROGUE),
            "offered": ROGUE,
        },
    ),
    row(
        *("the intruder answers first", WARN, "ip.rogue-dhcp", "extra"),
        change=given(INTRUDER, offer()),
        facts={"intruder": ROGUE, "expected": GATEWAY},
    ),
    row(
        *("same router, other DNS", WARN, "ip.rogue-dhcp", "extra"),
        change=given(offer(), offer(server="192.168.1.66", dns=("192.168.1.66",))),
        facts={"intruder": "192.168.1.66", "expected": GATEWAY},
    ),
    row(
        *("our settings are the intruder's", FAIL, "ip.rogue-dhcp", "ours"),
        change=CAUGHT,
        facts={"intruder": ROGUE, "expected": GATEWAY, "offered": ROGUE},
    ),
    row(
        *("ours by the profile, though both forward", FAIL, "ip.rogue-dhcp", "ours"),
        site=site(connection=Connection(gateway=GATEWAY)),
        change={**CAUGHT, ProbeArp: BOTH_FORWARD},
        facts={"intruder": ROGUE},
    ),
    row(
        *("no rights to ask who forwards", WARN, "ip.rogue-dhcp", "extra"),
        change={**given(offer(), INTRUDER), ProbeArp: Unknown("no-rights")},
        facts={"intruder": ROGUE},
    ),
    row(
        *("another mask than ours", WARN, "ip.wrong-netmask", "offer"),
        change=given(offer(mask="255.255.252.0")),
        facts={
            "interface": "eth0",
            "address": "192.168.1.50/24",
            "expected": "192.168.1.50/22",
        },
    ),
    row("quick", SKIP, "skip.quick", plan=Plan.QUICK),
    row(
        *("mobile", SKIP, "skip.not-applicable"),
        change={AskInterfaces: ports(port(kind="cellular"))},
    ),
    row(
        *("no rights", SKIP, "skip.no-rights"),
        change={DiscoverDhcp: Unknown("no-rights", "sudo setcap x")},
        facts={"hint": "sudo setcap x"},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_ip_dhcp(case: Case) -> None:
    case.verify()
