"""The result of a loss survey: samples by segment, and the statistics over them.

Frozen values and pure functions; RTTs are seconds, losses ratios.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from posdiag.measure.frame_errors import FrameErrors
from posdiag.measure.statistics import (
    Decision,
    Hypotheses,
    Sample,
    decide,
    evenly_spaced,
    median_or_none,
    proven_loss,
    shows_loss,
)
from posdiag.model.limits import Limits, Plan

MAX_CONNECTIONS = 26
"""Connections for one test: with those that other checks make, at most 30 a run. Each
gives two trials, the SYN and the FIN."""

NO_PROBES = Sample()

Method = Literal["icmp", "tcp", ""]
RateLimiting = Literal["not-tested", "excluded", "not-separable"]
Kind = Literal["large", "connections"]


@dataclass(frozen=True, slots=True)
class HostSample:
    """Probes to one host. `method` is "" where it answered none.

    `rtts` are those of `trips`, which has an entry for each echo or connect in order,
    None for a lost one. `over_budget`: it ended early, at the byte budget of a metered
    connection. `usual` is the RTT of a connect that was seen before, 0 for none.
    """

    address: str
    method: Method
    sample: Sample = NO_PROBES
    rtts: tuple[float, ...] = ()
    trips: tuple[float | None, ...] = ()
    over_budget: bool = False
    usual: float = 0.0

    @property
    def answered(self) -> bool:
        return bool(self.rtts)

    @property
    def rtt(self) -> float | None:
        """The median RTT."""
        return median_or_none(self.rtts)


@dataclass(frozen=True, slots=True)
class Segments:
    """Samples of nearer segments of the path, without those that did not answer."""

    router: HostSample | None = None
    beyond: tuple[HostSample, ...] = ()  # hops beyond the router, other Internet hosts
    last_hop: bool = False  # the next machine after the router is the end of the path


NOT_SAMPLED = Segments()


@dataclass(frozen=True, slots=True)
class SaleLoss:
    """Loss of the traffic of a sale on a path where small echoes pass.

    `path` is a sample of full segments (`size`: bytes of their IP packets) or of
    connections, "bad" or still open.
    """

    kind: Kind
    path: HostSample
    decision: Decision
    size: int = 0
    segments: Segments = NOT_SAMPLED


@dataclass(frozen=True, slots=True)
class LossSurvey:
    """All that was measured of loss and delay on the path to the acquirer.

    `path` is the end-to-end sample: to the acquirer, else to another host beyond the
    router, else to the router itself. Where it shows loss, `rate_limiting` says whether
    dropped replies were separated from it.
    `segments` were sampled for their loss where the path looked lossy, `delays` for
    their RTT where it is slow, `frames` where it is lossy. `sale` is there where full
    segments or connections are lost and small echoes are not. `plan` is the one whose
    hypotheses the samples can separate.
    """

    plan: Plan
    path: HostSample
    rate_limiting: RateLimiting = "not-tested"
    segments: Segments = NOT_SAMPLED
    delays: Segments = NOT_SAMPLED
    frames: FrameErrors | None = None
    sale: SaleLoss | None = None

    @property
    def reported(self) -> HostSample:
        """The sample that a finding is about."""
        lost = self.sale and self.sale.decision == "bad"
        return self.sale.path if self.sale and lost else self.path

    def decision(self, limits: Limits) -> Decision:
        return decide(self.path.sample, hypotheses(limits, self.plan, self.path.method))

    def is_lossy(self, limits: Limits) -> bool:
        """Is more lost than should be, replies dropped by a rate limiter apart?"""
        decision = self.decision(limits)
        if self.rate_limiting != "excluded" or decision == "good":
            return False
        return decision == "bad" or self.proven_by_nearer_segment(limits)

    def proven_by_nearer_segment(self, limits: Limits) -> bool:
        """Where TCP alone is undecided: does a nearer segment prove the loss, and does
        the end-to-end sample agree? Evenly spaced losses prove only a rate limit."""
        near = self.segments
        return any(
            decide(part.sample, hypotheses(limits, self.plan, part.method)) == "bad"
            and not evenly_spaced(part.sample)
            and bool(shows_loss(self.path.sample, proven_loss(part.sample)))
            for part in (near.router, *near.beyond)
            if part
        )


def is_slow(path: HostSample, limits: Limits) -> bool:
    """Is the median RTT at or above the limit?"""
    return path.rtt is not None and path.rtt >= limits["delay.slow"]


def hypotheses(limits: Limits, plan: Plan, method: Method) -> Hypotheses:
    """The loss ratios that a sample of this plan and method separates."""
    suffix = {Plan.QUICK: "_quick", Plan.THOROUGH: "_thorough"}.get(plan, "")
    bad = limits["loss.bad" + suffix]
    cap = int(limits["loss.cap" + suffix])
    if method == "tcp":
        bad, cap = max(bad, limits["loss.bad_tcp"]), 2 * MAX_CONNECTIONS
    minimum = int(limits["loss.minimum"])
    return Hypotheses(limits["loss.good"], bad, limits["loss.error"], minimum, cap)


def sale_hypotheses(limits: Limits, kind: Kind) -> Hypotheses:
    """The loss ratios that a sample of full segments or of connections separates."""
    bad = limits["loss.bad_large" if kind == "large" else "loss.bad_tcp"]
    cap = int(limits[f"loss.cap_{kind}"])
    return Hypotheses(limits["loss.good"], bad, limits["loss.error"], 8, cap)


def first_lossy(samples: Iterable[HostSample], loss: float) -> HostSample | None:
    """The first sample that shows a loss of about `loss`."""
    return next((s for s in samples if shows_loss(s.sample, loss)), None)
