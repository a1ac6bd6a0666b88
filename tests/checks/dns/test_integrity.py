"""Are DNS answers tampered with?"""

from typing import Any

import pytest

from posdiag.model.limits import Plan
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import (
    AskLocalName,
    AskResolvers,
    LocalName,
    Resolvers,
)
from posdiag.model.questions.tls import Handshake, Shake
from posdiag.model.questions.wire import DnsReply, Lookup
from posdiag.model.site import Acquirer, Connection, Site
from posdiag_checks.dns.integrity import dns_integrity
from tests.checks.machine import (
    ACQUIRER,
    DNS,
    DNS2,
    GATEWAY,
    GOOD,
    HOST,
    NO_TCP,
    STALLED,
    site,
    zone,
)
from tests.checks.running import FAIL, OK, SKIP, WARN, Case, of, timed

row = of(dns_integrity)
AD = "198.18.0.99"


def catch_all(asked: Lookup) -> DnsReply:
    """Every invented name leads to an advertisement."""
    reply = zone()(asked)
    found = reply.rcode == "NXDOMAIN"
    return DnsReply("ok", "NOERROR", (AD,), 0.02) if found else reply


def all_to_one(asked: Lookup) -> DnsReply:
    return DnsReply("ok", "NOERROR", (AD,), 0.02)


def lying(answer: str, elsewhere: DnsReply | None = None) -> dict[Any, Any]:
    """The ISP's server gives `answer`, the others the truth or `elsewhere`."""

    def lookup(asked: Lookup) -> DnsReply:
        if asked.server != DNS and elsewhere is not None:
            return elsewhere
        return zone({HOST: (answer,)} if asked.server == DNS else {})(asked)

    return {Lookup: lookup, Shake: only_right}


def only_right(asked: Shake) -> Handshake:
    return GOOD if asked.address == ACQUIRER else NO_TCP


SILENT = DnsReply("silent")
OLD = "203.0.113.77"


def injected(asked: Lookup) -> DnsReply:
    """By UDP every server seems to lie about the acquirer."""
    return zone({} if asked.tcp else {HOST: (OLD,)})(asked)


def in_turn(asked: Lookup) -> DnsReply:
    """The answer of the first try is another than all later ones."""
    return zone({HOST: (OLD,)} if not asked.series and not asked.tcp else {})(asked)


HOSTS: dict[Any, Any] = {AskLocalName: LocalName((OLD,)), Shake: only_right}
CASES = [
    row(name="ordinary", status=OK, facts={"name": HOST}),
    row(
        name="the hosts file leads astray",
        status=FAIL,
        code="host.hosts-file",
        change=HOSTS,
        facts={"name": HOST, "answer": OLD, "true_answer": ACQUIRER},
    ),
    row(
        name="the hosts file has the former address beside the present one",
        status=WARN,
        code="host.hosts-file",
        change={**HOSTS, AskLocalName: LocalName((OLD, ACQUIRER))},
        facts={"answer": OLD, "true_answer": ACQUIRER},
    ),
    row(
        name="of two addresses that DNS gives as well, one is down",
        status=OK,
        variant="invented-only",
        change={
            **HOSTS,
            AskLocalName: LocalName((OLD, ACQUIRER)),
            Lookup: zone({HOST: (OLD, ACQUIRER)}),
        },
    ),
    row(
        name="the hosts file is right, though DNS differs",
        status=OK,
        variant="invented-only",
        change={**HOSTS, Shake: GOOD},
    ),
    row(
        name="the hosts file says what DNS says, and the acquirer is down",
        status=OK,
        variant="invented-only",
        change={AskLocalName: LocalName((ACQUIRER,)), Shake: NO_TCP},
    ),
    row(
        name="neither the hosts file nor DNS leads to an acquirer that works",
        status=OK,
        variant="invented-only",
        change={**HOSTS, Shake: NO_TCP},
    ),
    row(
        name="whether the hosts file is right is not known",
        status=OK,
        variant="invented-only",
        change={**HOSTS, Shake: Unknown("unsupported")},
    ),
    row(
        name="invented names resolve",
        status=WARN,
        code="dns.hijack",
        variant="random",
        change={Lookup: catch_all},
        facts={"answer": AD, "true_answer": "", "server": DNS},
    ),
    row(
        name="every name leads to one place",
        status=FAIL,
        code="dns.hijack",
        variant="random",
        change={Lookup: all_to_one},
        facts={"answer": AD, "server": DNS},
    ),
    row(
        name="another address elsewhere, and that one works",
        status=FAIL,
        code="dns.hijack",
        variant="differs",
        change=lying(AD),
        facts={"name": HOST, "answer": AD, "true_answer": ACQUIRER, "server": DNS},
    ),
    row(
        name="an address of this LAN, no second opinion",
        status=FAIL,
        code="dns.hijack",
        variant="private",
        change=lying("192.168.1.66", SILENT),
        facts={"answer": "192.168.1.66", "name": HOST, "server": DNS},
    ),
    row(
        name="the router itself",
        status=FAIL,
        code="dns.hijack",
        variant="private",
        change=lying(GATEWAY, SILENT),
        facts={"answer": GATEWAY},
    ),
    row(
        name="nowhere",
        status=FAIL,
        code="dns.hijack",
        variant="private",
        change=lying("0.0.0.0", SILENT),
        facts={"answer": "0.0.0.0"},
    ),
    row(
        name="a private address amid public ones",
        status=FAIL,
        code="dns.hijack",
        variant="private",
        change=lying("172.16.44.9", SILENT),
        facts={"answer": "172.16.44.9"},
        rivals=("acquirer.unreachable",),
    ),
    row(
        name="a private address on a network known to be private",
        status=OK,
        site=site(connection=Connection(kind="private")),
        change=lying("172.16.44.9", SILENT),
    ),
    row(
        name="loopback here, the truth elsewhere",
        status=FAIL,
        code="dns.hijack",
        variant="differs",
        change=lying("127.0.0.1"),
        facts={"answer": "127.0.0.1", "true_answer": ACQUIRER},
    ),
    row(
        name="load sharing: another address that works",
        status=OK,
        change={**lying("203.0.113.10"), Shake: GOOD},
    ),
    row(
        name="an acquirer on this LAN that works",
        status=OK,
        change={**lying("192.168.1.66"), Shake: GOOD},
    ),
    row(
        name="dead, and elsewhere another that is dead too",
        status=OK,
        change={**lying(AD), Shake: NO_TCP},
    ),
    row(
        name="acquirer by address",
        status=OK,
        variant="invented-only",
        site=site(acquirer=Acquirer(host=ACQUIRER)),
        facts={"name": ACQUIRER},
    ),
    row(name="no acquirer", status=OK, variant="invented-only", site=Site()),
    row(
        name="no acquirer, and a server that fails",
        status=SKIP,
        code="skip.no-lookup",
        site=Site(),
        change={Lookup: DnsReply("ok", rcode="SERVFAIL")},
    ),
    row(
        name="no acquirer, and a quick run",
        status=SKIP,
        code="skip.no-lookup",
        site=Site(),
        plan=Plan.QUICK,
    ),
    row(
        name="no server set",
        status=SKIP,
        code="skip.not-applicable",
        site=Site(),
        change={AskResolvers: Resolvers(())},
    ),
    row(name="two servers", status=OK, change={AskResolvers: Resolvers((DNS, DNS2))}),
    row(
        name="cannot be asked",
        status=SKIP,
        code="skip.trouble",
        change={Lookup: Unknown("trouble")},
    ),
    row(
        name="by TCP the same server tells the truth: the lie was injected",
        status=FAIL,
        code="dns.hijack",
        variant="differs",
        change={Lookup: injected, Shake: only_right},
        facts={"answer": OLD, "true_answer": ACQUIRER, "server": DNS},
    ),
    row(
        name="a server gives its addresses in turn, and the first is dead",
        status=OK,
        change={Lookup: in_turn, Shake: only_right},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_dns_integrity(case: Case) -> None:
    case.verify()


def test_while_a_handshake_stalls_the_others_are_asked_already() -> None:
    """Silence takes five seconds, and the second opinion none on top of it."""
    change = {**lying("172.16.44.9", SILENT), Shake: STALLED}

    found, seconds = timed(dns_integrity, change)

    assert found.code == "dns.hijack"
    assert seconds < 5.5
