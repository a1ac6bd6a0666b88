"""What do the simulated servers say to a caller?

Each is one coroutine over an open connection, or one function from datagram to
datagram. `Line` is the way to the server, which makes its answers late or lost.
"""

import asyncio
import ssl
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from posdiag.demo.chance import Chance
from posdiag.demo.payment import complete, reply
from posdiag.demo.world import Page, Way
from posdiag.system.wire.sntp import EPOCH

if TYPE_CHECKING:
    from dns.message import Message

READ = 16 * 1024
LARGEST_HEAD = 8 * 1024
AGAIN = 0.25  # seconds after which TCP sends a lost segment again (RFC 6298, Linux)
# A fatal TLS alert in the clear: protocol_version (RFC 5246 section 7.2).
NO_VERSION = bytes([21, 3, 0, 0, 2, 2, 70])


@dataclass(frozen=True, slots=True)
class Line:
    """The way between a caller and a server."""

    way: Way
    chance: Chance

    async def cross(self) -> None:
        """One round trip of a TCP connection."""
        late = AGAIN if self.chance.lost(self.way) else 0.0
        await asyncio.sleep(self.chance.trip(self.way) + late)


async def mute(reader: StreamReader) -> None:
    while await reader.read(READ):
        pass


async def old_tls(reader: StreamReader, writer: StreamWriter, line: Line) -> None:
    await reader.read(READ)
    await line.cross()
    writer.write(NO_VERSION)
    await writer.drain()


def page(answer: Page, now: float) -> bytes:
    """An HTTP answer; `now` is the world's time, seconds since 1970."""
    body = answer.body.encode()
    lines = [
        f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}",
        f"Date: {formatdate(now, usegmt=True)}",
        f"Content-Length: {len(body)}",
        "Connection: close",
        *([f"Location: {answer.location}"] if answer.location else []),
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


async def web(
    answer: bytes, reader: StreamReader, writer: StreamWriter, line: Line
) -> None:
    """One request, one answer."""
    head = b""
    while b"\r\n\r\n" not in head and len(head) < LARGEST_HEAD:
        more = await reader.read(READ)
        if not more:
            return
        head += more
    await line.cross()
    writer.write(answer)
    await writer.drain()


class Channel:
    """The server's side of a TLS session, kept in memory so that its flights can be as
    late as the way makes them."""

    def __init__(
        self,
        context: ssl.SSLContext,
        reader: StreamReader,
        writer: StreamWriter,
        line: Line,
    ) -> None:
        self._reader, self._writer, self._line = reader, writer, line
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=True)

    async def handshake(self) -> bool:
        """False if the caller went away or the two could not agree."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                if not await self._more():
                    return False
            except ssl.SSLError:
                await self._flush()  # the alert
                return False
            else:
                await self._flush()
                return True

    async def read(self) -> bytes:
        """What the caller says next; b"" if it has ended."""
        while True:
            try:
                return self._tls.read(READ)
            except ssl.SSLWantReadError:
                if not await self._more():
                    return b""
            except ssl.SSLError:
                await self._flush()
                return b""

    async def write(self, data: bytes) -> None:
        self._tls.write(data)
        await self._flush()

    async def _more(self) -> bool:
        data = await self._reader.read(READ)
        self._in.write(data)
        return bool(data)

    async def _flush(self) -> None:
        data = self._out.read()
        if data:
            await self._line.cross()
            self._writer.write(data)
            await self._writer.drain()


async def pay(code: str, channel: Channel) -> None:
    """A payment host: one echo, one answer, and so on until the caller hangs up."""
    data = b""
    while more := await channel.read():
        data += more
        if complete(data):
            answer = reply(data, code)
            data = b""
            if answer is not None:
                await channel.write(answer)


def tls_context(pem: str, client_ca: str) -> ssl.SSLContext:
    """`client_ca` not "": callers must show a certificate signed by it."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made.load_cert_chain(pem)
    if client_ca:
        made.verify_mode = ssl.CERT_REQUIRED
        made.load_verify_locations(client_ca)
    return made


@dataclass(frozen=True, slots=True)
class Names:
    """What a name server knows. None: there is no such name; "*": every other name.

    With `rcode` it answers everything so. Without `upstream` it fails on all but
    "localhost" (RFC 6761), which it knows by itself.
    """

    known: Mapping[str, str | None]
    rcode: str = ""
    upstream: bool = True

    def answer(self, query: bytes) -> bytes | None:
        """The answer to one DNS message; None for what is none."""
        import dns.exception
        import dns.message
        import dns.rcode

        try:
            asked = dns.message.from_wire(query)
        except (dns.exception.DNSException, ValueError):
            return None
        if not asked.question:
            return None
        reply = dns.message.make_response(asked, recursion_available=True)
        local = asked.question[0].name.to_text(omit_final_dot=True) == "localhost"
        if self.rcode and not local:
            reply.set_rcode(dns.rcode.from_text(self.rcode))
        elif not self.upstream and not local:
            reply.set_rcode(dns.rcode.SERVFAIL)
        else:
            _fill(reply, self.known)
        return reply.to_wire()


def _fill(reply: "Message", known: Mapping[str, str | None]) -> None:
    import dns.rcode
    import dns.rdataclass
    import dns.rdatatype
    import dns.rrset

    wanted = reply.question[0]
    if wanted.rdclass != dns.rdataclass.IN:
        reply.set_rcode(dns.rcode.REFUSED)
        return
    name = wanted.name.to_text(omit_final_dot=True).lower()
    address = known[name] if name in known else known.get("*")
    if address is None:
        reply.set_rcode(dns.rcode.NXDOMAIN)
    elif wanted.rdtype == dns.rdatatype.A:
        reply.answer.append(dns.rrset.from_text(wanted.name, 60, "IN", "A", address))


async def dns_over_tcp(
    names: Names, reader: StreamReader, writer: StreamWriter, line: Line
) -> None:
    """One message and its answer, with lengths before them (RFC 1035 section 4.2.2)."""
    try:
        size = int.from_bytes(await reader.readexactly(2), "big")
        answer = names.answer(await reader.readexactly(size))
    except asyncio.IncompleteReadError:
        return
    if answer is not None:
        await line.cross()
        writer.write(len(answer).to_bytes(2, "big") + answer)
        await writer.drain()


class Datagrams(asyncio.DatagramProtocol):
    """A server over UDP: what is lost on the way is not answered."""

    def __init__(self, answer: Callable[[bytes], bytes | None], line: Line) -> None:
        self._answer, self._line = answer, line
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Before Python 3.12 the loop's own transport is not marked as one of datagrams.
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        answer = self._answer(data)
        if answer is None or self._line.chance.lost(self._line.way):
            return
        late = self._line.chance.trip(self._line.way)
        asyncio.get_running_loop().call_later(late, self._send, answer, addr)

    def _send(self, answer: bytes, to: tuple[str, int]) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(answer, to)


def time_server(query: bytes, ahead: float) -> bytes | None:
    """The answer to one SNTP request (RFC 4330); `ahead` of this machine's clock."""
    if len(query) < 48:
        return None
    now = time.time() + ahead + EPOCH
    stamp = int(now * 2**32).to_bytes(8, "big")
    head = bytes([4 << 3 | 4, 2, query[2], 0xEC]) + bytes(12)
    return head + stamp + query[40:48] + stamp + stamp
