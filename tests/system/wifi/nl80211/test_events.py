"""What happens to an association is told as it was, and once.

The recordings in nl80211.json are of Linux 6.1 with mac80211_hwsim, hostapd and
wpa_supplicant 2.10: raw notifications, in hexadecimal.
"""

import json
import struct
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.formats.pcap import CaptureFile
from posdiag.model.questions.wifi_answers import WifiEvent
from posdiag.system.wifi.nl80211.events import EventDecoder, event
from posdiag.system.wifi.nl80211.transport import Attributes, Message, attribute
from tests import FIXTURES

RECORDED = json.loads((FIXTURES / "nl80211.json").read_text("utf-8"))
THERE = "02:00:00:00:01:00"
OWN, COMER = bytes.fromhex("020000000200"), bytes.fromhex("54812d000007")


def told(name: str) -> list[WifiEvent]:
    decoder = EventDecoder(5)
    recorded = (
        (seconds, Message(30, 0, 0, bytes.fromhex(payload)))
        for seconds, payload in RECORDED["events"][name]
    )
    events = (decoder.decode(message, seconds) for seconds, message in recorded)
    return [event for event in events if event]


def kinds(events: Sequence[WifiEvent]) -> list[tuple[str, int | None]]:
    return [(event.kind, event.code) for event in events]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ok", [("authenticated", 0), ("associated", 0)]),
        ("saeok", [("authenticated", 0), ("associated", 0)]),
        ("wepok", [("authenticated", 0), ("associated", 0)]),
        ("saebad", [("auth-rejected", 1), ("auth-rejected", 1)]),
        ("deny", [("auth-rejected", 1), ("auth-rejected", 1)]),
        ("full", [("auth-rejected", 17), ("auth-rejected", 17)]),
        ("wep", [("auth-timeout", None)] * 3),
        (
            "leave",
            [
                ("authenticated", 0),
                ("associated", 0),
                ("disconnected", 3),
                ("auth-timeout", None),
            ],
        ),
        (
            "iw",
            [
                ("authenticated", 0),
                ("associated", 0),
                ("disconnected", 3),
                ("assoc-timeout", None),
            ],
        ),
        ("csa", [("authenticated", 0), ("associated", 0), ("channel-switch", None)]),
    ],
)
def test_each_thing_that_happens_is_told_once(name: str, expected: Any) -> None:
    assert expected == kinds(told(name))


def test_a_wrong_wpa3_password_and_a_mac_filter_differ_in_the_algorithm() -> None:
    assert (told("saebad")[0].algorithm, told("deny")[0].algorithm) == (3, 0)


def test_our_access_point_refuses_a_wrong_wpa3_password() -> None:
    """The frames of a real one, heard by a third radio: one refusal for each try."""
    data = (FIXTURES.parent / "wifi" / "sae-wrong.pcap").read_bytes()
    frames = [
        p.data[int.from_bytes(p.data[2:4], "little") :] for p in CaptureFile(data)
    ]
    found = [event(60, {51: frame}, 0.0) for frame in frames]

    refusals = [(e.kind, e.bssid) for e in found if e]
    assert refusals == [("client-refused", "02:00:00:00:00:00")] * 4


def test_who_parted_is_told() -> None:
    left = next(e for e in told("leave") if e.kind == "disconnected")
    own = next(e for e in told("iw") if e.kind == "disconnected")

    assert ((left.bssid, left.local), (own.bssid, own.local)) == (
        (THERE, False),
        (THERE, True),
    )


def test_codes_of_the_access_points_own_frames_are_marked() -> None:
    assert [e.framed for e in told("full")] == [True, True]


def test_a_switch_says_to_which_channel() -> None:
    assert told("csa")[-1].detail == "2462"


def test_what_happens_to_other_interfaces_is_passed_over() -> None:
    payload = bytes.fromhex(RECORDED["events"]["ok"][0][1])

    assert EventDecoder(6).decode(Message(30, 0, 0, payload), 0.0) is None


def cqm(kind: int, value: bytes | int) -> Attributes:
    return {94: attribute(kind, value)}


def refused(code: int) -> WifiEvent:
    return WifiEvent(
        seconds=1.0,
        kind="client-refused",
        source="kernel",
        bssid=COMER.hex(":"),
        code=code,
        algorithm=3,
        framed=True,
    )


def sent(step: int, status: int, *, by: bytes = OWN, kind: int = 0xB0) -> Attributes:
    """An SAE frame that this machine has sent; `by` is its sender."""
    head = bytes([kind, 0]) + bytes(2) + COMER + by + OWN + bytes(2)
    return {51: head + struct.pack("<HHH", 3, step, status)}


@pytest.mark.parametrize(
    ("command", "attributes", "expected"),
    [
        (60, sent(2, 15), refused(15)),
        (60, sent(2, 1), refused(1)),
        (60, sent(1, 0), None),  # our commit
        (60, sent(1, 15), None),  # a commit proves no password
        (60, sent(2, 17), None),  # no more stations are taken
        (60, sent(2, 0), None),  # our confirm: its password is ours
        (60, sent(2, 15, by=COMER), None),  # this machine is the station
        (60, sent(2, 15, kind=0xC0), None),
        (60, {}, None),
        (64, cqm(8, b""), WifiEvent(1.0, "beacon-loss", "kernel")),
        (64, cqm(3, 0), WifiEvent(1.0, "weaker", "kernel")),
        (64, cqm(3, 1), None),
        (64, {}, None),
        # a driver that joins by itself
        (
            46,
            {6: bytes(6), 72: struct.pack("=H", 17)},
            WifiEvent(
                seconds=1.0,
                kind="assoc-rejected",
                source="kernel",
                bssid="00:00:00:00:00:00",
                code=17,
                framed=False,
            ),
        ),
        (
            46,
            {65: b"", 72: struct.pack("=H", 1), 248: struct.pack("=I", 1)},
            WifiEvent(1.0, "not-found", "kernel"),
        ),
        (
            48,
            {54: struct.pack("=H", 15), 71: b""},
            WifiEvent(1.0, "disconnected", "kernel", code=15, framed=False),
        ),
        (48, {}, WifiEvent(1.0, "disconnected", "kernel", local=True, framed=False)),
        (
            125,
            {6: bytes(6)},
            WifiEvent(1.0, "connected", "kernel", "00:00:00:00:00:00"),
        ),
        (39, {51: bytes(25)}, None),
        (37, {51: bytes(24)}, None),
        (99, {}, None),
    ],
)
def test_a_notification(
    command: int, attributes: Attributes, expected: WifiEvent | None
) -> None:
    assert expected == event(command, attributes, 1.0)


@given(
    st.sampled_from([37, 38, 39, 40, 46, 47, 48, 60, 64, 88, 125]),
    st.dictionaries(
        st.sampled_from([6, 38, 51, 54, 65, 71, 72, 94, 248]), st.binary(max_size=60)
    ),
)
def test_no_notification_raises(command: int, attributes: dict[int, bytes]) -> None:
    found = event(command, attributes, 0.0)

    assert found is None or found.source == "kernel"
