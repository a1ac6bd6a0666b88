"""How long does a silent connection last?"""

from typing import Any

import pytest

from posdiag.model import Context, ok
from posdiag.model.limits import Plan
from posdiag.model.questions.payment import Quiet, StayQuiet
from posdiag.model.site import Site
from posdiag_checks.acquirer.idle import acquirer_idle
from tests.checks.machine import ACQUIRER, SITE, shop
from tests.checks.running import OK, SKIP, Case, of, play

CONNECTED = {"acquirer.connect": ok(address=ACQUIRER)}


def row(*args: Any, **more: Any) -> Case:
    kept = {"seen": CONNECTED, "plan": Plan.THOROUGH, **more}
    return of(acquirer_idle)(*args, **kept)


def became(state: Any, seconds: float) -> dict[Any, Any]:
    return {StayQuiet: Quiet(state, seconds)}


CASES = [
    row(
        name="held",
        status=OK,
        code="",
        variant="held",
        change=became("held", 65.0),
        facts={"seconds": 65.0},
    ),
    row(
        name="closed",
        status=OK,
        code="",
        variant="closed",
        change=became("closed", 10.0),
    ),
    row(
        name="dropped",
        status=OK,
        code="",
        variant="dropped",
        change=became("dropped", 68.0),
        facts={"tested": 65.0},
    ),
    row(
        name="no second one",
        status=SKIP,
        code="skip.nothing-to-test",
        change=became("not-opened", 0),
    ),
    row(
        name="only when thorough", status=SKIP, code="skip.thorough", plan=Plan.DEFAULT
    ),
    row(name="no host", status=SKIP, code="skip.not-configured", site=Site()),
    row(name="no address", status=SKIP, code="skip.nothing-to-test", seen={}),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_table(case: Case) -> None:
    case.verify()


@pytest.mark.parametrize(
    ("ends", "asked"), [(None, 65.0), (30.0, 24.0), (1000.0, 65.0), (8.0, None)]
)
def test_it_ends_before_the_run_does(ends: float | None, asked: float | None) -> None:
    from posdiag.model.limits import Limits

    system = shop(became("held", 1.0))
    context = Context(
        system=system,
        site=SITE,
        limits=Limits(),
        plan=Plan.THOROUGH,
        seen=CONNECTED,
        consent=frozenset(),
        ends=ends,
    )
    play(acquirer_idle.probe(context))  # type: ignore[arg-type]  # a coroutine
    times = [q.seconds for q in system.asked if isinstance(q, StayQuiet)]

    assert times == ([] if asked is None else [asked])
