"""A loss survey samples what the path calls for, and records how."""

from dataclasses import replace
from typing import Any

import pytest

from posdiag.measure.loss.samples import LossSurvey, Segments
from posdiag.measure.loss.survey import survey_loss
from posdiag.model import Context
from posdiag.model.limits import Limits, Plan
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import AskDamage
from posdiag.model.questions.wire import Connect, Lookup, Ping
from posdiag.model.site import Connection, Site
from posdiag.system.core.cache import Cached
from tests.checks.machine import (
    ACQUIRER,
    DNS,
    DNS_SILENT,
    GATEWAY,
    ISP,
    PROBE,
    SILENT,
    SITE,
    connects,
    echoes,
    shop,
)
from tests.checks.running import Wire, play

BEYOND = (ISP, PROBE, DNS)
OFFLINE = {Lookup: DNS_SILENT, Connect: SILENT}


def lossy(*addresses: str, nth: int = 4, deaf: tuple[str, ...] = ()) -> Any:
    every = dict.fromkeys(addresses, nth)
    return {Ping: echoes(deaf, every=every), Connect: connects({}, every=every)}


def surveyed(change: Any, site: Site = SITE, used: int = 0) -> LossSurvey | None:
    async def survey() -> LossSurvey | None:
        system = Cached(Wire(shop(change)))
        system.meter.add(sent=used)
        try:
            return await survey_loss(Context(system, site, Limits()))
        finally:
            await system.close()

    return play(survey())


def segments(found: Segments) -> tuple[str, ...]:
    router = (found.router,) if found.router else ()
    return tuple(sample.address for sample in (*router, *found.beyond))


def test_a_clean_path_is_sampled_alone() -> None:
    found = surveyed({})

    assert found is not None
    assert (found.path.address, found.path.method) == (ACQUIRER, "icmp")
    assert found.rate_limiting == "not-tested"
    assert (found.segments, found.delays) == (Segments(), Segments())
    assert found.frames is None
    assert not found.is_lossy(Limits())


def test_a_lossy_path_is_sampled_by_segment() -> None:
    found = surveyed(lossy(ACQUIRER))

    assert found is not None
    assert found.rate_limiting == "excluded"
    assert segments(found.segments) == (GATEWAY, ISP, PROBE, DNS)
    assert found.frames is not None
    assert found.frames.uncounted is None
    assert found.is_lossy(Limits())


def test_damaged_frames_that_nobody_counts_are_unknown() -> None:
    found = surveyed({**lossy(ACQUIRER), AskDamage: Unknown("unsupported")})

    assert found is not None
    assert found.frames is not None
    assert found.frames.uncounted == Unknown("unsupported")


def test_a_slow_path_is_sampled_by_segment_for_its_delay() -> None:
    delay = dict.fromkeys((ACQUIRER, *BEYOND), 0.8)
    found = surveyed({Ping: echoes(delay=delay)})

    assert found is not None
    assert segments(found.segments) == ()
    assert segments(found.delays) == (GATEWAY, ISP, PROBE, DNS)


def test_a_lossy_lan_that_swallows_all_is_the_path() -> None:
    found = surveyed({**OFFLINE, **lossy(GATEWAY, nth=2, deaf=(DNS,)), Connect: SILENT})

    assert found is not None
    assert (found.plan, found.path.address) == (Plan.QUICK, GATEWAY)
    assert found.segments == Segments(found.path)


def test_a_sound_lan_and_nothing_beyond_is_no_survey() -> None:
    assert surveyed({Ping: echoes((DNS,)), **OFFLINE}) is None


@pytest.mark.parametrize(
    ("kind", "used", "plan", "sent"),
    [
        ("cellular", 40_000, Plan.QUICK, 36),
        ("cellular", 0, Plan.DEFAULT, 72),
        ("ethernet", 40_000, Plan.DEFAULT, 72),
    ],
)
def test_only_a_metered_connection_has_a_byte_budget_which_makes_it_coarser(
    kind: Any, used: int, plan: Plan, sent: int
) -> None:
    site = replace(SITE, connection=Connection(kind=kind))
    found = surveyed({}, site, used)

    assert found is not None
    assert (found.plan, found.path.sample.n) == (plan, sent)
    assert found.path.over_budget is (plan is Plan.QUICK)
    assert found.decision(Limits()) == "good"


@pytest.mark.parametrize("nth", [3, 5, 12])
def test_a_sample_in_doubt_has_a_reserve_beyond_the_budget(nth: int) -> None:
    site = replace(SITE, connection=Connection(kind="cellular"))
    found = surveyed(lossy(ACQUIRER, nth=nth), site, used=40_000)

    assert found is not None
    assert found.is_lossy(Limits())


def test_a_budget_that_ends_a_sample_in_doubt_leaves_it_undecided() -> None:
    site = replace(SITE, connection=Connection(kind="cellular"))
    found = surveyed(lossy(ACQUIRER, nth=30), site, used=40_000)

    assert found is not None
    assert found.decision(Limits()) != "good"
