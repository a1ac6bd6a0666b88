"""A run always ends with a report: after its time, when stopped, when stuck."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator

import pytest

from posdiag.engine.session import Order, conduct
from posdiag.model import Check, Context, Finding, Report, Result, Status, Verdict, fail
from posdiag.model import ok as fine
from posdiag.model.limits import Plan
from posdiag.model.site import Acquirer, Connection, Site
from posdiag.system.core.replay import Replay
from posdiag.system.process.signals import Stop
from posdiag.texts.catalogue import Catalogue


async def works(context: Context) -> Finding:
    return fine()


async def fails(context: Context) -> Finding:
    return fail("link.down", variant="cable")


async def waits(context: Context) -> Finding:
    await asyncio.sleep(60)
    return fine()


async def will_not_end(context: Context) -> Finding:
    while True:
        try:
            await asyncio.sleep(0.1)
        except asyncio.CancelledError:
            if GIVE_UP.is_set():
                raise


GIVE_UP = threading.Event()


async def blocks(context: Context) -> Finding:
    GIVE_UP.wait(10)
    return fine()


@pytest.fixture(autouse=True)
def give_up() -> Iterator[None]:
    GIVE_UP.clear()
    yield
    GIVE_UP.set()


EVIDENCE = ("link", "internet")


def order(*checks: Check, deadline: float = 20.0, site: Site | None = None) -> Order:
    return Order(
        checks=checks,
        chosen=frozenset(check.id for check in checks),
        site=site or Site(),
        relations=Catalogue(),
        plan=Plan.QUICK,
        deadline=deadline,
    )


def carry_out(wanted: Order) -> Report:
    with Stop() as stop:
        return conduct(wanted, Replay(), lambda result: None, stop)


def press(seconds: float, number: int = signal.SIGINT) -> None:
    threading.Timer(seconds, os.kill, (os.getpid(), number)).start()


def codes(report: Report) -> dict[str, str]:
    return {result.check: result.finding.code for result in report.results}


def test_all_results_are_reported_in_order_and_seen_as_they_come() -> None:
    seen: list[Result] = []
    wanted = order(
        Check("link.state", works, evidence=EVIDENCE), Check("ip.address", works)
    )
    with Stop() as stop:
        report = conduct(wanted, Replay(), seen.append, stop)

    assert [r.check for r in report.results] == ["link.state", "ip.address"]
    assert {r.check for r in seen} == {"link.state", "ip.address"}
    assert report.verdict is Verdict.HEALTHY
    assert not report.interrupted


def test_what_was_not_chosen_is_told_and_does_not_count() -> None:
    wanted = order(Check("link.state", works, vital=True))
    both = Order(
        checks=(*wanted.checks, Check("ip.address", fails, vital=True)),
        chosen=wanted.chosen,
        site=Site(),
        selected=wanted.chosen,
        relations=wanted.relations,
    )

    report = carry_out(both)

    assert codes(report)["ip.address"] == "skip.not-selected"
    assert report.verdict is Verdict.HEALTHY


def test_a_fault_is_named() -> None:
    report = carry_out(order(Check("link.state", fails)))

    assert [cause.id for cause in report.causes] == ["link.down"]
    assert report.verdict is Verdict.BROKEN


def test_the_deadline_ends_the_run() -> None:
    begin = time.monotonic()
    report = carry_out(order(Check("link.state", waits, vital=True), deadline=0.2))

    assert codes(report) == {"link.state": "tool.deadline"}
    assert report.verdict is Verdict.UNKNOWN
    assert "deadline" in report.notes
    assert time.monotonic() - begin < 5


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_with_what_was_found(number: int) -> None:
    press(0.3, number)

    report = carry_out(order(Check("link.state", fails), Check("ip.address", waits)))

    assert codes(report) == {
        "link.state": "link.down",
        "ip.address": "tool.interrupted",
    }
    assert report.interrupted
    assert [cause.id for cause in report.causes] == ["link.down"]


def test_a_check_that_will_not_be_cancelled_is_left_behind() -> None:
    report = carry_out(order(Check("link.state", will_not_end), deadline=0.2))

    assert codes(report) == {"link.state": "tool.deadline"}


def test_a_check_that_blocks_the_event_loop_is_left_behind() -> None:
    wanted = order(
        Check("link.state", works),
        Check("ip.address", blocks, needs=("link.state",)),
        deadline=0.2,
    )

    report = carry_out(wanted)

    assert codes(report) == {"link.state": "", "ip.address": "tool.deadline"}
    assert [r.finding.status for r in report.results] == [Status.OK, Status.ERROR]


def test_the_second_signal_ends_at_once() -> None:
    press(0.3)
    press(0.5)

    with pytest.raises(KeyboardInterrupt):
        carry_out(order(Check("ip.address", blocks)))


def test_signal_handlers_are_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Stop():
        assert signal.getsignal(signal.SIGTERM) != before

    assert signal.getsignal(signal.SIGTERM) == before


def test_remarks_belong_to_the_site() -> None:
    check = Check("link.state", works)
    site = Site(acquirer=Acquirer(host="a"), connection=Connection(kind="cellular"))

    assert carry_out(order(check)).notes == ("no-acquirer",)
    assert carry_out(order(check, site=site)).notes == ("metered",)
    dials = Site(connection=Connection(kind="pstn"))
    assert carry_out(order(check, site=dials)).notes == ()
