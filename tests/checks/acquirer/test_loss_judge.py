"""The judge of a loss survey is pure: surveys made by hand, no shop, no loop."""

from dataclasses import replace

import pytest

from posdiag.measure.frame_errors import FrameErrors
from posdiag.measure.loss.samples import NOT_SAMPLED, HostSample, LossSurvey, Segments
from posdiag.measure.statistics import Sample
from posdiag.model.limits import Limits, Plan
from posdiag.model.questions.base import Unknown
from posdiag_checks.acquirer.loss import judge
from tests.checks.machine import ACQUIRER, GATEWAY, ISP, port

LIMITS = Limits()


def host(address: str, lost: int = 0, rtt: float = 0.02, n: int = 80) -> HostSample:
    every = n // lost if lost else n + 1
    marks = tuple(i % every == every - 1 and i // every < lost for i in range(n))
    return HostSample(address, "icmp", Sample(marks), (rtt,) * (n - lost))


def survey(path: HostSample, near: Segments = NOT_SAMPLED) -> LossSurvey:
    return LossSurvey(Plan.DEFAULT, path, "excluded", near)


SICK, FINE = host(ACQUIRER, lost=16), host(ACQUIRER)
LAN, LOSSY_LAN = host(GATEWAY), host(GATEWAY, lost=16)
HOP, LOSSY_HOP = host(ISP), host(ISP, lost=16)


@pytest.mark.parametrize(
    ("near", "code", "rivals"),
    [
        (Segments(LOSSY_LAN, (LOSSY_HOP,)), "router.packet-loss", ()),
        (Segments(LAN, (LOSSY_HOP,)), "isp.packet-loss", ()),
        (Segments(LAN, (HOP,)), "acquirer.packet-loss", ()),
        (Segments(LAN, last_hop=True), "acquirer.packet-loss", ()),
        (Segments(LAN), "isp.packet-loss", ("acquirer.packet-loss",)),
        (Segments(), "isp.packet-loss", ("router.packet-loss", "acquirer.packet-loss")),
    ],
)
def test_loss_is_charged_to_the_first_segment_that_shows_it(
    near: Segments, code: str, rivals: tuple[str, ...]
) -> None:
    found = judge(survey(SICK, near), LIMITS)

    assert (found.code, found.rivals, found.loss) == (code, rivals, 0.2)


def test_damaged_frames_explain_a_loss() -> None:
    lossy = survey(SICK, Segments(LOSSY_LAN))
    frames = FrameErrors(port(), packets=100, errors=20)

    assert judge(replace(lossy, frames=frames), LIMITS).code == "link.errors"


def test_frames_that_are_not_counted_may_explain_a_loss_of_the_lan() -> None:
    frames = FrameErrors(port(), uncounted=Unknown("unsupported"))
    found = judge(replace(survey(SICK, Segments(LOSSY_LAN)), frames=frames), LIMITS)

    assert (found.code, found.rivals) == ("router.packet-loss", ("link.errors",))


def test_replies_that_may_be_rate_limited_are_no_loss() -> None:
    limited = replace(survey(SICK), rate_limiting="not-separable")
    untested = replace(survey(SICK), rate_limiting="not-tested")

    assert judge(limited, LIMITS).code == "skip.limited"
    assert judge(untested, LIMITS).variant == "undecided"


@pytest.mark.parametrize(
    ("rtt", "delays", "code"),
    [
        (0.9, Segments(host(GATEWAY, rtt=0.8), (host(ISP, rtt=0.8),)), "router.slow"),
        (0.9, Segments(LAN, (HOP, host(ISP, rtt=0.8))), "isp.slow"),
        (0.9, Segments(LAN, (HOP,)), "acquirer.slow"),
        (0.9, Segments(), "isp.slow"),
        (0.3, Segments(host(GATEWAY, rtt=0.25)), "router.slow"),
        (0.3, Segments(LAN), ""),
        (0.02, Segments(), ""),
    ],
)
def test_delay_is_charged_to_the_first_segment_with_half_of_it(
    rtt: float, delays: Segments, code: str
) -> None:
    slow = LossSurvey(Plan.DEFAULT, host(ACQUIRER, rtt=rtt), delays=delays)

    assert judge(slow, LIMITS).code == code


def test_a_nearer_segment_proves_what_tcp_alone_leaves_open() -> None:
    few = Sample(((False,) * 15 + (True,)) * 3)
    path = HostSample(ACQUIRER, "tcp", few, (0.03,) * 45)
    uneven = Sample((True, True, True) * 4 + (False,) * 40 + (True, False) * 6)
    isp = HostSample(ISP, "icmp", uneven, (0.02,) * 46)

    assert judge(survey(path), LIMITS).variant == "undecided"
    assert judge(survey(path, Segments(LAN, (isp,))), LIMITS).code == "isp.packet-loss"


def test_nothing_to_survey_is_nothing_to_judge() -> None:
    assert judge(None, LIMITS).code == "skip.nothing-to-test"
