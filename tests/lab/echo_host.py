"""Payment hosts of a world that answer an ISO 8583 echo, well or badly.

Every mode is a `Talk` for `services.listen`; `secure` puts TLS around one.
"""

import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path

from tests.lab.services import PAGE, Talk
from tests.payment_host import ascii_reply, unionpay_reply

Reply = Callable[[bytes], bytes]
RIGHT: dict[str, Reply] = {"ascii": ascii_reply, "unionpay": unionpay_reply}


def answers(reply: Reply, delay: float = 0.0) -> Talk:
    """Reads one request, gives one reply, then waits for the caller to go."""

    def talk(peer: socket.socket) -> None:
        request = peer.recv(4096)
        if not request:
            return
        time.sleep(delay)
        peer.sendall(reply(request))
        while peer.recv(4096):
            pass

    return talk


def secure(pem: Path, inner: Talk) -> Talk:
    """The same behind TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)

    def talk(peer: socket.socket) -> None:
        with context.wrap_socket(peer, server_side=True) as channel:
            inner(channel)

    return talk


def web_page(request: bytes) -> bytes:
    return b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n" + PAGE


def garbage(request: bytes) -> bytes:
    return bytes.fromhex("fefdfcfb") * 40


def half(request: bytes) -> bytes:
    return unionpay_reply(request)[:17]


def twice(request: bytes) -> bytes:
    return unionpay_reply(request) * 2


def other_trace(request: bytes) -> bytes:
    """The answer to somebody else's question."""
    reply = bytearray(unionpay_reply(request))
    reply[23:26] = b"\x99\x99\x99"
    return bytes(reply)


def code(text: bytes) -> Reply:
    return lambda request: unionpay_reply(request, text)


def unswapped(request: bytes) -> bytes:
    reply = unionpay_reply(request)
    return reply[:2] + request[2:7] + reply[7:]


def counting_itself(request: bytes) -> bytes:
    """To a request so framed; an empty frame comes first."""
    assert int(request[:2].hex()) == len(request)
    body = unionpay_reply(request)[2:]
    return bytes(2) + bytes.fromhex(f"{len(body) + 2:04d}") + body


def hexadecimal(request: bytes) -> bytes:
    """0810 with bitmaps in letters behind a length of four bytes."""
    assert int.from_bytes(request[:4], "big") == len(request) - 4
    binary = request[4:8] + bytes.fromhex(request[8:40].decode("ascii")) + request[40:]
    body = ascii_reply(b"??" + binary)[2:]
    body = body[:4] + body[4:20].hex().upper().encode() + body[20:]
    return len(body).to_bytes(4, "big") + body


def three_digits(request: bytes) -> bytes:
    return ascii_reply(request, b"005")
