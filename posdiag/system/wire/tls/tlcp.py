"""Does a server support national cryptography (TLCP: SM2, SM3, SM4)?

OpenSSL cannot, so an ordinary handshake with such a server fails although a terminal
works. One ClientHello of TLCP decides: a server that supports it answers with a
ServerHello of version 1.1 that OpenSSL's versions cannot be mistaken for. The handshake
goes no further. Sources: GB/T 38636-2020 (records and messages as in RFC 4346, version
0x0101), GM/T 0024 (numbers of the cipher suites). Times are seconds.
"""

import asyncio
import secrets

from posdiag.formats.traffic.connections.tls_records import ALERT, HANDSHAKE
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.tls import AskTlcp, TlcpReply
from posdiag.model.questions.wire import Connect
from posdiag.system.wire.sockets import abort, account, deliver, receive
from posdiag.system.wire.tcp import SMALL_WINDOW, connect_socket

CLIENT_HELLO, SERVER_HELLO = 1, 2
VERSION = b"\x01\x01"
FAMILY = 0xE0  # first byte of every TLCP cipher suite
SUITES = {
    0xE013: "ECC_SM4_CBC_SM3",
    0xE011: "ECDHE_SM4_CBC_SM3",
    0xE053: "ECC_SM4_GCM_SM3",
    0xE051: "ECDHE_SM4_GCM_SM3",
}
RANDOM, SESSION = 32, 32  # bytes; the session id's is the most that it may be
ID_AT = 5 + 4 + 2 + RANDOM  # where a ServerHello holds the length of its session id
LIMIT = 4096  # bytes that are read; a ServerHello is decided within 78
NO_TLCP = TlcpReply("malformed", supported=False)


def hello(random: bytes) -> bytes:
    """A ClientHello of TLCP with these 32 random bytes."""
    suites = b"".join(number.to_bytes(2, "big") for number in SUITES)
    body = VERSION + random + b"\0" + len(suites).to_bytes(2, "big") + suites + b"\1\0"
    message = bytes([CLIENT_HELLO]) + len(body).to_bytes(3, "big") + body
    return bytes([HANDSHAKE]) + VERSION + len(message).to_bytes(2, "big") + message


def read(data: bytes) -> TlcpReply | None:
    """What the first bytes of an answer mean; None while more are needed."""
    if data[:1] == bytes([ALERT]):
        return TlcpReply("refused", supported=False)
    start = bytes([HANDSHAKE]) + VERSION
    if data[: len(start)] != start[: len(data)]:
        return NO_TLCP
    if len(data) > 5 and data[5] != SERVER_HELLO:
        return NO_TLCP
    if data[9:11] != VERSION[: len(data[9:11])]:
        return NO_TLCP
    if len(data) <= ID_AT:
        return None
    suite_at = ID_AT + 1 + data[ID_AT]
    record_ends = 5 + int.from_bytes(data[3:5], "big")
    if data[ID_AT] > SESSION or suite_at + 2 > record_ends:
        return NO_TLCP
    if len(data) < suite_at + 2:
        return None
    if data[suite_at] != FAMILY:
        return NO_TLCP
    suite = int.from_bytes(data[suite_at : suite_at + 2], "big")
    return TlcpReply("ok", supported=True, suite=SUITES.get(suite, f"0x{suite:04X}"))


async def ask(question: AskTlcp, meter: Meter) -> TlcpReply | Unknown:
    """One connection, one message, ended by a reset."""
    loop = asyncio.get_running_loop()
    until = loop.time() + question.timeout
    host = Connect(question.address, question.port, timeout=question.timeout)
    opened = await connect_socket(host, meter, window=SMALL_WINDOW)
    if isinstance(opened, Unknown):
        return opened
    tcp, sock = opened
    if sock is None:
        return TlcpReply(tcp.outcome)
    data, sent = b"", hello(secrets.token_bytes(RANDOM))
    try:
        # A peer that has gone may have left its answer in our buffer: read on.
        await deliver(sock, sent, until)
        while len(data) < LIMIT:
            more = await receive(sock, LIMIT - len(data), until)
            if more is None:
                return TlcpReply("silent")
            if not more:
                return TlcpReply("closed", supported=False)
            data += more
            reply = read(data)
            if reply is not None:
                return reply
        return NO_TLCP
    finally:
        account(sock, meter, len(sent), len(data))
        abort(sock)
