"""How much data do the sales use, and is the plan large enough?"""

from typing import Any

import pytest

from posdiag.model.limits import Limits
from posdiag.model.site import Connection, Data, Site, SiteInfo
from posdiag_checks.data.estimate import data_estimate, judge
from tests.checks import machine as m
from tests.checks.running import OK, SKIP, WARN, Case, of

row = of(data_estimate)


def plan(**data: Any) -> Site:
    return m.site(data=Data(**data))


CASES = [
    row(name="nothing in the profile", status=SKIP, code="skip.not-configured"),
    row(
        name="a hundred sales a day",
        status=OK,
        site=plan(transactions_per_day=100),
        facts={
            "day": 1_000_000,
            "day_most": 1_500_000,
            "month": 30_000_000,
            "month_most": 45_000_000,
        },
    ),
    row(
        name="a plan that is large enough",
        status=OK,
        variant="quota",
        site=plan(transactions_per_day=100, quota_bytes=90_000_000),
        facts={"share": 0.5},
    ),
    row(
        name="a plan of just that size",
        status=OK,
        variant="quota",
        site=plan(
            transactions_per_day=10, bytes_per_transaction=100, quota_bytes=30_000
        ),
        facts={"share": 1.0},
    ),
    row(
        name="a plan that is too small",
        status=WARN,
        code="data.over-quota",
        site=plan(
            transactions_per_day=100, bytes_per_transaction=15_000, quota_bytes=30**5
        ),
        facts={"month": 45_000_000, "quota": 24_300_000, "days": 30},
    ),
    row(
        name="a plan that suffices for small sales only",
        status=WARN,
        code="data.over-quota",
        variant="perhaps",
        site=plan(transactions_per_day=100, quota_bytes=40_000_000),
        facts={"month": 30_000_000, "month_most": 45_000_000},
    ),
    row(
        name="no sale at all, no data",
        status=OK,
        variant="quota",
        site=plan(transactions_per_day=0, quota_bytes=0),
        facts={"share": 0.0},
    ),
    row(
        name="a metered line, nothing told of sales",
        status=OK,
        variant="run",
        site=m.site(connection=Connection(kind="cellular")),
    ),
    row(
        name="a stall on the street has no line of its own",
        status=OK,
        variant="run",
        site=m.site(site=SiteInfo(kind="mobile-stall")),
    ),
    row(
        name="a counter with a line of its own",
        status=SKIP,
        code="skip.not-configured",
        site=m.site(site=SiteInfo(kind="counter")),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_data_estimate(case: Case) -> None:
    case.verify()


def test_what_the_run_cost_in_sales() -> None:
    found = judge(Data(transactions_per_day=1), Limits(), run=30_000, metered=False)

    assert found.facts["run_sales"] == 2.0


@pytest.mark.parametrize(
    ("kind", "business", "metered"),
    [
        (None, None, False),
        (None, "delivery", True),
        ("ethernet", "delivery", False),
        ("hotspot", "counter", True),
    ],
)
def test_where_every_byte_is_paid_for(kind: Any, business: Any, metered: bool) -> None:
    site = Site(site=SiteInfo(kind=business), connection=Connection(kind=kind))

    assert site.metered is metered
