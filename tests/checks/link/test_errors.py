"""Are frames damaged, does the link flap, did it fall back to half duplex?"""

from collections.abc import Callable
from typing import Any

import pytest

from posdiag.engine.registry import core
from posdiag.measure.frame_errors import WINDOW, FrameErrors, judge_frames
from posdiag.model.limits import Limits, Plan
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import (
    AskDamage,
    AskInterfaces,
    Counters,
    Damage,
    Interfaces,
)
from posdiag.texts.catalogue import Catalogue
from posdiag_checks.link.errors import link_errors
from tests.checks.machine import port, ports
from tests.checks.running import FAIL, OK, SKIP, WARN, Case, of

row = of(link_errors)
NO_DAMAGE_COUNT = Unknown("unsupported")


def later(**counters: int) -> Callable[[AskInterfaces], Interfaces]:
    """Counters that have grown when they are looked at again."""

    def answer(asked: AskInterfaces) -> Interfaces:
        grown = {"rx_packets": 400, **counters} if asked.series else {"rx_packets": 100}
        return ports(port(counters=Counters(**grown)))

    return answer


def flaps(asked: AskInterfaces) -> Interfaces:
    """The carrier is away in one look, and the kernel counts nothing."""
    return ports(port(carrier=asked.number != 5))


def counted(asked: AskInterfaces) -> Interfaces:
    """Too short to be seen, but the kernel counted."""
    return ports(port(carrier_changes=12 if asked.series else 10))


def damage(first: int, then: int) -> Callable[[AskDamage], Damage]:
    return lambda asked: Damage(then if asked.series else first, 5000)


def having(interfaces: Any, damaged: Any = None) -> dict[Any, Any]:
    damaged = damage(3, 3) if damaged is None else damaged
    return {AskInterfaces: interfaces, AskDamage: damaged}


CASES = [
    row(
        name="clean",
        status=OK,
        change=having(later()),
        facts={"interface": "eth0", "packets": 300, "errors": 0, "seconds": 2.4},
    ),
    row(
        name="clean and quick",
        status=OK,
        plan=Plan.QUICK,
        change=having(later()),
        facts={"seconds": WINDOW[Plan.QUICK]},
    ),
    row(
        name="damaged frames",
        status=WARN,
        code="link.errors",
        variant="damaged",
        change=having(later(rx_errors=9)),
        facts={"interface": "eth0", "packets": 300, "errors": 9, "changes": 0},
    ),
    row(
        name="collisions of a duplex mismatch",
        status=WARN,
        code="link.errors",
        variant="damaged",
        change=having(later(collisions=30)),
    ),
    row(
        name="wrong checksums",
        status=WARN,
        code="link.errors",
        variant="damaged",
        change=having(later(), damage(3, 23)),
        facts={"errors": 20},
    ),
    row(
        name="one bad frame is looked at twice and is no fault",
        status=OK,
        change=having(later(rx_errors=1)),
        facts={"errors": 1, "seconds": 4.8},
    ),
    row(
        name="few of very many",
        status=OK,
        change=having(later(rx_errors=4, rx_packets=90_100)),
        facts={"errors": 4, "packets": 90_000},
    ),
    row(
        name="old errors do not count",
        status=OK,
        change=having(ports(port(counters=Counters(1000, rx_errors=500)))),
    ),
    row(
        name="carrier lost and back",
        status=FAIL,
        code="link.errors",
        variant="flapping",
        change=having(flaps),
        facts={"changes": 2, "interface": "eth0"},
    ),
    row(
        name="flapping by the kernel's count",
        status=FAIL,
        code="link.errors",
        variant="flapping",
        change=having(counted),
        facts={"changes": 2},
    ),
    row(
        name="half duplex",
        status=WARN,
        code="link.errors",
        variant="half-duplex",
        change=having(ports(port(duplex="half"))),
        facts={"interface": "eth0"},
    ),
    row(
        name="wifi is always half duplex",
        status=OK,
        change=having(ports(port(kind="wifi", duplex="half"))),
    ),
    row(
        name="no counters",
        status=SKIP,
        code="skip.unsupported",
        change=having(ports(port(counters=None))),
    ),
    row(
        name="no checksum counters",
        status=SKIP,
        code="skip.unsupported",
        change=having(later(), NO_DAMAGE_COUNT),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_link_errors(case: Case) -> None:
    case.verify()


def test_a_time_that_nobody_took_is_not_told_as_zero() -> None:
    seen = FrameErrors(port(), packets=300, errors=30)
    found = judge_frames(seen, Limits())
    said = Catalogue(core()).cause("link.errors", found.reported(), ("link.errors",))

    assert found.facts["seconds"] is None
    assert said.proof is not None
    assert "变化 0 次。" in said.proof.zh
    assert "0 carrier changes." in said.proof.en


@pytest.mark.parametrize(
    ("errors", "packets", "low", "high"),
    [(3, 16, 0.6, 0.7), (30, 300, 0.25, 0.27), (3, 300, 0.0, 0.06), (3, 0, 0.99, 1.0)],
)
def test_damage_allows_so_much_loss_of_questions(
    errors: int, packets: int, low: float, high: float
) -> None:
    seen = FrameErrors(port(), 2.4, packets, errors)

    found = judge_frames(seen, Limits())

    assert found.loss is not None
    assert low <= found.loss <= high
