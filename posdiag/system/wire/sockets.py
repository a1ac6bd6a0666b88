"""TCP and UDP sockets: how they are opened, and what their errors and counters mean.

Shared by the plain-socket probes. Times are seconds, sizes bytes at the IP layer.
Sources: ip(7), tcp(7), linux/tcp.h for `tcp_info`, RFC 792 and RFC 1812 for ICMP.
"""

import asyncio
import contextlib
import errno
import socket
import struct
import sys
from dataclasses import dataclass
from ipaddress import IPv6Address

from posdiag.formats.address import bare, parse_address
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import IcmpError, Outcome
from posdiag.system.core.dispatch import is_exhaustion
from posdiag.system.core.rights import RUN_AS_ROOT
from posdiag.system.wire.icmp.errors import QueuedError, keep_errors

Peer = tuple[str, int] | tuple[str, int, int, int]

IP_HEADER = {socket.AF_INET: 20, socket.AF_INET6: 40}
TCP_HEADER = 32  # 20 and the timestamp option that nearly every segment carries
UDP_HEADER = 8
DISCARD = 9  # RFC 863: the port of datagrams that need no answer

NO_ROUTE = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there was no reply, as far as the system knows."""

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
    disordered: int = 0  # segments that came behind a gap (Linux 5.4 or newer)


def endpoint(
    address: str, port: int, device: str = ""
) -> tuple[socket.AddressFamily, Peer] | None:
    """Family and socket address of a numeric address; None for anything else.

    A link-local IPv6 address without a scope gets that of `device`.
    """
    found = parse_address(address)
    if device and isinstance(found, IPv6Address) and found.is_link_local:
        address = address if found.scope_id else f"{address}%{device}"
    try:
        places = socket.getaddrinfo(
            address, port, flags=socket.AI_NUMERICHOST, type=socket.SOCK_STREAM
        )
    except (OSError, UnicodeError, OverflowError):
        return None
    for family, _, _, _, peer in places:
        if family == socket.AF_INET:
            return family, (str(peer[0]), int(peer[1]))
        if family == socket.AF_INET6 and len(peer) == 4:
            return family, (str(peer[0]), int(peer[1]), int(peer[2]), int(peer[3]))
    return None


def open_socket(
    family: socket.AddressFamily, kind: socket.SocketKind, device: str
) -> socket.socket | Unknown:
    """A non-blocking socket that queues ICMP errors, bound to `device` if given.

    `Unknown` where this user or this system cannot bind to a device, or has no
    descriptor left; OSError where the device does not exist.
    """
    with contextlib.ExitStack() as undo:
        try:
            sock = undo.enter_context(socket.socket(family, kind))
        except OSError as error:
            if is_exhaustion(error):
                return Unknown("trouble")
            raise
        sock.setblocking(False)
        refused = bind_to_device(sock, device)
        if refused:
            return refused
        keep_errors(sock)
        undo.pop_all()
    return sock


def bind_to_device(sock: socket.socket, device: str) -> Unknown | None:
    """Send and receive by this interface only, "" for any.

    `Unknown` where this user or this system cannot; OSError where it does not exist.
    """
    if not device:
        return None
    if sys.platform != "linux":
        return Unknown("unsupported")
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    except PermissionError:  # Linux before 5.7, or a container without CAP_NET_RAW
        return Unknown("no-rights", RUN_AS_ROOT)
    return None


def own_address(sock: socket.socket) -> str:
    """The local address of a socket, "" where there is none yet."""
    with contextlib.suppress(OSError):
        own = bare(str(sock.getsockname()[0]))
        return "" if own in ("0.0.0.0", "::") else own  # noqa: S104 - not bound to
    return ""


def classify_error(
    number: int, target: str, own: str, queued: QueuedError | None
) -> Trouble:
    """What `errno` and the error queue of a socket mean for the path to `target`.

    `own` is the socket's local address.
    """
    if queued is not None and not queued.local:
        error = queued.error
        if error.by and error.by == own and own != bare(target):
            # From the kernel itself: ARP or NDP failed, or a local filter rejects.
            unresolved = (error.type, error.code) == (3, 1)
            return Trouble("unreachable") if unresolved else Trouble("not-sent", error)
        return Trouble(classify_icmp(error, target), error)
    if number in (errno.ECONNREFUSED, errno.ECONNRESET):
        return Trouble("refused")
    if number in NO_ROUTE:
        return Trouble("unreachable")
    if number == errno.ETIMEDOUT:
        return Trouble("silent")
    if queued is None and number == errno.EACCES:
        return Trouble("prohibited")  # ICMPv6 1/1 on systems without an error queue
    return Trouble("not-sent")


def classify_icmp(error: IcmpError, target: str) -> Outcome:
    """The outcome that an ICMP error from `target` or from a router means."""
    if error.type == 3 and error.code in (2, 3):
        # Only the host itself knows its ports; from elsewhere it is a firewall's reply.
        return "refused" if error.by == bare(target) else "prohibited"
    return "prohibited" if error.prohibited else "unreachable"


def tcp_info(sock: socket.socket) -> TcpInfo | None:
    """The counters of a TCP socket, None where it has none."""
    if sys.platform != "linux":
        return None
    try:
        raw = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 256)
    except OSError:
        return None
    if len(raw) < 144:  # Linux before 4.2
        return None
    (segment,) = struct.unpack_from("=I", raw, 20)
    (retransmits,) = struct.unpack_from("=I", raw, 100)
    acked, received, out, into = struct.unpack_from("=QQII", raw, 120)
    sent = struct.unpack_from("=Q", raw, 200)[0] if len(raw) >= 208 else acked
    disordered = struct.unpack_from("=I", raw, 224)[0] if len(raw) >= 228 else 0
    return TcpInfo(
        state=raw[0],
        segment=segment,
        retransmits=retransmits,
        received=received,
        sent=sent,
        segments_out=out,
        segments_in=into,
        disordered=disordered,
    )


def account(
    sock: socket.socket, meter: Meter, sent: int = 0, received: int = 0
) -> None:
    """Charge the traffic of a TCP socket; call once, just before it is closed.

    `sent` and `received` are the payload bytes, used where there are no counters.
    """
    # SYN, ACK and what carries the data, at about 1400 bytes a segment.
    out, into = 2 + sent // 1400, 1 + received // 1400
    info = tcp_info(sock)
    if info is not None:
        sent, received = info.sent, info.received
        out, into = info.segments_out, info.segments_in
    header = IP_HEADER[socket.AddressFamily(sock.family)] + TCP_HEADER
    meter.add(sent + header * out, received + header * into)


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
    except OSError:  # a reset, also one that an earlier send reported (ENOTCONN)
        return b""


async def deliver(sock: socket.socket, data: bytes, deadline: float) -> bool:
    """Send all of `data`; False if the connection is gone or time is up."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout_at(deadline):
            await loop.sock_sendall(sock, data)
    except OSError:
        return False
    return True
