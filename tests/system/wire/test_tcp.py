"""The TCP probe against real sockets on loopback."""

import asyncio
import errno
import socket
from collections.abc import Awaitable, Callable

import pytest

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import Connect, Connection, IcmpError
from posdiag.system.wire import sockets as wire
from posdiag.system.wire import tcp
from posdiag.system.wire.icmp.errors import QueuedError

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        await reader.read()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(b"hello")
    await hold(reader, writer)


def ask(serve: Serve, watch: float = 0.0, host: str = "127.0.0.1") -> Connection:
    async def run() -> Connection | Unknown:
        server = await asyncio.start_server(serve, host, 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            return await tcp.connect(Connect(host, port, watch=watch), Meter())

    answer = asyncio.run(run())
    assert isinstance(answer, Connection)
    return answer


def ask_silent(timeout: float, stagger: float, open_after: float = 0) -> Connection:
    """A listener whose backlog is full drops SYNs, as a filter would."""

    async def run() -> Connection | Unknown:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            place = listener.getsockname()
            with socket.create_connection(place):
                if open_after:
                    loop = asyncio.get_running_loop()
                    loop.call_later(open_after, lambda: listener.accept()[0].close())
                return await tcp.connect(
                    Connect("127.0.0.1", place[1], timeout=timeout, stagger=stagger),
                    Meter(),
                )

    answer = asyncio.run(run())
    assert isinstance(answer, Connection)
    return answer


def test_a_listening_port_is_ok() -> None:
    answer = ask(hold)

    assert (answer.outcome, answer.tries) == ("ok", 0)
    assert answer.local == "127.0.0.1"
    assert 0 < answer.seconds < 1


def test_ipv6_is_ok_too() -> None:
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        pytest.skip("no IPv6 here")  # the kernel's choice, no tool of ours

    assert ask(hold, host="::1").outcome == "ok"


def test_a_port_without_a_listener_is_refused() -> None:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
        answer = asyncio.run(tcp.connect(Connect("127.0.0.1", port), Meter()))

    assert isinstance(answer, Connection)
    assert answer.outcome == "refused"


def test_dropped_packets_are_silent_and_every_attempt_is_counted() -> None:
    answer = ask_silent(timeout=0.5, stagger=0.1)

    assert (answer.outcome, answer.tries) == ("silent", 5)
    assert 0.4 < answer.seconds < 0.7


def test_a_later_attempt_wins_and_the_lost_ones_before_it_are_counted() -> None:
    answer = ask_silent(timeout=3, stagger=0.3, open_after=0.2)

    assert (answer.outcome, answer.tries) == ("ok", 1)
    assert answer.seconds < 0.25  # its own, not the time since the first attempt


@pytest.mark.parametrize("serve", [close, reset])
def test_a_peer_that_ends_it_at_once_is_closed_when_watched(serve: Serve) -> None:
    assert ask(serve, watch=0.5).outcome == "closed"


@pytest.mark.parametrize("serve", [close, reset])
def test_without_watching_the_same_peer_is_ok(serve: Serve) -> None:
    assert ask(serve).outcome == "ok"


@pytest.mark.parametrize("serve", [greet, hold])
def test_a_peer_that_stays_is_ok_when_watched(serve: Serve) -> None:
    assert ask(serve, watch=0.1).outcome == "ok"


@pytest.mark.parametrize("address", ["example.org", "", "::1::", "a\0b"])
def test_what_is_no_address_is_not_sent(address: str) -> None:
    answer = asyncio.run(tcp.connect(Connect(address, 9), Meter()))

    assert Connection("not-sent") == answer


def test_a_device_that_is_gone_is_not_sent_or_needs_rights() -> None:
    question = Connect("127.0.0.1", 9, device="wire-none0")
    answer = asyncio.run(tcp.connect(question, Meter()))

    assert answer == Connection("not-sent") or (
        isinstance(answer, Unknown) and answer.why in ("no-rights", "unsupported")
    )


def test_the_bytes_of_a_connection_are_metered() -> None:
    meter = Meter()

    async def run() -> None:
        async with await asyncio.start_server(hold, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            await tcp.connect(Connect("127.0.0.1", port), meter)

    asyncio.run(run())

    assert 80 <= meter.sent <= 200  # SYN, ACK
    assert 40 <= meter.received <= 120  # SYN-ACK


def test_no_socket_is_left_when_the_question_is_cancelled() -> None:
    async def run() -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen(0)
            with socket.create_connection(listener.getsockname()):
                question = Connect("127.0.0.1", listener.getsockname()[1], stagger=0.05)
                async with asyncio.timeout(0.2):
                    await tcp.connect(question, Meter())

    with pytest.raises(TimeoutError):
        asyncio.run(run())  # an open socket would be a ResourceWarning: an error


FAR, ROUTER, OWN = "203.0.113.9", "198.51.100.1", "192.0.2.2"


@pytest.mark.parametrize(
    ("type_", "code", "by", "outcome"),
    [
        (3, 0, ROUTER, "unreachable"),
        (3, 1, ROUTER, "unreachable"),
        (3, 1, OWN, "unreachable"),  # ARP failed
        (3, 3, FAR, "refused"),
        (3, 3, ROUTER, "prohibited"),
        (3, 3, OWN, "not-sent"),  # a local filter
        (3, 9, ROUTER, "prohibited"),
        (3, 10, FAR, "prohibited"),
        (3, 13, ROUTER, "prohibited"),
        (11, 0, ROUTER, "unreachable"),
    ],
)
def test_icmp_errors_by_type_code_and_sender(
    type_: int, code: int, by: str, outcome: str
) -> None:
    error = IcmpError(type_, code, by)
    trouble = wire.classify_error(errno.EHOSTUNREACH, FAR, OWN, QueuedError(error))

    assert outcome == trouble.outcome
    assert trouble.error == (None if (code, by) == (1, OWN) else error)


@pytest.mark.parametrize(
    ("number", "outcome"),
    [
        (errno.ECONNREFUSED, "refused"),
        (errno.EHOSTUNREACH, "unreachable"),
        (errno.ETIMEDOUT, "silent"),
        (errno.EADDRNOTAVAIL, "not-sent"),
        (errno.EPERM, "not-sent"),
    ],
)
def test_errors_that_no_router_sent(number: int, outcome: str) -> None:
    assert outcome == wire.classify_error(number, FAR, OWN, None).outcome


@pytest.mark.parametrize(
    ("connect", "round_trips", "later"),
    [(0.02, 2, False), (0.3, 4, False), (1.9, 2, True), (1.5, 4, True)],
)
def test_patience_grows_with_the_round_trip_that_a_connect_showed(
    connect: float, round_trips: int, later: bool
) -> None:
    async def deadlines() -> tuple[float, float]:
        given = asyncio.get_running_loop().time() + 4.0
        return given, tcp.extended_deadline(
            given, Connection("ok", connect), round_trips
        )

    given, found = asyncio.run(deadlines())

    assert (found > given) is later
    assert found >= given
