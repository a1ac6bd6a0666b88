"""The same ear on a capture file: pcap or pcapng, also gzipped."""

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from posdiag.formats.pcap import FILE_LIMIT, CaptureFile, unpacked
from posdiag.formats.traffic.ear import Ear, Setting
from posdiag.system.terminal.order import WatchOrder


class Tell(Protocol):
    def __call__(self, ear: Ear, *, final: bool) -> None: ...


def read(order: WatchOrder, tell: Tell, refuse: Callable[[str], None]) -> None:
    """Hear every packet of the file; times count from the first one."""
    question = order.question
    try:
        with Path(question.file).open("rb") as file:
            raw = file.read(FILE_LIMIT + 1)
    except OSError:
        return refuse("capture-unreadable")
    capture = CaptureFile(unpacked(raw[:FILE_LIMIT]))
    if not capture.recognised:
        return refuse("capture-unreadable")
    ear = Ear(Setting("read", order.network, order.router, wanted=question.mac.lower()))
    begun: float | None = None
    for packet in capture:
        seconds = packet.seconds if packet.seconds is not None else begun or 0.0
        begun = seconds if begun is None else begun
        data = packet.data[: -packet.fcs] if packet.fcs else packet.data
        ear.hear(packet.link, data, max(0.0, seconds - begun))
    ear.damaged = capture.damaged
    ear.cut = capture.cut or len(raw) > FILE_LIMIT
    tell(ear, final=True)
    return None
