"""Backup hosts: asked when the first fails, and then payments are possible."""

from dataclasses import replace
from typing import Any

import pytest

from posdiag.limits import Plan
from posdiag.model import Severity, Verdict
from posdiag.site import Acquirer
from posdiag.system.peer_answers import Handshake
from posdiag.system.questions import Connect, Ping, Shake
from posdiag_checks.acquirer_connect import acquirer_connect
from tests.checks.machine import (
    ACQUIRER,
    GOOD,
    HOST,
    NO_TCP,
    REFUSED,
    SILENT,
    connects,
    echoes,
    site,
)
from tests.checks.running import FAIL, OK, Case, diagnose, of

SPARE, SPARE2 = "192.0.2.71", "192.0.2.72"
NAMES = (f"{SPARE}:8443", f"{SPARE2}:443", "gone.example:443")
WITH = site(acquirer=Acquirer(host=HOST, backup=NAMES))
PLAIN = site(acquirer=Acquirer(host=HOST, tls=False, backup=NAMES[:2]))
DEAD: dict[Any, Any] = {Connect: SILENT, Ping: echoes((ACQUIRER,))}


def answers(primary: Handshake, first: Handshake, second: Handshake) -> Any:
    by_address = {ACQUIRER: primary, SPARE: first, SPARE2: second}
    return {**DEAD, Shake: lambda asked: by_address[asked.address]}


EXPIRED = replace(GOOD, step="certificate", outcome="refused", verify_code=10)
REFUSES = Handshake(REFUSED, "tcp", "refused")
CASES = [
    of(acquirer_connect)(
        *("the first is dead, a spare works", FAIL),
        *("acquirer.unreachable", "silent"),
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
        *("none works", FAIL, "acquirer.unreachable", "silent"),
        site=WITH,
        change=answers(NO_TCP, EXPIRED, NO_TCP),
        facts={"backup_tls": ("expired", "-", "-"), "fallback": ""},
    ),
    of(acquirer_connect)(
        *("the first works, nobody asks", OK),
        site=WITH,
        change=answers(GOOD, NO_TCP, NO_TCP),
        facts={"backup": None, "fallback": None},
    ),
    of(acquirer_connect)(
        *("the first works, a thorough run asks", OK),
        site=WITH,
        plan=Plan.THOROUGH,
        change=answers(GOOD, GOOD, NO_TCP),
        facts={"backup_tcp": ("ok", "silent", "name"), "fallback": NAMES[0]},
    ),
    of(acquirer_connect)(
        *("TLS of the first fails", OK),
        site=WITH,
        change=answers(EXPIRED, GOOD, GOOD),
        facts={"fallback": NAMES[0]},
    ),
    of(acquirer_connect)(
        *("plain hosts", FAIL, "acquirer.port-closed"),
        site=PLAIN,
        change={Connect: connects({ACQUIRER: REFUSED, SPARE: SILENT})},
        facts={"backup_tcp": ("silent", "ok"), "fallback": NAMES[1]},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_table(case: Case) -> None:
    case.verify()


def test_a_spare_is_shaken_hands_with_by_its_own_name_and_port() -> None:
    asked: list[Shake] = []

    def shake(question: Shake) -> Handshake:
        asked.append(question)
        return NO_TCP if question.address == ACQUIRER else GOOD

    row = of(acquirer_connect)("x", FAIL, site=WITH, change={**DEAD, Shake: shake})

    assert row.found.facts["fallback"] == NAMES[0]

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
    _, causes, said = diagnose(change, WITH)

    assert (causes[0].id, causes[0].severity) == (cause, severity)
    assert verdict is said
