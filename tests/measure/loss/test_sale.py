"""What a sale sends is sampled as well: full segments and connections."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.measure.loss.probes import answer_again, extended
from posdiag.measure.loss.sale import gaps, is_limited, judge_connections, judge_large
from posdiag.measure.loss.samples import HostSample
from posdiag.measure.loss.sampling import long_echoes
from posdiag.measure.statistics import Sample
from posdiag.model import Context
from posdiag.model.limits import Limits, Plan
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.tls import Handshake
from posdiag.model.questions.wire import Connect, Connection, Echoes, Ping
from posdiag.model.site import Connection as Line
from posdiag_checks.acquirer.loss import judge
from tests.checks.acquirer.test_loss_of_a_sale import large_lost
from tests.checks.machine import ACQUIRER, ISP, OPEN, SITE, connects, echoes, shop
from tests.measure.loss.test_survey import surveyed

CTX = Context(shop(), SITE, Limits())
LIMITS = Limits()


def test_a_sound_path_has_long_echoes_and_connections_among_its_sample() -> None:
    sizes, syns = list[int](), list[Connect]()

    def ping(asked: Ping) -> Echoes:
        if asked.address == ACQUIRER and not asked.series.startswith("first"):
            sizes.extend([asked.size + 28] * asked.count)
        return echoes()(asked)

    def connect(asked: Connect) -> Connection:
        if asked.series == "loss":
            syns.append(asked)
        return connects({})(asked)

    survey = surveyed({Ping: ping, Connect: connect})

    assert survey is not None
    assert survey.sale is None
    assert len(syns) == 5
    assert survey.path.sample.n == len(sizes) + len(syns) == 72
    assert sorted(sizes)[-3:] == [640, 640, 1500]


def test_nothing_more_is_sent_to_a_far_host_before_the_clean_sample_is_back() -> None:
    sent = list[int]()

    def ping(asked: Ping) -> Echoes:
        if asked.address == ACQUIRER and asked.series == "loss":
            sent.append(asked.count)
        return echoes(delay={ACQUIRER: 0.3})(asked)

    survey = surveyed({Ping: ping})

    assert survey is not None
    assert sum(sent) == 64


def test_a_host_that_takes_no_long_pings_loses_nothing() -> None:
    survey = surveyed(large_lost(ACQUIRER, nth=1, above=200))

    assert survey is not None
    assert survey.sale is None
    assert survey.decision(LIMITS) == "good"


def test_a_hop_that_limits_its_replies_is_not_where_long_packets_are_lost() -> None:
    limited = large_lost(ISP, nth=2, above=0)[Ping]
    lossy = large_lost(ACQUIRER, nth=3)[Ping]

    def ping(asked: Ping) -> Any:
        return limited(asked) if asked.address == ISP else lossy(asked)

    survey = surveyed({Ping: ping})

    assert survey is not None
    assert judge(survey, LIMITS).code == "acquirer.packet-loss"


@pytest.mark.parametrize("limit", [2, 3, 5])
def test_an_acquirer_that_takes_so_many_connections_loses_none(limit: int) -> None:
    taken = 0

    def connect(asked: Connect) -> Connection:
        nonlocal taken
        taken += asked.address == ACQUIRER
        late = asked.address == ACQUIRER and taken > limit
        return Connection("silent", 1.5, tries=1) if late else OPEN

    survey = surveyed({Connect: connect})

    assert survey is not None
    assert survey.sale is None
    assert survey.decision(LIMITS) == "good"
    assert taken <= 30


@pytest.mark.parametrize(
    ("plan", "kind", "used", "sizes"),
    [
        (Plan.DEFAULT, None, 0, [1500, 640, 640]),
        (Plan.QUICK, None, 0, [640]),
        (Plan.DEFAULT, "cellular", 0, [1500, 640, 640]),
        (Plan.DEFAULT, "cellular", 8500, [1500]),
        (Plan.DEFAULT, "cellular", 40_000, []),
    ],
)
def test_a_metered_line_sends_as_many_long_echoes_as_its_budget_has_room_for(
    plan: Plan, kind: Any, used: int, sizes: list[int]
) -> None:
    system = shop()
    system.meter.add(sent=used)
    site = replace(SITE, connection=Line(kind=kind))
    ctx = Context(system, site, LIMITS, plan)

    asked = long_echoes(ctx, HostSample(ACQUIRER, "icmp", usual=0.02), 1500)

    assert [ping.size + 28 for ping in asked] == sizes


def marks(text: str) -> Sample:
    return Sample(tuple(mark == "x" for mark in text))


def sampled(text: str, method: Any = "tcp") -> HostSample:
    made = marks(text)
    return HostSample(ACQUIRER, method, made, (0.02,) * (made.n - made.k))


@pytest.mark.parametrize(
    ("text", "decision"),
    [
        ("." * 14, None),
        ("x" * 16, None),
        ("x.x....", "open"),
        ("x.x.....", "bad"),
        (".......x", "open"),
    ],
)
def test_full_segments(text: str, decision: str | None) -> None:
    judged = judge_large(CTX, sampled(text, "icmp"), 1500)

    assert (judged.decision if judged else None) == decision


@pytest.mark.parametrize(
    ("text", "decision"),
    [
        ("." * 20, None),
        ("x" + "." * 19, None),  # as likely as not at 1 %
        ("x..x.x..", "bad"),
        (".x" + "." * 17 + "x", "open"),
        ("....xxxxxxxxxxxxxxxx", None),  # a limit on their number
        ("..x..x..x..x..x..x..", None),  # a limit on their rate
    ],
)
def test_connections(text: str, decision: str | None) -> None:
    judged = judge_connections(CTX, sampled(text))

    assert (judged.decision if judged else None) == decision


@given(st.lists(st.booleans(), max_size=40))
def test_what_is_judged_lost_was_lost_and_was_answered_at_times(
    lost: list[bool],
) -> None:
    one = sampled("".join("x" if mark else "." for mark in lost), "icmp")
    large = judge_large(CTX, one, 1500)
    calls = judge_connections(CTX, one)

    for judged in (large, calls):
        if judged and judged.decision == "bad":
            assert one.sample.k > 0
    assert large is None or one.answered
    assert calls is None or not is_limited(one)


@pytest.mark.parametrize(
    ("usual", "seconds", "lost"),
    [
        (0.0, 1.03, 1),
        (0.3, 1.3, 1),
        (1.5, 1.5, 0),  # sent again while the answer was on its way
        (1.5, 2.5, 1),
        (2.0, 2.1, 0),
    ],
)
def test_over_a_long_way_a_syn_that_is_sent_again_is_not_a_lost_one(
    usual: float, seconds: float, lost: int
) -> None:
    begun = HostSample(ACQUIRER, "tcp", usual=usual)
    answer = Connection("ok", seconds, retransmits=1)

    assert extended(begun, answer).sample.k == lost
    assert answer_again(usual) > usual


@pytest.mark.parametrize(
    ("usual", "seconds", "lost"), [(0.02, 1.0, 1), (0.02, 0.8, 0), (1.4, 1.4, 0)]
)
def test_the_host_s_answer_that_is_sent_again_was_lost_as_a_syn_is(
    usual: float, seconds: float, lost: int
) -> None:
    begun = HostSample(ACQUIRER, "tcp", usual=usual)

    assert extended(begun, Connection("ok", seconds)).sample.k == lost


@pytest.mark.parametrize(
    ("shaken", "doubt"),
    [
        (None, False),
        (Unknown("unsupported"), False),
        (Handshake(Connection("ok", 0.02), "done", "ok", 0.05), False),
        (Handshake(Connection("ok", 0.7), "done", "ok", 1.5), False),
        (Handshake(Connection("ok", 0.02), "done", "ok", 0.4), True),
        (Handshake(Connection("ok", 0.02), "done", "ok", 0.05, disordered=1), True),
        (Handshake(Connection("silent", 4.0), "tcp", "silent"), False),
    ],
)
def test_a_handshake_with_a_gap_is_worth_two_full_segments_more(
    shaken: Any, doubt: bool
) -> None:
    assert gaps(shaken) is doubt
