"""Echo requests, the error queue and the trace, over loopback."""

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.formats.address import bare
from posdiag.formats.icmp import checksum, pack, parse
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import Echoes, Hop, Hops, IcmpError, Ping, Trace
from posdiag.system.wire.icmp.errors import (
    ORIGIN_ICMP,
    ORIGIN_ICMP6,
    ORIGIN_LOCAL,
    QueuedError,
    as_v4,
    is_own_address,
    keep_errors,
    parse_extended,
    read_errors,
    stamp_arrivals,
)
from posdiag.system.wire.icmp.ping import HINT, PingRun, ping
from posdiag.system.wire.icmp.sockets import open_echo_socket
from posdiag.system.wire.icmp.trace import hop_of, trace
from posdiag.system.wire.sockets import endpoint


def may_ping() -> bool:
    opened = open_echo_socket(socket.AF_INET, 1)
    if opened:
        opened[0].close()
    return opened is not None


def ping_loopback(question: Ping) -> tuple[Echoes | None, Meter]:
    """The echoes; None where this machine permits no ICMP, which must be said."""
    meter = Meter()
    found = asyncio.run(ping(question, meter))
    if may_ping():
        assert isinstance(found, Echoes)
        return found, meter
    assert Unknown("no-rights", HINT) == found
    assert meter.total == 0
    return None, meter


def test_the_checksum_is_that_of_rfc_1071() -> None:
    assert checksum(bytes.fromhex("0001f203f4f5f6f7")) == 0x220D
    assert checksum(pack(8, 77, 3, 5)) == 0


def test_what_is_packed_is_parsed() -> None:
    header = bytes([0x46]) + bytes(23)

    assert parse(pack(8, 77, 3, 0), with_ip=False) == (8, 77, 3)
    assert parse(header + pack(8, 77, 3, 9), with_ip=True) == (8, 77, 3)


@given(st.binary(max_size=80), st.booleans())
def test_any_bytes_are_taken_for_a_reply(data: bytes, with_ip: bool) -> None:
    found = parse(data, with_ip)

    assert found is None or len(found) == 3


def test_each_request_is_answered_and_counted_to_the_byte() -> None:
    question = Ping("127.0.0.1", count=3, interval=0.01, size=10)
    found, meter = ping_loopback(question)

    if found is not None:
        assert (found.sent, found.lost) == (3, 0)
        assert all(0 <= trip < 1 for trip in found.answered)
        assert (meter.sent, meter.received) == (3 * 38, 3 * 38)


def test_a_packet_too_big_for_this_machine_is_told_with_its_mtu() -> None:
    found, meter = ping_loopback(Ping("127.0.0.1", size=65520, whole=True))

    if found is not None:
        assert (found.trips, meter.total) == ((None,), 0)
        assert found.too_big is not None
        assert 1280 <= found.too_big <= 65536


def test_an_interface_that_is_not_there_lets_nothing_out() -> None:
    found, meter = ping_loopback(Ping("127.0.0.1", count=2, device="nosuch0"))

    if found is not None:
        assert (found.trips, meter.total) == ((None, None), 0)


def extended(origin: int, kind: int, code: int, info: int = 0) -> bytes:
    fixed = struct.pack("=IBBBBII", 0, origin, kind, code, 0, info, 0)
    if origin == ORIGIN_ICMP6:
        by = socket.inet_pton(socket.AF_INET6, "fd00::1")
        return fixed + struct.pack("=HHI", 10, 0, 0) + by + bytes(4)
    return fixed + struct.pack("=HH", 2, 0) + bytes([10, 0, 0, 1]) + bytes(8)


def test_an_error_names_who_complains() -> None:
    found = parse_extended(extended(ORIGIN_ICMP, 3, 4, 1400))

    assert (IcmpError(3, 4, "10.0.0.1"), 1400, False) == found


@pytest.mark.parametrize(
    ("six", "four"),
    [
        ((1, 0), (3, 0)),
        ((1, 1), (3, 13)),
        ((1, 3), (3, 1)),
        ((1, 4), (3, 3)),
        ((1, 5), (3, 13)),
        ((1, 6), (3, 13)),
        ((1, 99), (3, 0)),
        ((2, 0), (3, 4)),
        ((3, 0), (11, 0)),
        ((4, 1), (12, 1)),
    ],
)
def test_icmpv6_errors_get_the_numbers_of_ipv4(
    six: tuple[int, int], four: tuple[int, int]
) -> None:
    found = parse_extended(extended(ORIGIN_ICMP6, *six))

    assert four == as_v4(*six)
    assert found is not None
    assert IcmpError(*four, "fd00::1") == found[0]


@given(st.binary(max_size=64))
def test_any_bytes_are_taken_for_an_error(data: bytes) -> None:
    found = parse_extended(data)

    assert found is None or isinstance(found[0], IcmpError)


def test_a_local_refusal_is_told_from_a_routers() -> None:
    found = parse_extended(extended(ORIGIN_LOCAL, 0, 0, 1500))

    assert found is not None
    assert found[1:] == (1500, True)


@contextlib.contextmanager
def closed_port() -> Iterator[int]:
    """A UDP port that is ours for now and on which nobody listens."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
        sock.bind(("127.0.0.1", 0))
        yield sock.getsockname()[1]


def test_the_error_queue_tells_the_port_that_was_complained_of() -> None:
    with closed_port() as port, socket.socket(type=socket.SOCK_DGRAM) as sock:
        keep_errors(sock)
        stamp_arrivals(sock)
        sock.sendto(b"abc", ("127.0.0.1", port))
        found = list(read_errors(sock))

    assert [(port, b"abc")] == [(c.port, c.quoted) for c in found]
    assert IcmpError(3, 3, "127.0.0.1") == found[0].error
    assert found[0].at is not None


def test_own_addresses_are_known() -> None:
    assert is_own_address("127.0.0.1")
    assert not is_own_address("203.0.113.7")
    assert not is_own_address("")


def test_a_link_local_address_gets_the_scope_of_its_interface() -> None:
    lo = socket.if_nametoindex("lo")

    for place in (endpoint("fe80::1", 9, "lo"), endpoint("fe80::1%lo", 9)):
        assert place is not None
        assert (bare(place[1][0]), place[1][-1]) == ("fe80::1", lo)
    assert endpoint("fd00::1", 9, "lo") == (socket.AF_INET6, ("fd00::1", 9, 0, 0))
    assert endpoint("10.0.0.1", 9, "lo") == (socket.AF_INET, ("10.0.0.1", 9))
    assert endpoint("169.254.0.9", 9, "lo") == (socket.AF_INET, ("169.254.0.9", 9))


@pytest.mark.parametrize("text", ["", "pay.test", "fe80::1%no-such", "1.2.3.4.5"])
def test_what_is_no_address_here_is_no_place_to_send_to(text: str) -> None:
    assert endpoint(text, 9) is None


def test_the_first_hop_to_loopback_is_loopback() -> None:
    meter = Meter()
    found = asyncio.run(trace(Trace("127.0.0.1", last=2), meter))

    assert isinstance(found, Hops)
    assert [(hop.ttl, hop.by, hop.kind) for hop in found.all] == [
        (1, "127.0.0.1", "reached"),
        (2, "127.0.0.1", "reached"),
    ]
    assert (meter.sent, meter.received) == (2 * 36, 2 * 64)


@pytest.mark.parametrize(
    ("error", "kind", "kept"),
    [
        (IcmpError(11, 0, "10.0.0.1"), "expired", False),
        (IcmpError(3, 3, "10.0.0.9"), "reached", False),
        (IcmpError(3, 10, "10.0.0.9"), "reached", True),
        (IcmpError(3, 3, "10.0.0.1"), "unreachable", True),
        (IcmpError(3, 13, "10.0.0.1"), "unreachable", True),
    ],
)
def test_what_an_error_says_of_a_hop(error: IcmpError, kind: str, kept: bool) -> None:
    found = hop_of(4, error, "10.0.0.9", 0.1)

    assert (4, error.by, 0.1, kind) == (found.ttl, found.by, found.seconds, found.kind)
    assert (error if kept else None) == found.error


def test_a_trace_over_an_interface_that_is_not_there_is_silent() -> None:
    found = asyncio.run(trace(Trace("127.0.0.1", last=2, device="nosuch0"), Meter()))

    assert Hops((Hop(1, None), Hop(2, None))) == found


def test_an_error_about_a_request_that_was_answered_is_not_believed() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        asked = Ping("192.0.2.1", 2)
        volley = PingRun(sock, ("192.0.2.1", 0), 5, asked, "raw", Meter())
        for number in range(2):
            volley._sent[number] = time.monotonic(), time.time()
            error = IcmpError(3, 1, "192.0.2.7")
            volley._take_error(QueuedError(error, pack(8, 5, number, 16)))
        header = bytes([0x45]) + bytes(19)
        volley._take_reply(header + pack(0, 5, 1, 16), "192.0.2.1", None)

    found = volley._echoes()
    assert len(found.answered) == 1
    assert found.errors == (IcmpError(3, 1, "192.0.2.7"),)
