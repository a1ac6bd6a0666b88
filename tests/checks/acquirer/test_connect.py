"""Does the acquirer's port answer? Five different causes where it does not."""

from dataclasses import replace
from typing import Any

import pytest

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.tls import AskTlcp, Handshake, Shake, TlcpReply
from posdiag.model.questions.wire import Connect, Connection, IcmpError, Lookup, Ping
from posdiag.model.site import Acquirer, Site
from posdiag_checks.acquirer.connect import acquirer_connect, beside_dns
from tests.checks.machine import (
    ACQUIRER,
    GATEWAY,
    GOOD,
    HOST,
    ISP,
    NO_TCP,
    OPEN,
    OWN,
    REFUSED,
    SILENT,
    SITE,
    connects,
    echoes,
    site,
    zone,
)
from tests.checks.running import FAIL, OK, SKIP, WARN, Case, of

row = of(acquirer_connect)
PLAIN = site(acquirer=Acquirer(host=ACQUIRER, tls=False))
SECOND = "203.0.113.10"
WALL = IcmpError(3, 13, "203.0.113.1")
PROHIBITED = Connection("prohibited", 0.1, error=WALL)
NO_ROUTE = Connection("unreachable", 0.1, error=IcmpError(3, 1, ISP))
KEPT = Connection("not-sent", error=IcmpError(3, 13, OWN), local=OWN)
DEAF: dict[Any, Any] = {Ping: echoes((ACQUIRER,)), Connect: SILENT}
TWO: dict[Any, Any] = {Lookup: zone({HOST: (ACQUIRER, SECOND)})}
HOST_FACTS = {"host": HOST, "port": 443, "address": ACQUIRER}


def shaken(tcp: Connection) -> dict[Any, Any]:
    return {**DEAF, Shake: Handshake(tcp, "tcp", tcp.outcome)}


def next_door(asked: Connect) -> Connection:
    """What dies after two hops is answered as well."""
    return REFUSED if asked.ttl else SILENT


def from_afar(port: int, answer: Connection) -> Any:
    """One port of the host answers, and no machine on the way does in its name."""
    return lambda asked: answer if asked.port == port and not asked.ttl else SILENT


MUTE = echoes((ACQUIRER,))


def second_works(asked: Shake) -> Handshake:
    return GOOD if asked.address == SECOND else NO_TCP


CASES = [
    row(name="ordinary", status=OK, facts={**HOST_FACTS, "seconds": 0.03}),
    row(
        name="plain TCP",
        status=OK,
        site=PLAIN,
        facts={"address": ACQUIRER, "host": ACQUIRER},
    ),
    row(name="ignores ping", status=OK, change={Ping: echoes((ACQUIRER,))}),
    row(
        name="refused",
        status=FAIL,
        code="acquirer.port-closed",
        change=shaken(REFUSED),
        facts=HOST_FACTS,
    ),
    row(
        name="reset by the shop's own router",
        status=FAIL,
        code="acquirer.port-blocked",
        variant="reset",
        change={**shaken(REFUSED), Connect: next_door},
        facts={**HOST_FACTS, "by": GATEWAY},
        rivals=("acquirer.port-closed",),
    ),
    row(
        name="refused by a host that is next door itself",
        status=FAIL,
        code="acquirer.port-closed",
        change={**shaken(REFUSED), Ping: echoes(), Connect: next_door},
    ),
    row(
        name="silent port, host answers ping",
        status=FAIL,
        code="acquirer.port-blocked",
        variant="silent",
        change={**shaken(SILENT), Ping: echoes()},
        facts={**HOST_FACTS, "alive": "ping"},
    ),
    row(
        name="an IPv6 address is silent where the line was seen to carry IPv4 alone",
        status=FAIL,
        code="acquirer.unreachable",
        variant="ipv6",
        site=site(acquirer=Acquirer(host="2001:db8::9")),
        change={**shaken(SILENT), Connect: SILENT, Ping: echoes(("2001:db8::9",))},
        rivals=("isp.no-internet", "acquirer.port-blocked"),
    ),
    row(
        name="silent port, another port open",
        status=FAIL,
        code="acquirer.port-blocked",
        variant="silent",
        change={**shaken(SILENT), Connect: from_afar(80, OPEN), Ping: MUTE},
        facts={"alive": "tcp/80"},
    ),
    row(
        name="silent port, another is answered next door: no sign of life",
        status=FAIL,
        code="acquirer.unreachable",
        variant="silent",
        change={
            **shaken(SILENT),
            Connect: connects({(ACQUIRER, 80): OPEN}, SILENT),
            Ping: MUTE,
        },
        rivals=("acquirer.port-blocked",),
    ),
    row(
        name="silent port, another refused",
        status=FAIL,
        code="acquirer.port-blocked",
        variant="silent",
        change={**shaken(SILENT), Connect: from_afar(22, REFUSED), Ping: MUTE},
        facts={"alive": "tcp/22"},
    ),
    row(
        name="a firewall reports it",
        status=FAIL,
        code="acquirer.port-blocked",
        variant="prohibited",
        change=shaken(PROHIBITED),
        facts={**HOST_FACTS, "by": "203.0.113.1", "alive": ""},
    ),
    row(
        name="this machine's own firewall",
        status=FAIL,
        code="host.firewall",
        change={**shaken(KEPT), Connect: KEPT},
        facts={**HOST_FACTS, "by": OWN},
        rivals=(),
    ),
    row(
        name="a route of this machine",
        status=FAIL,
        code="host.route",
        change={**shaken(Connection("not-sent")), Connect: Connection("not-sent")},
        facts=HOST_FACTS,
        rivals=("host.firewall",),
    ),
    row(
        name="silent altogether",
        status=FAIL,
        code="acquirer.unreachable",
        variant="silent",
        change=shaken(SILENT),
        facts={**HOST_FACTS, "by": "", "tries": 5},
        rivals=("acquirer.port-blocked",),
    ),
    row(
        name="a router reports no route",
        status=FAIL,
        code="acquirer.unreachable",
        variant="router-says",
        change=shaken(NO_ROUTE),
        facts={**HOST_FACTS, "by": ISP},
        rivals=(),
    ),
    row(
        name="closes before TLS",
        status=FAIL,
        code="acquirer.closed-connection",
        change={Shake: Handshake(OPEN, "hello", "closed")},
        facts={**HOST_FACTS, "seconds": 0.03},
    ),
    row(
        name="closes before TLS, speaks national cryptography",
        status=OK,
        change={
            Shake: Handshake(OPEN, "hello", "closed"),
            AskTlcp: TlcpReply("ok", supported=True, suite="ECC_SM4_CBC_SM3"),
        },
        facts=HOST_FACTS,
    ),
    row(
        name="plain TCP, closes at once",
        status=FAIL,
        code="acquirer.closed-connection",
        site=PLAIN,
        change={Connect: Connection("closed", 0.03)},
    ),
    row(
        name="TLS fails, TCP is fine",
        status=OK,
        change={Shake: Handshake(OPEN, "certificate", "refused", verify_code=10)},
    ),
    row(
        name="first address dead, second works",
        status=WARN,
        code="acquirer.unreachable",
        variant="some",
        change={**TWO, Shake: second_works, Connect: connects({SECOND: OPEN}, SILENT)},
        facts={"address": SECOND, "dead": ACQUIRER},
    ),
    row(
        name="second address refused",
        status=WARN,
        code="acquirer.unreachable",
        variant="some",
        change={**TWO, Connect: connects({SECOND: REFUSED})},
        facts={"address": ACQUIRER, "dead": SECOND},
    ),
    row(name="both addresses work", status=OK, change=TWO, facts={"address": ACQUIRER}),
    row(
        name="both addresses dead",
        status=FAIL,
        code="acquirer.unreachable",
        variant="silent",
        change={**DEAF, **TWO, Shake: NO_TCP},
        facts={"address": ACQUIRER},
    ),
    row(name="no acquirer", status=SKIP, code="skip.not-configured", site=Site()),
    row(
        name="name does not resolve",
        status=SKIP,
        code="skip.nothing-to-test",
        change={Lookup: zone({HOST: ()})},
    ),
    row(
        name="cannot be asked",
        status=SKIP,
        code="skip.trouble",
        change={Shake: Unknown("trouble")},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_acquirer_connect(case: Case) -> None:
    case.verify()


def test_an_acquirer_beside_dns_does_not_need_dns() -> None:
    numeric = replace(SITE, acquirer=Acquirer(host=ACQUIRER))

    assert beside_dns(numeric, "dns.resolve")
    assert not beside_dns(SITE, "dns.resolve")
    assert not beside_dns(numeric, "isp.reach")
