"""A whole run over the ordinary shop, and over shops with one thing wrong."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from posdiag.model import Status, Verdict
from posdiag.model.limits import Plan
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.lan import (
    ArpReply,
    AskNeighbour,
    AskSweep,
    DiscoverDhcp,
    ProbeArp,
    Sweep,
)
from posdiag.model.questions.machine import (
    AskInterfaces,
    AskResolvers,
    AskRoutes,
    AskTime,
    Resolvers,
    WallClock,
)
from posdiag.model.questions.tls import (
    AskTlcp,
    Certificate,
    Handshake,
    Shake,
    TlcpReply,
)
from posdiag.model.questions.wire import (
    AskNetworkTime,
    Connect,
    DnsReply,
    Fetch,
    HttpReply,
    Lookup,
    Ping,
    TimeReply,
    Trace,
)
from posdiag.model.site import Acquirer, Connection, Site
from tests.checks import machine as m
from tests.checks.acquirer.test_loss import damaged
from tests.checks.path.test_redundancy import working
from tests.checks.running import diagnose

NUMERIC = m.site(acquirer=Acquirer(host=m.ACQUIRER))
PRIVATE = replace(NUMERIC, connection=Connection(kind="private"))
PLAIN = m.site(acquirer=Acquirer(host=m.ACQUIRER, tls=False))
DARK: Mapping[Any, Any] = {
    Shake: m.NO_TCP,
    Connect: m.SILENT,
    Fetch: HttpReply("silent", tries=5),
    Lookup: m.DNS_SILENT,
    Ping: m.echoes((m.ACQUIRER, m.ISP, m.PROBE, m.DNS)),
    Trace: m.hops(m.GATEWAY, None, None),
}
BEHIND_ROUTER = {**DARK, Trace: m.hops(None), Ping: m.echoes(("*",))}
NO_RIGHTS = dict.fromkeys((DiscoverDhcp, ProbeArp), Unknown("no-rights", "sudo x"))
ONLY_ACQUIRER = {
    **DARK,
    Shake: m.GOOD,
    Connect: m.OPEN,
    Ping: m.echoes((m.ISP, m.DNS)),
    AskResolvers: Resolvers((m.GATEWAY,)),
}


def certificate(shown: Certificate, code: int) -> Any:
    """A server whose certificate this machine refuses."""
    refused = replace(m.GOOD, step="certificate", outcome="refused", verify_code=code)
    lenient = replace(m.GOOD, certificate=shown)
    return lambda asked: refused if asked.verify else lenient


def mtu_hole(asked: Shake) -> Handshake:
    return replace(m.GOOD, outcome="refused", received=900) if asked.mss else m.STALLED


HEALTHY: list[tuple[str, Mapping[Any, Any], Site]] = [
    ("ordinary", {}, m.SITE),
    ("no rights", NO_RIGHTS, m.SITE),
    ("router ignores ping", {Ping: m.echoes((m.GATEWAY,))}, m.SITE),
    ("acquirer ignores ping", {Ping: m.echoes((m.ACQUIRER,))}, m.SITE),
    ("everything ignores ping", {Ping: m.echoes(("*",))}, m.SITE),
    ("private network told", ONLY_ACQUIRER, PRIVATE),
    ("private network untold", ONLY_ACQUIRER, NUMERIC),
    ("honest small MTU", {Ping: m.echoes(limit=1492, says=1492)}, PLAIN),
    ("TLS 1.2", {Shake: replace(m.GOOD, version="TLSv1.2")}, m.SITE),
    ("plain TCP", {}, PLAIN),
    ("two uplinks fine", working("eth0", "wlan0", ""), NUMERIC),
    ("no acquirer", {}, Site()),
    ("far away", {Ping: m.echoes(delay={m.ACQUIRER: 0.25})}, m.SITE),
    (
        "two DHCP servers that agree",
        {DiscoverDhcp: m.offers(m.offer(), m.offer(server="192.168.1.2"))},
        m.SITE,
    ),
    (
        "a /32 with an on-link gateway",
        {
            AskInterfaces: m.ports(m.port(address="192.168.1.50/32")),
            AskRoutes: m.ways(m.way()),
            DiscoverDhcp: m.offers(m.offer(mask="255.255.255.255")),
        },
        m.SITE,
    ),
]


@pytest.mark.parametrize("plan", [Plan.DEFAULT, Plan.QUICK])
@pytest.mark.parametrize(("name", "change", "at"), HEALTHY, ids=[h[0] for h in HEALTHY])
def test_healthy(name: str, change: Any, at: Site, plan: Plan) -> None:
    results, causes, verdict = diagnose(change, at, plan)

    assert [c.id for c in causes] == []
    assert [r for r in results if r.finding.status is Status.ERROR] == []
    assert verdict is Verdict.HEALTHY


def dead(*alive: str) -> dict[Any, Any]:
    """Nobody but `alive` on the link."""
    nobody = {AskSweep: Sweep((), 253), DiscoverDhcp: m.offers()}
    return {**nobody, AskNeighbour: m.alive(*alive), ProbeArp: m.arp()}


OLD = replace(m.CERTIFICATE, not_after=m.NOW - 9 * m.DAY)
NEW = replace(m.CERTIFICATE, not_before=m.NOW - 5 * m.DAY)
AHEAD = {
    AskTime: WallClock(m.NOW + 200 * m.DAY),
    AskNetworkTime: TimeReply(-200 * m.DAY),
    Shake: certificate(m.CERTIFICATE, 10),
}
BEHIND = {
    AskTime: WallClock(m.NOW - 8 * m.DAY),
    AskNetworkTime: TimeReply(8 * m.DAY),
    Shake: certificate(NEW, 9),
}
RESET = {
    AskTime: WallClock(1000.0),
    AskNetworkTime: TimeReply(m.NOW - 1000.0),
    Shake: certificate(NEW, 9),
}
HALF = dict.fromkeys((m.GATEWAY, m.ACQUIRER, m.ISP, m.DNS), 2)
LOSSY: dict[Any, Any] = {**DARK, Lookup: m.DNS_SILENT, Ping: m.echoes(every=HALF)}
HALF_LOST = {
    Lookup: DnsReply("silent", seconds=4.0, tries=6),
    Ping: LOSSY[Ping],
    Connect: m.connects({}, every=HALF),
}
PORTAL = {
    Fetch: HttpReply("ok", 302, "http://10.1.1.1/login"),
    Shake: certificate(m.CERTIFICATE, 18),
}
LATE_LOSS = {
    Ping: m.echoes(every={m.ACQUIRER: 5}),
    Connect: m.connects({}, every={m.ACQUIRER: 5}),
}
DAMAGED = {Ping: HALF_LOST[Ping], AskInterfaces: damaged}
TAKEN = {ProbeArp: m.arp(ArpReply(m.OWN, "02:bb"))}
HIJACKED = {
    Lookup: lambda asked: m.zone(
        {m.HOST: ("192.168.1.66",)} if asked.server == m.DNS else {}
    )(asked),
    Shake: lambda asked: m.GOOD if asked.address == m.ACQUIRER else m.NO_TCP,
}
BOUND_DARK = {**DARK, **working("wlan0"), Shake: m.NO_TCP, Fetch: DARK[Fetch]}
FAULTS: list[tuple[str, str, Mapping[Any, Any], Site]] = [
    (
        "link.down",
        "cable out",
        {AskInterfaces: m.ports(m.port(address="", carrier=False))},
        m.SITE,
    ),
    ("router.unreachable", "router dead", {**BEHIND_ROUTER, **dead()}, m.SITE),
    (
        "ip.wrong-gateway",
        "router elsewhere",
        {
            **BEHIND_ROUTER,
            **dead("192.168.1.254"),
            ProbeArp: m.arp(ArpReply("192.168.1.254", "02:dd", True)),
        },
        m.SITE,
    ),
    ("ip.no-gateway", "no gateway", {**DARK, AskRoutes: m.ways()}, m.SITE),
    ("isp.no-internet", "line down", {**DARK, Lookup: m.DNS_SILENT}, NUMERIC),
    ("path.dead-uplink", "preferred uplink dead", BOUND_DARK, NUMERIC),
    ("path.mtu-black-hole", "MTU black hole", {Shake: mtu_hole}, m.SITE),
    ("router.packet-loss", "half is lost, DNS silent", HALF_LOST, m.SITE),
    ("router.packet-loss", "half is lost, all silent", LOSSY, m.SITE),
    ("isp.captive-portal", "portal", PORTAL, m.SITE),
    ("clock.skew", "clock ahead, certificate looks expired", AHEAD, m.SITE),
    ("clock.skew", "clock behind, certificate looks new", BEHIND, m.SITE),
    ("clock.skew", "clock reset, certificate newer than posdiag", RESET, m.SITE),
    ("acquirer.tls-expired", "really expired", {Shake: certificate(OLD, 10)}, m.SITE),
    ("dns.server-unreachable", "DNS dead", {Lookup: m.DNS_SILENT}, m.SITE),
    ("dns.hijack", "name leads to this LAN", HIJACKED, m.SITE),
    ("dns.acquirer-not-found", "name gone", {Lookup: m.zone({m.HOST: ()})}, m.SITE),
    ("ip.duplicate-address", "address taken", TAKEN, m.SITE),
    ("acquirer.packet-loss", "loss beyond the ISP", LATE_LOSS, m.SITE),
    ("link.errors", "damaged cable, loss", DAMAGED, m.SITE),
    (
        "acquirer.port-closed",
        "port closed",
        {Shake: Handshake(m.REFUSED, "tcp", "refused")},
        m.SITE,
    ),
    (
        "acquirer.unreachable",
        "acquirer dead",
        {
            Shake: m.NO_TCP,
            Connect: m.connects({m.PROBE: m.OPEN}, m.SILENT),
            Ping: m.echoes((m.ACQUIRER,)),
        },
        m.SITE,
    ),
]


@pytest.mark.parametrize(
    ("cause", "name", "change", "at"), FAULTS, ids=[f[1] for f in FAULTS]
)
def test_the_first_cause(cause: str, name: str, change: Any, at: Site) -> None:
    results, causes, verdict = diagnose(change, at)

    assert [c.id for c in causes][:1] == [cause], results
    assert [r for r in results if r.finding.status is Status.ERROR] == []
    assert verdict in (Verdict.BROKEN, Verdict.DEGRADED)


def test_all_that_lies_behind_a_dead_router_is_blamed_on_it() -> None:
    results, causes, _ = diagnose({**BEHIND_ROUTER, **dead()}, m.SITE)

    blamed = {r.check: r.blamed_on for r in results if r.blamed_on}
    assert [c.id for c in causes] == ["router.unreachable"]
    assert set(blamed.values()) == {"router.reach"}
    assert {"isp.reach", "dns.resolve", "acquirer.connect", "acquirer.tls"} <= set(
        blamed
    )


NATIONAL: Mapping[Any, Any] = {
    AskTlcp: TlcpReply("ok", supported=True, suite="ECC_SM4_CBC_SM3")
}
BAFFLED: list[tuple[str, Handshake]] = [
    ("alert", Handshake(m.OPEN, "server-hello", "refused", alert=40, received=7)),
    ("alert of its own version", replace(m.STALLED, outcome="malformed", received=7)),
    ("hangs up", Handshake(m.OPEN, "hello", "closed")),
]


@pytest.mark.parametrize("large", [m.echoes(), m.echoes((m.ACQUIRER,))])
@pytest.mark.parametrize(("name", "shaken"), BAFFLED, ids=[b[0] for b in BAFFLED])
def test_national_cryptography_cannot_be_tested(
    name: str, shaken: Handshake, large: Any
) -> None:
    """field-facts 6.4: the terminal works although OpenSSL's handshake fails."""
    results, causes, verdict = diagnose(
        {**NATIONAL, Shake: shaken, Ping: large}, m.SITE
    )

    by_id = {r.check: r.finding for r in results}
    assert causes == ()
    assert verdict is Verdict.UNKNOWN
    assert by_id["acquirer.tls"].code == "skip.national-cryptography"
    assert {by_id[c].status for c in ("acquirer.connect", "clock.skew")} == {Status.OK}
    assert by_id["path.mtu"].status in (Status.OK, Status.SKIP)
    assert [r for r in results if r.finding.status is Status.ERROR] == []


def test_national_cryptography_at_a_private_address_is_no_hijack() -> None:
    """A closed network may well have its acquirer at an address of its own."""
    names = m.zone({m.HOST: ("192.168.1.66",)})
    change = {**NATIONAL, Shake: BAFFLED[2][1], Lookup: names}
    _, causes, verdict = diagnose(change, m.SITE)

    assert causes == ()
    assert verdict is Verdict.UNKNOWN


def test_a_fault_beside_national_cryptography_is_still_named() -> None:
    change = {**NATIONAL, Shake: BAFFLED[0][1], ProbeArp: TAKEN[ProbeArp]}
    _, causes, verdict = diagnose(change, m.SITE)

    assert [c.id for c in causes] == ["ip.duplicate-address"]
    assert verdict in (Verdict.BROKEN, Verdict.DEGRADED)


def test_nothing_told_is_neither_healthy_nor_broken() -> None:
    results, causes, verdict = diagnose(m.UNTOLD)

    bad = (Status.FAIL, Status.WARN, Status.OK, Status.ERROR)
    assert [r for r in results if r.finding.status in bad] == []
    assert causes == ()
    assert verdict is Verdict.UNKNOWN
