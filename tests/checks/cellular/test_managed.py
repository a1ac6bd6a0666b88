"""A modem that ModemManager owns: what its view means for each check."""

from dataclasses import replace
from typing import Any

import pytest

from posdiag.model import Check
from posdiag.model.questions.modem import (
    AskManagedModem,
    AskModem,
    ManagedBearer,
    ManagedModem,
    ModemDialogue,
)
from posdiag_checks.cellular.data import cellular_data
from posdiag_checks.cellular.registration import cellular_registration
from posdiag_checks.cellular.signal import cellular_signal
from posdiag_checks.cellular.sim import cellular_sim
from tests.checks.cellular.dialogues import PORT, SITE, WITH_PIN
from tests.checks.running import FAIL, OK, SKIP, WARN, Case, of

HEALTHY = ManagedModem(
    port=PORT,
    model="QUALCOMM EM05",
    state=11,
    tries=3,
    registration=1,
    operator="CHINA MOBILE",
    technologies=1 << 14,
    quality=71,
    rsrp=-97.0,
    rsrq=-11.0,
    sinr=9.4,
    packets=2,
    bearers=(ManagedBearer("cmiot", True, True, "10.23.45.67", "wwan0"),),
)
SEARCHING = {"state": 7, "registration": 2, "bearers": (), "packets": 1}
PERCENT = {"rsrp": None, "rsrq": None, "sinr": None}


def has(**more: Any) -> dict[Any, Any]:
    """ModemManager has the healthy modem with some fields changed, and its port is not
    ours to open."""
    return {
        AskManagedModem: replace(HEALTHY, **more),
        AskModem: ModemDialogue(PORT, "silent"),
    }


def tried(error: str) -> tuple[ManagedBearer, ...]:
    return (ManagedBearer("cmiot", error=error),)


def row(check: Check, *args: Any, site: Any = SITE, **more: Any) -> Case:
    return of(check)(*args, site=site, **more)


SIM, REG, SIG, DATA = (
    cellular_sim,
    cellular_registration,
    cellular_signal,
    cellular_data,
)
DENIED, NO_DATA = "cellular.registration-denied", "cellular.no-data"

CASES = [
    row(SIM, "managed", OK, change=has(), facts={"port": PORT}),
    row(SIM, "no card", FAIL, "cellular.no-sim", change=has(state=-1, failed=2)),
    row(SIM, "an empty eSIM", FAIL, "cellular.no-sim", change=has(state=-1, failed=5)),
    row(
        SIM, "card fails", FAIL, "cellular.sim-failure", change=has(state=-1, failed=3)
    ),
    row(SIM, "given up", SKIP, "skip.modem-untold", change=has(state=-1, failed=4)),
    row(
        SIM,
        "PIN wanted",
        FAIL,
        "cellular.sim-locked",
        change=has(state=2, lock=2, pin="not-given"),
    ),
    row(
        SIM,
        "PIN refused by the card",
        FAIL,
        "cellular.sim-locked",
        "refused",
        site=WITH_PIN,
        change=has(state=2, lock=2, pin="refused"),
        facts={"tries": 3},
    ),
    row(SIM, "PUK", FAIL, "cellular.sim-locked", "puk", change=has(state=2, lock=4)),
    row(
        SIM, "tied", FAIL, "cellular.sim-locked", "network", change=has(state=2, lock=9)
    ),
    row(SIM, "PIN2 is no matter", OK, change=has(lock=3)),
    row(REG, "at home", OK, change=has(), facts={"technology": "4G"}),
    row(REG, "roaming", OK, "", "roaming", change=has(registration=5)),
    row(REG, "5G", OK, change=has(technologies=1 << 15), facts={"technology": "5G"}),
    row(
        REG,
        "no word on the network, but connected",
        OK,
        change=has(registration=None, technologies=1 << 5),
        facts={"technology": "3G"},
    ),
    row(REG, "searching", FAIL, "cellular.not-registered", change=has(**SEARCHING)),
    row(
        REG,
        "searching, no word on the network",
        FAIL,
        "cellular.not-registered",
        change=has(**{**SEARCHING, "registration": None}),
    ),
    row(
        REG,
        "searching on after a rejection",
        FAIL,
        DENIED,
        "network",
        change=has(**SEARCHING, rejection=15),
        facts={"cause": 15},
    ),
    row(
        REG,
        "enabled, rejected, neither searching nor registered",
        FAIL,
        DENIED,
        "account",
        change=has(state=6, registration=0, rejection=8, bearers=()),
    ),
    row(REG, "a rejection of before it was registered", OK, change=has(rejection=15)),
    row(
        REG,
        "denied by an old version",
        FAIL,
        DENIED,
        change=has(state=6, registration=3),
    ),
    row(
        REG,
        "disabled",
        FAIL,
        "cellular.not-registered",
        "disabled",
        change=has(state=3, registration=0, bearers=()),
    ),
    row(
        REG,
        "enabled, and nothing told",
        SKIP,
        "skip.modem-untold",
        change=has(state=6, registration=None, bearers=()),
    ),
    row(SIG, "level", OK, change=has(), facts={"level": -97.0, "sinr": 9.4}),
    row(SIG, "weak", WARN, "cellular.weak-signal", change=has(rsrp=-115.0, sinr=1.0)),
    row(SIG, "percent", OK, "", "percent", change=has(**PERCENT)),
    row(
        SIG,
        "few percent",
        WARN,
        "cellular.weak-signal",
        "percent",
        change=has(**PERCENT, quality=12),
    ),
    row(SIG, "nothing", SKIP, "skip.modem-untold", change=has(**PERCENT, quality=None)),
    row(
        DATA,
        "connected",
        OK,
        "",
        "untried",
        change=has(),
        facts={"address": "10.23.45.67"},
    ),
    row(
        DATA,
        "connected by DHCP or PPP",
        OK,
        "",
        "unnumbered",
        change=has(bearers=(ManagedBearer("cmiot", True, False, "", "wwan0"),)),
    ),
    row(
        DATA,
        "connected, bearers cannot be read",
        OK,
        "",
        "unnumbered",
        change=has(bearers=()),
    ),
    row(
        DATA,
        "nobody has connected it",
        FAIL,
        NO_DATA,
        "not-connected",
        change=has(state=8, bearers=()),
    ),
    row(
        DATA,
        "detached",
        FAIL,
        NO_DATA,
        "not-attached",
        change=has(state=8, bearers=(), packets=1),
    ),
    row(
        DATA,
        "another APN",
        WARN,
        NO_DATA,
        "other-apn",
        change=has(bearers=(ManagedBearer("cmnet", True, True, "10.1.1.1", "wwan0"),)),
    ),
    *(
        row(
            DATA,
            error,
            FAIL,
            NO_DATA,
            variant,
            change=has(state=8, bearers=tried(error)),
            facts={"cause": cause, "refused": error},
        )
        for error, variant, cause in (
            ("MissingOrUnknownApn", "apn-refused", 27),
            ("GprsMissingOrUnknownApn", "apn-refused", 27),
            ("UnknownPdpAddressOrType", "type", 28),
            ("UserAuthenticationFailed", "login", 29),
            ("ServiceOptionNotSubscribed", "barred", 33),
            ("InsufficientResources", "busy", 26),
            ("GprsServicesNotAllowed", "barred", 7),
            ("Unknown", "refused", None),
        )
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c.check.id}-{c}")
def test_a_managed_modem(case: Case) -> None:
    case.verify()


def test_the_port_of_a_managed_modem_is_left_alone() -> None:
    opened: list[AskModem] = []

    def ask(asked: AskModem) -> ModemDialogue:
        opened.append(asked)
        return ModemDialogue(PORT, "silent")

    row(SIM, "managed", OK, change={**has(), AskModem: ask}).verify()

    assert opened == []
