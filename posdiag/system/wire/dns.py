"""What does one DNS server answer to one query?

Sent over UDP, again every `again` seconds from the same socket, so that the first
answer counts whichever datagram it belongs to; over TCP where the reply is
truncated (RFC 7766) or where the question wants that. Times are seconds.
"""

import asyncio
import socket
from dataclasses import replace
from typing import TYPE_CHECKING

from posdiag.formats.dns import matching_reply, query, reply, truncated
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import Connect, DnsReply, Lookup
from posdiag.system.wire.datagrams import Datagrams, open_datagrams
from posdiag.system.wire.sockets import Trouble, abort, account, deliver, receive
from posdiag.system.wire.tcp import connect_socket

if TYPE_CHECKING:
    from dns.message import Message

DATAGRAMS = 200  # read at most, so that a flood of forged answers ends
MAX_BYTES = 32 * 1024  # of an answer over TCP
TCP_TRIES = 3
LEAST = 0.05  # seconds that a retry over TCP gets at least
GRACE = 0.3  # seconds for a true answer after an ICMP error


async def lookup(question: Lookup, meter: Meter) -> DnsReply | Unknown:
    """An answer with another id or question, or one that does not parse, is discarded
    and waiting goes on; if nothing better comes the outcome is "malformed". `tries` is
    the number of datagrams sent, or of connections over TCP.
    """
    sent_query = query(question)
    if sent_query is None:
        return DnsReply("not-sent", tries=0)
    if question.tcp:
        return await _by_tcp(question, sent_query, question.timeout, meter)
    opened = open_datagrams(question.server, question.port, question.device, meter)
    if isinstance(opened, Unknown):
        return opened
    if isinstance(opened, Trouble):
        return DnsReply(opened.outcome, tries=0)
    begun = asyncio.get_running_loop().time()
    try:
        answer = await _by_udp(question, sent_query, opened)
    finally:
        opened.close()
    if answer is not None:
        return answer
    left = begun + question.timeout - asyncio.get_running_loop().time()
    rest = await _by_tcp(question, sent_query, max(LEAST, left), meter)
    if isinstance(rest, Unknown) or rest.rcode:
        return rest
    return replace(rest, truncated=True)


async def _by_udp(
    question: Lookup, sent_query: "Message", channel: Datagrams
) -> DnsReply | None:
    """None if the answer did not fit into a datagram."""
    loop = asyncio.get_running_loop()
    wire = sent_query.to_wire()
    begun = loop.time()
    deadline = begun + question.timeout
    sent = read = 0
    while loop.time() < deadline and read < DATAGRAMS:
        trouble = await channel.send(wire)
        sent += trouble is None
        until = min(deadline, loop.time() + max(LEAST, question.again))
        pending = trouble is None
        while pending and read < DATAGRAMS:
            data = await channel.receive(until, len(wire))
            if data is None:
                break
            read += 1
            if isinstance(data, Trouble):
                # An ICMP error is easily forged: a true answer may still follow.
                until = until if trouble else min(until, loop.time() + GRACE)
                trouble = trouble or data
                continue
            found = matching_reply(sent_query, data)
            if found is not None:
                if truncated(found):
                    return None
                return reply(question, sent_query, found, loop.time() - begun, sent)
        if trouble is not None:
            break
    else:
        trouble = Trouble("malformed" if read else "silent")
    seconds = loop.time() - begun
    return DnsReply(trouble.outcome, seconds=seconds, tries=sent, error=trouble.error)


async def _by_tcp(
    question: Lookup, sent_query: "Message", timeout: float, meter: Meter
) -> DnsReply | Unknown:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    wanted = Connect(
        question.server,
        question.port,
        TCP_TRIES,
        question.again,
        timeout,
        device=question.device,
    )
    opened = await connect_socket(wanted, meter)
    if isinstance(opened, Unknown):
        return opened
    tcp, sock = opened
    if sock is None:
        seconds = loop.time() - begun
        return DnsReply(tcp.outcome, seconds=seconds, tries=tcp.tries, error=tcp.error)
    wire = sent_query.to_wire()
    framed = len(wire).to_bytes(2, "big") + wire
    got: bytes | Trouble = b""
    try:
        got = await _exchange(sock, framed, begun + timeout)
    finally:
        account(sock, meter, len(framed), 0 if isinstance(got, Trouble) else len(got))
        abort(sock)
    seconds, tries = loop.time() - begun, tcp.tries + 1
    if isinstance(got, Trouble):
        return DnsReply(got.outcome, seconds=seconds, tries=tries)
    found = matching_reply(sent_query, got)
    if found is None:
        return DnsReply("malformed", seconds=seconds, tries=tries)
    return reply(question, sent_query, found, seconds, tries)


async def _exchange(
    sock: socket.socket, framed: bytes, deadline: float
) -> bytes | Trouble:
    """Send one message with its length before it, and read one."""
    await deliver(sock, framed, deadline)  # a failure shows when reading
    got = b""
    while len(got) < 2 or len(got) < 2 + int.from_bytes(got[:2], "big"):
        data = await receive(sock, MAX_BYTES, deadline)
        if data is None:
            return Trouble("silent")
        if not data:
            return Trouble("malformed" if got else "closed")
        got += data
        if len(got) > MAX_BYTES:
            return Trouble("malformed")
    return got[2 : 2 + int.from_bytes(got[:2], "big")]
