"""Do the back office and the wallets of the profile answer?"""

from typing import Any

import pytest

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.tls import Handshake, Shake
from posdiag.model.questions.wire import Connect, Lookup
from posdiag.model.site import Target
from posdiag_checks.target.connect import target_connect
from tests.checks.machine import (
    DNS,
    DNS_SILENT,
    NO_TCP,
    OPEN,
    REFUSED,
    SILENT,
    connects,
    site,
    zone,
)
from tests.checks.running import OK, SKIP, WARN, Case, of

OFFICE, WALLET = (
    Target("office", "192.0.2.7", 8080, tls=False),
    Target("wallet", "w.example"),
)
TWO = site(target=(OFFICE, WALLET))
NAMES: dict[Any, Any] = {Lookup: zone({"w.example": ("192.0.2.8",)})}
EXPIRED = Handshake(OPEN, "certificate", "refused", verify_code=10, verify_text="old")


def row(*args: Any, **more: Any) -> Case:
    change = {**NAMES, **more.pop("change", {})}
    return of(target_connect)(*args, **{"site": TWO, **more, "change": change})


def failing(*targets: str, reasons: tuple[str, ...]) -> dict[str, Any]:
    return {"targets": targets, "reasons": reasons}


CASES = [
    row(name="both answer", status=OK, facts={"targets": ("office", "wallet")}),
    row(
        name="one is silent",
        status=WARN,
        code="target.unreachable",
        change={Connect: connects({"192.0.2.7": SILENT})},
        facts=failing("office", reasons=("silent",)),
    ),
    row(
        name="one refuses, the other stalls",
        status=WARN,
        code="target.unreachable",
        change={Connect: REFUSED, Shake: NO_TCP},
        facts=failing("office", "wallet", reasons=("refused", "silent")),
    ),
    row(
        name="a bad certificate",
        status=WARN,
        code="target.unreachable",
        change={Shake: EXPIRED},
        facts=failing("wallet", reasons=("old",)),
    ),
    row(
        name="name gone",
        status=WARN,
        code="target.unreachable",
        change={Lookup: zone()},
        facts=failing("wallet", reasons=("dns nxdomain",)),
    ),
    row(
        name="DNS silent",
        status=WARN,
        code="target.unreachable",
        change={Lookup: zone(servers={DNS: DNS_SILENT})},
        facts=failing("wallet", reasons=("dns silent",)),
    ),
    row(name="none set", status=SKIP, code="skip.not-configured", site=site()),
    row(
        name="cannot be asked",
        status=SKIP,
        code="skip.trouble",
        change={
            Connect: Unknown("trouble"),
            Shake: Unknown("trouble"),
            Lookup: Unknown("trouble"),
        },
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_target_connect(case: Case) -> None:
    case.verify()
