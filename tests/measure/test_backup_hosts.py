"""Backup hosts: with one that works payments are possible without the first."""

from dataclasses import replace
from typing import Any

import pytest

from posdiag.model import Severity, Verdict, fail
from posdiag.model.limits import Plan
from posdiag.model.questions.tls import Handshake, Shake
from posdiag.model.questions.wire import Connect, DnsReply, Lookup, Ping
from posdiag.model.site import Acquirer
from posdiag_checks.acquirer.connect import acquirer_connect
from tests.checks.machine import (
    ACQUIRER,
    DNS,
    GOOD,
    HOST,
    NO_TCP,
    OPEN,
    PROBE,
    REFUSED,
    SILENT,
    connects,
    echoes,
    site,
    zone,
)
from tests.checks.running import FAIL, OK, SKIP, Case, diagnose, of, timed

SPARE, SPARE2 = "192.0.2.71", "192.0.2.72"
NAMES = (f"{SPARE}:8443", f"{SPARE2}:443", "gone.example:443")
WITH = site(acquirer=Acquirer(host=HOST, backup=NAMES))
PLAIN = site(acquirer=Acquirer(host=HOST, tls=False, backup=NAMES[:2]))
DEAD: dict[Any, Any] = {
    Connect: connects({PROBE: OPEN}, SILENT),
    Ping: echoes((ACQUIRER,)),
}


def answers(primary: Handshake, first: Handshake, second: Handshake) -> Any:
    by_address = {ACQUIRER: primary, SPARE: first, SPARE2: second}
    return {**DEAD, Shake: lambda asked: by_address[asked.address]}


EXPIRED = replace(GOOD, step="certificate", outcome="refused", verify_code=10)
REFUSES = Handshake(REFUSED, "tcp", "refused")
CASES = [
    of(acquirer_connect)(
        name="the first is dead, a spare works",
        status=FAIL,
        code="acquirer.unreachable",
        variant="silent",
        site=WITH,
        change=answers(NO_TCP, REFUSES, GOOD),
        facts={
            "backup": NAMES,
            "backup_tcp": ("refused", "ok", "name"),
            "backup_tls": ("-", "ok", "-"),
            "fallback": NAMES[1],
        },
    ),
    of(acquirer_connect)(
        name="none works",
        status=FAIL,
        code="acquirer.unreachable",
        variant="silent",
        site=WITH,
        change=answers(NO_TCP, EXPIRED, NO_TCP),
        facts={"backup_tls": ("expired", "-", "-"), "fallback": ""},
    ),
    of(acquirer_connect)(
        name="the first works, each port is tried; that proves no TLS",
        status=OK,
        code="",
        variant="backup",
        site=WITH,
        change={**answers(GOOD, GOOD, NO_TCP), Connect: connects({SPARE2: REFUSED})},
        facts={
            "backup_tcp": ("ok", "refused", "name"),
            "backup_tls": ("-", "-", "-"),
            "fallback": "",
            "backups": 3,
            "alive": 1,
        },
    ),
    of(acquirer_connect)(
        name="plain hosts, all work",
        status=OK,
        code="",
        variant="backup",
        site=PLAIN,
        change={Connect: OPEN},
        facts={"backup_tcp": ("ok", "ok"), "fallback": NAMES[0]},
    ),
    of(acquirer_connect)(
        name="the first works, a quick run tests none",
        status=OK,
        site=WITH,
        plan=Plan.QUICK,
        change=answers(GOOD, NO_TCP, NO_TCP),
        facts={"backup": None, "fallback": None},
    ),
    of(acquirer_connect)(
        name="the first name is gone",
        status=SKIP,
        code="skip.blocked",
        site=WITH,
        change={**answers(GOOD, GOOD, NO_TCP), Lookup: zone({HOST: ()})},
        seen={"dns.resolve": fail("dns.acquirer-not-found")},
        facts={"backup_tcp": ("ok", "silent", "name"), "fallback": NAMES[0]},
    ),
    of(acquirer_connect)(
        name="the first works, a thorough run asks",
        status=OK,
        code="",
        variant="backup",
        site=WITH,
        plan=Plan.THOROUGH,
        change=answers(GOOD, GOOD, NO_TCP),
        facts={"backup_tcp": ("ok", "silent", "name"), "fallback": NAMES[0]},
    ),
    of(acquirer_connect)(
        name="TLS of the first fails",
        status=OK,
        code="",
        variant="backup",
        site=WITH,
        change=answers(EXPIRED, GOOD, GOOD),
        facts={"fallback": NAMES[0]},
    ),
    of(acquirer_connect)(
        name="plain hosts",
        status=FAIL,
        code="acquirer.port-closed",
        site=PLAIN,
        change={Connect: connects({ACQUIRER: REFUSED, SPARE: SILENT})},
        facts={"backup_tcp": ("silent", "ok"), "fallback": NAMES[1]},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_table(case: Case) -> None:
    case.verify()


def test_spares_that_are_silent_cost_little_time_where_the_first_works() -> None:
    change = answers(GOOD, NO_TCP, NO_TCP)

    found, seconds = timed(acquirer_connect, change, WITH)

    assert tuple(b.tcp for b in found.backups) == ("silent", "silent", "name")
    assert seconds < 1.7


@pytest.mark.parametrize("servfail", [True, False])
def test_without_the_first_name_a_spare_makes_it_a_risk(servfail: bool) -> None:
    """The first host is at fault by its name, or all of DNS is; a spare is given by its
    address."""
    dns = {DNS: DnsReply("ok", "SERVFAIL", (), 0.02)} if servfail else {}
    change = {**answers(GOOD, GOOD, NO_TCP), Lookup: zone({HOST: ()}, dns)}
    results, causes, verdict_of_run = diagnose(change, WITH)

    code = "dns.server-failure" if servfail else "dns.acquirer-not-found"
    assert (causes[0].id, causes[0].severity) == (code, Severity.DEGRADED)
    assert verdict_of_run is Verdict.DEGRADED
    connect = next(r for r in results if r.check == "acquirer.connect")
    assert (connect.finding.code, connect.blamed_on) == ("skip.blocked", "dns.resolve")


def test_a_spare_is_shaken_hands_with_by_its_own_name_and_port() -> None:
    asked: list[Shake] = []

    def shake(question: Shake) -> Handshake:
        asked.append(question)
        return NO_TCP if question.address == ACQUIRER else GOOD

    row = of(acquirer_connect)(
        name="x", status=FAIL, site=WITH, change={**DEAD, Shake: shake}
    )

    assert row.found.fallback == NAMES[0]

    spare = next(q for q in asked if q.address == SPARE)
    assert (spare.port, spare.host, spare.server_name) == (8443, SPARE, "")


@pytest.mark.parametrize(
    ("first", "severity", "verdict"),
    [
        (GOOD, Severity.DEGRADED, Verdict.DEGRADED),
        (NO_TCP, Severity.BROKEN, Verdict.BROKEN),
    ],
)
@pytest.mark.parametrize(
    ("primary", "cause"),
    [(NO_TCP, "acquirer.unreachable"), (EXPIRED, "acquirer.tls-expired")],
)
def test_a_spare_that_works_makes_it_a_risk(
    primary: Handshake, cause: str, first: Handshake, severity: Any, verdict: Any
) -> None:
    change = answers(primary, first, NO_TCP)
    if primary is EXPIRED:
        change.pop(Connect)
    _, causes, verdict_of_run = diagnose(change, WITH)

    assert (causes[0].id, causes[0].severity) == (cause, severity)
    assert verdict is verdict_of_run
