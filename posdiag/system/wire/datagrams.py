"""What answers a UDP datagram: a reply, an ICMP error, or nothing?

The socket is connected, so that the kernel drops what comes from elsewhere and hands
over the ICMP errors that belong to it.
"""

import asyncio
import socket

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.system.wire.icmp.errors import read_errors
from posdiag.system.wire.sockets import (
    IP_HEADER,
    UDP_HEADER,
    Trouble,
    classify_error,
    endpoint,
    open_socket,
    own_address,
)

LARGEST = 4096  # bytes of an answer that are read


class Datagrams:
    """One connected UDP socket. Made by `open_datagrams`."""

    def __init__(self, sock: socket.socket, target: str, meter: Meter) -> None:
        self._sock, self._target, self._meter = sock, target, meter
        self._own = own_address(sock)
        self._header = IP_HEADER[socket.AddressFamily(sock.family)] + UDP_HEADER

    async def send(self, data: bytes) -> Trouble | None:
        loop = asyncio.get_running_loop()
        try:
            await loop.sock_sendall(self._sock, data)
        except OSError as error:  # also one about an earlier datagram
            return self._explain(error, len(data))
        self._meter.add(sent=len(data) + self._header)
        return None

    async def receive(self, deadline: float, size: int = 0) -> bytes | Trouble | None:
        """A datagram, what went wrong, or None if nothing came in time.

        `size` is that of the datagram sent, which an ICMP error carries back.
        """
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout_at(deadline):
                data = await loop.sock_recv(self._sock, LARGEST)
        except TimeoutError:
            return None
        except OSError as error:
            return self._explain(error, size)
        self._meter.add(received=len(data) + self._header)
        return data

    def _explain(self, error: OSError, size: int) -> Trouble:
        queued = next(read_errors(self._sock), None)
        trouble = classify_error(error.errno or 0, self._target, self._own, queued)
        if trouble.error is not None and trouble.outcome != "not-sent":
            self._meter.add(received=size + 2 * self._header)
        return trouble

    def close(self) -> None:
        self._sock.close()


def open_datagrams(
    address: str, port: int, device: str, meter: Meter
) -> Datagrams | Trouble | Unknown:
    """A socket to talk to one server; `Trouble` where this machine has no route to
    it."""
    target = endpoint(address, port)
    if target is None:
        return Trouble("not-sent")
    family, peer = target
    try:
        sock = open_socket(family, socket.SOCK_DGRAM, device)
    except OSError:
        return Trouble("not-sent")
    if isinstance(sock, Unknown):
        return sock
    try:
        sock.connect(peer)  # sends nothing: only looks up the route
    except OSError:
        sock.close()
        return Trouble("not-sent")
    return Datagrams(sock, address, meter)
