"""An open connection to a host, plain or through TLS, that is read and written alike.

Deadlines are the loop's time.
"""

import socket
from dataclasses import dataclass

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.tls import Handshake, Shake
from posdiag.model.questions.wire import Connect, Connection
from posdiag.system.wire.sockets import abort, account, deliver, receive
from posdiag.system.wire.tcp import connect_socket
from posdiag.system.wire.tls.handshake import Session, open_session


@dataclass(slots=True)
class Stream:
    """The caller's to close. A peer that is gone shows when reading."""

    sock: socket.socket
    session: Session | None = None

    async def send(self, data: bytes, deadline: float) -> None:
        if self.session is None:
            await deliver(self.sock, data, deadline)
        else:
            self.session.deadline = deadline
            await self.session.write(data)

    async def receive(self, size: int, deadline: float) -> bytes | None:
        """b"" for any end of the connection, None if nothing came in time."""
        if self.session is None:
            return await receive(self.sock, size, deadline)
        self.session.deadline = deadline
        return await self.session.read(size)

    def close(self, meter: Meter, sent: int = 0, received: int = 0) -> None:
        """`sent` and `received` as for `account`, where TLS has no figures."""
        if self.session is not None:
            sent, received = self.session.sent, self.session.received
        account(self.sock, meter, sent, received)
        abort(self.sock)


async def open_stream(
    question: Connect | Shake, meter: Meter, deadline: float | None = None
) -> tuple[Connection | Handshake, Stream | None] | Unknown:
    """Connect, for a `Shake` through TLS; the stream is there if the outcome is
    "ok"."""
    if isinstance(question, Connect):
        plain = await connect_socket(question, meter)
        if isinstance(plain, Unknown):
            return plain
        tcp, sock = plain
        return tcp, Stream(sock) if sock is not None else None
    opened = await open_session(question, meter, deadline)
    if isinstance(opened, Unknown):
        return opened
    answer, session, sock = opened
    if session is None or sock is None:
        return answer, None
    stream = Stream(sock, session)
    if answer.outcome != "ok":
        stream.close(meter)
        return answer, None
    return answer, stream
