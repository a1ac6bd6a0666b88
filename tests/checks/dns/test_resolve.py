"""Do the DNS servers that this machine is set to use answer, rightly and in time?"""

from typing import Any

import pytest

from posdiag.model import ok, skip
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.lan import DiscoverDhcp
from posdiag.model.questions.machine import (
    AskInterfaces,
    AskLocalName,
    AskResolvers,
    LocalName,
    Resolvers,
)
from posdiag.model.questions.tls import Shake
from posdiag.model.questions.wire import DnsReply, Lookup
from posdiag.model.site import Acquirer, Connection, Site, Target
from posdiag_checks.dns.resolve import dns_resolve
from tests.checks.machine import (
    ACQUIRER,
    DNS,
    DNS2,
    DNS_SILENT,
    GATEWAY,
    HOST,
    NO_TCP,
    PROBE,
    port,
    ports,
    site,
    zone,
)
from tests.checks.running import FAIL, OK, SKIP, WARN, Case, of

row = of(dns_resolve)
TWO = {AskResolvers: Resolvers((DNS, DNS2))}
REFUSED = DnsReply("refused")
NOBODY = DnsReply("ok", "NXDOMAIN", (), 0.02)
SERVFAIL = DnsReply("ok", "SERVFAIL", (), 0.02)
NUMERIC = site(acquirer=Acquirer(host=ACQUIRER))
AT_GATEWAY = {
    AskResolvers: Resolvers((GATEWAY,)),
    Lookup: zone(servers={GATEWAY: REFUSED}),
}
LOOPBACK = "127.0.0.53"


def answered(**servers: DnsReply) -> dict[Any, Any]:
    """How the first and the second server answer; "" is ordinary."""
    by = {"first": DNS, "second": DNS2}
    return {Lookup: zone(servers={by[k]: v for k, v in servers.items()})}


def late(seconds: float, tries: int = 1) -> DnsReply:
    return DnsReply(
        outcome="ok",
        rcode="NOERROR",
        addresses=(ACQUIRER,),
        seconds=seconds,
        tries=tries,
    )


TOLD = site(connection=Connection(dns=("192.0.2.53",)))

CASES = [
    row(
        name="other servers than the profile's, which work",
        status=OK,
        variant="beside-profile",
        site=TOLD,
        facts={"told": ("192.0.2.53",), "server": DNS},
    ),
    row(
        name="one of the profile's servers",
        status=OK,
        site=TOLD,
        change={AskResolvers: Resolvers((DNS, "192.0.2.53"))},
    ),
    row(
        name="a stub on this machine hides its servers",
        status=OK,
        site=TOLD,
        change={AskResolvers: Resolvers((LOOPBACK,))},
    ),
    row(
        name="ordinary",
        status=OK,
        facts={"server": DNS, "name": HOST, "answer": ACQUIRER, "seconds": 0.02},
    ),
    row(
        name="the hosts file knows it",
        status=OK,
        code="",
        variant="not-needed",
        change={AskLocalName: LocalName((ACQUIRER,)), Lookup: DNS_SILENT},
    ),
    row(
        name="no name is needed",
        status=SKIP,
        code="skip.not-applicable",
        site=NUMERIC,
        change={Lookup: DNS_SILENT},
    ),
    row(
        name="only IPv6",
        status=OK,
        change={Lookup: zone({HOST: ("2001:db8::9",)})},
        facts={"answer": "2001:db8::9"},
    ),
    row(
        name="no IPv4 on this machine, and a name with both",
        status=OK,
        change={
            AskInterfaces: ports(port(address="2001:db8:1::9/64")),
            Lookup: zone({HOST: (ACQUIRER, "2001:db8::9")}),
        },
        facts={"answer": "2001:db8::9"},
    ),
    row(
        name="no acquirer: a name that the run asks for",
        status=OK,
        site=Site(),
        facts={"name": "connect.rom.miui.com", "answer": PROBE},
    ),
    row(
        name="none set",
        status=FAIL,
        code="dns.no-server",
        change={AskResolvers: Resolvers(())},
    ),
    row(
        name="silent",
        status=FAIL,
        code="dns.server-unreachable",
        variant="silent",
        change=answered(first=DNS_SILENT),
        facts={"servers": (DNS,), "name": HOST, "seconds": 4.0},
    ),
    row(
        name="silent, and the line could not be tested",
        status=FAIL,
        code="dns.server-unreachable",
        variant="untested",
        change=answered(first=DNS_SILENT),
        seen={"isp.reach": skip("skip.nothing-to-test")},
        rivals=("isp.no-internet",),
    ),
    row(
        name="the gateway refuses, nothing else known",
        status=FAIL,
        code="dns.server-unreachable",
        variant="refused",
        change=AT_GATEWAY,
        seen={"isp.reach": skip("skip.nothing-to-test")},
        rivals=("ip.wrong-gateway",),
    ),
    row(
        name="the gateway refuses, and DHCP cannot be asked",
        status=FAIL,
        code="dns.server-unreachable",
        variant="refused",
        change={**AT_GATEWAY, DiscoverDhcp: Unknown("unsupported")},
        seen={"isp.reach": skip("skip.nothing-to-test")},
        rivals=("ip.wrong-gateway", "ip.rogue-dhcp"),
    ),
    row(
        name="silent, and the line works",
        status=FAIL,
        code="dns.server-unreachable",
        variant="silent",
        change=answered(first=DNS_SILENT),
        seen={"isp.reach": ok()},
        rivals=(),
    ),
    row(
        name="both silent",
        status=FAIL,
        code="dns.server-unreachable",
        variant="silent",
        change={**TWO, **answered(first=DNS_SILENT, second=DNS_SILENT)},
        facts={"servers": (DNS, DNS2)},
    ),
    row(
        name="refused by the machine",
        status=FAIL,
        code="dns.server-unreachable",
        variant="refused",
        change=answered(first=REFUSED),
        facts={"servers": (DNS,)},
    ),
    row(
        name="the resolver on this machine is dead",
        status=FAIL,
        code="dns.server-unreachable",
        variant="local",
        change={
            AskResolvers: Resolvers((LOOPBACK,)),
            Lookup: zone(servers={LOOPBACK: REFUSED}),
        },
        facts={"servers": (LOOPBACK,)},
    ),
    row(
        name="a resolver on this machine that works",
        status=OK,
        change={AskResolvers: Resolvers((LOOPBACK,))},
    ),
    row(
        name="SERVFAIL",
        status=FAIL,
        code="dns.server-failure",
        change=answered(first=SERVFAIL),
        facts={"servers": (DNS,), "rcode": "SERVFAIL", "name": HOST},
    ),
    row(
        name="REFUSED by policy",
        status=FAIL,
        code="dns.server-failure",
        change=answered(first=DnsReply("ok", "REFUSED")),
        facts={"rcode": "REFUSED"},
    ),
    row(
        name="rubbish",
        status=FAIL,
        code="dns.server-failure",
        change=answered(first=DnsReply("malformed")),
        facts={"rcode": "FORMERR", "servers": (DNS,)},
    ),
    row(
        name="first fails, second works",
        status=OK,
        change={**TWO, **answered(first=SERVFAIL)},
        facts={"server": DNS2},
    ),
    row(
        name="first refuses at once, second works",
        status=OK,
        change={**TWO, **answered(first=REFUSED)},
        facts={"server": DNS2},
    ),
    row(
        name="first silent, second works",
        status=WARN,
        code="dns.slow",
        change={**TWO, **answered(first=DNS_SILENT)},
        facts={"server": DNS, "other": DNS2},
    ),
    row(
        name="first a little late, second faster",
        status=OK,
        change={**TWO, **answered(first=late(1.2))},
        facts={"server": DNS},
    ),
    row(
        name="first far too late",
        status=WARN,
        code="dns.slow",
        change={**TWO, **answered(first=late(2.6, 3))},
        facts={"server": DNS, "other": DNS2, "seconds": 2.6},
    ),
    row(
        name="the only one is late",
        status=WARN,
        code="dns.slow",
        change=answered(first=late(2.2, 3)),
        facts={"server": DNS, "other": DNS, "seconds": 2.2},
    ),
    row(
        name="the first server denies the name, the second knows it",
        status=FAIL,
        code="dns.hijack",
        variant="denied",
        change={**TWO, **answered(first=NOBODY)},
        facts={"server": DNS, "true_answer": ACQUIRER, "answer": "NXDOMAIN"},
        rivals=(),
    ),
    row(
        name="a public server knows it",
        status=FAIL,
        code="dns.hijack",
        variant="denied",
        change=answered(first=NOBODY),
    ),
    row(
        name="a server of the profile knows it",
        status=FAIL,
        code="dns.hijack",
        variant="denied",
        site=site(connection=Connection(dns=(DNS2,), kind="private")),
        change=answered(first=NOBODY),
    ),
    row(
        name="a private network asks no public server",
        status=FAIL,
        code="dns.acquirer-not-found",
        site=site(connection=Connection(kind="private")),
        change=answered(first=NOBODY),
    ),
    row(
        name="the server that knows it leads elsewhere",
        status=FAIL,
        code="dns.acquirer-not-found",
        change={**answered(first=NOBODY), Shake: NO_TCP},
    ),
    row(
        name="unknown whether that is the acquirer",
        status=FAIL,
        code="dns.hijack",
        variant="denied",
        change={**answered(first=NOBODY), Shake: Unknown("no-tool")},
        rivals=("dns.acquirer-not-found",),
    ),
    row(
        name="name gone",
        status=FAIL,
        code="dns.acquirer-not-found",
        change={Lookup: zone({HOST: ()}, {DNS: DnsReply("ok", "NXDOMAIN")})},
        facts={"name": HOST, "rcode": "NXDOMAIN", "server": DNS},
    ),
    row(
        name="name without address",
        status=FAIL,
        code="dns.acquirer-not-found",
        change={Lookup: zone({HOST: ()})},
        facts={"name": HOST, "rcode": "NODATA"},
    ),
    row(
        name="nothing but addresses of no host",
        status=FAIL,
        code="dns.acquirer-not-found",
        change={Lookup: zone({HOST: ("::", "ff02::1", "::1")})},
        facts={"name": HOST, "rcode": "NODATA"},
    ),
    row(
        name="our own question has no answer",
        status=OK,
        variant="no-address",
        site=Site(),
        change={Lookup: zone({"connect.rom.miui.com": ()})},
    ),
    row(
        name="DNS dead, acquirer by address, a target by name",
        status=WARN,
        code="dns.server-unreachable",
        variant="silent",
        site=site(
            acquirer=Acquirer(host=ACQUIRER), target=(Target("office", "o.example"),)
        ),
        change=answered(first=DNS_SILENT),
    ),
    row(
        name="no acquirer and DNS dead",
        status=FAIL,
        code="dns.server-unreachable",
        variant="silent",
        site=Site(),
        change=answered(first=DNS_SILENT),
    ),
    row(
        name="servers not known",
        status=SKIP,
        code="skip.unsupported",
        change={AskResolvers: Unknown("unsupported")},
    ),
    row(
        name="cannot be asked",
        status=SKIP,
        code="skip.unsupported",
        change={Lookup: Unknown("trouble")},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_dns_resolve(case: Case) -> None:
    case.verify()
