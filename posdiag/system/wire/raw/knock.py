"""Does a host answer a packet that goes straight to the router, past this machine's own
routes, IPsec policies and packet filters? (packet(7); raw rights)

A packet socket sends below all three, and receives before a filter does; one for all
protocols even before a filter of the interface (nftables' netdev ingress, tc). So an
answer here, where an ordinary socket gets none, points to this machine itself. What an
egress filter of the interface drops is reported as a full queue (net_xmit_errno).
Sources: RFC 791, RFC 8200, RFC 9293 (TCP), net/core/dev.c.
"""

import asyncio
import contextlib
import errno
import os
import socket
import struct
from ipaddress import ip_address

from posdiag.formats.dns import query
from posdiag.formats.icmp import checksum, ip6_packet, ip_packet
from posdiag.formats.traffic.frames import TCP, UDP
from posdiag.formats.traffic.layers import ACK, RST, SYN
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import Knock, Knocked, KnockReply, Lookup
from posdiag.system.core.rights import RUN_AS_ROOT

ETH_P_ALL, ETH_P_IP, ETH_P_IPV6 = 0x0003, 0x0800, 0x86DD
# No ordinary socket gets an answer to another hardware address either.
NOT_OURS = (socket.PACKET_OTHERHOST, socket.PACKET_OUTGOING)
IPV6 = 16  # bytes of its address
# Those of Linux: what a firewall on the way makes of the options that ordinary programs
# send must befall this SYN as well, or it would look like a filter of this machine.
SYN_OPTIONS = struct.pack(
    "!BBH BB BBII B BBB", 2, 4, 1440, 4, 2, 8, 10, 1, 0, 1, 3, 3, 7
)
MAX_PACKETS = 20_000  # that are read, whatever arrives


async def knock(question: Knock, meter: Meter) -> Knocked | Unknown:
    """`unsupported` for what are no two addresses of one family; `trouble` where the
    interface is gone."""
    try:
        ends = _addresses(question)
        mac = bytes.fromhex(question.mac.replace(":", ""))
    except ValueError:
        return Unknown("unsupported")
    with contextlib.ExitStack() as undo:
        try:
            wire = undo.enter_context(_packets(question.interface))
            # Held, so that the kernel assigns the port to no other socket meanwhile.
            kind = socket.SOCK_DGRAM if question.dns else socket.SOCK_STREAM
            family = socket.AF_INET6 if len(ends[0]) == IPV6 else socket.AF_INET
            held = undo.enter_context(socket.socket(family, kind))
            held.bind((question.source, 0))
        except PermissionError:
            return Unknown("no-rights", RUN_AS_ROOT)
        except OSError:
            return Unknown("trouble")
        port = int(held.getsockname()[1])
        sent = _request(question, port)
        protocol = UDP if question.dns else TCP
        if family == socket.AF_INET6:
            packet, kind_of_frame = ip6_packet(*ends, protocol, sent), ETH_P_IPV6
        else:
            number = int.from_bytes(os.urandom(2))
            packet = ip_packet(*ends, protocol, sent, number)
            kind_of_frame = ETH_P_IP
        to = (question.interface, kind_of_frame, 0, 0, mac)
        return await _exchange(wire, to, packet, (question, port), meter)


def _packets(interface: str) -> socket.socket:
    """Packets of all protocols without their link header: any kind of link will do."""
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
    try:
        wire.setblocking(False)
        wire.bind((interface, ETH_P_ALL))
    except OSError:
        wire.close()
        raise
    return wire


async def _exchange(
    wire: socket.socket,
    to: tuple[str, int, int, int, bytes],
    packet: bytes,
    expected: tuple[Knock, int],
    meter: Meter,
) -> Knocked | Unknown:
    """`to` is a link-layer address (packet(7)), `expected` the question and our
    port."""
    question, port = expected
    loop = asyncio.get_running_loop()
    begun, read, kept = loop.time(), 0, 0
    for number in range(1, question.tries + 1):
        try:
            wire.sendto(packet, to)
            meter.add(sent=len(packet))
        except OSError as error:
            kept += error.errno == errno.ENOBUFS
            if kept == question.tries:
                return Knocked("kept", loop.time() - begun)
        until = begun + question.timeout * number / question.tries
        while (left := until - loop.time()) > 0 and read < MAX_PACKETS:
            found = await _next(wire, left)
            read += 1
            reply = found and read_answer(found, question, port)
            if found and reply:
                meter.add(received=len(found))
                return Knocked(reply, loop.time() - begun)
    if read >= MAX_PACKETS:
        return Unknown("trouble")  # a flood: what was not read proves nothing
    return Knocked("silent", loop.time() - begun)


async def _next(wire: socket.socket, seconds: float) -> bytes | None:
    """The next packet to this machine within that time."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(seconds):
            packet, address = await loop.sock_recvfrom(wire, 2048)
    except TimeoutError:
        return None
    except OSError:  # the interface went down
        await asyncio.sleep(min(0.05, seconds))
        return None
    return None if address[2] in NOT_OURS else packet


def _request(question: Knock, port: int) -> bytes:
    """A SYN, or a DNS query for "localhost", which needs no Internet (RFC 6761)."""
    ends = b"".join(_addresses(question))
    if question.dns:
        message = query(Lookup(question.address, "localhost"))
        asked = b"" if message is None else message.to_wire()
        size = 8 + len(asked)
        plain = struct.pack("!4H", port, question.port, size, 0) + asked
        total = checksum(_pseudo(ends, UDP, size) + plain) or 0xFFFF
        return plain[:6] + struct.pack("!H", total) + asked
    number = int.from_bytes(os.urandom(4))
    words = (20 + len(SYN_OPTIONS)) // 4
    head = (port, question.port, number, 0, words << 4, SYN, 64240, 0, 0)
    plain = struct.pack("!HHIIBBHHH", *head) + SYN_OPTIONS
    total = checksum(_pseudo(ends, TCP, len(plain)) + plain)
    return plain[:16] + struct.pack("!H", total) + plain[18:]


def _addresses(question: Knock) -> tuple[bytes, bytes]:
    """Ours and the host's. ValueError unless both are of one family."""
    own, host = ip_address(question.source), ip_address(question.address)
    if own.version != host.version:
        raise ValueError("two families")
    return own.packed, host.packed


def _pseudo(addresses: bytes, protocol: int, size: int) -> bytes:
    """The pseudo-header that the checksum covers (RFC 9293 section 3.1, RFC 8200
    section 8.1: the same words, of which the sum knows no order)."""
    return addresses + struct.pack("!BBH", 0, protocol, size)


def read_answer(packet: bytes, question: Knock, port: int) -> KnockReply | None:
    """The reply to our probe in a received IP packet, of any bytes; None if it is
    none. IPv6 with extension headers is none."""
    wanted = ip_address(question.address)
    if len(packet) < 20 or packet[0] >> 4 != wanted.version:
        return None
    if wanted.version == 4:
        start = (packet[0] & 0x0F) * 4
        protocol, source = packet[9], packet[12:16]
    else:
        start, protocol, source = 40, packet[6], packet[8:24]
    body = packet[start:]
    if start < 20 or source != wanted.packed:
        return None
    if len(body) < 8 or struct.unpack("!HH", body[:4]) != (question.port, port):
        return None
    if question.dns:
        return "open" if protocol == UDP else None
    if protocol != TCP or len(body) < 20:
        return None
    if body[13] & RST:
        return "refused"
    return "open" if body[13] & (SYN | ACK) == SYN | ACK else None
