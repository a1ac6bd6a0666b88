"""Which connection suits this shop, from what was measured and nothing else."""

from dataclasses import replace

import pytest

from posdiag.guide.suit import suits
from posdiag.model import (
    Cause,
    Finding,
    Report,
    Result,
    Severity,
    Status,
    Traffic,
    Verdict,
)
from posdiag.model.site import Connection, Data, Site, SiteInfo

HEALTHY = Report(
    version="0",
    started_at="2026-01-31T08:15:02+08:00",
    seconds=4.0,
    site=Site(),
    verdict=Verdict.HEALTHY,
    causes=(),
    results=(
        Result("path.redundancy", Finding(Status.SKIP, "skip.one-uplink")),
        Result("acquirer.loss", Finding(Status.OK)),
    ),
    traffic=Traffic(),
)
LOSSY = replace(
    HEALTHY,
    verdict=Verdict.DEGRADED,
    causes=(Cause("isp.packet-loss", 0.95, Severity.DEGRADED, ("acquirer.loss",), {}),),
)


def test_a_fixed_counter_with_a_steady_cable_keeps_it() -> None:
    found = suits(HEALTHY)

    assert found.best == "wired"
    assert found.ways[0].steady is True


def test_what_was_not_measured_is_not_claimed() -> None:
    others = suits(HEALTHY).ways[1:]

    assert [way.steady for way in others] == [None, None]
    assert all("Not measured" in way.reasons[0].en for way in others)


def test_a_line_that_loses_packets_comes_last() -> None:
    assert suits(LOSSY).ways[-1].id == "wired"


@pytest.mark.parametrize("verdict", [Verdict.UNKNOWN, Verdict.DEGRADED])
@pytest.mark.parametrize(
    "loss",
    [
        None,
        Finding(Status.SKIP, "skip.not-configured"),
        Finding(Status.OK, variant="undecided", proves=()),
    ],
)
def test_nothing_is_steady_where_loss_was_not_decided(
    verdict: Verdict, loss: Finding | None
) -> None:
    """Neither where a wallet that is down makes the verdict `degraded`."""
    results = () if loss is None else (Result("acquirer.loss", loss),)
    wallet = Cause(
        "target.unreachable", 0.9, Severity.DEGRADED, ("target.connect",), {}
    )
    causes = (wallet,) if verdict is Verdict.DEGRADED else ()
    report = replace(HEALTHY, verdict=verdict, causes=causes, results=results)

    assert all(way.steady is None for way in suits(report).ways)


@pytest.mark.parametrize(
    ("cause", "steady"), [("router.unreachable", False), ("acquirer.tls-expired", None)]
)
def test_what_is_broken_beyond_the_line_is_not_laid_on_it(
    cause: str, steady: bool | None
) -> None:
    broken = Cause(cause, 0.9, Severity.BROKEN, ("acquirer.tls",), {})
    report = replace(HEALTHY, verdict=Verdict.BROKEN, causes=(broken,))
    ways = {way.id: way for way in suits(report).ways}

    assert ways["wired"].steady is steady


@pytest.mark.parametrize("kind", ["mobile-stall", "delivery", "service"])
def test_a_shop_that_moves_takes_a_sim(kind: str) -> None:
    site = Site(site=SiteInfo(kind=kind))  # type: ignore[arg-type]

    assert suits(replace(HEALTHY, site=site)).best == "sim"


def test_the_connection_of_the_profile_is_the_one_measured() -> None:
    site = Site(connection=Connection(kind="wifi"))
    ways = {way.id: way for way in suits(replace(HEALTHY, site=site)).ways}

    assert ways["wifi"].steady is True
    assert ways["wired"].steady is None


def test_a_hundred_sales_a_day_are_one_to_one_and_a_half_megabytes() -> None:
    (data, *_) = suits(HEALTHY).notes
    own = suits(replace(HEALTHY, site=Site(data=Data(transactions_per_day=10)))).notes

    assert "1 MB" in data.en
    assert "1.5 MB" in data.en
    assert "45 MB" in data.en
    assert "100 KB" in own[0].en


def test_the_plan_begins_with_what_was_found() -> None:
    down = replace(LOSSY, causes=(replace(LOSSY.causes[0], id="link.errors"),))

    assert suits(down).plan[0] != suits(HEALTHY).plan[0]
    assert len(suits(HEALTHY).plan) >= 6


def test_a_number_of_sales_that_was_assumed_is_called_so() -> None:
    text = " ".join(note.zh for note in suits(HEALTHY).notes)

    assert "没有填每天笔数，按 100 笔估算。" in text
