"""Does anything answer from beyond the router?"""

from dataclasses import replace
from typing import Any

import pytest

from posdiag.measure.internet import Clue, Evidence
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
    AskRouteTo,
    Resolvers,
    RouteTo,
)
from posdiag.model.questions.tls import Handshake, Shake
from posdiag.model.questions.wire import (
    Connect,
    DnsReply,
    Fetch,
    Hop,
    Hops,
    HttpReply,
    IcmpError,
    Lookup,
    Ping,
    Trace,
)
from posdiag.model.questions.wire import Connection as Tcp
from posdiag.model.site import Acquirer, Connection, Site, Target
from posdiag_checks.isp.reach import isp_reach, judge
from tests.checks.machine import (
    ACQUIRER,
    DNS,
    DNS_SILENT,
    GATEWAY,
    HOST,
    ISP,
    NO_TCP,
    OPEN,
    REFUSED,
    SILENT,
    alive,
    arp,
    connects,
    echoes,
    hops,
    offers,
    port,
    ports,
    site,
    way,
    ways,
    zone,
)
from tests.checks.running import FAIL, OK, SKIP, Case, of, timed

row = of(isp_reach)
ANCHORS = ("223.5.5.5", "119.29.29.29")
NO_ANCHORS = zone(servers=dict.fromkeys(ANCHORS, DNS_SILENT))
DEAD_DNS = zone(servers=dict.fromkeys((DNS, *ANCHORS), DNS_SILENT))
AT_ROUTER = {AskResolvers: Resolvers((GATEWAY,))}
DARK: dict[Any, Any] = {
    Shake: NO_TCP,
    Connect: SILENT,
    Fetch: HttpReply("silent", tries=5),
    Lookup: DEAD_DNS,
    Trace: hops(GATEWAY, None, None),
}
NUMERIC = site(acquirer=Acquirer(host=ACQUIRER))
PRIVATE = site(acquirer=Acquirer(host=ACQUIRER), connection=Connection(kind="private"))
NO_ACQUIRER = Site()
HANGING: dict[Any, Any] = {
    **DARK,
    **AT_ROUTER,
    Lookup: DNS_SILENT,
    Trace: hops(None, None),
    Ping: echoes(("*",)),
    ProbeArp: arp(ArpReply(GATEWAY, "02:ee", False)),
    DiscoverDhcp: offers(),
}
NO_WAY = IcmpError(3, 0, GATEWAY)
ROUTER_SAYS = Handshake(Tcp("unreachable", 0.1, error=NO_WAY), "tcp", "unreachable")
RULE = IcmpError(3, 13, GATEWAY)
FORBIDDEN = Handshake(Tcp("prohibited", 0.1, error=RULE), "tcp", "prohibited")
BY_ROUTER = DnsReply("unreachable", error=NO_WAY)
REAL = "192.168.1.254"
NOT_A_ROUTER: dict[Any, Any] = {
    **DARK,
    Trace: hops(None, None),
    AskNeighbour: alive(GATEWAY, REAL),
    AskSweep: Sweep((Neighbour(REAL, "alive", "02:dd"),), 253),
    DiscoverDhcp: offers(),
    ProbeArp: arp(ArpReply(GATEWAY, "02:ee", False), ArpReply(REAL, "02:dd", True)),
}
TO_TARGET = connects({"192.0.2.7": Tcp("ok", 0.1)}, SILENT)

FAR_HOP = Hop(2, ISP, 1.9, "expired")
PAYS = Clue("acquirer", "pay", ACQUIRER, answered=True)
LOST = Clue("connectivity", "url", "192.0.2.44", answered=False, tries=5)

# A tunnel takes all traffic. By the uplink's own interface: the router, and no more.
INTO_TUNNEL: dict[Any, Any] = {
    **DARK,
    Connect: SILENT,
    AskInterfaces: ports(port(), port("tun0", "10.8.0.6/24", kind="tunnel", mac="")),
    AskRouteTo: RouteTo("tun0", None, "10.8.0.6"),
    Trace: lambda asked: hops(GATEWAY if asked.device else None),
}


def lying(address: str) -> Any:
    """The router's name server gives one address for every name."""
    names = {HOST: (address,), "connect.rom.miui.com": (address,)}
    return zone(names, dict.fromkeys(ANCHORS, DNS_SILENT))


NAMED = site(acquirer=Acquirer(host=HOST))
LIES = {**DARK, **AT_ROUTER, Lookup: lying("10.255.3.4")}

CASES = [
    row(
        name="a dead tunnel over a dead line",
        status=FAIL,
        code="isp.no-internet",
        variant="silent",
        site=NUMERIC,
        change=INTO_TUNNEL,
        rivals=("host.route",),
    ),
    row(
        name="a dead tunnel over a line of which nothing is known",
        status=SKIP,
        code="skip.through-tunnel",
        site=NUMERIC,
        change={**INTO_TUNNEL, Trace: hops(None)},
    ),
    row(
        name="a dead tunnel over a line that works",
        status=SKIP,
        code="skip.through-tunnel",
        site=NUMERIC,
        change={**INTO_TUNNEL, Connect: lambda asked: OPEN if asked.device else SILENT},
    ),
    row(name="ordinary", status=OK, facts={"variant": None}),
    row(
        name="private network, by profile",
        status=OK,
        code="",
        variant="private",
        site=PRIVATE,
        change={**DARK, Shake: Handshake(Tcp("ok"), "done", "ok")},
        facts={"evidence": (f"{ACQUIRER}:443",)},
    ),
    row(
        name="a long way: the answer comes later than on other lines",
        status=OK,
        site=NUMERIC,
        change={
            **DARK,
            Trace: Hops((Hop(1, GATEWAY, 0.01, "expired"), FAR_HOP)),
            Shake: Handshake(Tcp("ok", 1.9), "done", "ok", 6.5),
        },
        facts={"evidence": (f"{ACQUIRER}:443",)},
    ),
    row(
        name="private network, untold",
        status=OK,
        site=NUMERIC,
        change={**DARK, Shake: Handshake(Tcp("ok"), "done", "ok")},
        facts={"evidence": (f"{ACQUIRER}:443",)},
    ),
    row(
        name="only the acquirer, whose port is silent and whose host is reached",
        status=OK,
        site=PRIVATE,
        change={
            **DARK,
            Connect: SILENT,
            Trace: Hops(
                (Hop(1, GATEWAY, 0.01, "expired"), Hop(2, ACQUIRER, 0.02, "reached"))
            ),
        },
        facts={"evidence": (ACQUIRER,)},
    ),
    row(
        name="only the acquirer, by a plain TCP refusal",
        status=OK,
        site=site(acquirer=Acquirer(host=ACQUIRER, tls=False)),
        change={**DARK, Connect: REFUSED},
    ),
    row(
        name="only the acquirer of all that was asked",
        status=OK,
        code="",
        variant="private",
        judged=lambda: judge(Evidence((PAYS, LOST)), private=False),
        facts={"evidence": ("pay",)},
    ),
    row(name="acquirer dead, the Internet alive", status=OK, change={Shake: NO_TCP}),
    row(
        name="only a resolver answers",
        status=OK,
        change={**DARK, Lookup: NO_ANCHORS},
        facts={"evidence": (DNS,)},
    ),
    row(
        name="only the connectivity URL answers, no acquirer set",
        status=OK,
        site=NO_ACQUIRER,
        change={**AT_ROUTER, Connect: SILENT},
    ),
    row(
        name="only a target answers",
        status=OK,
        variant="unproven",
        site=Site(target=(Target("office", "192.0.2.7"),), connectivity=()),
        change={**DARK, **AT_ROUTER, Connect: TO_TARGET},
        facts={"evidence": ("192.0.2.7:443",)},
    ),
    row(
        name="nothing answers",
        status=FAIL,
        code="isp.no-internet",
        variant="silent",
        change={**DARK, **AT_ROUTER, Lookup: NO_ANCHORS},
        facts={"gateway": GATEWAY, "by": ""},
        rivals=("router.blocks-device",),
    ),
    row(
        name="the provider's machine answers, so the router lets this device out",
        status=FAIL,
        code="isp.no-internet",
        variant="silent",
        change={**DARK, **AT_ROUTER, Lookup: NO_ANCHORS, Trace: hops(GATEWAY, ISP)},
        facts={"by": ISP},
        rivals=(),
    ),
    row(
        name="the router answers ARP and nothing else",
        status=FAIL,
        code="router.unreachable",
        variant="arp-only",
        change=HANGING,
        facts={"gateway": GATEWAY},
        rivals=("ip.duplicate-address", "router.blocks-device"),
    ),
    row(
        name="the same, and no rights to send ARP",
        status=FAIL,
        code="router.unreachable",
        variant="arp-only",
        change={**HANGING, ProbeArp: Unknown("no-rights")},
    ),
    row(
        name="the router answers nothing for itself, but forwards",
        status=FAIL,
        code="isp.no-internet",
        variant="silent",
        site=NUMERIC,
        change={**HANGING, ProbeArp: arp(ArpReply(GATEWAY, "02:ee", True))},
    ),
    row(
        name="not even a packet to the router leaves this machine",
        status=FAIL,
        code="host.firewall",
        variant="all",
        change={**HANGING, Lookup: DnsReply("not-sent")},
        facts={"gateway": GATEWAY},
    ),
    row(
        name="neither ping nor rights: what the router does is not known",
        status=SKIP,
        code="skip.nothing-to-test",
        change={**HANGING, Ping: Unknown("no-rights"), Trace: Unknown("no-rights")},
    ),
    row(
        name="a rule of the router forbids it",
        status=FAIL,
        code="isp.no-internet",
        variant="blocked",
        change={**DARK, **AT_ROUTER, Shake: FORBIDDEN, Lookup: NO_ANCHORS},
        facts={"gateway": GATEWAY},
        rivals=("router.blocks-device",),
    ),
    row(
        name="no acquirer set and nothing answers",
        status=FAIL,
        code="isp.no-internet",
        variant="silent",
        site=NO_ACQUIRER,
        change=DARK,
        facts={"gateway": GATEWAY},
    ),
    row(
        name="the router reports it",
        status=FAIL,
        code="isp.no-internet",
        variant="router-says",
        change={
            **DARK,
            Shake: ROUTER_SAYS,
            Lookup: zone(
                servers={
                    DNS: BY_ROUTER,
                    "223.5.5.5": BY_ROUTER,
                    "119.29.29.29": BY_ROUTER,
                }
            ),
        },
        facts={"gateway": GATEWAY},
        rivals=(),
    ),
    row(
        name="the ISP's machine answers, the one known host does not",
        status=OK,
        site=replace(NUMERIC, connectivity=()),
        change={**DARK, **AT_ROUTER, Trace: hops(GATEWAY, ISP, None)},
        facts={"evidence": (ISP,)},
    ),
    row(
        name="the gateway does not forward",
        status=FAIL,
        code="ip.wrong-gateway",
        variant="not-router",
        change=NOT_A_ROUTER,
        facts={"gateway": GATEWAY, "expected": REAL, "address": "192.168.1.50/24"},
    ),
    row(
        name="the gateway forwards, the line is dead",
        status=FAIL,
        code="isp.no-internet",
        variant="silent",
        change={**NOT_A_ROUTER, ProbeArp: arp(ArpReply(GATEWAY, "02:ee", True))},
    ),
    row(
        name="no rights to test forwarding",
        status=FAIL,
        code="isp.no-internet",
        variant="silent",
        change={**NOT_A_ROUTER, ProbeArp: Unknown("no-rights")},
    ),
    row(
        name="DNS on the router dead, nothing else known",
        status=SKIP,
        code="skip.nothing-to-test",
        site=site(connectivity=()),
        change={
            **AT_ROUTER,
            Lookup: lambda asked: DNS_SILENT,
            Trace: Unknown("no-rights"),
        },
    ),
    row(
        name="no way out at all to ask",
        status=SKIP,
        code="skip.nothing-to-test",
        site=Site(connectivity=()),
        change={**AT_ROUTER, Trace: Unknown("no-rights")},
    ),
    row(
        name="nothing to ask, and the next hop answers",
        status=OK,
        variant="unproven",
        site=Site(connectivity=()),
        change={Trace: hops(GATEWAY, ISP)},
    ),
    row(name="point to point", status=OK, change={AskRoutes: ways(way(None))}),
    row(
        name="all names lead to one private address; a hop beyond the router answers",
        status=OK,
        site=NAMED,
        change={**LIES, Trace: hops(GATEWAY, ISP, None)},
        facts={"evidence": (ISP,)},
    ),
    row(
        name="all names lead to one private address, and nothing is heard of the line",
        status=FAIL,
        code="isp.no-internet",
        variant="silent",
        site=NAMED,
        change=LIES,
    ),
    row(
        name="all names lead to one public address: it may be the acquirer's own page",
        status=FAIL,
        code="isp.no-internet",
        variant="silent",
        site=NAMED,
        change={
            **DARK,
            **AT_ROUTER,
            Lookup: lying(ACQUIRER),
            Trace: hops(GATEWAY, ISP),
        },
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_isp_reach(case: Case) -> None:
    case.verify()


def test_what_was_asked_is_named() -> None:
    case = row(
        name="x",
        status=FAIL,
        code="isp.no-internet",
        variant="silent",
        change=DARK,
        site=NUMERIC,
    )
    case.verify()

    asked = case.found.facts["asked"]
    assert isinstance(asked, tuple)
    assert f"{ACQUIRER}:443" in asked


def test_a_hop_that_says_unreachable_is_the_last_that_answered() -> None:
    refused = Hop(
        ttl=2, by=ISP, seconds=0.01, kind="unreachable", error=IcmpError(3, 1, ISP)
    )
    trace = Hops((Hop(1, GATEWAY, 0.01, "expired"), refused))
    case = row(
        name="x", status=FAIL, code="isp.no-internet", change={**DARK, Trace: trace}
    )

    assert case.found.status is not OK or case.found.facts["evidence"] == (ISP,)


def test_no_public_host_is_asked_on_a_private_network() -> None:
    asked: list[str] = []

    def lookup(question: Lookup) -> DnsReply:
        asked.append(question.server)
        return DNS_SILENT

    change = {**DARK, Lookup: lookup}
    assert row(name="x", status=FAIL, site=PRIVATE, change=change).found.code

    assert set(asked) <= {DNS, GATEWAY}


def test_what_answers_late_ends_the_wait() -> None:
    """A page that takes 2.5 s is proof enough: silent public servers and hops are not
    waited for."""
    page = {Fetch: HttpReply("ok", 204, seconds=2.5), Lookup: NO_ANCHORS}
    change = {**DARK, **AT_ROUTER, **page}

    found, seconds = timed(isp_reach, change, NUMERIC)

    assert found.status == OK
    assert seconds < 3.0
