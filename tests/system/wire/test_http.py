"""The HTTP probe against servers on loopback."""

import asyncio
import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import Fetch, HttpReply
from posdiag.system.wire import http

DATE = "Fri, 20 Nov 2026 08:00:00 GMT"
SECONDS = 1795161600.0


def ask(
    answer: bytes,
    pause: float = 0.0,
    path: str = "/generate_204",
    stay: bool = False,
    timeout: float = 2.0,
) -> tuple[HttpReply, bytes]:
    """The reply to `answer`, sent whole or a byte every `pause`, and the request."""
    request = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            request.extend(await reader.read(4096))
            size = 1 if pause else max(1, len(answer))
            for start in range(0, len(answer), size):
                writer.write(answer[start : start + size])
                await writer.drain()
                await asyncio.sleep(pause)
            if stay:
                await reader.read()
        writer.close()

    async def run() -> object:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            url = f"http://check.example:{port}{path}"
            found = await http.fetch(Fetch(url, "127.0.0.1", timeout), Meter())
            await asyncio.sleep(0.01)
        return found

    found = asyncio.run(run())
    assert isinstance(found, HttpReply)
    return found, bytes(request)


def test_204_and_the_request_that_asked_for_it() -> None:
    answer, request = ask(f"HTTP/1.1 204 No Content\r\nDate: {DATE}\r\n\r\n".encode())

    assert (answer.outcome, answer.status, answer.body) == ("ok", 204, 0)
    assert answer.date == SECONDS
    assert request.startswith(b"GET /generate_204 HTTP/1.1\r\nHost: check.example:")
    assert b"Connection: close\r\n" in request


def test_204_does_not_wait_for_the_server_to_close() -> None:
    answer, _ = ask(b"HTTP/1.1 204 No Content\r\n\r\n", stay=True)

    assert answer.seconds < 0.5


def test_a_redirect_is_told_and_not_followed() -> None:
    target = "http://portal.example/" + "x" * 400
    answer, _ = ask(
        f"HTTP/1.0 302 Found\r\nLocation: {target}\r\n".encode()
        + b"Content-Length: 0\r\n\r\n"
    )

    assert (answer.status, answer.location) == (302, target[:300])


def test_a_body_is_counted() -> None:
    answer, _ = ask(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", stay=True)

    assert (answer.status, answer.body) == (200, 5)


def test_a_large_body_is_cut() -> None:
    answer, _ = ask(b"HTTP/1.1 200 OK\r\n\r\n" + bytes(100_000))

    assert answer.status == 200
    assert 8000 < answer.body <= 8192


def test_a_body_that_stalls_counts_as_far_as_it_came() -> None:
    answer, _ = ask(
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello", stay=True, timeout=0.3
    )

    assert (answer.outcome, answer.status, answer.body) == ("ok", 200, 5)


def test_interim_answers_are_passed_over() -> None:
    answer, _ = ask(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")

    assert answer.status == 204


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x15\x03\x01\x00\x02\x02\x46",
        b"HTTP/1.1 banana\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 5000,
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 20_000,
        b"HTTP/1.1 100 Continue\r\n\r\n" * 1000,
        bytes(9000),
    ],
    ids=["ssh", "tls", "status", "headers", "header", "interim", "zeros"],
)
def test_what_is_no_http_is_malformed(answer: bytes) -> None:
    assert ask(answer)[0].outcome == "malformed"


@pytest.mark.parametrize(
    ("answer", "stay", "outcome"),
    [(b"", False, "closed"), (b"", True, "silent"), (b"HTTP/1.1 20", True, "silent")],
)
def test_an_answer_that_does_not_come(answer: bytes, stay: bool, outcome: str) -> None:
    assert ask(answer, stay=stay, timeout=0.3)[0].outcome == outcome


def test_a_drip_ends_with_the_time_given() -> None:
    answer, _ = ask(b"HTTP/1.1 204 No Content\r\n\r\n", pause=0.2, timeout=0.5)

    assert answer.outcome == "silent"
    assert answer.seconds < 0.8


@pytest.mark.parametrize(
    "url",
    ["ftp://a.example/", "http://", "http://a.example:99999/", "http://[::1/", "",
     "http://" + "a" * 70 + ".example/", "http://a b/"],
)  # fmt: skip
def test_a_url_that_cannot_be_asked_for_is_not_sent(url: str) -> None:
    answer = asyncio.run(http.fetch(Fetch(url, "127.0.0.1"), Meter()))

    assert answer == HttpReply("not-sent")


def test_the_path_cannot_smuggle_a_header() -> None:
    _, request = ask(b"", path="/a b\r\nX-Evil: 1?q=é")

    assert b"\r\nX-Evil" not in request
    assert request.startswith(b"GET /a%20b")


def test_https_to_a_server_without_tls_is_malformed() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async def run() -> object:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            question = Fetch(f"https://check.example:{port}/", "127.0.0.1")
            return await http.fetch(question, Meter())

    answer = asyncio.run(run())
    assert isinstance(answer, HttpReply)
    assert (answer.outcome, answer.status) == ("malformed", 0)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (DATE, SECONDS),
        ("Friday, 20-Nov-26 08:00:00 GMT", SECONDS),
        ("Fri, 20 Nov 2026 08:00:00 -0000", SECONDS),
        ("", None),
        ("yesterday", None),
        ("Fri, 99 Nov 2026 08:00:00 GMT", None),
        ("0" * 1000, None),
    ],
)
def test_dates(text: str, seconds: float | None) -> None:
    assert http.parse_date(text) == seconds


@given(st.text(max_size=64))
def test_any_text_as_a_date_never_raises(text: str) -> None:
    assert isinstance(http.parse_date(text), float | None)


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"", b"HTTP/1.1 200 OK\r\n"]))
def test_any_bytes_as_an_answer_never_raise(data: bytes, start: bytes) -> None:
    outcome = ask(start + data)[0].outcome

    assert outcome in ("ok", "malformed", "closed")
