"""The same survey of a capture file: pcap or pcapng, also gzipped."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from posdiag.formats.pcap import FILE_LIMIT, CaptureFile, unpacked
from posdiag.formats.traffic.tracker import Setting, Tracker
from posdiag.system.terminal.config import WatchConfig


class Report(Protocol):
    def __call__(self, tracker: Tracker, *, final: bool) -> None: ...


def read(config: WatchConfig, report: Report, refuse: Callable[[str], None]) -> None:
    """Track every packet of the file; times count from the first one."""
    question = config.question
    try:
        with Path(question.file).open("rb") as file:
            raw = file.read(FILE_LIMIT + 1)
    except OSError:
        return refuse("capture-unreadable")
    data = unpacked(raw[:FILE_LIMIT])
    capture = CaptureFile(data)
    if not capture.recognised:
        return refuse("capture-unreadable")
    tracker = Tracker(
        Setting("read", config.network, config.router, wanted=question.mac.lower())
    )
    begun: float | None = None
    for packet in capture:
        seconds = packet.seconds if packet.seconds is not None else begun or 0.0
        begun = seconds if begun is None else begun
        frame = packet.data[: -packet.fcs] if packet.fcs else packet.data
        tracker.frame(packet.link, frame, max(0.0, seconds - begun))
    tracker.damaged += capture.damaged
    tracker.cut = capture.cut or max(len(raw), len(data) + 1) > FILE_LIMIT
    report(tracker, final=True)
    return None
