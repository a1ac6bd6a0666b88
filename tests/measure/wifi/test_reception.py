"""Reception of the associated access point, sampled over a window."""

import asyncio
from typing import Any

import pytest

from posdiag.measure.wifi.reception import FrameCounts, Reception, sample_reception
from posdiag.model import Context
from posdiag.model.limits import Limits
from posdiag.model.questions.wifi import AskWifiLink
from tests.checks.machine import OFF_AIR, on_air, shop, site, wireless
from tests.checks.running import Wire, play


class Slow(Wire):
    """A machine that takes two seconds for each reading of its link."""

    async def ask(self, question: Any) -> Any:
        if isinstance(question, AskWifiLink):
            await asyncio.sleep(2.0)
        return await super().ask(question)


def test_a_window_of_slow_readings_ends_early() -> None:
    async def sampled() -> Reception:
        context = Context(Slow(shop(wireless())), site(), Limits())
        return await sample_reception(context, "wlan0")

    reception = play(sampled())

    assert len(reception.levels) == 3
    assert reception.seconds < 7


@pytest.mark.parametrize(
    ("frames", "ratio", "least"),
    [
        (FrameCounts(0, 0), 0.0, 0.0),
        (FrameCounts(50, 0), 0.0, 0.0),
        (FrameCounts(50, 50), 0.5, 0.4038),  # Wilson 1927: 50 of 100
        (FrameCounts(30, 10), 0.25, 0.1419),  # 10 of 40: not beyond chance
    ],
)
def test_the_retry_ratio_and_its_lower_bound(
    frames: FrameCounts, ratio: float, least: float
) -> None:
    assert (ratio, least) == (frames.retry_ratio, round(frames.min_retry_ratio, 4))


@pytest.mark.parametrize(
    ("states", "drops"), [("+++", 0), ("+-+", 1), ("+--+-", 2), ("-+", 0), ("", 0)]
)
def test_drops_are_counted_from_the_readings(states: str, drops: int) -> None:
    links = {"+": on_air(), "-": OFF_AIR}

    assert drops == Reception(tuple(links[s] for s in states)).drops


def test_what_the_driver_does_not_report_is_unknown() -> None:
    mute = Reception((on_air(signal=None, average=None),))

    figures = (mute.frames, mute.beacons_lost, mute.snr, mute.noise, mute.rate)

    assert figures == (None,) * 5
    assert mute.levels == ()
