"""Which packets are lost on a segment?

Drawn from a generator of its own for each segment, seeded, so that a demonstration
shows the same each time. Of every so many packets exactly one is lost, at a place that
is drawn: a short sample then has the loss that the segment is described with.
"""

import threading
from random import Random

from posdiag.demo.world import Segment, Way


class Chance:
    """The generators of one world. Safe to use from several threads."""

    def __init__(self, seed: int = 1) -> None:
        self._seed = seed
        self._streams: dict[Segment, _Stream] = {}
        self._lock = threading.Lock()

    def lost(self, way: Way) -> bool:
        """Is the next round trip over this way lost?"""
        with self._lock:
            return any([self._on(segment).lost() for segment in way.segments])

    def trip(self, way: Way) -> float:
        """How long the next round trip takes, seconds: some are a little late."""
        with self._lock:
            return sum(self._on(segment).trip() for segment in way.segments)

    def _on(self, segment: Segment) -> "_Stream":
        if segment not in self._streams:
            self._streams[segment] = _Stream(segment, f"{self._seed}{segment}")
        return self._streams[segment]


class _Stream:
    """The packets of one segment, one after the other."""

    def __init__(self, segment: Segment, seed: str) -> None:
        self._random = Random(seed)  # noqa: S311 - a simulation, no secret
        self._delay = segment.delay
        share = segment.loss + segment.damage
        self._block = max(2, round(1 / share)) if share else 0
        self._left: list[bool] = []

    def lost(self) -> bool:
        if not self._block:
            return False
        if not self._left:
            self._left = [False] * self._block
            self._left[self._random.randrange(self._block)] = True
        return self._left.pop()

    def trip(self) -> float:
        return self._delay * self._random.uniform(1.0, 1.15)
