"""What does a payment host answer to one message?

The reply is parsed here and reduced to what a diagnosis needs, so that neither a
recording nor a traceback can hold what a host may put into it. Times are seconds.
"""

import asyncio
import socket

from posdiag.formats.iso8583.echo import Form, read
from posdiag.formats.iso8583.framing import LIMIT, cut, keep_alives
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.payment import Exchange, Exchanged, Quiet, StayQuiet
from posdiag.model.questions.tls import Handshake
from posdiag.model.questions.wire import Connect, Outcome
from posdiag.system.wire.sockets import abort, account
from posdiag.system.wire.tcp import connect_socket
from posdiag.system.wire.tls.stream import Stream, open_stream

PROBES = 3  # keep-alive probes, a second apart


async def exchange(question: Exchange, meter: Meter) -> Exchanged | Unknown:
    """One connection, one message, one reply, then a reset."""
    opened = await open_stream(question.through, meter)
    if isinstance(opened, Unknown):
        return opened
    ended, stream = opened
    shaken = ended if isinstance(ended, Handshake) else None
    tcp = ended.tcp if isinstance(ended, Handshake) else ended
    if stream is None:
        return Exchanged(ended.outcome, tcp, shaken)
    try:
        outcome, data, seconds = await _talk(stream, question)
    finally:
        stream.close(meter)
    form = Form(
        question.dialect,
        question.length,
        question.tpdu,
        question.header,
        question.bitmap,
        question.inclusive,
    )
    reply = read(data, form) if data else None
    return Exchanged(outcome, tcp, shaken, seconds, reply)


async def _talk(stream: Stream, question: Exchange) -> tuple[Outcome, bytes, float]:
    """Send, then read until there is a frame, none can come any more, or time is up."""
    loop = asyncio.get_running_loop()
    begun = last = loop.time()
    until = begun + question.timeout
    data, taken, counted = b"", 0, question.inclusive
    await stream.send(bytes.fromhex(question.payload.reveal()), until)
    while True:
        wait = min(until, loop.time() + question.gap) if data else until
        more = await stream.receive(LIMIT, wait)
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
    """Data from the peer proves that the connection is alive."""
    opened = await connect_socket(
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
    """True: closed by the peer with a FIN. False: reset or timed out. None: open."""
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
