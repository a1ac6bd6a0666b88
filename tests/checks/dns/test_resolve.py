"""Do the DNS servers that this machine is set to use answer, rightly and in time?"""

from typing import Any

import pytest

from posdiag.model import ok, skip
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.lan import DiscoverDhcp
from posdiag.model.questions.machine import (
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
    return DnsReply("ok", "NOERROR", (ACQUIRER,), seconds, tries)


CASES = [
    row(
        *("ordinary", OK),
        facts={"server": DNS, "name": HOST, "answer": ACQUIRER, "seconds": 0.02},
    ),
    row(
        *("the hosts file knows it", OK, "", "not-needed"),
        change={AskLocalName: LocalName((ACQUIRER,)), Lookup: DNS_SILENT},
    ),
    row(
        *("no name is needed", OK, "", "not-needed"),
        site=NUMERIC,
        change={Lookup: DNS_SILENT},
    ),
    row(
        *("only IPv6", OK),
        change={Lookup: zone({HOST: ("2001:db8::9",)})},
        facts={"answer": "2001:db8::9"},
    ),
    row(
        *("no acquirer: a name that the run asks for", OK),
        site=Site(),
        facts={"name": "connect.rom.miui.com", "answer": PROBE},
    ),
    row("none set", FAIL, "dns.no-server", change={AskResolvers: Resolvers(())}),
    row(
        *("silent", FAIL, "dns.server-unreachable", "silent"),
        change=answered(first=DNS_SILENT),
        facts={"servers": (DNS,), "name": HOST, "seconds": 4.0},
    ),
    row(
        *("silent, and it could not be told whether the line works", FAIL),
        *("dns.server-unreachable", "silent"),
        change=answered(first=DNS_SILENT),
        seen={"isp.reach": skip("skip.nothing-to-test")},
        rivals=("isp.no-internet",),
    ),
    row(
        *("the gateway refuses, nothing else known", FAIL),
        *("dns.server-unreachable", "refused"),
        change=AT_GATEWAY,
        seen={"isp.reach": skip("skip.nothing-to-test")},
        rivals=("ip.wrong-gateway",),
    ),
    row(
        *("the gateway refuses, and DHCP cannot be asked", FAIL),
        *("dns.server-unreachable", "refused"),
        change={**AT_GATEWAY, DiscoverDhcp: Unknown("unsupported")},
        seen={"isp.reach": skip("skip.nothing-to-test")},
        rivals=("ip.wrong-gateway", "ip.rogue-dhcp"),
    ),
    row(
        *("silent, and the line works", FAIL, "dns.server-unreachable", "silent"),
        change=answered(first=DNS_SILENT),
        seen={"isp.reach": ok()},
        rivals=(),
    ),
    row(
        *("both silent", FAIL, "dns.server-unreachable", "silent"),
        change={**TWO, **answered(first=DNS_SILENT, second=DNS_SILENT)},
        facts={"servers": (DNS, DNS2)},
    ),
    row(
        *("refused by the machine", FAIL, "dns.server-unreachable", "refused"),
        change=answered(first=REFUSED),
        facts={"servers": (DNS,)},
    ),
    row(
        *("the resolver on this machine is dead", FAIL),
        *("dns.server-unreachable", "local"),
        change={
            AskResolvers: Resolvers((LOOPBACK,)),
            Lookup: zone(servers={LOOPBACK: REFUSED}),
        },
        facts={"servers": (LOOPBACK,)},
    ),
    row(
        *("a resolver on this machine that works", OK),
        change={AskResolvers: Resolvers((LOOPBACK,))},
    ),
    row(
        *("SERVFAIL", FAIL, "dns.server-failure"),
        change=answered(first=SERVFAIL),
        facts={"servers": (DNS,), "rcode": "SERVFAIL", "name": HOST},
    ),
    row(
        *("REFUSED by policy", FAIL, "dns.server-failure"),
        change=answered(first=DnsReply("ok", "REFUSED")),
        facts={"rcode": "REFUSED"},
    ),
    row(
        *("rubbish", FAIL, "dns.server-failure"),
        change=answered(first=DnsReply("malformed")),
        facts={"rcode": "FORMERR", "servers": (DNS,)},
    ),
    row(
        *("first fails, second works", OK),
        change={**TWO, **answered(first=SERVFAIL)},
        facts={"server": DNS2},
    ),
    row(
        *("first refuses at once, second works", OK),
        change={**TWO, **answered(first=REFUSED)},
        facts={"server": DNS2},
    ),
    row(
        *("first silent, second works", WARN, "dns.slow"),
        change={**TWO, **answered(first=DNS_SILENT)},
        facts={"server": DNS, "other": DNS2},
    ),
    row(
        *("first a little late, second faster", OK),
        change={**TWO, **answered(first=late(1.2))},
        facts={"server": DNS},
    ),
    row(
        *("first far too late", WARN, "dns.slow"),
        change={**TWO, **answered(first=late(2.6, 3))},
        facts={"server": DNS, "other": DNS2, "seconds": 2.6},
    ),
    row(
        *("the only one is late", WARN, "dns.slow"),
        change=answered(first=late(2.2, 3)),
        facts={"server": DNS, "other": DNS, "seconds": 2.2},
    ),
    row(
        *("the first server denies the name, the second knows it", FAIL),
        *("dns.hijack", "denied"),
        change={**TWO, **answered(first=NOBODY)},
        facts={"server": DNS, "elsewhere": ACQUIRER, "answer": "NXDOMAIN"},
        rivals=(),
    ),
    row(
        *("a public server knows it", FAIL, "dns.hijack", "denied"),
        change=answered(first=NOBODY),
    ),
    row(
        *("a server of the profile knows it", FAIL, "dns.hijack", "denied"),
        site=site(connection=Connection(dns=(DNS2,), kind="private")),
        change=answered(first=NOBODY),
    ),
    row(
        *("a private network asks no public server", FAIL, "dns.acquirer-not-found"),
        site=site(connection=Connection(kind="private")),
        change=answered(first=NOBODY),
    ),
    row(
        *("who knows it leads elsewhere", FAIL, "dns.acquirer-not-found"),
        change={**answered(first=NOBODY), Shake: NO_TCP},
    ),
    row(
        *("nobody can say whether that is the acquirer", FAIL, "dns.hijack", "denied"),
        change={**answered(first=NOBODY), Shake: Unknown("no-tool")},
        rivals=("dns.acquirer-not-found",),
    ),
    row(
        *("name gone", FAIL, "dns.acquirer-not-found"),
        change={Lookup: zone({HOST: ()}, {DNS: DnsReply("ok", "NXDOMAIN")})},
        facts={"name": HOST, "rcode": "NXDOMAIN", "server": DNS},
    ),
    row(
        *("name without address", FAIL, "dns.acquirer-not-found"),
        change={Lookup: zone({HOST: ()})},
        facts={"name": HOST, "rcode": "NODATA"},
    ),
    row(
        *("our own question has no answer", OK),
        site=Site(),
        change={Lookup: zone({"connect.rom.miui.com": ()})},
    ),
    row(
        *("DNS dead, acquirer by address, a target by name", WARN),
        *("dns.server-unreachable", "silent"),
        site=site(
            acquirer=Acquirer(host=ACQUIRER), target=(Target("office", "o.example"),)
        ),
        change=answered(first=DNS_SILENT),
    ),
    row(
        *("no acquirer and DNS dead", FAIL, "dns.server-unreachable", "silent"),
        site=Site(),
        change=answered(first=DNS_SILENT),
    ),
    row(
        *("servers not told", SKIP, "skip.unsupported"),
        change={AskResolvers: Unknown("unsupported")},
    ),
    row(
        *("cannot be asked", SKIP),
        *("skip.unsupported",),
        change={Lookup: Unknown("trouble")},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_dns_resolve(case: Case) -> None:
    case.verify()
