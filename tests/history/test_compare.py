"""What changed between two runs, and what only looks so."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.history.compare import Comparison, compare
from posdiag.history.reading import Past
from posdiag.measure.statistics import confidence_sequence
from posdiag.model.limits import Limits
from tests.history.reports import cause, check, loss, report

LINK = check("link.state")
ROUTER = check("router.reach")
DEAD = check("router.reach", "fail", "router.unreachable")
FINE = report("healthy", LINK, ROUTER)
BROKEN = report("broken", LINK, DEAD, causes=[cause("router.unreachable")])
BLIND = report("unknown", LINK, check("router.reach", "error", "tool.timeout"))
SLOW = report("degraded", LINK, ROUTER, causes=[cause("dns.slow", "degraded")])
WEAK = report("degraded", LINK, ROUTER, causes=[cause("isp.slow", "degraded")])


def between(before: Past, after: Past) -> Comparison:
    return compare(before, after, Limits())


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        (FINE, FINE, "same"),
        (BROKEN, BROKEN, "same"),
        (BLIND, BLIND, "same"),
        (FINE, BROKEN, "worse"),
        (FINE, SLOW, "worse"),
        (FINE, BLIND, "worse"),  # proven before, not proven now
        (SLOW, BROKEN, "worse"),
        (BLIND, BROKEN, "worse"),
        (BLIND, SLOW, "worse"),  # nothing was known, now there is a fault
        (SLOW, WEAK, "worse"),  # another fault came
        (BROKEN, FINE, "better"),
        (BROKEN, SLOW, "better"),
        (SLOW, FINE, "better"),
        (BLIND, FINE, "better"),
        (BROKEN, BLIND, "unclear"),  # no fault found is not no fault
    ],
)
def test_the_verdict_decides_first(before: Past, after: Past, change: str) -> None:
    assert between(before, after).change == change


def test_causes_that_came_and_went_are_named() -> None:
    found = between(BROKEN, SLOW)

    assert [c.id for c in found.came] == ["dns.slow"]
    assert [c.id for c in found.went] == ["router.unreachable"]
    assert found.stayed == ()
    assert [(c.before.status, c.after.status) for c in found.checks] == [("fail", "ok")]


def test_the_nearest_layer_that_changed_is_named() -> None:
    lossy = check("acquirer.loss", "warn", "isp.packet-loss")
    far = (check("isp.reach"), check("dns.resolve"), check("acquirer.loss"))
    before = report("healthy", LINK, ROUTER, *far)
    slow_dns = check("dns.resolve", "warn", "dns.slow")
    after = report("degraded", LINK, ROUTER, far[0], slow_dns, lossy)

    assert between(before, after).layer == "isp"  # found by a check further out
    assert between(before, before).layer == ""


def test_what_was_blocked_is_no_change_of_its_own() -> None:
    dns, blocked = check("dns.resolve"), check("dns.resolve", "skip", "skip.blocked")
    found = between(
        report("healthy", LINK, ROUTER, dns),
        report("broken", LINK, DEAD, blocked, causes=[cause("router.unreachable")]),
    )

    assert [c.after.id for c in found.checks] == ["router.reach"]
    assert [c.after.id for c in found.unseen] == ["dns.resolve"]
    assert found.layer == "router"


def trips(*milliseconds: float | None) -> list[float | None]:
    return [None if ms is None else ms / 1000 for ms in milliseconds]


QUICK, LATE = trips(*range(20, 40)), trips(*range(80, 100))
LAN, LAN_TWICE = trips(*[0.3] * 20), trips(*[0.6] * 20)


@pytest.mark.parametrize(
    ("before", "after", "kind", "change"),
    [
        (loss(0, 40), loss(2, 40), "loss", "same"),
        (loss(0, 200), loss(60, 200), "loss", "worse"),
        (loss(60, 200), loss(0, 200), "loss", "better"),
        (loss(0, 0), loss(1, 1), "loss", None),
        (loss(0, 40, trips=QUICK), loss(0, 40, trips=LATE), "delay", "worse"),
        (loss(0, 40, trips=LATE), loss(0, 40, trips=QUICK), "delay", "better"),
        # Sure, but nobody would notice.
        (loss(0, 40, trips=LAN), loss(0, 40, trips=LAN_TWICE), "delay", "same"),
        (loss(0, 5, trips=QUICK[:5]), loss(0, 5, trips=LATE[:5]), "delay", None),
    ],
)
def test_a_measurement_counts_beyond_its_uncertainty(
    before: Any, after: Any, kind: str, change: str | None
) -> None:
    found = between(report("healthy", before), report("healthy", after))
    changes = {m.kind: m.change for m in found.measured}

    assert changes.get(kind) == change  # type: ignore[call-overload]
    assert found.change == (change or "same")
    assert found.layer == ("acquirer" if change in ("better", "worse") else "")


def test_a_signal_counts_by_the_range_that_was_seen() -> None:
    def level(low: float, value: float, high: float) -> Any:
        facts = {"level": value, "low": low, "high": high}
        return check("wifi.signal", facts=facts)

    near, far = level(-52, -50, -48), level(-74, -70, -66)
    changes = [
        between(report("healthy", a), report("healthy", b)).change
        for a, b in ((near, far), (far, near), (near, level(-60, -55, -50)))
    ]

    assert changes == ["worse", "better", "same"]


@given(
    st.integers(0, 60).flatmap(lambda k: st.tuples(st.just(k), st.integers(k, 200))),
    st.integers(0, 60).flatmap(lambda k: st.tuples(st.just(k), st.integers(k, 200))),
)
def test_a_loss_is_worse_exactly_where_the_intervals_are_apart(
    before: tuple[int, int], after: tuple[int, int]
) -> None:
    found = between(report("healthy", loss(*before)), report("healthy", loss(*after)))
    old, new = confidence_sequence(*before), confidence_sequence(*after)

    worse = bool(before[1] and after[1]) and new[0] > old[1]
    assert (found.change == "worse") is worse


def test_two_shops_are_not_taken_for_one() -> None:
    from dataclasses import replace

    assert between(FINE, replace(FINE, site="other")).other_site
    assert not between(FINE, FINE).other_site
