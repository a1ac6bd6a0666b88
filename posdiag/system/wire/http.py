"""What does an HTTP server at this address answer to one GET?

Redirects are never followed and proxy settings are ignored: what counts is the answer
of this address. At most `MAX_BYTES` are read. Times are seconds.
"""

import asyncio
import email.utils
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, urlsplit

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.tls import Shake
from posdiag.model.questions.wire import Connect, Connection, Fetch, HttpReply, Outcome
from posdiag.system.wire.tcp import extended_deadline
from posdiag.system.wire.tls.stream import Stream, open_stream

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


async def fetch(question: Fetch, meter: Meter) -> HttpReply | Unknown:
    """With https the server's certificate is checked; a TLS handshake that fails gives
    its own outcome ("refused" where the certificate or the parameters are not taken).
    An answer that ends or drips before its headers are complete is "malformed" if it
    is no HTTP, else "silent" or "closed". A body that is late counts as far as it came.
    """
    loop = asyncio.get_running_loop()
    begun = loop.time()
    target = _target_of(question.url)
    if target is None:
        return HttpReply("not-sent")
    deadline = begun + question.timeout
    opened = await open_stream(_connect_question(question, target), meter, deadline)
    if isinstance(opened, Unknown):
        return opened
    ended, stream = opened
    tcp = ended if isinstance(ended, Connection) else ended.tcp
    answer = HttpReply(ended.outcome)
    if stream is not None:
        deadline = extended_deadline(deadline, tcp, ROUND_TRIPS)
        try:
            await stream.send(target.request, deadline)
            answer = await _answer(stream, deadline)
        finally:
            # Without counters: a request of some 150 bytes, an answer of some 500.
            stream.close(meter, 150, 500)
    return replace(answer, seconds=loop.time() - begun, tries=tcp.tries)


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

    authority = f"[{host}]" if ":" in host else host
    if port != PORTS[parts.scheme]:
        authority = f"{authority}:{port}"
    target = quote(parts.path or "/", safe=SAFE)
    if parts.query:
        target += "?" + quote(parts.query, safe=SAFE)
    try:
        return h11.Connection(h11.CLIENT).send(
            h11.Request(
                method="GET",
                target=target,
                headers=[
                    ("Host", authority),
                    ("User-Agent", "posdiag"),
                    ("Accept", "*/*"),
                    ("Connection", "close"),
                ],
            )
        )
    except h11.LocalProtocolError:
        return None


def _connect_question(question: Fetch, target: _Target) -> Connect | Shake:
    stagger = min(STAGGER, question.timeout / (TRIES + 1))
    if target.scheme == "http":
        return Connect(
            question.address,
            target.port,
            TRIES,
            stagger,
            question.timeout,
            device=question.device,
        )
    return Shake(
        question.address,
        target.port,
        target.host,
        target.host,
        tries=TRIES,
        stagger=stagger,
        connect_timeout=question.timeout,
        timeout=question.timeout,
        device=question.device,
    )


async def _answer(stream: Stream, deadline: float) -> HttpReply:
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
            data = await stream.receive(left, deadline) if left else None
            if not data:
                return answer or HttpReply(_incomplete_outcome(head, left, data))
            head, left = (head + data)[:5], left - len(data)
            parser.receive_data(data)
        elif isinstance(event, h11.Response):
            answer = _reply(event)
        elif isinstance(event, h11.Data) and answer is not None:
            answer = replace(answer, body=answer.body + len(event.data))
        elif not isinstance(event, h11.InformationalResponse):
            return answer or HttpReply("malformed")


def _incomplete_outcome(head: bytes, left: int, data: bytes | None) -> Outcome:
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
