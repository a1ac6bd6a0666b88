"""Does a server speak national cryptography?

The servers here are fakes (a real one is in test_tlcp_peer). They answer a TLCP hello
with a ServerHello as GB/T 38636 lays it out, and an ordinary hello as such gateways do
in the field: by alert 40, or by closing.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.model import Context, Finding, Status, ok
from posdiag.model.limits import Limits
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.tls import AskTlcp, TlcpReply
from posdiag.model.site import Acquirer, Site
from posdiag.system.core.cache import Cached
from posdiag.system.linux import linux
from posdiag.system.wire.tls import tlcp
from posdiag_checks.acquirer.connect import acquirer_connect
from posdiag_checks.acquirer.tls import acquirer_tls

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
RANDOM = bytes(range(32))
ALERT = b"\x15\x03\x03\x00\x02\x02\x28"  # handshake_failure
ALERT_TLCP = b"\x15\x01\x01\x00\x02\x02\x28"
NO = TlcpReply("malformed", supported=False)


def server_hello(
    suite: int = 0xE013, session: bytes = b"", version: bytes = b"\x01\x01"
) -> bytes:
    body = version + RANDOM + bytes([len(session)]) + session
    body += suite.to_bytes(2, "big") + b"\0"
    message = b"\x02" + len(body).to_bytes(3, "big") + body
    return b"\x16" + version + len(message).to_bytes(2, "big") + message


# -- the parser ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("suite", "name"),
    [(0xE013, "ECC_SM4_CBC_SM3"), (0xE051, "ECDHE_SM4_GCM_SM3"), (0xE019, "0xE019")],
)
@pytest.mark.parametrize("session", [b"", b"s" * 32])
def test_a_server_hello_is_known_by_its_suite(
    suite: int, name: str, session: bytes
) -> None:
    found = tlcp.read(server_hello(suite, session))

    assert found == TlcpReply("ok", supported=True, suite=name)


def test_every_start_of_a_server_hello_wants_more() -> None:
    whole = server_hello(session=b"s" * 32)

    assert {tlcp.read(whole[:n]) for n in range(len(whole) - 1)} == {None}
    assert tlcp.read(whole[:-1]) is not None  # the suite is there


@pytest.mark.parametrize(
    "data",
    [
        server_hello(version=b"\x03\x03"),  # ordinary TLS
        server_hello(suite=0xC02F),
        server_hello(session=b"s" * 33),
        server_hello().replace(b"\x02\x00\x00", b"\x0b\x00\x00", 1),  # a certificate
        tlcp.hello(RANDOM),  # an echo of what was sent
        server_hello()[:3] + b"\x00\x10" + server_hello()[5:],  # too short a record
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\0" * 80,
    ],
)
def test_what_is_no_server_hello_of_tlcp(data: bytes) -> None:
    assert tlcp.read(data) == NO


@pytest.mark.parametrize("data", [ALERT, ALERT_TLCP])
def test_an_alert_is_no_proof(data: bytes) -> None:
    assert tlcp.read(data) == TlcpReply("refused", supported=False)


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """A ServerHello with some bytes changed."""
    data = bytearray(server_hello(session=b"s" * draw(st.integers(0, 40))))
    for _ in range(draw(st.integers(0, 4))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data)


@given(st.binary(max_size=200) | mangled())
def test_no_bytes_upset_the_parser(data: bytes) -> None:
    found = tlcp.read(data)

    assert found is None or found.supported is bool(found.suite)
    assert found is not None or len(data) < 78
    assert tlcp.read(data + b"\0") == found or found is None


def test_the_hello_is_laid_out_as_the_standard_says() -> None:
    sent = tlcp.hello(RANDOM)

    assert sent[:5] == b"\x16\x01\x01\x00\x33"
    assert sent[5:11] == b"\x01\x00\x00\x2f\x01\x01"
    assert sent[11:43] == RANDOM
    assert sent[43:] == b"\0\x00\x08\xe0\x13\xe0\x11\xe0\x53\xe0\x51\x01\x00"


# -- on the wire -----------------------------------------------------------------------


def serve(to_tls: bytes, to_tlcp: bytes, pause: float = 0.0) -> Serve:
    """Answers each kind of hello with these bytes, one by one if it pauses; closes."""

    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            head = await reader.readexactly(5)
            await reader.readexactly(int.from_bytes(head[3:], "big"))
            data = to_tlcp if head[1] == 1 else to_tls
            step = 1 if pause else max(1, len(data))
            for at in range(0, len(data), step):
                writer.write(data[at : at + step])
                await writer.drain()
                await asyncio.sleep(pause)
        except OSError:
            pass
        writer.close()

    return answer


async def mute(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()
    writer.close()


def over(server: Serve, then: Callable[[int], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with await asyncio.start_server(server, "127.0.0.1", 0) as listening:
            found = await then(listening.sockets[0].getsockname()[1])
            await asyncio.sleep(0.02)  # for the server's own end
            return found

    return asyncio.run(run())


def asked(server: Serve, timeout: float = 2.5, meter: Meter | None = None) -> TlcpReply:
    found = over(
        server,
        lambda port: tlcp.ask(AskTlcp("127.0.0.1", port, timeout), meter or Meter()),
    )
    assert isinstance(found, TlcpReply)
    return found


@pytest.mark.parametrize("pause", [0.0, 0.001])
def test_a_server_that_speaks_it(pause: float) -> None:
    meter = Meter()
    found = asked(serve(ALERT, server_hello(0xE053), pause), meter=meter)

    assert found == TlcpReply("ok", supported=True, suite="ECC_SM4_GCM_SM3")
    assert meter.sent > len(tlcp.hello(RANDOM))
    assert meter.received > 40


@pytest.mark.parametrize(
    ("server", "outcome", "supported"),
    [
        (serve(b"", b""), "closed", False),
        (serve(b"", server_hello()[:20]), "closed", False),
        (serve(ALERT, ALERT), "refused", False),
        (serve(b"", b"SSH-2.0-x\r\n" * 9000), "malformed", False),
        (mute, "silent", None),
        (serve(b"", server_hello()[:40] * 9, pause=0.05), "silent", None),
    ],
    ids=["closes", "half", "alert", "flood", "mute", "drip"],
)
def test_servers_that_do_not(
    server: Serve, outcome: Any, supported: bool | None
) -> None:
    found = asked(server, timeout=0.4)

    assert found == TlcpReply(outcome, supported=supported)


def test_a_closed_port_tells_nothing() -> None:
    async def run() -> object:
        server = await asyncio.start_server(mute, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        return await tlcp.ask(AskTlcp("127.0.0.1", port), Meter())

    assert asyncio.run(run()) == TlcpReply("refused")


# -- what the checks make of it --------------------------------------------------------


@contextmanager
def context(port: int) -> Iterator[tuple[Context, Cached]]:
    site = Site(acquirer=Acquirer(host="127.0.0.1", port=port))
    cached = Cached(linux())
    seen = {"acquirer.connect": ok(address="127.0.0.1")}
    yield Context(cached, site, Limits(), seen=seen), cached


def findings(server: Serve) -> tuple[Finding, Finding]:
    async def run(port: int) -> tuple[Finding, Finding]:
        with context(port) as (ctx, cached):
            found = await acquirer_connect.probe(ctx), await acquirer_tls.probe(ctx)
            await cached.close()
            return found

    connect, secure = over(server, run)
    return connect, secure


@pytest.mark.parametrize(
    "to_tls", [ALERT, ALERT_TLCP, b""], ids=["40", "tlcp", "close"]
)
def test_a_national_acquirer_cannot_be_tested_and_stands(to_tls: bytes) -> None:
    connect, secure = findings(serve(to_tls, server_hello()))

    assert connect.status is Status.OK
    assert (secure.status, secure.code) == (Status.SKIP, "skip.national-cryptography")
    assert secure.facts == {"host": "127.0.0.1", "suite": "ECC_SM4_CBC_SM3"}


def test_a_server_that_speaks_neither_is_a_fault() -> None:
    connect, secure = findings(serve(ALERT, ALERT))

    assert connect.status is Status.OK
    assert (secure.status, secure.code) == (Status.FAIL, "acquirer.tls-version")


def test_a_server_that_wants_a_name_where_none_can_be_sent() -> None:
    """The profile's host is an address, so the hello has no SNI (RFC 6066)."""
    unrecognized_name = ALERT[:-1] + bytes([112])
    connect, secure = findings(serve(unrecognized_name, ALERT))

    assert connect.status is Status.OK
    assert (secure.status, secure.code) == (Status.FAIL, "acquirer.tls-name")
    assert secure.facts == {"host": "127.0.0.1"}
    assert secure.variant == "not-served"


def test_a_server_that_closes_on_both_is_a_fault() -> None:
    connect, secure = findings(serve(b"", b""))

    assert connect.code == secure.code == "acquirer.closed-connection"
