"""ICMP errors about our own packets, from the kernel's socket error queue (ip(7)).

With IP_RECVERR a socket, even one without rights, is handed each ICMP error about its
own packets: type, code, sender, and the start of the packet that it quotes. ICMPv6
types and codes become those of ICMPv4, so that no reader needs two tables.
Layouts: linux/errqueue.h. Types and codes: RFC 792, RFC 1812, RFC 4443.
"""

import contextlib
import socket
import struct
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from posdiag.formats.address import bare
from posdiag.model.questions.wire import IcmpError

# linux/in.h, linux/in6.h: Python names them only from 3.14 on.
IP_RECVERR, IPV6_RECVERR = 11, 25
SO_TIMESTAMPNS = 35  # asm-generic/socket.h
ORIGIN_LOCAL, ORIGIN_ICMP, ORIGIN_ICMP6 = 1, 2, 3  # sock_extended_err.ee_origin
EXTENDED_ERROR = struct.Struct("=IBBBBII")  # struct sock_extended_err
TIMESPEC = struct.Struct("@ll")
# Read at one go; what is left is read in the next round of the event loop, so that a
# flood can neither hold the loop nor pile up here.
BURST = 64

UNREACHABLE, EXPIRED, PARAMETER, TOO_BIG_CODE = 3, 11, 12, 4
# RFC 4443 3.1: no route, prohibited, beyond scope, address, port, policy, reject.
V6_UNREACHABLE = {0: 0, 1: 13, 2: 1, 3: 1, 4: 3, 5: 13, 6: 13}
ICMP_HEADER = 8  # bytes

Sent = tuple[float, float]
"""When a probe was sent: by the monotonic clock, and by CLOCK_REALTIME."""


@dataclass(frozen=True, slots=True)
class QueuedError:
    """One entry of the error queue.

    `quoted` is what follows the IP header of our packet, `port` the port it went to.
    `mtu` is what a router or this machine announced, 0 for none. `local`: this machine
    itself refused the packet; `error` is then meaningless.
    """

    error: IcmpError
    quoted: bytes = b""
    port: int = 0
    mtu: int = 0
    local: bool = False
    at: float | None = None  # CLOCK_REALTIME of its arrival

    @property
    def too_big(self) -> bool:
        return self.local or (
            self.error.type == UNREACHABLE and self.error.code == TOO_BIG_CODE
        )


def keep_errors(sock: socket.socket, on: bool = True) -> None:
    """Have the kernel queue ICMP errors, or stop and forget. Linux only."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError):
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, int(on))
        else:
            sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, int(on))


def stamp_arrivals(sock: socket.socket) -> None:
    """Have the kernel note when packets arrive: a busy event loop reads late."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)


def arrival(ancillary: list[tuple[int, int, bytes]]) -> float | None:
    """The kernel's own time stamp, in seconds of CLOCK_REALTIME."""
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
            with contextlib.suppress(struct.error):
                seconds, nanoseconds = TIMESPEC.unpack(data)
                return float(seconds + nanoseconds / 1e9)
    return None


def round_trip(sent: Sent, arrived: float | None) -> float:
    """Seconds until now, or until the kernel's time stamp `arrived` where that is
    plausible (no clock step in between)."""
    passed = time.monotonic() - sent[0]
    if arrived is not None and 0 <= arrived - sent[1] <= passed:
        return arrived - sent[1]
    return passed


def as_v4(kind: int, code: int) -> tuple[int, int]:
    """The ICMPv4 type and code that mean what this ICMPv6 type and code mean."""
    match kind:
        case 1:
            return UNREACHABLE, V6_UNREACHABLE.get(code, 0)
        case 2:
            return UNREACHABLE, TOO_BIG_CODE
        case 3:
            return EXPIRED, code
        case 4:
            return PARAMETER, code
    return kind, code


def parse_extended(data: bytes) -> tuple[IcmpError, int, bool] | None:
    """The error, its MTU and whether it is our own, from an IP_RECVERR message; None
    for what is neither ICMP nor our own."""
    if len(data) < EXTENDED_ERROR.size:
        return None
    _, origin, kind, code, _, info, _ = EXTENDED_ERROR.unpack_from(data)
    if origin not in (ORIGIN_LOCAL, ORIGIN_ICMP, ORIGIN_ICMP6):
        return None
    if origin == ORIGIN_ICMP6:
        kind, code = as_v4(kind, code)
    by = _offender(data[EXTENDED_ERROR.size :])
    return IcmpError(kind, code, by), info, origin == ORIGIN_LOCAL


def _offender(name: bytes) -> str:
    """The sender in a `sockaddr`, "" for none."""
    family = int.from_bytes(name[:2], sys.byteorder)
    if family == socket.AF_INET and len(name) >= 8:
        return str(ip_address(name[4:8]))
    if family == socket.AF_INET6 and len(name) >= 24:
        return bare(str(ip_address(name[8:24])))
    return ""


def read_errors(sock: socket.socket) -> Iterator[QueuedError]:
    """What the error queue holds now, at most `BURST` entries."""
    if sys.platform != "linux":
        return
    wanted = {(socket.IPPROTO_IP, IP_RECVERR), (socket.IPPROTO_IPV6, IPV6_RECVERR)}
    for _ in range(BURST):
        try:
            quoted, extra, _, address = sock.recvmsg(
                2048, 512, socket.MSG_ERRQUEUE | socket.MSG_DONTWAIT
            )
        except OSError:
            return
        port = address[1] if isinstance(address, tuple) else 0
        for level, kind, data in extra:
            parsed = parse_extended(data) if (level, kind) in wanted else None
            if parsed:
                yield QueuedError(parsed[0], quoted, port, *parsed[1:], arrival(extra))


def is_own_address(address: str) -> bool:
    """Is this one of the machine's own addresses?

    An address that does not resolve on the link makes the kernel send "host
    unreachable" to itself; no host has answered then.
    """
    if not address:  # binding to that would mean any address
        return False
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        try:
            sock.bind((address, 0))
        except OSError:
            return False
    return True
