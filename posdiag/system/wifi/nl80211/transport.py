"""How is a family of generic netlink asked, and how does one listen to it?

A socket of our own and not pyroute2's: that one complains to the root logger on every
machine without the family, waits for notifications without a time limit, and its
nl80211 classes read a noise of -92 dBm as 164 and stumble over the elements of
strangers' beacons. What is spoken here is little: linux/netlink.h, linux/genetlink.h.

The kernel answers while the request is being sent, so nothing here waits long; but it
may hold the request until a driver is done, so callers ask from a thread.
"""

import errno
import socket
import struct
import sys
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import NamedTuple, Self

NETLINK_GENERIC = 16
SOL_NETLINK = 270
ADD_MEMBERSHIP = 1

REQUEST, ACK, INTERRUPTED, DUMP = 0x01, 0x04, 0x10, 0x300
ERROR, DONE = 2, 3
FIRST_KIND = 16  # below are the protocol's own messages

CONTROL = 16
GET_FAMILY = 3
FAMILY_ID, FAMILY_NAME, GROUPS = 1, 2, 7
GROUP_NAME, GROUP_ID = 1, 2

HEADER = struct.Struct("=IHHII")
COMMAND = struct.Struct("=BBH")
TYPE_MASK = 0x3FFF  # the two highest bits are flags

BUFFER = 65_536
ROOM = 1024 * 1024  # of the socket, for notifications that come in a burst
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
    """What one datagram holds, up to what is cut short."""
    at = 0
    while at + HEADER.size <= len(data):
        length, kind, flags, sequence, _ = HEADER.unpack_from(data, at)
        if not HEADER.size <= length <= len(data) - at:
            return
        yield Message(kind, flags, sequence, data[at + HEADER.size : at + length])
        at += _aligned(length)


def entries(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Attributes in their order, up to what is cut short."""
    at = 0
    while at + 4 <= len(data):
        length, kind = struct.unpack_from("=HH", data, at)
        if not 4 <= length <= len(data) - at:
            return
        yield kind & TYPE_MASK, data[at + 4 : at + length]
        at += _aligned(length)


def attributes(data: bytes) -> Attributes:
    return dict(entries(data))


def number(data: bytes | None, signed: bool = False) -> int | None:
    """An integer of this machine's byte order and of whatever size it came in."""
    if data is None or len(data) not in (1, 2, 4, 8):
        return None
    return int.from_bytes(data, sys.byteorder, signed=signed)


def attribute(kind: int, value: bytes | int) -> bytes:
    """An attribute ready to be sent; a number is 32 bits wide."""
    data = struct.pack("=I", value) if isinstance(value, int) else value
    length = 4 + len(data)
    return struct.pack("=HH", length, kind) + data + bytes(_aligned(length) - length)


def _aligned(length: int) -> int:
    return (length + 3) & ~3


class Family:
    """One family of generic netlink, with a socket of its own. OSError where the kernel
    refuses; ENOENT where there is no such family."""

    def __init__(self, name: str) -> None:
        self._socket = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETLINK_GENERIC
        )
        self._sequence = 0
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
            self._socket.settimeout(TIMEOUT)
            self._socket.bind((0, 0))
            self._kind, self._groups = self._find(name)
        except OSError:
            self._socket.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._socket.close()

    @property
    def socket(self) -> socket.socket:
        """For those who wait for notifications."""
        return self._socket

    def ask(self, command: int, *parts: bytes, dump: bool = False) -> list[Attributes]:
        """Carry out a command: the attributes of each message of the answer."""
        return [m.attributes for m in self._ask(self._kind, command, parts, dump)]

    def join(self, group: str) -> None:
        """From now on this socket gets the group's notifications."""
        if group not in self._groups:
            raise OSError(errno.ENOENT, group)
        self._socket.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, self._groups[group])

    def notifications(self, data: bytes) -> Iterator[Message]:
        """Those of the family in one datagram."""
        return (m for m in messages(data) if m.kind == self._kind and not m.sequence)

    def _find(self, name: str) -> tuple[int, dict[str, int]]:
        wanted = attribute(FAMILY_NAME, name.encode() + b"\0")
        found = self._ask(CONTROL, GET_FAMILY, (wanted,), False)
        said = found[0].attributes if found else {}
        kind = number(said.get(FAMILY_ID))
        if kind is None:
            raise OSError(errno.ENOENT, name)
        groups = {}
        for _, body in entries(said.get(GROUPS, b"")):
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
            # What changed while it was being listed is listed again.
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
        """All that answers the last request."""
        count = 0
        while count < MAX_MESSAGES:
            for message in messages(self._socket.recv(BUFFER)):
                if message.sequence != self._sequence:
                    continue  # a notification, or what an older request left behind
                count += 1
                if message.kind in (ERROR, DONE):
                    code = -(number(message.payload[:4], signed=True) or 0)
                    if code > 0:
                        raise OSError(code, "netlink")
                    return
                if message.kind >= FIRST_KIND:
                    yield message
