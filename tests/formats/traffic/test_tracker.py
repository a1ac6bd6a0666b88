"""What is made of single frames?"""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posdiag.formats.traffic import signs
from posdiag.formats.traffic.layers import COOKED, COOKED2, ETHERNET, RAW
from posdiag.formats.traffic.tracker import MAX_DEVICES, Setting, Tracker
from posdiag.model.limits import Limits
from posdiag.model.questions.terminal import Mode, Station, TerminalSurvey
from tests.formats.traffic.wire import OTHER, ROUTER, TERMINAL, arp, tcp, udp

LAN, GATEWAY, DEAD = "192.168.1.0/24", "192.168.1.1", "192.168.1.254"
OWN, HOST = "192.168.1.60", "203.0.113.9"


def heard(*frames: tuple[float, bytes], mode: Mode = "inline") -> TerminalSurvey:
    tracker = Tracker(Setting(mode, LAN, GATEWAY))
    for when, frame in frames:
        tracker.frame(ETHERNET, frame, when, inside=frame[6:12].hex(":") == TERMINAL)
    return tracker.survey()


def of(survey: TerminalSurvey, mac: str = TERMINAL) -> Station:
    return next(s for s in survey.stations if s.mac == mac)


def test_an_unanswered_search_is_dead_and_an_answered_one_is_not() -> None:
    asks = [(t, arp(TERMINAL, OWN, DEAD)) for t in (1.0, 2.0, 3.0)]
    answered = arp(ROUTER, DEAD, OWN, reply=True, to=TERMINAL)

    silent = heard(*asks, (9.0, arp(OTHER, "192.168.1.9", GATEWAY)))
    known = heard(*asks, (3.1, answered))

    assert signs.answers(silent, of(silent).searches[0], Limits()) is False
    assert signs.answers(known, of(known).searches[0], Limits()) is True


def test_two_that_use_an_address_at_once_are_a_conflict() -> None:
    found = heard(
        (1.0, arp(TERMINAL, OWN, GATEWAY)),
        (2.0, arp(OTHER, OWN, GATEWAY)),
        (3.0, arp(TERMINAL, OWN, GATEWAY)),
    )

    assert signs.rivals_for(found, of(found), OWN) == (OTHER,)


def test_one_after_the_other_is_none() -> None:
    found = heard((1.0, arp(OTHER, OWN, GATEWAY)), (40.0, arp(TERMINAL, OWN, GATEWAY)))

    assert found.claims == ()


def test_a_router_that_answers_for_all_has_no_conflict() -> None:
    answers = [
        (1.0 + n, arp(ROUTER, f"192.168.1.{n}", OWN, reply=True, to=TERMINAL))
        for n in (1, 7, 8, 9, 60)
    ]
    found = heard(
        (0.5, arp(TERMINAL, OWN, GATEWAY)),
        *answers,
        (70.0, arp(TERMINAL, OWN, GATEWAY)),
    )

    assert found.claims == ()


def test_a_virtual_router_has_no_conflict() -> None:
    found = heard(
        (1.0, arp("00:00:5e:00:01:05", GATEWAY, OWN)),
        (1.5, arp(ROUTER, GATEWAY, OWN)),
        (2.0, arp("00:00:5e:00:01:05", GATEWAY, OWN)),
    )

    assert found.claims == ()


def test_a_probe_is_a_boot_and_no_address() -> None:
    found = of(heard((1.0, arp(TERMINAL, "0.0.0.0", OWN))))

    assert (found.probed, found.addresses, found.boots) == (OWN, (), (1.0,))


def test_packets_beyond_the_lan_are_counted_by_neighbour() -> None:
    out = udp(TERMINAL, ROUTER, (OWN, HOST), (5000, 123))
    back = udp(ROUTER, TERMINAL, (HOST, OWN), (123, 5000))
    found = of(heard((1.0, arp(TERMINAL, OWN, GATEWAY)), (1.1, out), (1.2, back)))

    assert [(v.mac, v.sent, v.received) for v in found.vias] == [(ROUTER, 1, 1)]
    assert found.datagrams == (f"{HOST}:123",)


def test_a_router_is_not_known_by_the_addresses_behind_it() -> None:
    found = heard((1.0, udp(ROUTER, TERMINAL, (HOST, OWN), (53, 5000))))

    assert of(found, ROUTER).addresses == ()


def test_a_refused_connection() -> None:
    syn = tcp(TERMINAL, ROUTER, (OWN, HOST), (5000, 443), "S")
    reset = tcp(ROUTER, TERMINAL, (HOST, OWN), (443, 5000), "RA")
    found = of(heard((1.0, arp(TERMINAL, OWN, GATEWAY)), (1.1, syn), (1.2, reset)))

    assert [t.outcome for t in found.talks] == ["refused"]


def test_an_answer_in_the_clear() -> None:
    ends, back = (OWN, HOST), (HOST, OWN)
    out, home = (5000, 443), (443, 5000)
    frames = [
        tcp(TERMINAL, ROUTER, ends, out, "S", sequence=10),
        tcp(ROUTER, TERMINAL, back, home, "SA", sequence=70, acknowledged=11),
        tcp(TERMINAL, ROUTER, ends, out, "PA", b"sale", 11, 71),
        tcp(ROUTER, TERMINAL, back, home, "PA", b"approved", 71, 15),
    ]
    talk = of(heard(*enumerate(frames, 1))).talks[0]

    assert (talk.sent, talk.received, talk.answered) == (4, 8, 4)


def test_a_banner_is_no_answer() -> None:
    ends, back = (OWN, HOST), (HOST, OWN)
    out, home = (5000, 443), (443, 5000)
    frames = [
        tcp(TERMINAL, ROUTER, ends, out, "S", sequence=10),
        tcp(ROUTER, TERMINAL, back, home, "SA", sequence=70, acknowledged=11),
        tcp(TERMINAL, ROUTER, ends, out, "PA", b"sale", 11, 71),
        tcp(ROUTER, TERMINAL, back, home, "PA", b"hello", 71, 11),
    ]
    talk = of(heard(*enumerate(frames, 1))).talks[0]

    assert talk.answered is None


def test_devices_are_bounded_and_the_wanted_one_has_room() -> None:
    tracker = Tracker(Setting("listen", wanted=TERMINAL))
    for number in range(MAX_DEVICES + 50):
        mac = f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}"
        tracker.frame(ETHERNET, arp(mac, "192.168.1.9", GATEWAY), 1.0)
    tracker.frame(ETHERNET, arp(TERMINAL, OWN, GATEWAY), 2.0)

    assert len(tracker.devices) == MAX_DEVICES + 1
    assert TERMINAL in tracker.devices


@pytest.mark.parametrize("link", [COOKED, COOKED2])
def test_a_cooked_capture_knows_the_sender(link: int) -> None:
    frame = arp(TERMINAL, OWN, GATEWAY)
    mac = frame[6:12]
    if link == COOKED:
        head = struct.pack(">HHH", 1, 1, 6) + mac + b"\0\0\x08\x06"
    else:
        head = struct.pack(">HHIHBB", 0x0806, 0, 1, 1, 1, 6) + mac + b"\0\0"
    tracker = Tracker(Setting("read"))
    tracker.frame(link, head + frame[14:], 1.0)

    assert tracker.devices[TERMINAL].addresses == [OWN]


def test_raw_ip_knows_devices_by_their_private_address() -> None:
    frame = tcp(TERMINAL, ROUTER, (OWN, HOST), (5000, 443), "S")
    tracker = Tracker(Setting("read"))
    tracker.frame(RAW, frame[14:], 1.0)

    assert tracker.survey().stations[0].talks[0].address == HOST


FRAMES = [
    arp(TERMINAL, OWN, GATEWAY),
    udp(TERMINAL, ROUTER, (OWN, GATEWAY), (5000, 53)),
    udp(TERMINAL, ROUTER, (OWN, "255.255.255.255"), (68, 67)),
    tcp(TERMINAL, ROUTER, (OWN, HOST), (5000, 443), "PA", b"\x16\x03\x01\x00\x05\x01"),
]


@settings(deadline=None)
@given(
    st.sampled_from(FRAMES),
    st.binary(max_size=40),
    st.integers(0, 80),
    st.sampled_from([ETHERNET, COOKED, COOKED2, RAW, 105, 127, 999]),
)
def test_no_bytes_make_it_raise(frame: bytes, noise: bytes, at: int, link: int) -> None:
    tracker = Tracker(Setting("read"))
    tracker.frame(link, frame[:at] + noise + frame[at + len(noise) :], 1.0)
    tracker.frame(link, noise, 2.0)

    assert tracker.survey().packets == 2
