"""DHCP and ARP: the parsing of hostile bytes and the child process around it."""

import asyncio
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.formats.dhcp import (
    DISCOVER,
    parse_reply,
    read_options,
    request_frame,
    udp_payload,
)
from posdiag.model.questions.base import Question, Unknown
from posdiag.model.questions.lan import DiscoverDhcp, Offer, ProbeArp
from posdiag.model.questions.machine import AskTime, WallClock
from posdiag.model.questions.meter import Meter
from posdiag.system.core.codec import classes
from posdiag.system.core.rights import RUN_AS_ROOT, missing_rights
from posdiag.system.link.dhcp_client import discover
from posdiag.system.link.packet_child import ArpProbing, carry_out
from posdiag.system.link.packet_probes import PacketProbes
from posdiag.system.link.packet_socket import MAX_FRAMES, PacketSocket
from posdiag.system.linux import linux

MAC = bytes.fromhex("020000000001")
XID = 0x12345678


def offer_bytes(options: bytes, xid: int = XID, mac: bytes = MAC) -> bytes:
    head = bytes([2, 1, 6, 0]) + xid.to_bytes(4) + bytes(4) + bytes(4)
    head += ip_address("10.0.0.50").packed + ip_address("10.0.0.2").packed + bytes(4)
    head += mac + bytes(10) + bytes(192)
    return head + bytes.fromhex("63825363") + options


def frame(payload: bytes) -> bytes:
    """An Ethernet frame with a datagram from a server at 10.0.0.8."""
    ends = ip_address("10.0.0.8").packed + bytes(4)
    header = b"\x45" + bytes(8) + b"\x11\0\0" + ends
    ports = (67).to_bytes(2) + (68).to_bytes(2) + bytes(4)
    return bytes(6) + b"\2\0\0\0\0\x09\x08\0" + header + ports + payload


def option(code: int, value: bytes) -> bytes:
    return bytes([code, len(value)]) + value


KIND = option(53, b"\2")


def parse(payload: bytes) -> Offer | None:
    return parse_reply(frame(payload), XID, MAC)


def test_an_offer_is_read() -> None:
    options = KIND + option(54, bytes([10, 0, 0, 1])) + option(1, b"\xff\xff\xff\0")
    options += option(3, bytes([10, 0, 0, 1])) + option(
        6, bytes([1, 1, 1, 1, 8, 8, 8, 8])
    )
    options += option(51, (3600).to_bytes(4)) + option(114, b"http://p/") + b"\xff"

    expected = Offer(
        server="10.0.0.1",
        address="10.0.0.50",
        mask="255.255.255.0",
        routers=("10.0.0.1",),
        dns=("1.1.1.1", "8.8.8.8"),
        lease=3600,
        portal="http://p/",
        mac="02:00:00:00:00:09",
    )
    assert expected == parse(offer_bytes(options))


@pytest.mark.parametrize("named", [b"", option(54, b"\1\2"), option(54, b"")])
def test_a_server_that_does_not_name_itself_is_known_by_its_address(
    named: bytes,
) -> None:
    found = parse(offer_bytes(KIND + named))

    assert found is not None
    assert found.server == "10.0.0.8"


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        offer_bytes(KIND, xid=XID + 1),
        offer_bytes(KIND, mac=bytes(6)),
        offer_bytes(option(53, b"\5")),
        offer_bytes(b""),
        offer_bytes(KIND).replace(bytes.fromhex("63825363"), bytes(4)),
        b"\1" + offer_bytes(KIND)[1:],
    ],
)
def test_what_is_not_an_offer_to_us_is_left_out(payload: bytes) -> None:
    assert parse(payload) is None


def test_the_text_of_a_portal_holds_no_control_characters() -> None:
    found = parse(offer_bytes(KIND + option(114, b"a\x1b[2Jb\xff\0\0")))

    assert found is not None
    assert found.portal == "a\ufffd[2Jb\ufffd"


def test_options_may_go_on_in_the_file_field() -> None:
    payload = bytearray(offer_bytes(KIND + option(52, b"\1")))
    payload[108:114] = option(3, bytes([10, 0, 0, 7]))
    found = parse(bytes(payload))

    assert found is not None
    assert found.routers == ("10.0.0.7",)


def test_a_length_that_lies_ends_the_options() -> None:
    assert read_options(b"\0\1\2ab\3\xffxyz") == {1: b"ab"}
    assert read_options(b"\1\2ab\1\1c\xff\2\1z") == {1: b"abc"}


@given(st.binary(max_size=600))
def test_any_options_are_taken(data: bytes) -> None:
    found = parse(offer_bytes(KIND + data))

    if found is not None:
        assert len(found.routers) <= 8
        every = (found.server, found.address, *found.routers, *found.dns)
        assert all(ip_address(address).version == 4 for address in every)
        assert found.portal.isprintable()


@given(st.binary(max_size=120))
def test_any_frame_is_taken(data: bytes) -> None:
    assert isinstance(udp_payload(data, 67, 68), bytes)
    assert isinstance(udp_payload(data[:12] + b"\x08\0" + data, 67, 68), bytes)


@pytest.mark.parametrize(
    ("order", "handler"),
    [
        (DiscoverDhcp("nosuch0", 0.1), PacketProbes.discover_dhcp),
        (ProbeArp("nosuch0", ("10.0.0.1",), 0.1), PacketProbes.probe_arp),
    ],
)
def test_without_rights_or_interface_the_answer_is_unknown(
    order: Question[object], handler: object
) -> None:
    assert callable(handler)
    found = asyncio.run(handler(PacketProbes(), order, Meter()))

    rights = not missing_rights()
    assert (
        Unknown("trouble") if rights else Unknown("no-rights", RUN_AS_ROOT)
    ) == found


GATEWAY, HOST = bytes.fromhex("020000000011"), bytes.fromhex("020000000022")


def arp_reply(mac: bytes, address: str, operation: int = 2) -> bytes:
    head = MAC + mac + b"\x08\x06" + bytes.fromhex("000108000604")
    sender = operation.to_bytes(2) + mac + ip_address(address).packed
    return head + sender + MAC + bytes(4) + bytes(18)


def time_exceeded(mac: bytes, echo: bytes) -> bytes:
    """What a router says of an echo that it was handed (frame `echo`)."""
    ip = bytes([0x45, 0, 0, 56]) + bytes(4) + bytes([64, 1, 0, 0]) + bytes(8)
    return MAC + mac + b"\x08\x00" + ip + bytes([11, 0]) + bytes(6) + echo[14:42]


class FakeSocket(PacketSocket):
    """A link with a gateway that forwards and a host that does not."""

    def __init__(self) -> None:
        self.sent = self.received = 0
        self.flooded = False
        self.mac, self.address, self.hardware = MAC, "10.0.0.5", 1
        self._waiting: list[bytes] = []

    def send(self, frame: bytes, size: int = 0) -> None:
        data = frame
        self.sent += size
        if data[12:14] == b"\x08\x06":
            asked = str(ip_address(data[38:42]))
            who = {"10.0.0.1": GATEWAY, "10.0.0.2": HOST, "10.0.0.5": MAC}.get(asked)
            self._waiting += [arp_reply(who, asked)] if who else []
        elif data[:6] == GATEWAY:
            self._waiting += [b"", data[:20], time_exceeded(GATEWAY, data)]

    def listen(self, until: float) -> Iterator[bytes]:
        while self._waiting:
            yield self._waiting.pop(0)


def test_who_answers_arp_and_who_forwards() -> None:
    addresses = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.5"]
    found = ArpProbing(FakeSocket(), addresses, "203.0.113.1").run(0.01)

    expected = [
        {"address": "10.0.0.1", "mac": GATEWAY.hex(":"), "forwards": True},
        {"address": "10.0.0.2", "mac": HOST.hex(":"), "forwards": False},
    ]
    assert expected == found["replies"]


def test_who_is_not_asked_to_forward_is_not_judged() -> None:
    found = ArpProbing(FakeSocket(), ["10.0.0.2"], "").run(0.01)

    assert [reply["forwards"] for reply in found["replies"]] == [None]


def test_a_request_from_an_address_proves_its_use_as_well() -> None:
    wire = FakeSocket()
    wire._waiting = [arp_reply(HOST, "10.0.0.9", operation=1)]
    found = ArpProbing(wire, ["10.0.0.9"], "").run(0.01)

    assert [HOST.hex(":")] == [reply["mac"] for reply in found["replies"]]


def test_the_discover_is_a_broadcast_with_the_wanted_options() -> None:
    sent: list[bytes] = []

    class Dumb(FakeSocket):
        def send(self, frame: bytes, size: int = 0) -> None:
            sent.append(frame)

    found = discover(Dumb(), 0.01)

    assert found["offers"] == []
    assert len(sent) == 2
    assert sent[0][:12] == b"\xff" * 6 + MAC
    bootp = sent[0][42:]
    assert bootp[10:12] == b"\x80\x00"
    options = read_options(bootp[240:])
    assert (options[53], options[61]) == (b"\1", b"\1" + MAC)
    assert bytes([1, 3, 6, 15, 42, 51, 54, 114]) == options[55]


def test_a_request_is_what_scapy_reads_and_writes() -> None:
    from scapy.layers.dhcp import BOOTP, DHCP
    from scapy.layers.inet import IP, UDP
    from scapy.layers.l2 import Ether

    frame = request_frame(MAC, XID, DISCOVER)
    read = Ether(frame)
    again = IP(bytes(read[IP]))
    del again.chksum

    assert read[IP].chksum == IP(bytes(again)).chksum
    assert (read[IP].len, read[UDP].len) == (len(frame) - 14, len(frame) - 34)
    assert (read[UDP].sport, read[UDP].dport, read[IP].dst) == (
        68,
        67,
        "255.255.255.255",
    )
    assert (read[BOOTP].xid, read[BOOTP].chaddr[:6]) == (XID, MAC)
    assert ("message-type", 1) in read[DHCP].options


def test_a_flood_is_no_proof_of_anything() -> None:
    class Flooded(FakeSocket):
        listen = PacketSocket.listen

        def __init__(self) -> None:
            super().__init__()
            self._sock = Endless()

    class Endless(socket.socket):
        def settimeout(self, value: float | None) -> None:
            """It never has to wait."""

        def recvfrom(self, size: int, flags: int = 0) -> tuple[bytes, Any]:
            return b"", ("eth0", 0, 0, 1, b"")

    sock = Flooded()
    frames = sum(1 for _ in sock.listen(time.monotonic() + 60))
    sock._sock.close()

    assert (frames, sock.flooded) == (MAX_FRAMES, True)


def test_the_child_says_what_it_cannot_do() -> None:
    found = carry_out({"do": "arp", "interface": "nosuch0", "beyond": ""})

    assert found["unknown"] == "trouble"


def test_the_parent_never_imports_scapy_or_pyroute2() -> None:
    code = (
        "import sys, asyncio; from posdiag.system import linux, questions as q;"
        "from posdiag.system.link import packet_probes as raw;"
        "from posdiag.model.questions.meter import Meter;"
        "d = linux.linux();"
        "asyncio.run(d.ask(q.DiscoverDhcp('nosuch0', 0.1)));"
        "print(sorted({'scapy', 'pyroute2', 'dns', 'h11'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )

    assert done.stdout.strip() == "[]"


def test_every_question_has_a_handler() -> None:
    kinds = {kind for kind in classes().values() if issubclass(kind, Question)}

    assert set(linux()._handlers) == kinds


def test_the_clock_is_the_machines_own() -> None:
    found = asyncio.run(linux().ask(AskTime()))

    assert isinstance(found, WallClock)
    assert found.seconds > 1_700_000_000
