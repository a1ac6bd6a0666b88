"""The statistics of loss: Wald, Wilson, bursts, and their agreed vectors."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.measure.loss.sampling import ECHO_INTERVAL
from posdiag.measure.statistics import (
    Hypotheses,
    Sample,
    clean_sample_size,
    confidence_sequence,
    decide,
    evenly_spaced,
    exceeds,
    increase,
    is_cut_off,
    proven_loss,
    recovers,
    sample_size_for,
    shows_loss,
    wilson_interval,
)

DEFAULT = Hypotheses(0.01, 0.05)
QUICK = Hypotheses(0.01, 0.10, cap=60)


def sample(lost: int, sent: int) -> Sample:
    """`lost` single losses, spread evenly."""
    every = sent // lost if lost else sent + 1
    marks = [i % every == every - 1 and i // every < lost for i in range(sent)]
    return Sample(tuple(marks))


@pytest.mark.parametrize(
    ("lost", "sent", "low", "high"),
    [
        (0, 10, 0.0, 0.278),
        (0, 20, 0.0, 0.161),
        (1, 20, 0.009, 0.236),
        (0, 100, 0.0, 0.037),
        (2, 100, 0.0055, 0.070),
        (5, 100, 0.022, 0.112),
        (0, 300, 0.0, 0.0126),
    ],
)
def test_wilson_interval_as_computed_in_the_field_facts(
    lost: int, sent: int, low: float, high: float
) -> None:
    got = sample(lost, sent).interval()

    assert pytest.approx((low, high), abs=0.002) == got


@pytest.mark.parametrize(
    ("p", "n", "expected"),
    [
        (0.5, 100, (0.4038, 0.5962)),
        (0.25, 40, (0.1419, 0.4019)),
        (1.0, 10, (0.7225, 1.0)),
        (0.0, 0, (0.0, 1.0)),
    ],
)
def test_wilson_interval_of_a_proportion(
    p: float, n: float, expected: tuple[float, float]
) -> None:
    assert pytest.approx(expected, abs=1e-4) == wilson_interval(p, n)


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [(3, 10, 7), (0.5, 0.5, 0.0), (10, 3, None), (None, 3, None), (3, None, None)],
)
def test_the_increase_of_a_counter_that_was_reset_is_unknown(
    before: float | None, after: float | None, expected: float | None
) -> None:
    assert expected == increase(before, after)


@pytest.mark.parametrize(("between", "clean"), [(DEFAULT, 72), (QUICK, 31)])
def test_the_quickest_good_verdict_comes_when_wald_says(
    between: Hypotheses, clean: int
) -> None:
    assert decide(sample(0, clean - 1), between) == "open"
    assert decide(sample(0, clean), between) == "good"
    assert clean_sample_size(between) == clean


def test_two_early_losses_do_not_decide() -> None:
    assert decide(Sample((True, True)), DEFAULT) == "open"


def test_one_burst_weighs_less_than_the_same_losses_spread() -> None:
    burst = Sample((True,) * 4 + (False,) * 56)
    spread = sample(4, 60)

    assert spread.inflation == 1.0
    assert burst.inflation > 2
    assert decide(spread, DEFAULT) == "bad"
    assert decide(burst, DEFAULT) == "open"
    assert burst.interval()[1] > spread.interval()[1]


@pytest.mark.parametrize(
    ("loss", "wrong"), [(0.0, "bad"), (0.01, "bad"), (0.05, "good"), (0.2, "good")]
)
def test_error_rates_hold_over_many_runs(loss: float, wrong: str) -> None:
    """Simulated lines: the wrong verdict comes in about 5 % of runs or fewer."""
    rng = random.Random(8583)
    runs = 400
    errors = 0
    for _ in range(runs):
        marks: list[bool] = []
        while len(marks) < DEFAULT.cap:
            marks.append(rng.random() < loss)
            verdict = decide(Sample(tuple(marks)), DEFAULT)
            if verdict != "open":
                errors += verdict == wrong
                break

    assert errors / runs <= 0.07


def test_which_segment_shows_the_loss() -> None:
    assert shows_loss(sample(0, 60), 0.10) is False
    assert shows_loss(sample(5, 60), 0.10) is True
    assert shows_loss(Sample(), 0.10) is None
    assert shows_loss(sample(2, 40), proven_loss(sample(6, 27))) is True
    assert shows_loss(sample(0, 40), proven_loss(sample(6, 27))) is False


@given(st.lists(st.booleans(), max_size=300))
def test_an_interval_always_holds_the_ratio(marks: list[bool]) -> None:
    got = Sample(tuple(marks))
    low, high = got.interval()

    assert 0.0 <= low <= high <= 1.0
    assert not marks or low - 1e-9 <= got.ratio <= high + 1e-9
    assert got.longest_burst <= got.k
    assert got.inflation >= 1.0
    assert decide(got, DEFAULT) in ("good", "bad", "open")


@pytest.mark.parametrize(("loss", "most"), [(0.2, 72), (0.3, 48), (0.5, 24)])
def test_the_heavier_a_loss_the_fewer_probes_show_it(loss: float, most: int) -> None:
    assert sample_size_for(loss) <= most


@pytest.mark.parametrize("loss", [0.15, 0.2, 0.3, 0.5, 0.9])
def test_a_lossy_segment_shows_it_in_the_probes_that_were_promised(loss: float) -> None:
    dice = random.Random(1)
    count = sample_size_for(loss)
    runs = 2000
    missed = sum(
        not shows_loss(Sample(tuple(dice.random() < loss for _ in range(count))), loss)
        for _ in range(runs)
    )

    assert missed / runs < 0.012


def bucket(rate: float, pace: float = 0.02, n: int = 72, burst: int = 5) -> Sample:
    """What a token bucket of `rate` replies per second drops."""
    tokens, lost = 0.0, []
    for _ in range(n):
        tokens = min(burst, tokens + pace * rate)
        lost.append(tokens < 1)
        tokens -= tokens >= 1
    return Sample(tuple(lost))


@pytest.mark.parametrize("rate", [10, 15, 20, 25, 30, 40])
def test_losses_by_a_rate_limiter_are_evenly_spaced(rate: float) -> None:
    assert evenly_spaced(bucket(rate))


@pytest.mark.parametrize("loss", [0.05, 0.1, 0.2, 0.5, 0.8, 0.95])
def test_losses_by_chance_are_not_evenly_spaced(loss: float) -> None:
    dice = random.Random(5)
    marks = (tuple(dice.random() < loss for _ in range(72)) for _ in range(2000))
    samples = [Sample(one) for one in marks]

    assert sum(map(evenly_spaced, samples)) / len(samples) < 0.01


def test_few_losses_are_never_evenly_spaced() -> None:
    assert not evenly_spaced(Sample())
    assert not evenly_spaced(Sample((False,) * 72))
    assert not evenly_spaced(Sample((True,) * 72))
    assert not evenly_spaced(Sample(((False,) * 17 + (True,)) * 4))


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ("......xxxxxx", True),
        ("........xxxxx.xxxx", True),
        ("......xxxxx", False),  # too few
        (".....xxxxxxx", False),  # not well at first
        ("......x.x.xxx.x", False),
        ("............", False),
        ("xxxxxxxxxxxx", False),
        ("", False),
    ],
)
def test_cut_off(marks: str, expected: bool) -> None:
    assert is_cut_off(Sample(tuple(mark == "x" for mark in marks))) is expected


def test_a_line_that_loses_is_hardly_ever_cut_off() -> None:
    dice = random.Random(5)
    lossy = (Sample(tuple(dice.random() < 0.5 for _ in range(24))) for _ in range(5000))

    assert sum(map(is_cut_off, lossy)) < 10


def test_one_loss_exceeds_another_where_their_intervals_lie_apart() -> None:
    heavy, light = Sample((True, False) * 20), Sample((False,) * 48)

    assert exceeds(heavy, light)
    assert not exceeds(light, heavy)
    assert not exceeds(heavy, Sample((True, False, False) * 10))
    assert not exceeds(heavy, Sample())
    assert not exceeds(Sample(), light)


def test_a_loss_that_has_just_been_proven_does_not_exceed_a_clean_sample() -> None:
    """10 of 60 against 0 of 48: their 95 % intervals lie apart, not those of 99 %."""
    lossy = Sample(((True,) + (False,) * 5) * 10)
    clean = Sample((False,) * 48)

    assert lossy.interval()[0] > clean.interval()[1]
    assert not exceeds(lossy, clean)


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(0, 0, 0.0, 1.0), (0, 40, 0.0, 0.13), (40, 40, 0.87, 1.0), (4, 40, 0.02, 0.30)],
)
def test_a_confidence_sequence_is_wider_than_an_interval(
    k: int, n: int, low: float, high: float
) -> None:
    got = confidence_sequence(k, n)
    fixed = wilson_interval(k / n if n else 0.0, n)

    assert pytest.approx((low, high), abs=0.03) == got
    assert got[0] <= fixed[0]
    assert got[1] >= fixed[1]


@pytest.mark.parametrize("true", [0.0, 0.01, 0.02, 0.03, 0.05, 0.1, 0.3])
def test_what_is_printed_holds_where_the_test_stops(true: float) -> None:
    chance, between = random.Random(int(true * 1000)), Hypotheses(0.01, 0.05)
    runs, covered = 300, 0
    for _ in range(runs):
        ended = Sample()
        while decide(ended, between) == "open" and ended.n < between.cap:
            ended = ended.plus([chance.random() < true])
        low, high = ended.always_valid()
        covered += low <= true <= high

    assert covered >= 0.95 * runs


def trace(text: str) -> Sample:
    return Sample(tuple(mark == "x" for mark in text))


@pytest.mark.parametrize(
    ("text", "outages"),
    [
        ("", 0),
        ("....", 0),
        ("xxxx", 0),  # never answered: no outage, a dead host
        ("..xx..xx......................", 0),
        ("." * 20 + "xxx" + "." * 20, 1),
        (("." * 20 + "xxxxxx") * 3, 3),
        ("x.xx.xxx.x..x.xxx.xx..x.x..xx.", 0),  # half is lost anyway
        ("." * 40 + "x" * 30, 1),
    ],
)
def test_an_outage_is_a_run_that_chance_does_not_make(text: str, outages: int) -> None:
    assert trace(text).outages == outages


@pytest.mark.parametrize(
    ("every", "gone"), [(2.0, 0.3), (5.0, 1.5), (3.0, 0.5)], ids=str
)
@pytest.mark.parametrize("phase", [n / 40 for n in range(40)])
def test_outages_that_come_again_are_decided_within_ten_seconds(
    every: float, gone: float, phase: float
) -> None:
    between, pace, sample = Hypotheses(0.01, 0.05, cap=220), ECHO_INTERVAL, Sample()
    while decide(sample, between) == "open" and sample.n < between.cap:
        at = (sample.n * pace + phase * every) % every
        sample = sample.plus([at < gone])

    assert decide(sample, between) == "bad"


@given(st.lists(st.booleans(), max_size=200))
def test_two_outages_are_bad_only_with_enough_lost(lost: list[bool]) -> None:
    sample, between = Sample(tuple(lost)), Hypotheses(0.01, 0.05)

    if sample.n >= 20 and sample.outages >= 2 and sample.ratio >= 0.05:
        assert decide(sample, between) == "bad"
    assert sample.outages <= sample.bursts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (("." * 20 + "xxxxxx") * 3, True),
        ("." * 20 + ".xxxxxxxx" * 6, False),  # one in nine passes: a limit
        ("." * 40 + "xxxxxx" + "." * 20, False),  # one alone
    ],
)
def test_a_rate_limiter_passes_no_long_run_once_it_drops(
    text: str, expected: bool
) -> None:
    assert recovers(trace(text)) is expected


def test_one_run_of_losses_without_an_end_does_not_decide_at_once() -> None:
    assert decide(trace("x" * 24), DEFAULT) == "open"  # an outage of a second, perhaps
    assert decide(trace("x" * 80), DEFAULT) == "bad"
    assert trace("x" * 24).comes_in_outages
    assert trace("." * 30 + "x" * 8 + ".").comes_in_outages
    assert not trace("..xx" * 10).comes_in_outages
