"""Requests and notifications of a generic netlink family (linux/genetlink.h).

Not pyroute2's socket: its state belongs to one thread, so it cannot be opened in a
thread and read in the event loop, nor asked synchronously inside a running loop, and
its synchronous form has no time limit.

The kernel answers while the request is being sent, but a driver may delay that, so
callers use a thread.
"""

import errno
import socket
import struct
import sys
from collections.abc import Iterator, Mapping
from typing import NamedTuple, Self

NETLINK_GENERIC = 16
SOL_NETLINK = 270
ADD_MEMBERSHIP = 1

REQUEST, ACK, INTERRUPTED, DUMP = 0x01, 0x04, 0x10, 0x300
ERROR, DONE = 2, 3
FIRST_KIND = 16  # message types below are netlink's own

CONTROL = 16
GET_FAMILY = 3
FAMILY_ID, FAMILY_NAME, GROUPS = 1, 2, 7
GROUP_NAME, GROUP_ID = 1, 2

HEADER = struct.Struct("=IHHII")
COMMAND = struct.Struct("=BBH")
TYPE_MASK = 0x3FFF  # the two highest bits are flags

BUFFER = 65_536
RECEIVE_BUFFER = 1024 * 1024  # bytes, for bursts of notifications
TIMEOUT = 3.0  # seconds
MAX_MESSAGES = 10_000  # of one answer
TRIES = 3

Attributes = Mapping[int, bytes]


class Message(NamedTuple):
    """One netlink message; `command` and `attributes` are those of generic netlink."""

    kind: int
    flags: int
    sequence: int
    payload: bytes

    @property
    def command(self) -> int:
        return self.payload[0] if self.payload else 0

    @property
    def attributes(self) -> Attributes:
        return attributes(self.payload[COMMAND.size :])


def messages(data: bytes) -> Iterator[Message]:
    """The messages of one datagram, up to the first that is cut off."""
    at = 0
    while at + HEADER.size <= len(data):
        length, kind, flags, sequence, _ = HEADER.unpack_from(data, at)
        if not HEADER.size <= length <= len(data) - at:
            return
        yield Message(kind, flags, sequence, data[at + HEADER.size : at + length])
        at += _align(length)


def entries(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Attributes in their order, up to the first that is cut off."""
    at = 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        if not 4 <= length <= len(data) - at:
            return
        yield kind & TYPE_MASK, data[at + 4 : at + length]
        at += _align(length)


def attributes(data: bytes) -> Attributes:
    return dict(entries(data))


def number(data: bytes | None, signed: bool = False) -> int | None:
    """An integer in host byte order, of 1, 2, 4 or 8 bytes; None for any other size."""
    if data is None or len(data) not in (1, 2, 4, 8):
        return None
    return int.from_bytes(data, sys.byteorder, signed=signed)


def attribute(kind: int, value: bytes | int) -> bytes:
    """An encoded attribute; a number is 32 bits wide."""
    data = struct.pack("=I", value) if isinstance(value, int) else value
    length = 4 + len(data)
    return struct.pack("=HH", length, kind) + data + bytes(_align(length) - length)


def _align(length: int) -> int:
    return (length + 3) & ~3


class Family:
    """A socket for one generic netlink family. OSError if the kernel refuses; ENOENT if
    there is no such family."""

    def __init__(self, name: str) -> None:
        self._socket = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETLINK_GENERIC
        )
        self._sequence = 0
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            self._socket.settimeout(TIMEOUT)
            self._socket.bind((0, 0))
            self._kind, self._groups = self._find(name)
        except OSError:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    @property
    def socket(self) -> socket.socket:
        """To wait for notifications."""
        return self._socket

    def ask(self, command: int, *parts: bytes, dump: bool = False) -> list[Attributes]:
        """Carry out a command; returns the attributes of each message of the answer."""
        return [m.attributes for m in self._ask(self._kind, command, parts, dump)]

    def join(self, group: str) -> None:
        """Subscribe to a multicast group."""
        if group not in self._groups:
            raise OSError(errno.ENOENT, group)
        self._socket.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, self._groups[group])

    def notifications(self, data: bytes) -> Iterator[Message]:
        """The family's notifications in one datagram."""
        return (m for m in messages(data) if m.kind == self._kind and not m.sequence)

    def _find(self, name: str) -> tuple[int, dict[str, int]]:
        wanted = attribute(FAMILY_NAME, name.encode() + b"\0")
        found = self._ask(CONTROL, GET_FAMILY, (wanted,), False)
        attrs = found[0].attributes if found else {}
        kind = number(attrs.get(FAMILY_ID))
        if kind is None:
            raise OSError(errno.ENOENT, name)
        groups = {}
        for _, body in entries(attrs.get(GROUPS, b"")):
            group = attributes(body)
            label = group.get(GROUP_NAME, b"").rstrip(b"\0").decode("ascii", "replace")
            groups[label] = number(group.get(GROUP_ID)) or 0
        return kind, groups

    def _ask(
        self, kind: int, command: int, parts: tuple[bytes, ...], dump: bool
    ) -> list[Message]:
        answer: list[Message] = []
        for _ in range(TRIES):
            self._send(kind, command, parts, DUMP if dump else ACK)
            answer = list(self._answer())
            # The list changed during the dump: again.
            if not any(message.flags & INTERRUPTED for message in answer):
                break
        return answer

    def _send(
        self, kind: int, command: int, parts: tuple[bytes, ...], flags: int
    ) -> None:
        self._sequence += 1
        body = COMMAND.pack(command, 1, 0) + b"".join(parts)
        length = HEADER.size + len(body)
        head = HEADER.pack(length, kind, REQUEST | flags, self._sequence, 0)
        self._socket.sendto(head + body, (0, 0))

    def _answer(self) -> Iterator[Message]:
        """The messages that answer the last request."""
        count = 0
        while count < MAX_MESSAGES:
            for message in messages(self._socket.recv(BUFFER)):
                if message.sequence != self._sequence:
                    continue  # a notification, or the answer to an older request
                count += 1
                if message.kind in (ERROR, DONE):
                    code = -(number(message.payload[:4], signed=True) or 0)
                    if code > 0:
                        raise OSError(code, "netlink")
                    return
                if message.kind >= FIRST_KIND:
                    yield message
