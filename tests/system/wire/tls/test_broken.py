"""The TLS probe against servers that do no TLS, and its parts against any bytes."""

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.formats import certificate
from posdiag.formats.traffic.connections.tls_records import Tap
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.tls import Handshake, Shake
from posdiag.system.wire.tls import handshake as tls
from posdiag.system.wire.tls.tap import number_of, outcome_of

HOST = "pay.example"
Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError, ssl.SSLError):
        await reader.read()
    writer.close()


def ask(serve: Serve, **fields: Any) -> Handshake:
    """Ask a server that is handed the bare connection."""

    async def run() -> object:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            question = replace(
                Shake("127.0.0.1", port, HOST, HOST, timeout=2.0), **fields
            )
            answer = await tls.shake(question, Meter())
            await asyncio.sleep(0.02)  # for the server's own end
        return answer

    answer = asyncio.run(run())
    assert isinstance(answer, Handshake)
    return answer


def says(data: bytes) -> Serve:
    """A server that answers the ClientHello with `data` and closes."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.read(4096)
            writer.write(data)
            await writer.drain()
        writer.close()

    return serve


async def close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


async def reset_late(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    await reader.read(1)
    writer.transport.abort()


async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        for byte in b"\x16\x03\x03\x40\x00" + bytes(100):
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.2)
    writer.close()


async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    # Warning alerts: proper records that lead nowhere.
    with contextlib.suppress(OSError):
        while True:
            writer.write(b"\x16\x03\x03\x40\x00\x02\xff\xff\xff" + bytes(0x4000 - 4))
            await writer.drain()
    writer.close()


@pytest.mark.parametrize(
    ("serve", "step", "outcome"),
    [
        (close, "hello", "closed"),
        (reset, "hello", "closed"),
        (reset_late, "hello", "closed"),
        (says(b""), "hello", "closed"),
        (hold, "hello", "silent"),
        (says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), "server-hello", "malformed"),
        (says(b"SSH-2.0-OpenSSH_9.2\r\n"), "server-hello", "malformed"),
        (says(b"\x16\x02\x00\x00\x00"), "server-hello", "malformed"),
        (says(b"\x16\x03\x03\x00\x05abcde"), "server-hello", "malformed"),
        (says(b"\x16\x03\x03\x00"), "server-hello", "closed"),
        (drip, "server-hello", "silent"),
        (flood, "server-hello", "malformed"),
    ],
)
def test_servers_that_do_no_tls(serve: Serve, step: str, outcome: str) -> None:
    answer = ask(serve, timeout=0.7)

    assert (answer.step, answer.outcome) == (step, outcome)
    assert answer.tcp.outcome == "ok"
    assert answer.certificate is None


@pytest.mark.parametrize("alert", [40, 49, 70, 112])
def test_an_alert_in_the_clear_is_told_by_its_number(alert: int) -> None:
    answer = ask(says(b"\x15\x03\x03\x00\x02\x02" + bytes([alert])))

    assert (answer.step, answer.outcome) == ("server-hello", "refused")
    assert answer.alert == alert


def test_a_refused_port_ends_at_the_tcp_step() -> None:
    async def run() -> object:
        server = await asyncio.start_server(hold, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        return await tls.shake(Shake("127.0.0.1", port, HOST), Meter())

    answer = asyncio.run(run())
    assert isinstance(answer, Handshake)
    assert (answer.step, answer.outcome) == ("tcp", "refused")


@pytest.mark.parametrize(
    "fields",
    [
        {"ca_file": "/nonexistent/ca.pem"},
        {"client_cert": "/nonexistent/own.pem"},
        {"ca_file": __file__},
        {"server_name": "a" * 70 + ".example"},
        {"server_name": ".example"},
        {"server_name": "a\0b"},
    ],
)
def test_what_cannot_be_loaded_or_named_is_not_sent(fields: dict[str, Any]) -> None:
    answer = ask(hold, **fields)

    assert (answer.step, answer.outcome) == ("tcp", "not-sent")
    assert answer.local_reason


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_the_tap_takes_any_bytes_in_any_pieces(pieces: list[bytes]) -> None:
    whole, parts = Tap(), Tap()
    for start in (b"", b"\x16\x03\x03\x00\x20"):
        whole.feed(start + b"".join(pieces))
        for piece in (start, *pieces):
            parts.feed(piece)

    assert (whole.strange, whole.alert) == (parts.strange, parts.alert)
    assert whole.messages == parts.messages


@given(st.binary(max_size=300))
def test_any_bytes_as_a_certificate_never_raise(data: bytes) -> None:
    assert certificate.from_bytes(data) is None


@pytest.mark.parametrize(
    ("names", "host", "good"),
    [
        (["a.example"], "A.Example.", True),
        (["*.example.org"], "a.example.org", True),
        (["*.example.org"], "a.b.example.org", False),
        (["*.example.org"], "example.org", False),
        (["*.org"], "example.org", False),
        (["a*.example.org"], "ab.example.org", False),
        (["*"], "example", False),
        (["支付.example"], "支付".encode("idna").decode() + ".example", True),
        (["a.example\0.evil.org"], "a.example", False),
        ([""], "", False),
        ([], "a.example", False),
    ],
)
def test_names_match_by_rfc_6125(names: list[str], host: str, good: bool) -> None:
    assert certificate.matches(names, host) is good


def test_the_common_name_counts_only_without_dns_names() -> None:
    subject = ((("commonName", HOST),),)

    assert certificate.mismatch({"subject": subject}, HOST) == 0
    other = {"subject": subject, "subjectAltName": (("DNS", "x.example"),)}
    assert certificate.mismatch(other, HOST) == 62
    assert (
        certificate.mismatch({"subject": ((("commonName", "10.0.0.1"),),)}, "10.0.0.1")
        == 64
    )


@pytest.mark.parametrize(
    ("reason", "alert"),
    [
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", 116),
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", 40),
        ("TLSV1_ALERT_PROTOCOL_VERSION", 70),
        ("TLSV1_UNRECOGNIZED_NAME", 112),
        ("TLSV1_ALERT_UNKNOWN_CA", 48),
        ("UNSUPPORTED_PROTOCOL", None),
        ("BAD_CERTIFICATE", None),
        ("", None),
    ],
)
def test_reasons_are_mapped_to_alerts(reason: str, alert: int | None) -> None:
    assert number_of(reason) == alert


def test_what_this_machine_refuses_is_not_called_malformed() -> None:
    for reason in ("UNSUPPORTED_PROTOCOL", "WRONG_SIGNATURE_TYPE", "DH_KEY_TOO_SMALL"):
        assert outcome_of(reason) == "refused"
    assert outcome_of("WRONG_VERSION_NUMBER") == "malformed"
