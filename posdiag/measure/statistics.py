"""How sure may one be of a loss? Wald's sequential test, Wilson's interval, bursts.

Sources: A. Wald, Sequential Tests of Statistical Hypotheses (1945); E. B. Wilson
(1927); E. N. Gilbert's two-state model (1960) for losses that come in bursts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import ceil, comb, log, sqrt
from statistics import median
from typing import Literal, TypeVar

Z95 = 1.959964  # two-sided 95 % point of the normal distribution
Z99 = 2.575829

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


def increase(before: Number | None, after: Number | None) -> Number | None:
    """How much a counter grew between two readings; None if either is missing or the
    counter was reset."""
    if before is None or after is None or after < before:
        return None
    return after - before


@dataclass(frozen=True, slots=True)
class Hypotheses:
    """A loss ratio that is fine, one that is not, and the error either way."""

    good: float
    bad: float
    error: float = 0.05
    minimum: int = 20
    cap: int = 200


@dataclass(frozen=True, slots=True)
class Sample:
    """Probes in the order they were sent; True is a lost one."""

    lost: tuple[bool, ...] = ()

    def plus(self, more: Iterable[bool]) -> "Sample":
        return Sample(self.lost + tuple(more))

    @property
    def n(self) -> int:
        return len(self.lost)

    @property
    def k(self) -> int:
        return sum(self.lost)

    @property
    def ratio(self) -> float:
        return self.k / self.n if self.n else 0.0

    @property
    def runs(self) -> int:
        """How many separate bursts of loss there are."""
        return sum(self.lost[:1]) + sum(b and not a for a, b in pairwise(self.lost))

    @property
    def longest(self) -> int:
        """The longest burst, in probes."""
        best = now = 0
        for lost in self.lost:
            now = now + 1 if lost else 0
            best = max(best, now)
        return best

    @property
    def inflation(self) -> float:
        """By how much bursts make the sample worth less: (1+r)/(1-r), r the lag-1
        correlation 1-p-q of Gilbert's model; 1 for losses that come singly."""
        if self.k < 2 or self.k == self.n:
            return 1.0
        leave = self.runs / self.k
        enter = self.runs / (self.n - self.k)
        r = min(max(1 - leave - enter, 0.0), 0.95)
        return (1 + r) / (1 - r)

    def interval(self, z: float = Z95) -> tuple[float, float]:
        """Wilson's interval of the loss ratio, widened for bursts; 95 % by default."""
        return wilson_interval(self.ratio, self.n / self.inflation, z)


def decide(sample: Sample, between: Hypotheses) -> Decision:
    """Wald's test, with a minimum sample and bursts discounted.

    "open" means that the evidence does not suffice (yet); at the cap that is final.
    """
    if sample.n < min(between.minimum, between.cap):
        return "open"
    bound = log((1 - between.error) / between.error)
    weight = (
        sample.k * log(between.bad / between.good)
        + (sample.n - sample.k) * log((1 - between.bad) / (1 - between.good))
    ) / sample.inflation
    if weight >= bound:
        return "bad"
    return "good" if weight <= -bound else "open"


def quickest(between: Hypotheses) -> int:
    """Probes, all answered, after which the verdict can be "good" at the earliest."""
    clean = Sample()
    while decide(clean, between) == "open" and clean.n < between.cap:
        clean = clean.plus([False])
    return clean.n


def shows(sample: Sample, loss: float, background: float = 0.01) -> bool | None:
    """Does this segment show a loss of about `loss` rather than the background?

    None where there is no sample. A plain likelihood ratio: the question is only
    which of two is likelier, the loss itself being already proven on the whole path.
    """
    if not sample.n:
        return None
    loss = min(max(loss, 2 * background), 0.99)
    weight = sample.k * log(loss / background) + (sample.n - sample.k) * log(
        (1 - loss) / (1 - background)
    )
    return weight > 0


def telling(loss: float, miss: float = 0.001, step: int = 12) -> int:
    """Probes, in steps of `step`, after which a segment with that loss fails to show it
    (`shows`) in at most `miss` of all runs; at most some hundreds."""
    n = 2 * step
    while n < 20 * step and _passes(n, loss) > miss:
        n += step
    return n


def _passes(n: int, loss: float) -> float:
    """How likely a segment with that loss does not show it in `n` probes."""
    clear = range(n + 1)
    return sum(
        comb(n, k) * loss**k * (1 - loss) ** (n - k)
        for k in clear
        if not shows(Sample((True,) * k + (False,) * (n - k)), loss)
    )


EVEN = 0.6  # undercut by chance in 1 of 200 samples of 36 to 96, whatever the loss


def evenly(sample: Sample) -> bool:
    """Do losses follow each other more evenly than chance lets them?

    Who counts what he answers lets through so many a second, one like the other. From
    the first loss on, the number of losses then never strays from its share; by chance
    it strays about as far as the square root of the number (Kuiper 1960).
    """
    lost = sample.lost[sample.lost.index(True) :] if sample.k else ()
    n, k = len(lost), sum(lost)
    if min(k, n - k) < 5:
        return False
    strays = list(accumulate((one - k / n for one in lost), initial=0.0))
    return max(strays) - min(strays) < EVEN * sqrt(k * (n - k) / n)


FEW = 6  # trials


def cut_off(sample: Sample) -> bool:
    """Was all well at first, and then next to nothing? A line loses now and then; who
    counts connections and has counted enough does this."""
    first = sample.lost.index(True) if sample.k else sample.n
    after = sample.lost[first:]
    return min(first, len(after)) >= FEW and sum(after) >= 0.8 * len(after)


def exceeds(more: Sample, less: Sample) -> bool:
    """Is the loss of `more` clearly above that of `less`? Their 99 % intervals are
    apart: a sample that was ended because it looked bad looks worse than it is."""
    if not more.n or not less.n:
        return False
    return more.interval(Z99)[0] > less.interval(Z99)[1]


def at_least(sample: Sample) -> float:
    """The loss that a sample proves: the lower end of its interval, 3 % at the least.

    A small sample that has just decided overstates the loss as a rule (Wald 1945); a
    segment is not to be cleared for showing less than that.
    """
    return max(0.03, sample.interval()[0])


def middle(trips: Sequence[float]) -> float | None:
    return median(trips) if trips else None


def nearly_all(trips: Sequence[float], share: float = 0.95) -> float | None:
    """The trip that `share` of them do not exceed (nearest rank); None for none."""
    if not trips:
        return None
    return sorted(trips)[ceil(share * len(trips)) - 1]
