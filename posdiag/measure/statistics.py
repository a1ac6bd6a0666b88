"""The certainty of a measured loss: Wald's test, Wilson's interval, bursts, outages.

Loss is a ratio, 0-1; times are seconds. Pure functions of samples.

Sources: A. Wald, Sequential Tests of Statistical Hypotheses (1945); E. B. Wilson,
Probable Inference (1927); E. N. Gilbert, Capacity of a Burst-Noise Channel (1960);
N. H. Kuiper, Tests concerning random points on a circle (1960).
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, groupby, pairwise
from math import ceil, comb, lgamma, log, sqrt
from statistics import median
from typing import Literal, TypeVar

Z95 = 1.959964  # two-sided 95 % point of the normal distribution
Z99 = 2.575829
OUTAGE_RUN = 3
"""Probes lost in a row that make an outage at least: at 1 % loss, independent, a run of
three begins at one probe in a million."""
OUTAGE_CHANCE = 0.001  # of a run under independent losses; longer ones are outages
LONG_RUN = 8  # losses in a row that are hardly chance below 50 % loss
MAX_CORRELATION = 0.95  # lag-1, as assumed at most
MAX_INFLATION = (1 + MAX_CORRELATION) / (1 - MAX_CORRELATION)
OUTAGES = 2  # that prove a loss: one may have been a single disturbance

Decision = Literal["good", "bad", "open"]
Number = TypeVar("Number", int, float)


def wilson_interval(p: float, n: float, z: float = Z95) -> tuple[float, float]:
    """Wilson's score interval of a proportion `p` seen in `n` trials; 95 % by default.

    `n` may be an effective sample size, below the count. (0, 1) without a trial.
    """
    if not n:
        return 0.0, 1.0
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z * sqrt(p * (1 - p) / n + z**2 / (4 * n * n)) / (1 + z**2 / n)
    low = 0.0 if p <= 0 else max(0.0, centre - half)
    high = 1.0 if p >= 1 else min(1.0, centre + half)
    return low, high


def confidence_sequence(k: float, n: float, error: float = 0.05) -> tuple[float, float]:
    """Interval of the ratio behind `k` of `n` that holds at every sample size at once.

    A sample that ends as soon as it decides is no fixed sample: Wilson's interval at
    such a stop covers far less than it says. This one is the set of ratios that the
    beta-binomial mixture with Jeffreys' prior does not refute (Robbins 1970; Howard et
    al., Time-uniform confidence sequences, 2021). `k` and `n` may be effective sizes.
    """
    if n <= 0:
        return 0.0, 1.0
    mixture = _log_beta(k + 0.5, n - k + 0.5) - _log_beta(0.5, 0.5) + log(error)

    def refuted(p: float) -> bool:
        return mixture >= k * log(p) + (n - k) * log(1 - p)

    ends = []
    for outside in (0.0, 1.0):
        inside = k / n
        if inside == outside:
            ends.append(outside)
            continue
        for _ in range(40):
            middle = (inside + outside) / 2
            if refuted(middle):
                outside = middle
            else:
                inside = middle
        ends.append(outside)
    return ends[0], ends[1]


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def increase(before: Number | None, after: Number | None) -> Number | None:
    """How much a counter grew between two readings; None if either is missing or the
    counter was reset."""
    if before is None or after is None or after < before:
        return None
    return after - before


@dataclass(frozen=True, slots=True)
class Hypotheses:
    """The loss ratios that a test separates, and its error probability either way.

    No verdict before `minimum` probes; `cap` is where sampling ends undecided."""

    good: float
    bad: float
    error: float = 0.05
    minimum: int = 20
    cap: int = 200


@dataclass(frozen=True, slots=True)
class Sample:
    """Probes in the order in which they were sent; True is a lost one."""

    lost: tuple[bool, ...] = ()

    def plus(self, more: Iterable[bool]) -> "Sample":
        return Sample(self.lost + tuple(more))

    @property
    def n(self) -> int:
        """Probes sent."""
        return len(self.lost)

    @property
    def k(self) -> int:
        """Probes lost."""
        return sum(self.lost)

    @property
    def ratio(self) -> float:
        return self.k / self.n if self.n else 0.0

    @property
    def since_first_loss(self) -> tuple[bool, ...]:
        return self.lost[self.lost.index(True) :] if self.k else ()

    @property
    def bursts(self) -> int:
        """Runs of consecutive losses."""
        return sum(self.lost[:1]) + sum(b and not a for a, b in pairwise(self.lost))

    @property
    def longest_burst(self) -> int:
        """Probes in the longest run of losses."""
        return max(_runs(self.lost, True), default=0)

    @property
    def outages(self) -> int:
        """Runs of losses that are too long for the ratio lost: `OUTAGE_RUN` or more,
        and more than chance makes of it (ten in a row where half is lost)."""
        if not 0 < self.k < self.n:
            return 0
        least = max(OUTAGE_RUN, ceil(log(OUTAGE_CHANCE) / log(self.ratio)))
        return sum(run >= least for run in _runs(self.lost, True))

    @property
    def comes_in_outages(self) -> bool:
        """May loss come in outages? Then samples that are compared must span the same
        ones."""
        return self.outages > 0 or self.longest_burst >= LONG_RUN

    @property
    def inflation(self) -> float:
        """How many probes of this sample are worth one independent probe: (1+r)/(1-r),
        where r = 1-p-q is the lag-1 correlation of Gilbert's model."""
        if self.k < 2:
            return 1.0
        if self.k == self.n:  # a single run: an outage may just have begun
            return MAX_INFLATION
        leave = self.bursts / self.k
        enter = self.bursts / (self.n - self.k)
        r = min(max(1 - leave - enter, 0.0), MAX_CORRELATION)
        return (1 + r) / (1 - r)

    def always_valid(self) -> tuple[float, float]:
        """The 95 % interval of the loss ratio, whatever made the sample end; widened
        for bursts. This is the one that is printed."""
        return confidence_sequence(self.k / self.inflation, self.n / self.inflation)

    def interval(self, z: float = Z95) -> tuple[float, float]:
        """Wilson's interval of the loss ratio, widened for bursts; 95 % by default."""
        return wilson_interval(self.ratio, self.n / self.inflation, z)


def decide(sample: Sample, between: Hypotheses) -> Decision:
    """Wald's sequential probability ratio test, bursts discounted.

    Discounted, a few long bursts would never decide; but repeated outages are no
    chance, so two of them with as much loss as `bad` are enough. "open": the sample
    does not decide (yet).
    """
    if sample.n < min(between.minimum, between.cap):
        return "open"
    if sample.outages >= OUTAGES and sample.ratio >= between.bad:
        return "bad"
    bound = log((1 - between.error) / between.error)
    weight = (
        sample.k * log(between.bad / between.good)
        + (sample.n - sample.k) * log((1 - between.bad) / (1 - between.good))
    ) / sample.inflation
    if weight >= bound:
        return "bad"
    return "good" if weight <= -bound else "open"


def clean_sample_size(between: Hypotheses) -> int:
    """Probes without loss after which the verdict is "good"."""
    clean = Sample()
    while decide(clean, between) == "open" and clean.n < between.cap:
        clean = clean.plus([False])
    return clean.n


def shows_loss(sample: Sample, loss: float, background: float = 0.01) -> bool | None:
    """Is a loss ratio of `loss` likelier than `background` for this sample?

    None without probes. A plain likelihood ratio, for segments of a path whose loss is
    already proven.
    """
    if not sample.n:
        return None
    loss = min(max(loss, 2 * background), 0.99)
    weight = sample.k * log(loss / background) + (sample.n - sample.k) * log(
        (1 - loss) / (1 - background)
    )
    return weight > 0


def sample_size_for(loss: float, miss: float = 0.001, step: int = 12) -> int:
    """Probes, in steps of `step`, of which a segment with that loss fails to show it
    (`shows_loss`) in at most `miss` of all runs; from 2 to 20 steps."""
    n = 2 * step
    while n < 20 * step and _miss_probability(n, loss) > miss:
        n += step
    return n


def _miss_probability(n: int, loss: float) -> float:
    """The probability that `n` probes of a segment with that loss do not show it."""
    return sum(
        comb(n, k) * loss**k * (1 - loss) ** (n - k)
        for k in range(n + 1)
        if not shows_loss(Sample((True,) * k + (False,) * (n - k)), loss)
    )


EVEN = 0.6  # chance undercuts this in 1 of 200 samples of 36 to 96, whatever the loss


def evenly_spaced(sample: Sample) -> bool:
    """Are losses spaced more evenly than chance would have it, as by a rate limiter?

    A rate limiter passes a fixed number per second. From the first loss on, the count
    of losses then stays close to its mean; by chance it deviates by about the square
    root of the number of probes (Kuiper's statistic).
    """
    lost = sample.since_first_loss
    n, k = len(lost), sum(lost)
    if min(k, n - k) < 5:
        return False
    deviations = list(accumulate((one - k / n for one in lost), initial=0.0))
    return max(deviations) - min(deviations) < EVEN * sqrt(k * (n - k) / n)


RECOVERY = 15  # probes; a rate limiter passes one now and then


def recovers(sample: Sample) -> bool:
    """Does loss come in outages with none in between? A rate limiter that has begun to
    drop passes no long run of probes at the same pace."""
    if sample.outages < OUTAGES:
        return False
    return max(_runs(sample.since_first_loss, False), default=0) >= RECOVERY


def _runs(lost: Iterable[bool], kind: bool) -> Iterator[int]:
    """Lengths of the runs of losses (`kind` True) or of answers."""
    return (len(list(run)) for key, run in groupby(lost) if key is kind)


CUT_OFF_RUN = 6  # trials on either side
CUT_OFF_LOSS = 0.8  # from which on a port is closed or limited, not lossy


def stays_lost(sample: Sample) -> bool:
    """Is hardly any trial answered after the first that was lost?"""
    after = sample.since_first_loss
    return len(after) >= CUT_OFF_RUN and sum(after) >= CUT_OFF_LOSS * len(after)


def is_cut_off(sample: Sample) -> bool:
    """Were trials answered at first and then hardly any, as by a connection limit?"""
    answered = sample.n - len(sample.since_first_loss)
    return answered >= CUT_OFF_RUN and stays_lost(sample)


def exceeds(more: Sample, less: Sample) -> bool:
    """Is the loss of `more` above that of `less`, their 99 % intervals apart?

    Not 95 %: a sample that ended as soon as it decided overstates its loss."""
    if not more.n or not less.n:
        return False
    return more.interval(Z99)[0] > less.interval(Z99)[1]


def proven_loss(sample: Sample) -> float:
    """The lower end of the sample's 95 % interval, and never below 3 %.

    A sample that has just decided overstates the loss (Wald 1945), and a segment must
    not be cleared for showing less than that.
    """
    return max(0.03, sample.interval()[0])


def median_or_none(values: Sequence[float]) -> float | None:
    """The median; None without values."""
    return median(values) if values else None


def percentile(values: Sequence[float], share: float = 0.95) -> float | None:
    """The value that `share` (0-1) of them do not exceed, by nearest rank; None without
    values."""
    return sorted(values)[ceil(share * len(values)) - 1] if values else None
