"""Frames come out of capture files of every kind as they were put in."""

import struct
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posdiag.formats import pcap as file_format
from posdiag.formats.pcap import CaptureFile
from tests.wifi_files import (
    FOLDER,
    RADIOTAP,
    block,
    enhanced,
    fixture,
    frames,
    interface,
    pcap,
    section,
    simple,
    turned,
)

OK = fixture("ok")


def test_every_frame_of_a_real_file_is_there() -> None:
    capture = CaptureFile(OK)
    found = list(capture)

    assert (len(found), capture.frames, capture.damaged, capture.cut) == (
        48,
        48,
        0,
        False,
    )
    assert {frame.link for frame in found} == {RADIOTAP}


@pytest.mark.parametrize(
    ("magic", "ticks"),
    [(b"\xa1\xb2\xc3\xd4", 1_000_000), (b"\xa1\xb2\x3c\x4d", 1_000_000_000)],
)
def test_byte_order_and_nanoseconds_are_the_same_to_us(
    magic: bytes, ticks: int
) -> None:
    again = frames(turned(OK, magic, ticks))

    assert [frame for _, frame in frames(OK)] == [frame for _, frame in again]
    assert [when for when, _ in frames(OK)] == pytest.approx(
        [when for when, _ in again], abs=2e-6
    )


def test_the_pcapng_file_that_scapy_wrote_is_read() -> None:
    written = (FOLDER / "ok.pcapng").read_bytes()

    assert frames(OK) == frames(written)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("resolution", "ticks"), [(None, 10**6), (9, 10**9)])
def test_pcapng_of_several_interfaces(
    order: str, resolution: int | None, ticks: int
) -> None:
    data = section(order) + interface(order, 1) + interface(order, 127, resolution)
    for when, frame in frames(OK):
        data += enhanced(order, 1, int(when * ticks), frame)
    data += block(order, 0x0BAD, b"of a kind that nobody knows")
    found = list(CaptureFile(data))

    assert {frame.link for frame in found} == {RADIOTAP}
    assert [frame.data for frame in found] == [frame for _, frame in frames(OK)]
    assert [frame.seconds for frame in found] == pytest.approx(
        [when for when, _ in frames(OK)], abs=2e-6
    )


def test_a_simple_packet_has_no_time() -> None:
    data = section("<") + interface("<", 105) + simple("<", b"frame")

    assert [(f.link, f.data, f.seconds) for f in CaptureFile(data)] == [
        (105, b"frame", None)
    ]


def test_a_resolution_of_powers_of_two() -> None:
    data = section("<") + interface("<", 105, 0x80 | 10) + enhanced("<", 0, 2048, b"x")

    assert [frame.seconds for frame in CaptureFile(data)] == [2.0]


def test_a_new_section_has_its_own_interfaces_and_byte_order() -> None:
    data = section("<") + interface("<", 1) + simple("<", b"a")
    data += section(">") + interface(">", 105) + simple(">", b"b")

    assert [(f.link, f.data) for f in CaptureFile(data)] == [(1, b"a"), (105, b"b")]


def test_the_old_packet_block_is_read() -> None:
    body = struct.pack("<HHIIII", 0, 7, 0, 3_000_000, 5, 5) + b"hello"
    data = section("<") + interface("<", 105) + block("<", 2, body)

    assert [(f.data, f.seconds) for f in CaptureFile(data)] == [(b"hello", 3.0)]


def test_a_file_that_tells_the_length_of_the_checksum() -> None:
    network = struct.pack("<I", 2 << 28 | 0x0400_0000 | 105)
    data = OK[:20] + network + pcap(105, [(1.0, b"frameFCS!")])[24:]

    assert [(f.link, f.fcs) for f in CaptureFile(data)] == [(105, 4)]


def test_what_is_cut_off_is_counted_and_the_rest_is_kept() -> None:
    capture = CaptureFile(OK[:-7])

    assert len(list(capture)) == 47
    assert capture.damaged == 1


def test_a_frame_that_is_too_large_is_passed_over() -> None:
    capture = CaptureFile(pcap(105, [(1.0, b"a"), (2.0, bytes(70_000)), (3.0, b"c")]))

    assert [frame.data for frame in capture] == [b"a", b"c"]
    assert capture.damaged == 1


def test_a_packet_of_an_interface_that_is_not_there_is_damaged() -> None:
    capture = CaptureFile(section("<") + enhanced("<", 3, 0, b"x") + simple("<", b"y"))

    assert list(capture) == []
    assert capture.damaged == 2


def test_more_frames_than_are_read_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_format, "MAX_FRAMES", 5)
    capture = CaptureFile(OK)

    assert len(list(capture)) == 5
    assert capture.cut


def test_many_frames_are_read_in_a_time_that_goes_with_their_number() -> None:
    data = pcap(105, []) + file_format.record(1.0, b"") * 50_000
    begin = time.process_time()

    assert sum(1 for _ in CaptureFile(data)) == 50_000
    assert time.process_time() - begin < 10


@pytest.mark.parametrize("data", [b"", b"\0" * 100, b"GIF89a", b"\xd4\xc3\xb2"])
def test_what_is_no_capture_is_known_as_such(data: bytes) -> None:
    assert not CaptureFile(data).recognised


@settings(deadline=None)  # the machine may be busy
@given(st.binary(max_size=400), st.sampled_from([OK[:4], OK[:24], section("<")]))
def test_no_bytes_raise(data: bytes, head: bytes) -> None:
    capture = CaptureFile(head + data)

    assert len(list(capture)) == capture.frames
    assert len(list(CaptureFile(data))) <= len(data)


@settings(deadline=None)  # the machine may be busy
@given(st.data())
def test_no_changed_pcapng_raises(data: st.DataObject) -> None:
    whole = bytearray((FOLDER / "ok.pcapng").read_bytes())
    places = st.integers(0, len(whole) - 1)
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(places)] = data.draw(st.integers(0, 255))
    capture = CaptureFile(bytes(whole))

    assert len(list(capture)) == capture.frames
