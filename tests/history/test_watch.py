"""Outages, availability and changes, from runs on a clock of our own."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.history.reading import Past
from posdiag.history.watch import Run, Summary, run_of, summary, turn
from tests.history.reports import START, cause, check, loss, report, run

LONG = timedelta(minutes=2)


def told(*runs: Run, minutes: float = 60) -> Summary:
    return summary(runs, START, START + timedelta(minutes=minutes), LONG)


def hour_with(outages: dict[int, int], dead: str = "router.unreachable") -> list[Run]:
    """A run a minute for an hour; `outages` gives minute of begin and of end."""
    runs = []
    for minute in range(60):
        down = any(begin <= minute < end for begin, end in outages.items())
        runs.append(run(minute, *(("broken", dead) if down else ("healthy",))))
    return runs


def test_three_outages_of_an_hour_are_three() -> None:
    found = told(*hour_with({5: 9, 20: 21, 50: 58}))

    minutes = [
        (
            (o.begin - START) / timedelta(minutes=1),
            ((o.end or START) - START) / timedelta(minutes=1),
        )
        for o in found.outages
    ]
    assert minutes == [(5, 9), (20, 21), (50, 58)]
    assert [o.causes[0].id for o in found.outages] == ["router.unreachable"] * 3
    assert found.availability == pytest.approx(47 / 60)
    assert (found.up, found.down, found.unknown) == (47 * 60, 13 * 60, 0)


def test_an_outage_at_the_end_has_no_end() -> None:
    (outage,) = told(*hour_with({58: 99})).outages

    assert (outage.end, outage.lasted) == (None, timedelta(minutes=2))


def test_an_outage_is_named_after_the_cause_of_most_of_its_runs() -> None:
    (outage,) = told(
        run(0),
        run(1, "broken", "acquirer.closed-connection"),
        run(2, "broken", "acquirer.port-closed"),
        run(3, "broken", "acquirer.port-closed"),
        run(4),
        minutes=5,
    ).outages

    assert [c.id for c in outage.causes] == [
        "acquirer.port-closed",
        "acquirer.closed-connection",
    ]


def test_what_is_not_known_is_neither_up_nor_down() -> None:
    found = told(run(0), run(1, "unknown"), run(2, "degraded"), minutes=3)

    assert (found.up, found.down, found.unknown) == (120, 0, 60)
    assert (found.availability, found.outages, found.degraded) == (1.0, (), 1)
    assert told(run(0, "unknown"), minutes=1).availability is None


def test_a_computer_that_slept_has_watched_nothing() -> None:
    found = told(run(0), run(480), minutes=481)

    assert (found.up, found.unknown) == (180, 478 * 60)


def test_a_clock_that_is_set_back_makes_no_time() -> None:
    found = told(run(10), run(5), run(6), minutes=7)

    assert found.up == 120


def test_time_is_told_by_the_hour_of_the_clock() -> None:
    """The watch begins at a quarter past."""
    hours = told(*hour_with({40: 50})).hours

    assert [(h.begin.hour, h.begin.minute) for h in hours] == [(8, 0), (9, 0)]
    assert [(h.up, h.down, h.outages) for h in hours] == [
        (40 * 60, 5 * 60, 1),
        (10 * 60, 5 * 60, 0),
    ]


@given(
    st.lists(
        st.tuples(
            st.floats(0, 3),
            st.sampled_from(["healthy", "degraded", "broken", "unknown"]),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_all_time_is_accounted_for_once(steps: list[tuple[float, str]]) -> None:
    runs, minute = [], 0.0
    for pause, verdict in steps:
        runs.append(run(minute, verdict))
        minute += pause
    found = told(*runs, minutes=minute)

    whole = (found.end - found.begin).total_seconds()
    assert found.up + found.down + found.unknown == pytest.approx(whole, abs=0.01)
    assert sum(h.up + h.down + h.unknown for h in found.hours) == pytest.approx(
        whole, abs=0.01
    )
    assert found.down == 0 or found.outages
    assert found.unknown >= 0
    assert sum(h.outages for h in found.hours) <= len(found.outages)


def turned(
    before: Past | None, after: Past
) -> tuple[str, list[str], list[str], list[str]]:
    found = turn(before, after, run_of(after, START))
    return (
        found.verdict_before,
        [c.id for c in found.came],
        [c.id for c in found.went],
        [f"{name} {old} {new}" for _, name, old, new in found.beside],
    )


def at(gateway: str, verdict: str = "healthy", *causes: str) -> Past:
    known = check("ip.gateway", facts={"gateway": gateway, "seconds": 1.0})
    return report(verdict, known, causes=[cause(id) for id in causes])


def test_a_run_tells_what_is_new() -> None:
    fine, broken = at("10.0.0.1"), at("10.0.0.1", "broken", "isp.no-internet")

    assert turned(None, fine) == ("none", [], [], [])
    assert turned(fine, fine) == ("", [], [], [])
    assert not turn(fine, fine, run_of(fine, START)).anything
    assert turned(fine, broken) == ("healthy", ["isp.no-internet"], [], [])
    assert turned(broken, fine) == ("broken", [], ["isp.no-internet"], [])


def test_what_changed_beside_a_fault_is_told_apart_from_causes() -> None:
    found = turned(at("10.0.0.1"), at("10.0.0.254", "broken", "isp.no-internet"))

    assert found == (
        "healthy",
        ["isp.no-internet"],
        [],
        ["gateway 10.0.0.1 10.0.0.254"],
    )


def test_a_run_is_remembered_with_its_loss_and_delay() -> None:
    trips = [0.02, 0.03, None, 0.03, 0.03, 0.03, 0.04, 0.02]
    found = run_of(report("degraded", loss(1, 8, trips=trips)), START)

    assert (found.delay, found.loss, found.up) == (0.03, 0.125, True)


def test_of_a_watch_without_a_run_nothing_is_known() -> None:
    found = told(minutes=5)

    assert (found.runs, found.availability) == (0, None)
    assert (found.up, found.down, found.unknown) == (0, 0, 300)
    assert found.outages == ()
    assert found.begin == START
