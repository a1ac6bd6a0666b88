"""What comes from the air or from a file never raises, and ends in time."""

import struct
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posdiag.formats.dot11.eapol import key_message
from posdiag.formats.dot11.elements import akms_of, iter_elements
from posdiag.formats.dot11.four_way import StationHandshakes
from posdiag.formats.dot11.frames import parse_frame
from posdiag.formats.dot11.psk import verify_mic
from posdiag.formats.dot11.radiotap import strip_radio_header
from posdiag.model.site import Secret
from posdiag.system.wifi.capture.frame_filter import FrameFilter
from posdiag.system.wifi.capture.handshakes import MAX_HANDSHAKES, handshakes
from tests.wifi_files import RIGHT, SHOP, fixture, frames, pcap, plain

LINKS = st.sampled_from([105, 119, 127, 163, 192, 1, 0, 65535])
CHANGED = st.sampled_from(["ok", "wrong", "ft-psk", "sae", "hidden", "wpa-tkip"])


@settings(deadline=None)  # the machine may be busy
@given(LINKS, st.binary(max_size=200), st.integers(0, 30))
def test_no_frame_raises(link: int, data: bytes, fcs: int) -> None:
    found = strip_radio_header(link, data, fcs)
    frame = parse_frame(link, data, fcs)

    assert found is None or len(found.frame) <= len(data)
    assert frame is None or len(frame.sender) == 6


@settings(deadline=None)  # the machine may be busy
@given(st.binary(max_size=300))
def test_no_elements_raise(data: bytes) -> None:
    assert sum(2 + len(value) for _, value in iter_elements(data)) <= len(data)
    assert len(akms_of(data)) <= 16


@settings(deadline=None)  # the machine may be busy
@given(st.binary(max_size=300))
def test_no_key_message_raises(data: bytes) -> None:
    packet = b"\2\3" + struct.pack(">H", 95 + len(data)) + b"\2" + data + bytes(99)
    message = key_message(packet)

    assert key_message(data) is None or data[1] == 3
    assert message is None or message.message in (1, 2, 3, 4)
    if message is not None:
        assert verify_mic(bytes(32), b"x", bytes(6), bytes(6), bytes(32), message) in (
            True,
            False,
        )


@settings(deadline=None)  # the machine may be busy
@given(st.data(), CHANGED)
def test_no_changed_capture_raises(data: st.DataObject, name: str) -> None:
    whole = bytearray(fixture(name))
    places = st.integers(0, len(whole) - 1)
    for _ in range(data.draw(st.integers(1, 20))):
        whole[data.draw(places)] = data.draw(st.integers(0, 255))
    found = handshakes(bytes(whole), SHOP, Secret(RIGHT))

    assert found is None or found.damaged <= found.frames + 1


@settings(deadline=None, max_examples=30)  # the machine may be busy
@given(st.data(), CHANGED)
def test_no_changed_frame_stops_a_recording(data: st.DataObject, name: str) -> None:
    frame_filter = FrameFilter(SHOP)
    for number, (when, frame) in enumerate(frames(fixture(name)), 1):
        changed = bytearray(frame)
        at = data.draw(st.integers(0, len(frame) - 1))
        changed[at] = data.draw(st.integers(0, 255))
        assert len(frame_filter.add(bytes(changed), when)) <= number


@settings(deadline=None)  # the machine may be busy
@given(st.data())
def test_a_changed_passphrase_check_never_says_yes(data: st.DataObject) -> None:
    """Whatever one bit of message 2 or of the nonce is turned: no match is invented."""
    kept = [one for one in plain(fixture("wrong")) if one[1][0] & 0x0C == 8]
    number = data.draw(st.integers(0, len(kept) - 1))
    when, frame = kept[number]
    bit = data.draw(st.integers(0, len(frame) * 8 - 1))
    changed = bytearray(frame)
    changed[bit // 8] ^= 1 << bit % 8
    kept[number] = when, bytes(changed)
    found = handshakes(pcap(105, kept), SHOP, Secret(RIGHT))

    assert found is not None
    assert all(told.match is not True for told in found.all)


def authentication(station: int) -> bytes:
    point = bytes.fromhex("020000000100")
    head = b"\xb0\0\0\0" + point + b"\2" + station.to_bytes(5, "big") + point
    return head + b"\0\0" + struct.pack("<HHH", 0, 1, 0)


def test_a_flood_of_stations_is_bounded() -> None:
    flood = [(float(n), authentication(n)) for n in range(10_000)]
    begin = time.process_time()
    found = handshakes(pcap(105, flood), b"", Secret(RIGHT))

    assert found is not None
    assert (len(found.all), found.frames) == (MAX_HANDSHAKES, 10_000)
    assert time.process_time() - begin < 20


def test_a_flood_of_names_is_bounded() -> None:
    """Each name wants a master key, and each of those takes milliseconds."""
    key = [one for one in plain(fixture("ok")) if one[1][0] & 0x0C == 8]
    kept = []
    for n in range(300):
        point = b"\2" + n.to_bytes(5, "big")
        name = f"{n:08}".encode()
        beacon = b"\x80\0\0\0" + b"\xff" * 6 + point * 2 + bytes(14) + b"\0\x08" + name
        kept.append((float(n), beacon))
        for when, frame in key:
            changed = frame.replace(bytes.fromhex("020000000100"), point)
            kept.append((n + when % 1, changed))
    begin = time.process_time()
    found = handshakes(pcap(105, kept), b"", Secret(RIGHT))

    assert found is not None
    assert time.process_time() - begin < 20
    assert {told.why for told in found.all} <= {"", "unsupported"}


@pytest.mark.parametrize("link", [105, 127])
def test_frames_of_one_byte_to_a_hundred(link: int) -> None:
    whole = fixture("ok")
    for _, frame in frames(whole):
        for length in range(100):
            cut = parse_frame(link, frame[:length])
            assert cut is None or len(cut.bssid) in (0, 6)


def test_an_exchange_keeps_little_however_long_it_is() -> None:
    exchange = StationHandshakes(
        bytes.fromhex("020000000100"), bytes.fromhex("020000000000")
    )
    found = [parse_frame(105, frame) for _, frame in plain(fixture("wrong"))]
    talk = [frame for frame in found if frame is not None and frame.kind != "beacon"]
    for n in range(2000):
        for frame in talk:
            exchange.add(frame, float(n))

    assert len(exchange.pairs) <= 64
    assert len(exchange.codes) <= 64
