"""Does a host answer what is handed to the router directly, past this machine's own
routes, IPsec policies and packet filters? (packet(7); raw rights)

A packet socket sends below all three, and sees what comes in before a filter does. So
an answer here, where an ordinary socket gets none, is this machine's own doing.
Sources: RFC 791, RFC 9293 (TCP), RFC 1071 (checksum).
"""

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address

from posdiag.formats.dns import query
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import Knock, Knocked, KnockReply, Lookup
from posdiag.system.core.rights import RUN_AS_ROOT

ETH_P_IP = 0x0800
PACKET_OUTGOING = 4
MAX_PACKETS = 20_000  # that are looked at, whatever arrives
SYN, RST, ACK = 0x02, 0x04, 0x10
TCP, UDP = 6, 17


async def knock(question: Knock, meter: Meter) -> Knocked | Unknown:
    """`unsupported` for IPv6; `trouble` where the interface is gone."""
    try:
        ends = IPv4Address(question.source), IPv4Address(question.address)
        mac = bytes.fromhex(question.mac.replace(":", ""))
    except (AddressValueError, ValueError):
        return Unknown("unsupported")
    with contextlib.ExitStack() as undo:
        try:
            wire = undo.enter_context(_packets(question.interface))
            # Held, so that the kernel gives the port to nobody else meanwhile.
            kind = socket.SOCK_DGRAM if question.dns else socket.SOCK_STREAM
            held = undo.enter_context(socket.socket(socket.AF_INET, kind))
            held.bind((question.source, 0))
        except PermissionError:
            return Unknown("no-rights", RUN_AS_ROOT)
        except OSError:
            return Unknown("trouble")
        port = int(held.getsockname()[1])
        sent = _request(question, port)
        packet = ip_packet(*ends, UDP if question.dns else TCP, sent)
        return await _exchange(wire, (question, mac), packet, port, meter)


def _packets(interface: str) -> socket.socket:
    """Packets without their link header, so that any kind of link will do."""
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
    try:
        wire.setblocking(False)
        wire.bind((interface, ETH_P_IP))
    except OSError:
        wire.close()
        raise
    return wire


async def _exchange(
    wire: socket.socket,
    to: tuple[Knock, bytes],
    packet: bytes,
    port: int,
    meter: Meter,
) -> Knocked | Unknown:
    question, mac = to
    place = (question.interface, ETH_P_IP, 0, 0, mac)
    loop = asyncio.get_running_loop()
    begun, looked = loop.time(), 0
    for number in range(1, question.tries + 1):
        with contextlib.suppress(OSError):  # a full queue: a lost packet
            wire.sendto(packet, place)
            meter.add(sent=len(packet))
        until = begun + question.timeout * number / question.tries
        while (left := until - loop.time()) > 0 and looked < MAX_PACKETS:
            found = await _next(wire, left)
            looked += 1
            reply = found and read_answer(found, question, port)
            if found and reply:
                meter.add(received=len(found))
                return Knocked(reply, loop.time() - begun)
    if looked >= MAX_PACKETS:
        return Unknown("trouble")  # a flood: what was not seen proves nothing
    return Knocked("silent", loop.time() - begun)


async def _next(wire: socket.socket, seconds: float) -> bytes | None:
    """The next packet of others within that time."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(seconds):
            packet, address = await loop.sock_recvfrom(wire, 2048)
    except TimeoutError:
        return None
    except OSError:  # the interface went down
        await asyncio.sleep(min(0.05, seconds))
        return None
    return None if address[2] == PACKET_OUTGOING else packet


def _request(question: Knock, port: int) -> bytes:
    """A SYN, or a DNS query for "localhost", which needs no Internet (RFC 6761)."""
    ends = IPv4Address(question.source), IPv4Address(question.address)
    if question.dns:
        message = query(Lookup(question.address, "localhost"))
        asked = b"" if message is None else message.to_wire()
        size = 8 + len(asked)
        plain = struct.pack("!4H", port, question.port, size, 0) + asked
        total = checksum(_pseudo(*ends, UDP, size) + plain) or 0xFFFF
        return plain[:6] + struct.pack("!H", total) + asked
    number = int.from_bytes(os.urandom(4))
    head = (port, question.port, number, 0, 6 << 4, SYN, 4096, 0, 0)
    options = struct.pack("!BBH", 2, 4, 536)  # the least segment size that all take
    plain = struct.pack("!HHIIBBHHH", *head) + options
    total = checksum(_pseudo(*ends, TCP, len(plain)) + plain)
    return plain[:16] + struct.pack("!H", total) + plain[18:]


def _pseudo(source: IPv4Address, to: IPv4Address, protocol: int, size: int) -> bytes:
    return source.packed + to.packed + struct.pack("!BBH", 0, protocol, size)


def ip_packet(
    source: IPv4Address, to: IPv4Address, protocol: int, body: bytes
) -> bytes:
    """An IPv4 packet with a header of its own."""
    number = int.from_bytes(os.urandom(2))
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(body), number, 0, 64, protocol, 0)
    ends = source.packed + to.packed
    total = struct.pack("!H", checksum(head + ends))
    return head[:10] + total + ends + body


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    even = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(even) // 2}H", even))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def read_answer(packet: bytes, question: Knock, port: int) -> KnockReply | None:
    """The reply that a received IPv4 packet is to our knock; None if it is none.

    Total: any bytes may come."""
    if len(packet) < 20 or packet[0] >> 4 != 4:
        return None
    start = (packet[0] & 0x0F) * 4
    protocol, source, body = packet[9], packet[12:16], packet[start:]
    if start < 20 or source != IPv4Address(question.address).packed:
        return None
    if len(body) < 8 or struct.unpack("!HH", body[:4]) != (question.port, port):
        return None
    return next(_replies(protocol, body, question.dns), None)


def _replies(protocol: int, body: bytes, dns: bool) -> Iterator[KnockReply]:
    if dns and protocol == UDP:
        yield "open"
    elif not dns and protocol == TCP and len(body) >= 20:
        if body[13] & RST:
            yield "refused"
        elif body[13] & (SYN | ACK) == SYN | ACK:
            yield "open"
