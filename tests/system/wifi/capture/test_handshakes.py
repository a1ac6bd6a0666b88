"""One passphrase against real handshakes, each made by hostapd and wpa_supplicant in a
virtual machine (fixtures/wifi/README.md), and against published ones."""

import asyncio
import gzip
import os
import struct
from dataclasses import replace
from pathlib import Path

import pytest

from posdiag.formats.dot11.eapol import KeyMessage, key_message
from posdiag.formats.dot11.psk import pairwise_master_key, pmkid_of, verify_mic
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wifi import ReadHandshakes
from posdiag.model.questions.wifi_answers import FourWay, Handshakes
from posdiag.model.site import Secret
from posdiag.system.linux import linux
from posdiag.system.portable import portable
from posdiag.system.wifi.capture import handshakes
from posdiag.system.wifi.capture.handshakes import handshakes as judged
from tests.wifi_files import (
    FOLDER,
    POINT,
    RIGHT,
    SHOP,
    STATION,
    WRONG,
    fixture,
    frames,
    pcap,
    plain,
)


def one(data: bytes, passphrase: str = RIGHT, asked: bytes = SHOP) -> FourWay:
    secret = Secret(passphrase) if passphrase else None
    found = judged(data, asked, secret)
    assert found is not None
    (only,) = found.all
    return only


def read(question: ReadHandshakes) -> Handshakes | Unknown:
    return asyncio.run(handshakes.read(question, Meter()))


# Which passphrase the station used, and what was said.
REAL = [
    ("ok", RIGHT, "psk", (1, 1, 1, 1), True),
    ("no-qos", RIGHT, "psk", (1, 1, 1, 1), True),
    ("recorded", RIGHT, "psk", (1, 1, 1, 1), True),
    ("hidden", RIGHT, "psk", (1, 1, 1, 1), True),
    ("rejoin", RIGHT, "psk", (3, 3, 3, 3), True),
    ("rekey", RIGHT, "psk", (1, 1, 1, 1), True),
    ("wrong", WRONG, "psk", (4, 4, 0, 0), False),
    ("m2-lost", RIGHT, "psk", (4, 4, 0, 0), False),
    ("m4-lost", RIGHT, "psk", (4, 4, 16, 4), False),
    ("wpa-tkip", RIGHT, "psk", (1, 1, 1, 1), True),
    ("wpa2-tkip", RIGHT, "psk", (1, 1, 1, 1), True),
    ("sha256", RIGHT, "psk-sha256", (1, 1, 1, 1), True),
    ("sha256-wrong", WRONG, "psk-sha256", (4, 4, 0, 0), False),
    ("ft-psk", RIGHT, "ft-psk", (1, 1, 1, 1), True),
    ("ft-psk-wrong", WRONG, "ft-psk", (4, 4, 0, 0), False),
]


@pytest.mark.parametrize(("name", "used", "akm", "messages", "completed"), REAL)
def test_the_passphrase_that_was_used_matches_and_another_does_not(
    name: str, used: str, akm: str, messages: tuple[int, ...], completed: bool
) -> None:
    other = WRONG if used == RIGHT else RIGHT
    found, against = one(fixture(name), used), one(fixture(name), other)

    assert (found.match, found.why, found.akm) == (True, "", akm)
    assert (found.messages, found.completed) == (messages, completed)
    assert (against.match, against.why) == (False, "")
    assert found == replace(against, match=True)


def test_all_that_is_said_of_a_handshake() -> None:
    expected = FourWay(
        bssid=POINT,
        station=STATION,
        messages=(4, 4, 0, 0),
        match=False,
        why="",
        akm="psk",
        completed=False,
        ssid=SHOP.hex(),
        station_signal=-30.0,
        point_signal=-30.0,
        codes=(15,),
        refused=(),
        lost=True,
    )

    assert expected == one(fixture("wrong"))


def test_the_master_key_itself_does_as_well_as_the_passphrase() -> None:
    key = pairwise_master_key(RIGHT, SHOP).hex()

    assert one(fixture("ok"), key).match is True
    assert one(fixture("ft-psk"), key.upper()).match is True
    assert one(fixture("wrong"), key).match is False


def test_a_name_of_octets_that_are_not_ascii() -> None:
    name = "小店".encode()

    assert one(fixture("chinese"), asked=name).match is True
    assert one(fixture("chinese"), asked=name).ssid == name.hex()


def test_without_message_2_nothing_is_said_of_the_passphrase() -> None:
    found = one(fixture("m1-lost"))

    assert (found.match, found.why) == (None, "no-pair")
    assert (found.messages, found.codes) == ((12, 0, 0, 0), (15, 15))


def test_wpa3_cannot_be_checked() -> None:
    good, bad = one(fixture("sae")), one(fixture("sae-wrong"))

    assert (good.match, good.why, good.akm, good.completed) == (None, "sae", "sae", 1)
    assert (bad.match, bad.why, bad.messages) == (None, "sae", (0, 0, 0, 0))
    assert set(bad.refused) == {1}  # steps of SAE are no refusals


def test_an_access_point_that_refuses_is_told_with_its_status_codes() -> None:
    found = one(fixture("refused"))

    assert (found.messages, found.refused) == ((0, 0, 0, 0), (1, 1, 1, 1, 1))


def test_without_a_passphrase_the_rest_is_told() -> None:
    found = one(fixture("ok"), "")

    assert (found.match, found.why, found.completed) == (None, "no-passphrase", True)


def test_another_network_is_left_out() -> None:
    found = judged(fixture("ok"), b"SHOP-GUEST", Secret(RIGHT))

    assert found is not None
    assert (found.all, found.frames, found.others) == ((), 48, 1)


def without_names(data: bytes) -> bytes:
    """Key messages alone, as some tools keep them."""
    return pcap(105, [one for one in plain(data) if one[1][0] & 0x0C == 8])


def test_a_capture_without_the_name_takes_the_one_that_is_asked_for() -> None:
    data = without_names(fixture("ok"))

    assert (one(data).match, one(data).ssid) == (True, "")
    assert one(data, WRONG).match is False
    assert (one(data, asked=b"").match, one(data, asked=b"").why) == (None, "no-name")
    assert one(data, pairwise_master_key(RIGHT, SHOP).hex(), asked=b"").match is True


# --- what a file that is cut short still proves ---------------------------------------

PSK = pairwise_master_key(RIGHT, SHOP)


def encrypted(down: bool) -> bytes:
    """A protected data frame between the two."""
    point, station = (
        bytes.fromhex(POINT.replace(":", "")),
        bytes.fromhex(STATION.replace(":", "")),
    )
    to, via = (station, point) if down else (point, station)
    flags = bytes([0x08, 0x40 | (2 if down else 1)])
    return flags + b"\0\0" + to + via + point + b"\x10\x40" + bytes(24)


def test_message_3_proves_that_the_access_point_took_the_answer() -> None:
    key = keys(fixture("ok"))
    data = timed((1.0, key[1][0]), (1.1, key[2][0]), (1.2, key[3][0]))
    found = one(data)

    assert (found.match, found.accepted, found.completed) == (True, True, False)
    assert found.lost is False  # message 4 may be missing from the file alone
    assert (one(data, WRONG).match, one(data, WRONG).accepted) == (False, True)


def test_without_message_3_nothing_is_said_of_what_the_access_point_took() -> None:
    key = keys(fixture("ok"))
    found = one(timed((1.0, key[1][0]), (1.1, key[2][0])))

    assert (found.match, found.accepted, found.lost) == (True, False, False)


@pytest.mark.parametrize("name", ["m2-lost", "m4-lost", "wrong"])
def test_an_access_point_that_asks_again_did_not_get_the_answer(name: str) -> None:
    assert one(fixture(name)).lost is True


@pytest.mark.parametrize("name", ["ok", "rejoin", "rekey", "m1-lost", "refused"])
def test_nothing_is_lost_without_an_answer_that_is_asked_for_again(name: str) -> None:
    assert one(fixture(name)).lost is False


def test_encrypted_data_both_ways_means_that_the_station_is_in() -> None:
    key = keys(fixture("ok"))
    begun = [(1.0, key[1][0]), (1.1, key[2][0])]
    up, down = (1.3, encrypted(False)), (1.4, encrypted(True))
    both = one(timed(*begun, up, down))

    assert (both.match, both.completed, both.accepted) == (True, True, True)
    assert one(timed(*begun, up, down), WRONG).accepted is True
    assert one(timed(*begun, up)).completed is False
    assert one(timed(*begun, down)).completed is False
    assert one(timed(*begun, up, (30.0, encrypted(True)))).completed is False


def with_pmkid(pmkid: bytes) -> bytes:
    """Message 1 of the real handshake with a PMKID, as many access points send it."""
    first = keys(fixture("ok"))[1][0]
    at = first.find(b"\xaa\xaa\x03\x00\x00\x00\x88\x8e") + 8
    packet = bytearray(first[at : at + 99])
    packet[2:4] = struct.pack(">H", 95 + 22)
    packet[97:99] = struct.pack(">H", 22)
    kde = b"\xdd\x14\x00\x0f\xac\x04" + pmkid
    beacons = [f for _, f in plain(fixture("ok")) if f[0] == 0x80][:1]
    return timed((0.5, beacons[0]), (1.0, first[:at] + bytes(packet) + kde))


@pytest.mark.parametrize(("used", "expected"), [(RIGHT, True), (WRONG, False)])
def test_a_pmkid_tests_the_passphrase(used: str, expected: bool) -> None:
    point, station = (bytes.fromhex(a.replace(":", "")) for a in (POINT, STATION))
    found = one(with_pmkid(pmkid_of(PSK, "psk", point, station)), used)

    assert (found.pmkid, found.match, found.why) == (expected, None, "no-pair")


def test_a_pmkid_of_zeros_or_none_tests_nothing() -> None:
    assert one(with_pmkid(bytes(16))).pmkid is None
    assert one(fixture("ok")).pmkid is None


def test_a_published_pmkid() -> None:
    """The example of hashcat's mode 16800."""
    name = bytes.fromhex("ed487162465a774bfba60eb603a39f3a")
    key = pairwise_master_key("hashcat!", name)
    point, station = bytes.fromhex("4604ba734d4e"), bytes.fromhex("89acf0e761f4")

    assert (
        pmkid_of(key, "psk", point, station).hex() == "2582a8281bf9d4308d6f5731d0e61c61"
    )


# --- without 802.11 headers, and packed -----------------------------------------------


def wired(link: int, data: bytes) -> bytes:
    """The same key messages as the access point itself captures them."""
    kept = []
    for when, frame in plain(data):
        at = frame.find(b"\xaa\xaa\x03\x00\x00\x00\x88\x8e") + 8
        if at < 8:
            continue
        receiver, sender = frame[4:10], frame[10:16]
        out = sender.hex(":") == POINT
        head = {
            1: receiver + sender + b"\x88\x8e",
            113: struct.pack(">HHH", 4 * out, 1, 6) + sender + b"\0\0\x88\x8e",
            276: b"\x88\x8e\0\0" + struct.pack(">IHBB", 3, 1, 4 * out, 6)
            + sender + b"\0\0",
        }[link]  # fmt: skip
        kept.append((when, head + frame[at:]))
    return pcap(link, kept)


@pytest.mark.parametrize("link", [1, 113, 276], ids=["ethernet", "sll", "sll2"])
@pytest.mark.parametrize(
    ("name", "right"), [("ok", True), ("wrong", False), ("m4-lost", True)]
)
def test_key_messages_captured_on_the_access_point(
    link: int, name: str, right: bool
) -> None:
    found, air = one(wired(link, fixture(name))), one(fixture(name))

    assert (found.match, found.bssid, found.station) == (right, POINT, STATION)
    assert (found.messages, found.completed) == (air.messages, air.completed)
    assert (found.accepted, found.lost) == (air.accepted, air.lost)


def test_a_vlan_tag_is_read_past() -> None:
    data = frames(wired(1, fixture("ok")))
    tagged = [(t, f[:12] + b"\x81\x00\x00\x05" + f[12:]) for t, f in data]

    assert one(pcap(1, tagged)).match is True


def test_other_traffic_of_the_access_point_is_read_past() -> None:
    other = [(0.1, b"\x02" * 12 + b"\x08\x00" + bytes(20))]
    found = judged(pcap(1, other), SHOP, Secret(RIGHT))

    assert found == Handshakes((), frames=1)


def test_a_gzip_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "join.pcap.gz"
    path.write_bytes(
        gzip.compress(fixture("ok")[:600]) + gzip.compress(fixture("ok")[600:])
    )
    question = ReadHandshakes(str(path), SHOP.hex(), Secret(RIGHT))
    whole = read(question)
    path.write_bytes(gzip.compress(fixture("ok"))[:-300])
    part = read(question)

    assert isinstance(whole, Handshakes)
    assert isinstance(part, Handshakes)
    assert whole.all == (one(fixture("ok")),)
    assert part.frames < whole.frames


def test_a_gzip_file_that_swells_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handshakes, "FILE_LIMIT", 5000)
    path = tmp_path / "bomb.gz"
    path.write_bytes(gzip.compress(fixture("ok")[:24] + bytes(1_000_000)))
    found = read(ReadHandshakes(str(path), SHOP.hex(), Secret(RIGHT)))

    assert isinstance(found, Handshakes)
    assert found.cut


# --- which nonce belongs to which answer --------------------------------------------


def keys(data: bytes) -> dict[int, list[bytes]]:
    """The plain frames of messages 1 to 4."""
    found: dict[int, list[bytes]] = {1: [], 2: [], 3: [], 4: []}
    for _, frame in plain(data):
        at = frame.find(b"\xaa\xaa\x03\x00\x00\x00\x88\x8e")
        message = key_message(frame[at + 8 :]) if at > 0 else None
        if message is not None:
            found[message.message].append(frame)
    return found


def timed(*kept: tuple[float, bytes]) -> bytes:
    return pcap(105, list(kept))


def test_message_3_stands_in_for_a_message_1_that_was_missed() -> None:
    key = keys(fixture("ok"))
    data = timed((1.0, key[2][0]), (1.1, key[3][0]), (1.2, key[4][0]))

    assert one(data).match is True
    assert one(data, WRONG).match is False
    assert one(data).messages == (0, 1, 1, 1)


def test_message_2_alone_says_nothing() -> None:
    data = timed((1.0, keys(fixture("ok"))[2][0]))

    assert (one(data).match, one(data).why) == (None, "no-pair")


def test_an_answer_that_is_too_late_belongs_to_something_else() -> None:
    key = keys(fixture("ok"))
    data = timed((1.0, key[1][0]), (9.0, key[2][0]))

    assert (one(data, WRONG).match, one(data, WRONG).why) == (None, "no-pair")


def test_a_message_1_under_another_counter_can_prove_but_not_refute() -> None:
    """Access points repeat the nonce under fresh counters; some do not."""
    key = keys(fixture("wrong"))
    data = timed((1.0, key[1][0]), (1.1, key[2][1]))

    assert one(data, WRONG).match is True
    assert (one(data, RIGHT).match, one(data, RIGHT).why) == (None, "no-pair")


def test_a_nonce_of_an_earlier_association_is_not_used() -> None:
    good, bad = keys(fixture("ok")), keys(fixture("rejoin"))
    farewell = b"\xc0\0\0\0" + bytes.fromhex("020000000000" + "020000000100" * 2)
    data = timed((1, good[1][0]), (1.1, farewell + b"\0\0\4\0"), (1.2, bad[2][0]))

    assert (one(data).match, one(data).why) == (None, "no-pair")


def test_a_frame_that_is_sent_again_counts_once() -> None:
    key = keys(fixture("ok"))
    again = bytes([key[2][0][0], key[2][0][1] | 8]) + key[2][0][2:]
    data = timed((1.0, key[1][0]), (1.1, key[2][0]), (1.2, again))

    assert one(data).messages == (1, 1, 0, 0)


def test_a_capture_that_keeps_no_time() -> None:
    head = struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)
    blocks = [(0x0A0D0D0A, head), (1, struct.pack("<HHI", 105, 0, 0))]
    blocks += [(3, struct.pack("<I", len(f)) + f) for _, f in plain(fixture("ok"))]
    data = b""
    for kind, body in blocks:
        body += bytes(-len(body) % 4)
        size = struct.pack("<I", len(body) + 12)
        data += struct.pack("<I", kind) + size + body + size

    assert one(data).match is True


# --- other forms of the same ----------------------------------------------------------


def four_addresses(frame: bytes) -> bytes:
    """A plain data frame as a repeater would send it."""
    down = frame[1] & 2
    to, via = (frame[4:10], frame[10:16]) if down else (frame[10:16], frame[4:10])
    turned = (to, via) if down else (via, to)
    flags = bytes([frame[1] | 3])
    return frame[:1] + flags + frame[2:4] + b"".join(turned) + frame[16:24] + b"\2" * 6


def test_frames_without_a_radio_header_have_no_signal() -> None:
    found = one(pcap(105, plain(fixture("ok"))))

    assert found == replace(one(fixture("ok")), station_signal=None, point_signal=None)


def test_key_messages_with_four_addresses() -> None:
    key = keys(fixture("no-qos"))
    kept = [(float(n), four_addresses(key[n][0]) + key[n][0][24:]) for n in key]
    found = one(timed(*((1 + when / 10, frame) for when, frame in kept)))

    assert (found.match, found.bssid, found.station) == (True, POINT, STATION)
    assert (found.messages, found.completed) == ((1, 1, 1, 1), True)


def test_key_messages_with_a_high_throughput_control_field() -> None:
    changed = []
    for when, frame in plain(fixture("ok")):
        if frame[0] == 0x88:  # QoS data
            frame = (
                frame[:1]
                + bytes([frame[1] | 0x80])
                + frame[2:26]
                + b"HTC!"
                + (frame[26:])
            )
        changed.append((when, frame))

    assert one(pcap(105, changed)).match is True


@pytest.mark.parametrize(
    ("link", "head"),
    [
        (192, struct.pack("<BBHI", 0, 0, 32, 105) + struct.pack("<HH", 2, 20)
         + struct.pack("<QHHHHBBbb", 0, 1, 2, 2437, 0, 0, 0, -61, -90)),
        (163, struct.pack(">II36xIi12x", 0x80211001, 64, 2, -61)),
        (119, struct.pack(">II36xIi12x", 0x80211001, 64, 2, -61)),
        (119, struct.pack("<II16sIHHi", 0x44, 36, b"wlan0", 0x6044, 0, 4, -61)),
        (119, struct.pack(">II16sIHHi", 0x44, 36, b"wlan0", 0x6044, 0, 4, -61)),
    ],
    ids=["ppi", "avs", "avs-in-prism", "prism", "prism-big-endian"],
)  # fmt: skip
def test_the_other_radio_headers(link: int, head: bytes) -> None:
    fcs = b"FCS!" if link == 192 else b""
    kept = [(when, head + frame + fcs) for when, frame in plain(fixture("ok"))]
    found = one(pcap(link, kept))

    assert (found.match, found.station_signal) == (True, -61.0)


def radiotap(flags: int) -> bytes:
    return struct.pack("<BBHIB", 0, 0, 9, 2, flags)


def test_a_checksum_at_the_end_is_taken_off() -> None:
    kept = [(t, radiotap(0x10) + frame + b"FCS!") for t, frame in plain(fixture("ok"))]

    assert one(pcap(127, kept)).match is True


def test_a_frame_with_a_wrong_checksum_is_damaged() -> None:
    kept = [(t, radiotap(0x50) + frame + b"FCS!") for t, frame in plain(fixture("ok"))]
    found = judged(pcap(127, kept), SHOP, Secret(RIGHT))

    assert found == Handshakes((), frames=48, damaged=48)


def test_a_header_that_is_filled_up_to_four_bytes() -> None:
    kept = []
    for when, frame in plain(fixture("ok")):
        if frame[0] == 0x88:
            frame = frame[:26] + b"\0\0" + frame[26:]
        kept.append((when, radiotap(0x20) + frame))

    assert one(pcap(127, kept)).match is True


def test_control_frames_are_read_past() -> None:
    acknowledgement = bytes.fromhex("d4000000020000000000")
    kept = [(0.0, acknowledgement), *plain(fixture("ok"))]
    found = judged(pcap(105, kept), SHOP, Secret(RIGHT))

    assert found is not None
    assert (found.all[0].match, found.frames) == (True, 49)


# --- published handshakes -------------------------------------------------------------

# Wireshark's wpa-Induction.pcap, and the example of hashcat's mode 22000.
INDUCTION = (
    b"Coherer",
    "Induction",
    "000c4182b255",
    "000d9382363a",
    "3e8e967dacd960324cac5b6aa721235bf57b949771c867989f49d04ed47c6933",
    "a462a7029ad5ba30b6af0df391988e45",
    "0203007502010a00100000000000000000"
    "cdf405ceb9d889ef3dec42609828fae546b7add7baecbb1a394eac5214b1d386",
    "001630140100000fac020100000fac040100000fac020000",
)
HASHCAT = (
    b"TP-LINK_HASHCAT_TEST",
    "hashcat!",
    "6466b38ec3fc",
    "225edc49b7aa",
    "10e3be3b005a629e89de088d6a2fdc489db83ad4764f2d186b9cde15446e972e",
    "024022795224bffca545276c3762686f",
    "0103007502010a00000000000000000001"
    "48ce2ccba9c1fda130ff2fbbfb4fd3b063d1a93920b0f7df54a5cbf787b16171",
    "001630140100000fac040100000fac040100000fac028000",
)
Published = tuple[bytes, str, str, str, str, str, str, str]


def second(case: Published) -> KeyMessage:
    mic, head, data = case[5:]
    message = key_message(bytes.fromhex(head + "00" * 32 + mic + data))
    assert message is not None
    return message


@pytest.mark.parametrize("case", [INDUCTION, HASHCAT], ids=["wireshark", "hashcat"])
def test_published_handshakes(case: Published) -> None:
    name, passphrase = case[:2]
    point, station, nonce = (bytes.fromhex(text) for text in case[2:5])
    signed = [
        verify_mic(
            pairwise_master_key(said, name), name, point, station, nonce, second(case)
        )
        for said in (passphrase, passphrase + "x")
    ]

    assert signed == [True, False]


@pytest.mark.parametrize(
    ("passphrase", "name", "key"),
    [
        ("password", b"IEEE",
         "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e"),
        ("ThisIsAPassword", b"ThisIsASSID",
         "0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af"),
        ("a" * 32, b"Z" * 32,
         "becb93866bb8c3832cb777c2f559807c8c59afcb6eae734885001300a981cc62"),
    ],
)  # fmt: skip
def test_the_master_keys_of_the_standard(
    passphrase: str, name: bytes, key: str
) -> None:
    assert pairwise_master_key(passphrase, name).hex() == key


# --- files ----------------------------------------------------------------------------


def test_a_file_is_read_by_the_systems(tmp_path: Path) -> None:
    question = ReadHandshakes(str(FOLDER / "ok.pcapng"), SHOP.hex(), Secret(RIGHT))
    answers = [asyncio.run(system.ask(question)) for system in (linux(), portable())]

    assert answers[0] == answers[1]
    assert isinstance(answers[0], Handshakes)
    assert answers[0].all == (one(fixture("ok")),)


def test_a_file_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    other = tmp_path / "photo.jpg"
    other.write_bytes(b"\xff\xd8\xff\xe0")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    said = [
        read(ReadHandshakes(str(path)))
        for path in (tmp_path / "none", other, tmp_path, pipe, "\0")
    ]

    assert said == [
        Unknown("trouble", "No such file or directory"),
        Unknown("trouble", "neither pcap nor pcapng"),
        Unknown("trouble", "not a file"),
        Unknown("trouble", "not a file"),
        Unknown("trouble", "not a file name"),
    ]


def test_a_file_that_is_longer_than_is_read_is_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handshakes, "FILE_LIMIT", 1000)
    found = read(ReadHandshakes(str(FOLDER / "ok.pcap"), SHOP.hex(), Secret(RIGHT)))

    assert isinstance(found, Handshakes)
    assert (found.cut, found.damaged) == (True, 1)


def test_scapy_reads_the_same_messages() -> None:
    """An independent reader: the counts are not ours alone."""
    import scapy.layers.dot11  # noqa: F401 -- tells scapy about radiotap
    from scapy.layers.eap import EAPOL
    from scapy.utils import rdpcap

    for name in ("ok", "wrong", "m4-lost", "wpa-tkip", "ft-psk"):
        packets = rdpcap(str(FOLDER / f"{name}.pcap"))
        keys = sum(1 for p in packets if p.haslayer(EAPOL) and p[EAPOL].type == 3)

        assert len(packets) == len(frames(fixture(name)))
        assert keys == sum(one(fixture(name)).messages)
