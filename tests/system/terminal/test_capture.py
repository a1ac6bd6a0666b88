"""What a capture file holds of the terminal, and what cannot be read of it."""

import struct
from pathlib import Path

import pytest

from posdiag.formats.traffic.tracker import Tracker
from posdiag.model.questions.terminal import WatchTerminal
from posdiag.system.terminal.capture import read
from posdiag.system.terminal.config import WatchConfig
from tests.formats.traffic.wire import TERMINAL, arp

ETHERNET, USER0 = 1, 147


def pcap(link: int, *frames: bytes) -> bytes:
    head = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link)
    records = [struct.pack("<IIII", n, 0, len(f), len(f)) for n, f in enumerate(frames)]
    return head + b"".join(r + f for r, f in zip(records, frames, strict=True))


@pytest.mark.parametrize(("link", "damaged"), [(ETHERNET, 1), (USER0, 3)])
def test_packets_of_another_link_and_records_cut_off_are_counted(
    link: int, damaged: int, tmp_path: Path
) -> None:
    asked = arp(TERMINAL, "192.168.1.60", "192.168.1.1")
    file = tmp_path / "x.pcap"
    file.write_bytes(pcap(link, asked, asked) + b"\1" * 7)
    trackers: list[Tracker] = []

    def report(tracker: Tracker, *, final: bool) -> None:
        trackers.append(tracker)

    read(WatchConfig(WatchTerminal("read", file=str(file))), report, pytest.fail)

    survey = trackers[0].survey()
    assert survey.damaged == damaged
    assert [s.mac for s in survey.stations] == [TERMINAL] * (link == ETHERNET)
