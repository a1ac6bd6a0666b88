"""Sockets that may send ICMP echo requests."""

import contextlib
import socket
import struct

from posdiag.formats.icmp import REPLY4, REPLY6
from posdiag.system.wire.raw import bpf

# linux/icmp.h, linux/icmpv6.h
SOL_RAW, ICMP_FILTER, ICMP6_FILTER = 255, 1, 1
ID_AT = 4


def open_echo_socket(
    family: socket.AddressFamily, identifier: int
) -> tuple[socket.socket, str] | None:
    """A socket that may send echo requests and how it was got; None without rights.

    A raw one receives only replies that carry `identifier`.
    """
    six = family == socket.AF_INET6
    protocol = socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP
    for kind, method in ((socket.SOCK_RAW, "raw"), (socket.SOCK_DGRAM, "socket")):
        try:
            sock = socket.socket(family, kind | socket.SOCK_NONBLOCK, protocol)
        except OSError:
            continue
        if method == "raw":
            _only_id(sock, identifier)
            _only_replies(sock, six)
        return sock, method
    return None


def _only_replies(sock: socket.socket, six: bool) -> None:
    """Let the kernel drop all but echo replies; errors come by the error queue."""
    if six:
        mask = bytearray(b"\xff" * 32)
        bits = struct.unpack_from("=I", mask, REPLY6 // 32 * 4)[0]
        struct.pack_into("=I", mask, REPLY6 // 32 * 4, bits & ~(1 << REPLY6 % 32))
        sock.setsockopt(socket.IPPROTO_ICMPV6, ICMP6_FILTER, bytes(mask))
    else:
        mask4 = struct.pack("=I", 0xFFFFFFFF & ~(1 << REPLY4))
        sock.setsockopt(SOL_RAW, ICMP_FILTER, mask4)


def _only_id(sock: socket.socket, identifier: int) -> None:
    """Have the kernel drop echo replies to others.

    A raw socket is handed every echo reply of the machine; a flood of them would fill
    its buffer and our own answers would be lost.
    """
    test = (bpf.IF_EQUAL, 0, 1, identifier)
    if sock.family == socket.AF_INET6:  # no IP header comes with it
        program = [(bpf.LOAD_16, 0, 0, ID_AT), test, bpf.ACCEPT, bpf.DROP]
    else:
        load = (bpf.IP_HEADER_LENGTH_TO_X, 0, 0, 0), (bpf.LOAD_16_AT_X, 0, 0, ID_AT)
        program = [*load, test, bpf.ACCEPT, bpf.DROP]
    with contextlib.suppress(OSError):  # only a help; `parse` is what decides
        bpf.attach_filter(sock, program)


def set_ttl(sock: socket.socket, ttl: int) -> None:
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, ttl)
    else:
        sock.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)
