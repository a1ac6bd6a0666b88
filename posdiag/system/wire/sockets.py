"""What do a socket's own words (errno, ICMP, TCP counters) mean on the wire?

Shared by the plain-socket probes. Times are seconds, sizes bytes at the IP layer.
Sources: ip(7) and ipv6(7) for the error queue, linux/errqueue.h and linux/tcp.h for
the layouts, RFC 792 and RFC 4443 for ICMP types and codes.
"""

import asyncio
import contextlib
import errno
import ipaddress
import socket
import struct
import sys
from dataclasses import dataclass

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import IcmpError, Outcome
from posdiag.system.core.rights import RUN_AS_ROOT

Peer = tuple[str, int] | tuple[str, int, int, int]

# linux/in.h, linux/in6.h: Python names them only from 3.14 on.
IP_RECVERR, IPV6_RECVERR = 11, 25
LOCAL, ICMP, ICMP6 = 1, 2, 3  # sock_extended_err.ee_origin

IP_HEADER = {socket.AF_INET: 20, socket.AF_INET6: 40}
TCP_HEADER = 32  # 20 and the timestamp option that nearly every segment carries
UDP_HEADER = 8

NO_WAY = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why nothing came back, as far as the system tells."""

    outcome: Outcome
    error: IcmpError | None = None


@dataclass(frozen=True, slots=True)
class TcpInfo:
    """The counters of one TCP socket (Linux `tcp_info`)."""

    state: int
    segment: int
    retransmits: int
    received: int
    sent: int
    segments_out: int
    segments_in: int


def endpoint(address: str, port: int) -> tuple[socket.AddressFamily, Peer] | None:
    """Family and socket address of a numeric address, with its scope; else None."""
    try:
        found = socket.getaddrinfo(
            address, port, flags=socket.AI_NUMERICHOST, type=socket.SOCK_STREAM
        )
    except (OSError, UnicodeError, OverflowError):
        return None
    for family, _, _, _, peer in found:
        if family == socket.AF_INET:
            return family, (str(peer[0]), int(peer[1]))
        if family == socket.AF_INET6 and len(peer) == 4:
            return family, (str(peer[0]), int(peer[1]), int(peer[2]), int(peer[3]))
    return None


def open_socket(
    family: socket.AddressFamily, kind: socket.SocketKind, device: str
) -> socket.socket | Unknown:
    """A non-blocking socket that keeps ICMP errors, bound to `device` if given.

    `Unknown` where this user or this system cannot bind to a device; OSError where the
    device does not exist.
    """
    option = getattr(socket, "SO_BINDTODEVICE", None)
    if device and option is None:
        return Unknown("unsupported")
    with contextlib.ExitStack() as undo:
        sock = undo.enter_context(socket.socket(family, kind))
        sock.setblocking(False)
        if device and option is not None:
            try:
                sock.setsockopt(socket.SOL_SOCKET, option, device.encode() + b"\0")
            except PermissionError:
                # Linux before 5.7, or a container without CAP_NET_RAW.
                return Unknown("no-rights", RUN_AS_ROOT)
        keep_errors(sock, True)
        undo.pop_all()
    return sock


def keep_errors(sock: socket.socket, on: bool) -> None:
    """Let the kernel keep who sent which ICMP error, or stop and forget."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError):
        if sock.family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, int(on))
        else:
            sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, int(on))


def own_address(sock: socket.socket) -> str:
    """The local address of a socket, "" where there is none yet."""
    with contextlib.suppress(OSError):
        own = plain(str(sock.getsockname()[0]))
        return "" if own in ("0.0.0.0", "::") else own  # noqa: S104 - not bound to
    return ""


def plain(address: str) -> str:
    """An address as it is compared: no scope, no IPv4 in IPv6 clothes."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    mapped = getattr(found, "ipv4_mapped", None)
    return str(mapped or found)


def queued_error(sock: socket.socket) -> tuple[int, IcmpError] | None:
    """The first entry of the socket's error queue: its origin, and what it says."""
    if sys.platform != "linux":
        return None
    try:
        _, control, _, _ = sock.recvmsg(512, 512, socket.MSG_ERRQUEUE)
    except OSError:
        return None
    for level, kind, data in control:
        if (level, kind) in (
            (socket.IPPROTO_IP, IP_RECVERR),
            (socket.IPPROTO_IPV6, IPV6_RECVERR),
        ) and len(data) >= 16:
            origin, type_, code = struct.unpack_from("=BBB", data, 4)
            return origin, IcmpError(type_, code, _offender(data[16:]))
    return None


def _offender(raw: bytes) -> str:
    if len(raw) < 8:
        return ""
    family = struct.unpack_from("=H", raw)[0]
    if family == socket.AF_INET:
        return socket.inet_ntop(socket.AF_INET, raw[4:8])
    if family == socket.AF_INET6 and len(raw) >= 24:
        return plain(socket.inet_ntop(socket.AF_INET6, raw[8:24]))
    return ""


def explain(
    number: int, target: str, own: str, queued: tuple[int, IcmpError] | None
) -> Trouble:
    """What an error that arrived on a socket says about the way to `target`."""
    if queued is not None and queued[0] in (ICMP, ICMP6):
        error = queued[1]
        if error.by and error.by == own and own != plain(target):
            # The kernel tells itself: ARP or NDP failed, or a local filter rejects.
            unresolved = (error.type, error.code) in ((3, 1), (1, 3))
            return Trouble("unreachable" if unresolved else "not-sent")
        return Trouble(judge(error, target), error)
    if number in (errno.ECONNREFUSED, errno.ECONNRESET):
        return Trouble("refused")
    if number in NO_WAY:
        return Trouble("unreachable")
    if number == errno.ETIMEDOUT:
        return Trouble("silent")
    if queued is None and number == errno.EACCES:
        return Trouble("prohibited")  # ICMPv6 1/1 on systems without an error queue
    return Trouble("not-sent")


def judge(error: IcmpError, target: str) -> Outcome:
    """The outcome that an ICMP error stands for.

    Type 3 is IPv4's "destination unreachable", type 1 is IPv6's.
    """
    key = (error.type, error.code)
    if key in ((3, 2), (3, 3), (1, 4)):
        # Only the host itself knows its ports; from elsewhere it is a firewall's word.
        return "refused" if error.by == plain(target) else "prohibited"
    if key in ((3, 9), (3, 10), (3, 13), (1, 1), (1, 5)):
        return "prohibited"
    return "unreachable"


def tcp_info(sock: socket.socket) -> TcpInfo | None:
    """The counters of a TCP socket, None where the system does not tell."""
    if sys.platform != "linux":
        return None
    try:
        raw = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    except OSError:
        return None
    if len(raw) < 144:  # Linux before 4.2
        return None
    segment, retransmits = (
        struct.unpack_from("=I", raw, 20)[0],
        struct.unpack_from("=I", raw, 100)[0],
    )
    acked, received, out, into = struct.unpack_from("=QQII", raw, 120)
    sent = struct.unpack_from("=Q", raw, 200)[0] if len(raw) >= 208 else acked
    return TcpInfo(
        state=raw[0],
        segment=segment,
        retransmits=retransmits,
        received=received,
        sent=sent,
        segments_out=out,
        segments_in=into,
    )


def account(
    sock: socket.socket, meter: Meter, sent: int = 0, received: int = 0
) -> None:
    """Charge all that a TCP socket cost; call once, just before it is closed.

    `sent` and `received` are the bytes handed over, used where there are no counters.
    """
    header = IP_HEADER[socket.AddressFamily(sock.family)] + TCP_HEADER
    info = tcp_info(sock)
    if info is None:
        # SYN, ACK and what carries the data, at about 1400 bytes a segment.
        meter.add(
            sent + header * (2 + sent // 1400),
            received + header * (1 + received // 1400),
        )
        return
    meter.add(
        info.sent + header * info.segments_out,
        info.received + header * info.segments_in,
    )


def abort(sock: socket.socket) -> None:
    """Close with a reset: one segment, and no state left on either side."""
    with contextlib.suppress(OSError):
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


async def receive(sock: socket.socket, size: int, deadline: float) -> bytes | None:
    """Up to `size` bytes; b"" if the peer closed or reset; None if nothing came.

    `deadline` is a time of the running loop.
    """
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout_at(deadline):
            return await loop.sock_recv(sock, size)
    except TimeoutError:  # ours, or the kernel's after many retries
        return None
    except OSError:  # a reset, also one that an earlier send was told of (ENOTCONN)
        return b""


async def deliver(sock: socket.socket, data: bytes, deadline: float) -> bool:
    """Hand over all of `data`; False if the connection is gone or time is up."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout_at(deadline):
            await loop.sock_sendall(sock, data)
    except OSError:
        return False
    return True
