"""Does this machine itself let out what it sends, and by the way to its router?"""

from dataclasses import replace
from typing import Any

import pytest

from posdiag.model import Finding, fail
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.lan import AskNeighbour, Neighbour
from posdiag.model.questions.machine import (
    AskInterfaces,
    AskResolvers,
    AskRoutes,
    AskRouteTo,
    Interfaces,
    Resolvers,
    RouteTo,
)
from posdiag.model.questions.wire import Connect, DnsReply, Knock, Knocked, Lookup
from posdiag.model.questions.wire import Connection as Tcp
from posdiag.model.site import Acquirer, Vpn
from posdiag_checks.host.path import host_path
from tests.checks.machine import (
    ACQUIRER,
    DNS,
    DNS_SILENT,
    GATEWAY,
    LO,
    OPEN,
    REFUSED,
    SILENT,
    alive,
    port,
    ports,
    site,
    way,
    ways,
    zone,
)
from tests.checks.running import FAIL, OK, SKIP, Case, of


def row(change: Any = None, **more: Any) -> Case:
    """A shop whose routes are in order, and whose hosts answer a knock."""
    sound = {AskRouteTo: RouteTo("eth0", GATEWAY), Knock: Knocked("open")}
    return of(host_path)(change={**sound, **(change or {})}, **more)


DEAD = {"acquirer.connect": Finding(FAIL, "acquirer.unreachable")}
CUT = {"isp.reach": Finding(FAIL, "isp.no-internet")}
ONLINE = {**DEAD, "isp.reach": Finding(OK)}
NAMELESS = {"dns.resolve": Finding(FAIL, "dns.server-unreachable")}
NUMERIC = site(acquirer=Acquirer(host=ACQUIRER))
TUN = port("tun0", "10.8.0.6/24", kind="tunnel", mac="")
BRIDGE = port("docker0", "203.0.113.254/24", kind="virtual")
DEAF: dict[Any, Any] = {Knock: Knocked("silent"), Connect: SILENT}
STOPPED: dict[Any, Any] = {Connect: SILENT}  # though a knock is answered


def bound(outcome: Tcp) -> Any:
    """Only a socket that is bound to the uplink gets an answer."""
    return lambda asked: outcome if asked.device == "eth0" else SILENT


def leads(*others: Any, **to: Any) -> dict[Any, Any]:
    """The route to the acquirer, and interfaces beside eth0."""
    answer = RouteTo(**{"interface": "eth0", "gateway": GATEWAY, **to})
    return {AskRouteTo: answer, AskInterfaces: ports(port(), *others)}


BARRED = leads(interface=None, gateway=None, barred="blackhole")
FACTS = {"address": ACQUIRER, "port": 443, "interface": "eth0", "gateway": GATEWAY}

LOCAL: dict[Any, Any] = {AskResolvers: Resolvers(("127.0.0.53",))}

CASES = [
    row(name="all is well", status=OK, facts={"interface": "eth0", "gateway": GATEWAY}),
    row(
        name="a blocked name leads to no host's address: no route of ours is at fault",
        site=site(acquirer=Acquirer(host="0.0.0.0")),
        status=SKIP,
        code="skip.nothing-to-test",
        seen=DEAD,
        change={**DEAF, AskRouteTo: RouteTo("lo", None)},
    ),
    row(
        name="the acquirer is down for a knock as well",
        status=SKIP,
        code="skip.nothing-to-test",
        seen=DEAD,
        change=DEAF,
    ),
    row(
        name="it answers after all", status=SKIP, code="skip.nothing-to-test", seen=DEAD
    ),
    row(
        name="it refuses everybody",
        status=SKIP,
        code="skip.nothing-to-test",
        seen=DEAD,
        change={Connect: REFUSED, Knock: Knocked("refused")},
    ),
    row(
        name="the other next hop of a multipath route is dead",
        status=SKIP,
        code="skip.nothing-to-test",
        seen=DEAD,
        change={
            **STOPPED,
            AskRoutes: ways(way(shared=True), way("192.168.1.9", shared=True)),
        },
    ),
    row(
        name="a packet filter drops",
        status=FAIL,
        code="host.firewall",
        variant="drops",
        seen=DEAD,
        change=STOPPED,
        facts={**FACTS, "by": ""},
    ),
    row(
        name="a packet filter answers with a reset",
        status=FAIL,
        code="host.firewall",
        variant="drops",
        seen=DEAD,
        change={Connect: REFUSED},
    ),
    row(
        name="the host resets a knock, though nothing else gets through",
        status=FAIL,
        code="host.firewall",
        variant="drops",
        seen=CUT,
        site=NUMERIC,
        change={**STOPPED, Knock: Knocked("refused")},
    ),
    row(
        name="half of all is lost, and chance spares the first knock",
        status=SKIP,
        code="skip.nothing-to-test",
        seen=DEAD,
        change={
            **STOPPED,
            Knock: lambda asked: Knocked("silent" if asked.number % 2 else "open"),
        },
    ),
    row(
        name="without rights a dropped packet is not told from a lost one",
        status=SKIP,
        code="skip.nothing-to-test",
        seen=DEAD,
        change={**STOPPED, Knock: Unknown("no-rights")},
    ),
    row(
        name="the system refuses to send though it has a route",
        status=FAIL,
        code="host.firewall",
        variant="kept",
        seen=NAMELESS,
        change={Lookup: DnsReply("not-sent"), Knock: Unknown("no-rights")},
        facts={"address": DNS, "port": 53},
    ),
    row(
        name="a name server that only a knock reaches",
        status=FAIL,
        code="host.firewall",
        variant="drops",
        seen=NAMELESS,
        change={Lookup: DNS_SILENT},
        facts={"address": DNS, "port": 53},
    ),
    row(
        name="a name server of this machine itself is no way out",
        status=SKIP,
        code="skip.nothing-to-test",
        seen=NAMELESS,
        change={Lookup: DNS_SILENT, AskResolvers: Resolvers(("127.0.0.53",))},
    ),
    row(
        name="a name server of this machine itself, which the system sends nothing to",
        status=FAIL,
        code="host.firewall",
        variant="kept",
        seen=NAMELESS,
        change={**LOCAL, Lookup: DnsReply("not-sent")},
        facts={"address": "127.0.0.53", "port": 53, "interface": "lo"},
    ),
    row(
        name="the same, and loopback is switched off",
        status=SKIP,
        code="skip.nothing-to-test",
        seen=NAMELESS,
        change={
            **LOCAL,
            AskInterfaces: Interfaces((replace(LO, enabled=False), port())),
            Lookup: DnsReply("not-sent"),
        },
    ),
    row(
        name="a filter of the interface drops what is sent below this machine's others",
        status=FAIL,
        code="host.firewall",
        variant="kept",
        seen=DEAD,
        change={**STOPPED, Knock: Knocked("kept")},
        facts=FACTS,
    ),
    row(
        name="a queue that is full for a moment is no filter",
        status=SKIP,
        code="skip.nothing-to-test",
        seen=DEAD,
        change={
            **STOPPED,
            Knock: lambda asked: Knocked("silent" if asked.number else "kept"),
        },
    ),
    row(
        name="a packet filter drops, on a machine without IPv4",
        status=FAIL,
        code="host.firewall",
        variant="drops",
        seen=DEAD,
        site=site(acquirer=Acquirer(host="2001:db8:9::9")),
        change={
            **STOPPED,
            AskInterfaces: ports(port(address="2001:db8::5/64")),
            AskRoutes: ways(way("fe80::1", family=6)),
            AskRouteTo: RouteTo("eth0", "fe80::1"),
            AskNeighbour: alive("fe80::1"),
        },
        facts={"address": "2001:db8:9::9", "gateway": "fe80::1"},
    ),
    row(
        name="a dead tunnel",
        status=FAIL,
        code="host.route",
        variant="tunnel",
        seen=CUT,
        site=NUMERIC,
        change={**STOPPED, **leads(TUN, interface="tun0", gateway=None)},
        facts={**FACTS, "by": "tun0"},
    ),
    row(
        name="a dead tunnel, without rights",
        status=FAIL,
        code="host.route",
        variant="tunnel",
        seen=CUT,
        site=NUMERIC,
        change={
            Connect: bound(OPEN),
            Knock: Unknown("no-rights"),
            **leads(TUN, interface="tun0", gateway=None),
        },
    ),
    row(
        name="a tunnel over a dead line",
        status=SKIP,
        code="skip.nothing-to-test",
        seen=CUT,
        site=NUMERIC,
        change={**DEAF, **leads(TUN, interface="tun0", gateway=None)},
    ),
    row(
        name="the tunnel that the site is meant to use",
        status=SKIP,
        code="skip.nothing-to-test",
        seen=CUT,
        site=site(acquirer=Acquirer(host=ACQUIRER), vpn=Vpn(interface="tun0")),
        change={**STOPPED, **leads(TUN, interface="tun0", gateway=None)},
    ),
    row(
        name="an IPsec policy without a key",
        status=FAIL,
        code="host.route",
        variant="ipsec",
        seen=DEAD,
        change={**STOPPED, **leads(ipsec="protect")},
        facts={"by": "protect"},
    ),
    row(
        name="a container network covers the acquirer",
        status=FAIL,
        code="host.route",
        variant="network",
        seen=DEAD,
        change={**STOPPED, **leads(BRIDGE, interface="docker0", gateway=None)},
        facts={"by": "docker0"},
        rivals=(),
    ),
    row(
        name="the same, and the acquirer answers nobody",
        status=FAIL,
        code="host.route",
        variant="network",
        seen=ONLINE,
        change={**DEAF, **leads(BRIDGE, interface="docker0", gateway=None)},
        rivals=("acquirer.unreachable",),
    ),
    row(
        name="a second card, and the acquirer answers nobody",
        status=SKIP,
        code="skip.nothing-to-test",
        seen=ONLINE,
        change={
            **DEAF,
            **leads(port("eth1", "203.0.113.7/24"), interface="eth1", gateway=None),
        },
    ),
    row(
        name="the acquirer's address is this machine's own",
        status=FAIL,
        code="host.route",
        variant="own-address",
        seen=DEAD,
        change={Connect: REFUSED, **leads(interface="lo", gateway=None)},
    ),
    row(
        name="a next hop that forwards nothing",
        status=FAIL,
        code="host.route",
        variant="hop",
        seen=DEAD,
        change={**STOPPED, **leads(gateway="192.168.1.77")},
        facts={"by": "192.168.1.77"},
    ),
    row(
        name="a next hop that is gone, without rights",
        status=FAIL,
        code="host.route",
        variant="hop",
        seen=ONLINE,
        change={
            **DEAF,
            Knock: Unknown("no-rights"),
            **leads(gateway="192.168.1.77"),
            AskNeighbour: alive(GATEWAY),
        },
    ),
    row(
        name="a next hop that lives, and the acquirer answers nobody",
        status=SKIP,
        code="skip.nothing-to-test",
        seen=ONLINE,
        change={
            **DEAF,
            **leads(gateway="192.168.1.77"),
            AskNeighbour: alive(GATEWAY, "192.168.1.77"),
        },
    ),
    row(
        name="a route that forbids",
        status=FAIL,
        code="host.route",
        variant="forbidden",
        seen=DEAD,
        change={**DEAF, **BARRED, Connect: Tcp("not-sent")},
        facts={"by": "blackhole"},
    ),
    row(
        name="no route to it at all, though there is a default one",
        status=FAIL,
        code="host.route",
        variant="forbidden",
        seen=DEAD,
        change={
            **DEAF,
            **leads(interface=None, gateway=None),
            Connect: Tcp("not-sent"),
        },
        facts={"by": "unreachable"},
    ),
    row(
        name="one dead leg of several is for another check",
        status=SKIP,
        code="skip.nothing-to-test",
        seen=DEAD,
        change={
            **STOPPED,
            AskRoutes: ways(way(shared=True), way("192.168.1.2", shared=True)),
            **leads(gateway="192.168.1.2"),
            AskNeighbour: alive(GATEWAY),
        },
    ),
    row(
        name="no way out at all is for another check",
        status=SKIP,
        code="skip.nothing-to-test",
        seen=CUT,
        change={AskRoutes: ways()},
    ),
    row(
        name="names resolve, and the acquirer's alone is not known",
        status=SKIP,
        code="skip.nothing-to-test",
        seen={"dns.resolve": Finding(FAIL, "dns.acquirer-not-found")},
        change={Lookup: zone({"pay.example": ()})},
    ),
    row(
        name="a route sends from an address that is left over",
        status=FAIL,
        code="host.route",
        variant="source",
        seen=DEAD,
        change={**STOPPED, **leads(source="192.168.99.5")},
        facts={**FACTS, "by": "192.168.99.5"},
    ),
    row(
        name="it sends from such an address, and the host is dead for a knock as well",
        status=SKIP,
        code="skip.nothing-to-test",
        seen=DEAD,
        change={**DEAF, **leads(source="192.168.99.5")},
    ),
    row(
        name="a filter drops what is sent from this network's own address",
        status=FAIL,
        code="host.firewall",
        variant="drops",
        seen=DEAD,
        change={**STOPPED, **leads(source="192.168.1.50")},
    ),
    row(
        name="the address is this machine's own, and another's: that was found before",
        status=SKIP,
        code="skip.nothing-to-test",
        seen={**DEAD, "ip.conflict": fail("ip.duplicate-address", address=ACQUIRER)},
        change={Connect: REFUSED, **leads(interface="lo", gateway=None)},
    ),
    row(
        name="a name server answers in part, and takes no connection for the rest",
        status=SKIP,
        code="skip.nothing-to-test",
        seen=NAMELESS,
        change={Lookup: DnsReply("refused", truncated=True)},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_host_path(case: Case) -> None:
    case.verify()


def test_a_neighbour_that_is_gone_is_not_knocked_at() -> None:
    asked = []

    def knock(question: Knock) -> Knocked:
        asked.append(question)
        return Knocked("open")

    gone = {AskNeighbour: Neighbour(GATEWAY, "failed"), Knock: knock, **STOPPED}
    row(
        name="gone", status=SKIP, code="skip.nothing-to-test", seen=DEAD, change=gone
    ).verify()

    assert asked == []
