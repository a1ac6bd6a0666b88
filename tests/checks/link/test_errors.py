"""Are frames damaged, does the link flap, did it fall back to half duplex?"""

from collections.abc import Callable
from typing import Any

import pytest

from posdiag.model.limits import Plan
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import (
    AskDamage,
    AskInterfaces,
    Counters,
    Damage,
    Interfaces,
)
from posdiag_checks.link.errors import WINDOW, link_errors
from tests.checks.machine import port, ports
from tests.checks.running import FAIL, OK, SKIP, WARN, Case, of

row = of(link_errors)
NO_DAMAGE_COUNT = Unknown("unsupported")


def later(**counters: int) -> Callable[[AskInterfaces], Interfaces]:
    """Counters that have grown when they are looked at again."""

    def answer(asked: AskInterfaces) -> Interfaces:
        grown = {"rx_packets": 400, **counters} if asked.moment else {"rx_packets": 100}
        return ports(port(counters=Counters(**grown)))

    return answer


def flaps(asked: AskInterfaces) -> Interfaces:
    """The carrier is away in one look, and the kernel counts nothing."""
    return ports(port(carrier=asked.moment != 1005))


def counted(asked: AskInterfaces) -> Interfaces:
    """Too short to be seen, but the kernel counted."""
    return ports(port(carrier_changes=12 if asked.moment else 10))


def damage(first: int, then: int) -> Callable[[AskDamage], Damage]:
    return lambda asked: Damage(then if asked.moment else first, 5000)


def having(interfaces: Any, damaged: Any = None) -> dict[Any, Any]:
    damaged = damage(3, 3) if damaged is None else damaged
    return {AskInterfaces: interfaces, AskDamage: damaged}


CASES = [
    row(
        *("clean", OK),
        change=having(later()),
        facts={"interface": "eth0", "packets": 300, "errors": 0, "seconds": 2.4},
    ),
    row(
        *("clean and quick", OK),
        plan=Plan.QUICK,
        change=having(later()),
        facts={"seconds": WINDOW[Plan.QUICK]},
    ),
    row(
        *("damaged frames", WARN, "link.errors", "damaged"),
        change=having(later(rx_errors=9)),
        facts={"interface": "eth0", "packets": 300, "errors": 9, "changes": 0},
    ),
    row(
        *("collisions of a duplex mismatch", WARN, "link.errors", "damaged"),
        change=having(later(collisions=30)),
    ),
    row(
        *("wrong checksums", WARN, "link.errors", "damaged"),
        change=having(later(), damage(3, 23)),
        facts={"errors": 20},
    ),
    row(
        *("one bad frame is looked at twice and is no fault", OK),
        change=having(later(rx_errors=1)),
        facts={"errors": 1, "seconds": 4.8},
    ),
    row(
        *("few of very many", OK),
        change=having(later(rx_errors=4, rx_packets=90_100)),
        facts={"errors": 4, "packets": 90_000},
    ),
    row(
        *("old errors do not count", OK),
        change=having(ports(port(counters=Counters(1000, rx_errors=500)))),
    ),
    row(
        *("carrier lost and back", FAIL, "link.errors", "flapping"),
        change=having(flaps),
        facts={"changes": 2, "interface": "eth0"},
    ),
    row(
        *("flapping by the kernel's count", FAIL, "link.errors", "flapping"),
        change=having(counted),
        facts={"changes": 2},
    ),
    row(
        *("half duplex", WARN, "link.errors", "half-duplex"),
        change=having(ports(port(duplex="half"))),
        facts={"interface": "eth0"},
    ),
    row(
        *("wifi is always half duplex", OK),
        change=having(ports(port(kind="wifi", duplex="half"))),
    ),
    row(
        *("no counters", SKIP, "skip.unsupported"),
        change=having(ports(port(counters=None))),
    ),
    row(
        *("no checksum counters", SKIP, "skip.unsupported"),
        change=having(later(), NO_DAMAGE_COUNT),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_link_errors(case: Case) -> None:
    case.verify()
