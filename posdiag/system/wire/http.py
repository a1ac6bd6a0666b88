"""What does an HTTP server at this address answer to one GET?

Redirects are never followed and proxy settings are ignored: what counts is the answer
of this address. At most `MAX_BYTES` are read. Times are seconds.
"""

import asyncio
import email.utils
import socket
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, urlsplit

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.tls import Shake
from posdiag.model.questions.wire import Connect, Fetch, HttpReply, Outcome
from posdiag.system.wire.sockets import abort, account, deliver, receive
from posdiag.system.wire.tcp import open_stream, patient
from posdiag.system.wire.tls.handshake import open_session

if TYPE_CHECKING:
    import h11

MAX_BYTES = 8 * 1024
LOCATION = 300  # characters that are kept
TRIES = 3
STAGGER = 0.7
ROUND_TRIPS = 2  # for the request and its answer, one of them sent again
PORTS = {"http": 80, "https": 443}
SAFE = "/%:@!$&'()*+,;=-._~?"  # RFC 3986: what a path or query may hold as it is


@dataclass(frozen=True, slots=True)
class _Target:
    """The server that a URL names, and the request to send to it."""

    scheme: str
    host: str
    port: int
    request: bytes


@dataclass(slots=True)
class _Channel:
    """An open connection, encrypted or not, to be closed by `close`."""

    write: Callable[[bytes], Awaitable[object]]
    read: Callable[[int], Awaitable[bytes | None]]
    close: Callable[[], None]
    tries: int = 0


async def fetch(question: Fetch, meter: Meter) -> HttpReply | Unknown:
    """Answer `Fetch`.

    With https the server's certificate is checked; a TLS handshake that fails gives
    its own outcome ("refused" where the certificate or the parameters are not taken).
    An answer that ends or drips before its headers are complete is "malformed" if it
    is no HTTP, else "silent" or "closed". A body that is late counts as far as it came.
    """
    loop = asyncio.get_running_loop()
    begun = loop.time()
    place = _target_of(question.url)
    if place is None:
        return HttpReply("not-sent")
    channel = await _open(question, place, begun + question.timeout, meter)
    if isinstance(channel, Unknown):
        return channel
    if isinstance(channel, HttpReply):
        return replace(channel, seconds=loop.time() - begun)
    try:
        await channel.write(place.request)
        answer = await _answer(channel)
    finally:
        channel.close()
    return replace(answer, seconds=loop.time() - begun, tries=channel.tries)


def _target_of(url: str) -> _Target | None:
    """None for a URL that cannot be requested."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS[parts.scheme]
        host = (parts.hostname or "").encode("idna").decode("ascii")
    except (ValueError, KeyError):  # UnicodeError is a ValueError
        return None
    if not host or any(c <= " " for c in host):
        return None
    request = _request(parts, host, port)
    return _Target(parts.scheme, host, port, request) if request else None


def _request(parts: SplitResult, host: str, port: int) -> bytes | None:
    import h11

    shown = f"[{host}]" if ":" in host else host
    if port != PORTS[parts.scheme]:
        shown = f"{shown}:{port}"
    target = quote(parts.path or "/", safe=SAFE)
    if parts.query:
        target += "?" + quote(parts.query, safe=SAFE)
    try:
        return h11.Connection(h11.CLIENT).send(
            h11.Request(
                method="GET",
                target=target,
                headers=[
                    ("Host", shown),
                    ("User-Agent", "posdiag"),
                    ("Accept", "*/*"),
                    ("Connection", "close"),
                ],
            )
        )
    except h11.LocalProtocolError:
        return None


async def _open(
    question: Fetch, place: _Target, deadline: float, meter: Meter
) -> _Channel | HttpReply | Unknown:
    if place.scheme == "https":
        return await _open_tls(question, place, deadline, meter)
    stagger = min(STAGGER, question.timeout / (TRIES + 1))
    wanted = Connect(
        question.address,
        place.port,
        TRIES,
        stagger,
        question.timeout,
        device=question.device,
    )
    opened = await open_stream(wanted, meter)
    if isinstance(opened, Unknown):
        return opened
    tcp, sock = opened
    if sock is None:
        return HttpReply(tcp.outcome, tries=tcp.tries)
    deadline = patient(deadline, tcp, ROUND_TRIPS)
    return _Channel(
        lambda data: deliver(sock, data, deadline),
        lambda size: receive(sock, size, deadline),
        lambda: _close(sock, meter),
        tcp.tries,
    )


async def _open_tls(
    question: Fetch, place: _Target, deadline: float, meter: Meter
) -> _Channel | HttpReply | Unknown:
    stagger = min(STAGGER, question.timeout / (TRIES + 1))
    opened = await open_session(
        Shake(
            question.address,
            place.port,
            place.host,
            place.host,
            tries=TRIES,
            stagger=stagger,
            connect_timeout=question.timeout,
            timeout=question.timeout,
            device=question.device,
        ),
        meter,
        deadline,
    )
    if isinstance(opened, Unknown):
        return opened
    shaken, session, sock = opened
    if session is None or sock is None:
        return HttpReply(shaken.outcome, tries=shaken.tcp.tries)
    if shaken.outcome != "ok":
        _close(sock, meter)
        return HttpReply(shaken.outcome, tries=shaken.tcp.tries)
    return _Channel(
        session.write, session.read, lambda: _close(sock, meter), shaken.tcp.tries
    )


def _close(sock: socket.socket, meter: Meter) -> None:
    # Without counters: a request of some 150 bytes, an answer of some 500.
    account(sock, meter, 150, 500)
    abort(sock)


async def _answer(channel: _Channel) -> HttpReply:
    """Read one response, through any number of 1xx that fits into the limit."""
    import h11

    parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_BYTES)
    parser.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    parser.send(h11.EndOfMessage())
    answer: HttpReply | None = None
    head, left = b"", MAX_BYTES
    while True:
        try:
            event = parser.next_event()
        except h11.RemoteProtocolError:
            return answer or HttpReply("malformed")
        if event is h11.NEED_DATA:
            data = await channel.read(left) if left else None
            if not data:
                return answer or HttpReply(_unfinished(head, left, data))
            head, left = (head + data)[:5], left - len(data)
            parser.receive_data(data)
        elif isinstance(event, h11.Response):
            answer = _reply(event)
        elif isinstance(event, h11.Data) and answer is not None:
            answer = replace(answer, body=answer.body + len(event.data))
        elif not isinstance(event, h11.InformationalResponse):
            return answer or HttpReply("malformed")


def _unfinished(head: bytes, left: int, data: bytes | None) -> Outcome:
    """What an answer without complete headers is called."""
    if not left or not b"HTTP/".startswith(head):
        return "malformed"
    return "silent" if data is None else "closed"


def _reply(event: "h11.Response") -> HttpReply:
    return HttpReply(
        outcome="ok",
        status=event.status_code,
        location=_header(event.headers, b"location")[:LOCATION],
        date=parse_date(_header(event.headers, b"date")),
    )


def _header(headers: Iterable[tuple[bytes, bytes]], wanted: bytes) -> str:
    found = (value for name, value in headers if name == wanted)
    return next(found, b"").decode("utf-8", "replace")


def parse_date(text: str) -> float | None:
    """Seconds since 1970 of a Date header (RFC 9110 section 5.6.7); None for others."""
    if not text or len(text) > 64:
        return None
    try:
        found = email.utils.parsedate_to_datetime(text)
        # A zone of "-0000" parses as no zone at all; HTTP has only UTC.
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
