"""Counts the traffic of the run itself."""

from dataclasses import dataclass


@dataclass(slots=True)
class Meter:
    """Bytes at the IP layer, headers included, sent and received by our own probes."""

    sent: int = 0
    received: int = 0

    def add(self, sent: int = 0, received: int = 0) -> None:
        self.sent += sent
        self.received += received

    @property
    def total(self) -> int:
        return self.sent + self.received
