"""Whole runs for a terminal on a SIM: which cause comes first, and what is proof."""

from typing import Any

import pytest

from posdiag.model import Verdict
from posdiag.model.questions.machine import AskInterfaces, AskRoutes
from posdiag.model.questions.modem import AskModem, ModemDialogue
from tests.checks.cellular.dialogues import (
    BACKUP,
    NO_ADDRESS,
    PORT,
    SITE,
    says,
    unregistered,
)
from tests.checks.cellular.test_traffic import BESIDE
from tests.checks.machine import SITE as SHOP
from tests.checks.machine import port, ports, site, ways
from tests.checks.running import diagnose

NO_CARD = says({**unregistered("0", "0"), "AT+CPIN?": "+CME ERROR: 10"})
MODEMS: dict[str, dict[Any, Any]] = {
    "cellular.no-modem": {AskModem: ModemDialogue(PORT, "silent")},
    "cellular.no-sim": NO_CARD,
    "cellular.sim-failure": says(
        {**unregistered("0", "0"), "AT+CPIN?": "+CME ERROR: 13"}
    ),
    "cellular.sim-locked": says(
        {**unregistered("0", "0"), "AT+CPIN?": "+CPIN: SIM PUK|OK"}
    ),
    "cellular.not-registered": says(unregistered()),
    "cellular.registration-denied": says(unregistered("3", "3")),
    "cellular.no-data": says(NO_ADDRESS),
}
MACHINES: dict[str, dict[Any, Any]] = {
    "on the LAN": {},
    "without a network card": {AskInterfaces: ports(), AskRoutes: ways()},
    "with its cable out": {
        AskInterfaces: ports(port(address="", carrier=False)),
        AskRoutes: ways(),
    },
}


@pytest.mark.parametrize("machine", MACHINES.values(), ids=list(MACHINES))
@pytest.mark.parametrize("cause", MODEMS)
def test_the_modems_fault_comes_first_wherever_the_laptop_stands(
    cause: str, machine: dict[Any, Any]
) -> None:
    _, causes, verdict = diagnose({**machine, **MODEMS[cause]}, SITE)

    assert [found.id for found in causes] == [cause]
    assert verdict is Verdict.BROKEN


def test_a_healthy_sim_beside_an_acquirer_that_answers_is_healthy() -> None:
    shop = site(connection=SITE.connection, cellular=SITE.cellular)

    assert diagnose(says(), shop)[1:] == ((), Verdict.HEALTHY)
    assert diagnose(says(), SITE)[1:] == ((), Verdict.HEALTHY)


def test_a_terminal_on_a_sim_is_proven_by_what_came_through_it() -> None:
    shop = site(connection=SITE.connection, cellular=SITE.cellular)

    assert diagnose(says() | BESIDE, shop)[1:] == ((), Verdict.HEALTHY)
    assert diagnose(says() | BESIDE, SITE)[1:] == ((), Verdict.HEALTHY)


def test_a_modem_that_cannot_be_asked_is_no_proof() -> None:
    results, causes, verdict = diagnose({}, SITE)  # nothing is known of a modem

    assert (causes, verdict) == ((), Verdict.UNKNOWN)
    assert {r.finding.code for r in results if r.check.startswith("cellular.")} == {
        "skip.not-recorded"
    }


def test_a_weak_signal_degrades() -> None:
    weak = says({"AT+CESQ": "ERROR", "AT+CSQ": "+CSQ: 6,99|OK"})
    _, causes, verdict = diagnose(weak, SITE)

    assert [c.id for c in causes] == ["cellular.weak-signal"]
    assert verdict is Verdict.DEGRADED


def test_of_a_spare_modem_only_its_root_is_named_and_payments_go_on() -> None:
    spare = site(connection=SHOP.connection, cellular=BACKUP.cellular)
    over_wifi = site(connection=BACKUP.connection, cellular=BACKUP.cellular)

    assert [c.id for c in diagnose(NO_CARD, over_wifi)[1]] == ["cellular.no-sim"]
    assert diagnose(NO_CARD, over_wifi)[2] is Verdict.DEGRADED
    assert diagnose(NO_CARD, spare)[2] is Verdict.BROKEN
