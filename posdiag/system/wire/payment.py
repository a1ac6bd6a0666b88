"""What does a payment host answer to one message?

The reply is read here and only what a diagnosis needs is handed on, so that neither a
recording nor a traceback can hold what a host may put into it. Times are seconds.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

from posdiag.formats.iso8583.echo import Form, read
from posdiag.formats.iso8583.framing import LIMIT, cut, keep_alives
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.payment import Exchange, Exchanged, Quiet, StayQuiet
from posdiag.model.questions.tls import Shake
from posdiag.model.questions.wire import Connect, Outcome
from posdiag.system.wire.sockets import abort, account, deliver, receive
from posdiag.system.wire.tcp import open_stream
from posdiag.system.wire.tls.handshake import Session, open_session

Send = Callable[[bytes, float], Awaitable[None]]
Receive = Callable[[float], Awaitable[bytes | None]]

PROBES = 3  # keep-alive probes, a second apart


@dataclass(slots=True)
class _Line:
    """An open connection to the host, plain or through TLS."""

    sock: socket.socket
    send: Send
    receive: Receive
    session: Session | None = None

    def close(self, meter: Meter) -> None:
        held = self.session
        account(
            self.sock, meter, held.sent if held else 0, held.received if held else 0
        )
        abort(self.sock)


async def exchange(question: Exchange, meter: Meter) -> Exchanged | Unknown:
    """Answer `Exchange`. One connection, one message, one reply, then a reset."""
    opened = await _open(question.through, meter)
    if isinstance(opened, Unknown):
        return opened
    ended, line = opened
    if line is None:
        return ended
    try:
        outcome, data, seconds = await _talk(line, question)
    finally:
        line.close(meter)
    form = Form(
        question.dialect,
        question.length,
        question.tpdu,
        question.header,
        question.bitmap,
        question.inclusive,
    )
    return Exchanged(
        outcome, ended.tcp, ended.handshake, seconds, read(data, form) if data else None
    )


async def _open(
    through: Connect | Shake, meter: Meter
) -> tuple[Exchanged, _Line | None] | Unknown:
    if isinstance(through, Connect):
        plain = await open_stream(through, meter)
        if isinstance(plain, Unknown):
            return plain
        tcp, sock = plain
        line = _plain(sock) if sock is not None else None
        return Exchanged(tcp.outcome, tcp), line
    opened = await open_session(through, meter)
    if isinstance(opened, Unknown):
        return opened
    shaken, session, sock = opened
    ended = Exchanged(shaken.outcome, shaken.tcp, shaken)
    if sock is None or session is None:
        return ended, None
    line = _secret(sock, session)
    if shaken.outcome != "ok":
        line.close(meter)
        return ended, None
    return ended, line


def _plain(sock: socket.socket) -> _Line:
    async def send(data: bytes, until: float) -> None:
        await deliver(sock, data, until)

    return _Line(sock, send, partial(receive, sock, LIMIT))


def _secret(sock: socket.socket, session: Session) -> _Line:
    async def send(data: bytes, until: float) -> None:
        session.deadline = until
        await session.write(data)

    async def take(until: float) -> bytes | None:
        session.deadline = until
        return await session.read(LIMIT)

    return _Line(sock, send, take, session)


async def _talk(line: _Line, question: Exchange) -> tuple[Outcome, bytes, float]:
    """Send, then read until there is a frame, none can come any more, or time is up."""
    loop = asyncio.get_running_loop()
    begun = last = loop.time()
    until = begun + question.timeout
    data, taken, counted = b"", 0, question.inclusive
    await line.send(bytes.fromhex(question.payload.reveal()), until)
    while True:
        wait = min(until, loop.time() + question.gap) if data else until
        more = await line.receive(wait)
        if not more:
            if data:
                return "malformed", data, last - begun
            return ("silent" if more is None else "closed"), data, loop.time() - begun
        last = loop.time()
        taken += len(more)
        data += more
        data = data[keep_alives(data, question.length, inclusive=counted) :]
        state = cut(data, question.length, inclusive=counted).state
        if state != "partial":
            return ("ok" if state == "whole" else "malformed"), data, last - begun
        if taken > LIMIT:
            return "malformed", data[:LIMIT], last - begun


async def stay_quiet(question: StayQuiet, meter: Meter) -> Quiet | Unknown:
    """Answer `StayQuiet`. Data from the peer proves that the connection is alive."""
    opened = await open_stream(
        Connect(question.address, question.port, device=question.device), meter
    )
    if isinstance(opened, Unknown):
        return opened
    _, sock = opened
    if sock is None:
        return Quiet("not-opened")
    loop = asyncio.get_running_loop()
    begun = loop.time()
    try:
        if not _keep_alive(sock, question.seconds):
            return Unknown("unsupported")
        # The kernel ends the connection itself when its probes are not acknowledged.
        got = await _until_end(sock, begun + question.seconds + PROBES + 1)
        seconds = loop.time() - begun
        if got is None:
            return Quiet("held", question.seconds)
        early = got or seconds < question.seconds
        return Quiet("closed" if early else "dropped", seconds)
    finally:
        account(sock, meter)
        abort(sock)


async def _until_end(sock: socket.socket, until: float) -> bool | None:
    """None: still open. True: closed by the peer in order. False: torn down."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout_at(until):
            while await loop.sock_recv(sock, LIMIT):
                pass
        return True
    except TimeoutError as error:
        # The loop's own limit has no errno; the kernel's ETIMEDOUT is of this class.
        return None if error.errno is None else False
    except OSError:
        return False


def _keep_alive(sock: socket.socket, idle: float) -> bool:
    names = ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT")
    if not all(hasattr(socket, name) for name in names):
        return False
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in zip(names, (max(1, round(idle)), 1, PROBES), strict=True):
        sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return True
