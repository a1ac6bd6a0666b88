"""Does another device use our address, or the gateway's?"""

from typing import Any

import pytest

from posdiag.model.limits import Plan
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.lan import ArpReplies, ArpReply, ProbeArp
from posdiag.model.questions.machine import AskInterfaces, AskRoutes
from posdiag_checks.ip.conflict import ip_conflict
from tests.checks.machine import (
    GATEWAY,
    MAC,
    OWN,
    ROUTER_MAC,
    arp,
    port,
    ports,
    way,
    ways,
)
from tests.checks.running import FAIL, OK, SKIP, Case, of

row = of(ip_conflict)
ROUTER = ArpReply(GATEWAY, ROUTER_MAC)


def replies(*found: ArpReply) -> dict[Any, Any]:
    return {ProbeArp: arp(ROUTER, *found)}


def for_all(mac: str, *others: ArpReply) -> Any:
    """One device answers for every address that is asked about."""

    def probe(asked: ProbeArp) -> ArpReplies:
        told = [ArpReply(a, mac) for a in asked.addresses]
        return ArpReplies((*told, *(o for o in others if o.address in asked.addresses)))

    return probe


CASES = [
    row(name="no other holder", status=OK, facts={"address": OWN}),
    row(
        name="our address twice",
        status=FAIL,
        code="ip.duplicate-address",
        variant="own",
        change=replies(ArpReply(OWN, "02:bb"), ArpReply(OWN, "02:bb")),
        facts={"address": OWN, "macs": ("02:bb",)},
    ),
    row(
        name="the gateway's address twice",
        status=FAIL,
        code="ip.duplicate-address",
        variant="gateway",
        change=replies(ArpReply(GATEWAY, "02:cc")),
        facts={"address": GATEWAY, "macs": (ROUTER_MAC, "02:cc")},
    ),
    row(
        name="we ourselves answer",
        status=OK,
        change=replies(ArpReply(OWN, MAC.upper())),
    ),
    row(
        name="our own second card answers",
        status=OK,
        change={
            **replies(ArpReply(OWN, "02:0b"), ArpReply(GATEWAY, "02:0b")),
            AskInterfaces: ports(port(), port("wlan0", "", kind="wifi", mac="02:0B")),
        },
    ),
    row(
        name="the router answers for everybody",
        status=OK,
        change={ProbeArp: for_all(ROUTER_MAC)},
    ),
    row(
        name="one answers for everybody, and another has our address",
        status=FAIL,
        code="ip.duplicate-address",
        variant="own",
        change={ProbeArp: for_all(ROUTER_MAC, ArpReply(OWN, "02:bb"))},
        facts={"macs": ("02:bb",)},
    ),
    row(
        name="one that has our address and another is no proxy",
        status=FAIL,
        code="ip.duplicate-address",
        variant="own",
        change=replies(ArpReply(OWN, "02:bb"), ArpReply("192.168.1.65", "02:bb")),
    ),
    row(name="the router answers twice", status=OK, change=replies(ROUTER)),
    row(name="quick", status=SKIP, code="skip.quick", plan=Plan.QUICK),
    row(
        name="no rights",
        status=SKIP,
        code="skip.no-rights",
        change={ProbeArp: Unknown("no-rights", "sudo setcap x")},
        facts={"hint": "sudo setcap x"},
    ),
    row(
        name="a mobile link has no neighbours",
        status=SKIP,
        code="skip.not-applicable",
        change={
            AskInterfaces: ports(port("wwan0", kind="cellular")),
            AskRoutes: ways(way(interface="wwan0")),
        },
    ),
    row(
        name="IPv6 only",
        status=SKIP,
        code="skip.not-applicable",
        change={
            AskInterfaces: ports(port(address="2001:db8::50/64")),
            AskRoutes: ways(way("fe80::1", family=6)),
        },
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_ip_conflict(case: Case) -> None:
    case.verify()
