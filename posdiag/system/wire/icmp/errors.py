"""Who complained about a packet of ours? The kernel's socket error queue (ip(7)).

With IP_RECVERR a socket, even one without rights, is handed each ICMP error about its
own packets: type, code, who sent it, and the start of the packet complained of. ICMPv6
numbers are turned into those of IPv4, so that no reader needs two tables.
"""

import contextlib
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_address

from posdiag.model.questions.wire import IcmpError

IP_RECVERR, IPV6_RECVERR = 11, 25  # linux/in.h, linux/in6.h
SO_TIMESTAMPNS = 35  # asm-generic/socket.h
ORIGIN_LOCAL = 1
EXTENDED_ERROR = struct.Struct("=IBBBBII")  # struct sock_extended_err
TIMESPEC = struct.Struct("@ll")
# Read at one go; what is left is read in the next round of the event loop, so that a
# flood can neither hold the loop nor pile up here.
BURST = 64

UNREACHABLE, EXPIRED, PARAMETER, TOO_BIG_CODE = 3, 11, 12, 4
V6_UNREACHABLE = {0: 0, 1: 13, 2: 1, 3: 1, 4: 3, 5: 13, 6: 13}  # RFC 4443 section 3.1

# What one ICMP error costs over the packet it quotes: an outer IP header and 8 bytes.
V4_ERROR, V6_ERROR = 28, 48


@dataclass(frozen=True, slots=True)
class Complaint:
    """One entry of the error queue.

    `quoted` is what follows the IP header of our packet, `port` the port it went to.
    `mtu` is what a router or this machine announced, 0 for none. `local`: this machine
    itself refused the packet, `error` is then meaningless.
    """

    error: IcmpError
    quoted: bytes
    port: int
    mtu: int
    local: bool
    at: float | None  # CLOCK_REALTIME of its arrival

    @property
    def too_big(self) -> bool:
        return self.local or (
            self.error.type == UNREACHABLE and self.error.code == TOO_BIG_CODE
        )


def watch_errors(sock: socket.socket) -> None:
    """Have the kernel queue ICMP errors and stamp arrivals."""
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
    else:
        sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
    # A busy event loop reads late; the kernel's own stamp tells the true time.
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)


def arrival(ancillary: list[tuple[int, int, bytes]]) -> float | None:
    for level, kind, data in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, SO_TIMESTAMPNS):
            with contextlib.suppress(struct.error):
                seconds, nanoseconds = TIMESPEC.unpack(data)
                return float(seconds + nanoseconds / 1e9)
    return None


def as_v4(kind: int, code: int) -> tuple[int, int]:
    """The IPv4 type and code that mean what this ICMPv6 type and code mean."""
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


def parse_extended(data: bytes, six: bool) -> tuple[IcmpError, int, bool] | None:
    """The error, its MTU and whether it is our own, from an IP_RECVERR message."""
    if len(data) < EXTENDED_ERROR.size:
        return None
    _, origin, kind, code, _, info, _ = EXTENDED_ERROR.unpack_from(data)
    offender = data[EXTENDED_ERROR.size :]
    raw = offender[8:24] if six else offender[4:8]
    by = str(ip_address(raw)) if len(raw) == (16 if six else 4) else ""
    if six:
        kind, code = as_v4(kind, code)
    return IcmpError(kind, code, by), info, origin == ORIGIN_LOCAL


def complaints(sock: socket.socket) -> Iterator[Complaint]:
    """What the error queue holds now, at most `BURST` entries."""
    six = sock.family == socket.AF_INET6
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
            parsed = parse_extended(data, six) if (level, kind) in wanted else None
            if parsed:
                error, mtu, local = parsed
                yield Complaint(
                    error=error,
                    quoted=quoted,
                    port=port,
                    mtu=mtu,
                    local=local,
                    at=arrival(extra),
                )


def is_ours(address: str) -> bool:
    """Is this one of the machine's own addresses?

    An address that does not resolve on the link makes the kernel send "host
    unreachable" to itself; nobody on the network has said anything then.
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


def bind_to_device(sock: socket.socket, device: str) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())


def where(
    address: str, port: int, device: str = ""
) -> tuple[socket.AddressFamily, tuple[str | int, ...]]:
    """The family and socket address of an IP address, link-local ones with scope."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    if family == socket.AF_INET:
        return family, (str(ip_address(address)), port)
    plain, _, scope = address.partition("%")
    scope = scope or (device if ip_address(plain).is_link_local else "")
    index = 0
    if scope:
        with contextlib.suppress(OSError):
            index = int(scope) if scope.isdecimal() else socket.if_nametoindex(scope)
    return family, (plain, port, 0, index)
