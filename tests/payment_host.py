"""Payment hosts on loopback that answer as a test wants: for our client to be tried on.

The right answers are put together byte by byte here, with nothing of our own formats,
so that a mistake there is not repeated by the host.
"""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

Answer = Callable[[bytes], bytes]


def framed(body: bytes) -> bytes:
    return len(body).to_bytes(2, "big") + body


def ascii_reply(request: bytes, code: bytes = b"00", more: bytes = b"") -> bytes:
    """0810 with fields 7, 11, 39 and 70 to an 0800 with 7, 11 (41, 42) and 70."""
    body = request[2:]
    assert body[:4] == b"0800", body
    assert body[4:12].hex() in ("8220000000c00000", "8220000000000000"), body.hex()
    assert body[12:20].hex() == "0400000000000000"
    seven, eleven = body[20:30], body[30:36]
    assert body.endswith(b"301")
    bitmap = bytes.fromhex("8220000002000000 0400000000000000")
    return framed(b"0810" + bitmap + seven + eleven + code + b"301" + more)


def unionpay_reply(request: bytes, code: bytes = b"00", more: bytes = b"") -> bytes:
    """0830 with fields 11, 39 and 60 to an 0820 with TPDU and header."""
    body = request[2:]
    tpdu, header, message = body[:5], body[5:11], body[11:]
    assert message[:2].hex() == "0820", message.hex()
    assert message[2:10].hex() in ("0020000000c00010", "0020000000000010")
    eleven = message[10:13]
    assert message[-8:-6].hex() == "0011"  # 11 digits follow
    assert message[-6:].hex() == "000000013010"
    back = tpdu[:1] + tpdu[3:5] + tpdu[1:3]
    bitmap = bytes.fromhex("0020000002000010")
    said = bytes.fromhex("0830") + bitmap + eleven + code + message[-8:]
    return framed(back + header + said + more)


@contextlib.contextmanager
def host(
    answer: Answer | None,
    *,
    tls: ssl.SSLContext | None = None,
    pieces: int = 0,
    delay: float = 0.0,
    stay: bool = True,
) -> Iterator[int]:
    """A host on loopback; its port. `answer` None: it never says anything.

    `pieces`: it sends that many bytes at a time. `delay`: seconds before it answers.
    `stay` false: it closes after its answer.
    """
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def talk(peer: socket.socket) -> None:
        peer.settimeout(10)
        with contextlib.suppress(OSError):
            channel = tls.wrap_socket(peer, server_side=True) if tls else peer
            with channel:
                request = channel.recv(4096)
                if request and answer is not None:
                    over.wait(delay)
                    said = answer(request)
                    size = pieces or len(said) or 1
                    for at in range(0, len(said), size):
                        channel.sendall(said[at : at + size])
                        if pieces:
                            over.wait(0.005)
                while stay and not over.is_set() and channel.recv(4096):
                    pass

    def serve() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=talk, args=(peer,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        over.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)  # wakes the one who waits to accept
        listener.close()
