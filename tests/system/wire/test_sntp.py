"""The SNTP probe against a server on loopback, and against any bytes."""

import asyncio
import time
from collections.abc import Callable
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import TimeReply
from posdiag.system.wire import sntp


def stamp(seconds: float) -> bytes:
    return int((seconds + sntp.EPOCH) * 2**32 % 2**64).to_bytes(8, "big")


def packet(cookie: bytes, at: float, first: int = 0x24, stratum: int = 2) -> bytes:
    return bytes([first, stratum]) + bytes(22) + cookie + stamp(at) * 2


class Server(asyncio.DatagramProtocol):
    def __init__(self, answer: Callable[[bytes], list[bytes]]) -> None:
        self.answer = answer

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # asyncio's own datagram transport is no DatagramTransport by inheritance.
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, peer: tuple[str, int]) -> None:
        for wire in self.answer(data):
            self.transport.sendto(wire, peer)


def ask(answer: Callable[[bytes], list[bytes]], meter: Meter) -> object:
    async def run() -> object:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: Server(answer), ("127.0.0.1", 0)
        )
        port = transport.get_extra_info("sockname")[1]
        found = await sntp.exchange("127.0.0.1", port, 0.3, meter)
        transport.close()
        return found

    return asyncio.run(run())


@pytest.mark.parametrize("ahead", [0, 3600, -86400 * 400])
def test_the_offset_of_a_server(ahead: float) -> None:
    meter = Meter()
    answer = ask(lambda data: [packet(data[40:48], time.time() + ahead)], meter)

    assert isinstance(answer, TimeReply)
    assert answer.offset == pytest.approx(ahead, abs=0.1)
    assert (meter.sent, meter.received) == (76, 76)


def test_an_answer_to_somebody_else_is_passed_over() -> None:
    answer = ask(
        lambda data: [packet(bytes(8), 0), b"\0", packet(data[40:48], time.time())],
        Meter(),
    )

    assert isinstance(answer, TimeReply)
    assert answer.offset == pytest.approx(0, abs=0.1)


def test_silence_has_no_offset() -> None:
    assert ask(lambda data: [], Meter()) == TimeReply(None)


COOKIE = b"12345678"


def test_half_the_way_there_and_back_is_taken_off() -> None:
    data = bytes([0x24, 1]) + bytes(22) + COOKIE + stamp(110.0) + stamp(110.5)

    assert sntp.parse(data, COOKIE, 100.0, 101.0) == TimeReply(9.75)


@pytest.mark.parametrize(
    ("first", "stratum"), [(0xE4, 2), (0x24, 0), (0x24, 16)], ids=["leap", "kiss", "16"]
)
def test_a_server_that_is_not_in_step_has_no_offset(first: int, stratum: int) -> None:
    data = packet(COOKIE, 100.0, first, stratum)

    assert sntp.parse(data, COOKIE, 100.0, 100.0) == TimeReply(None)


def test_after_2036_the_count_goes_on() -> None:
    later = 2_100_000_000.0  # July 2036
    found = sntp.parse(packet(COOKIE, later), COOKIE, later, later)

    assert found == TimeReply(0.0)


@given(st.binary(max_size=80), st.booleans())
def test_any_bytes_never_raise(data: bytes, right: bool) -> None:
    if right:
        data = b"\x24" + data[:23].ljust(23, b"\0") + COOKIE + data[23:]
    found = sntp.parse(data, COOKIE, 0.0, 1.0)

    assert found is None or right or data[24:32] == COOKIE
