"""Frames that a hosting router sends: ARP answers, DHCP answers, echo replies, and what
has to be mended of a TCP refusal. Bytes to bytes (RFC 826, 2131, 792, 9293)."""

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from posdiag.formats.dhcp import (
    ADDRESS,
    CLIENT_PORT,
    DNS,
    FIXED,
    KIND,
    LEASE,
    MAGIC,
    MASK,
    REPLY_OP,
    ROUTER,
    SERVER,
    SERVER_PORT,
    packed_options,
    read_options,
)
from posdiag.formats.icmp import checksum, ip_packet

BROADCAST = b"\xff" * 6
LENT = b"\x02\x70"  # how our hardware addresses begin; the IPv4 address behind follows
IP_TYPE, ARP_TYPE = b"\x08\x00", b"\x08\x06"
UDP, TCP, ICMP = 17, 6, 1
DISCOVER, OFFER, REQUEST, ACK, NAK, INFORM = 1, 2, 3, 5, 6, 8
RENEW, REBIND = 58, 59


@dataclass(frozen=True, slots=True)
class Lease:
    """What a terminal is given. `seconds` is short, so that it asks again soon once it
    is back on its own network."""

    address: str
    router: str
    network: IPv4Network
    dns: tuple[str, ...]
    seconds: int = 120


def arp_answer(question: bytes, mac: bytes) -> bytes:
    """Who asks (a whole frame) is told that `mac` has the address."""
    asker, sender, target = question[22:28], question[28:32], question[38:42]
    body = b"\0\1\x08\0\6\4\0\2" + mac + target + asker + sender
    return asker + mac + ARP_TYPE + body


def ip_header(frame: bytes) -> tuple[int, int, str, str, int] | None:
    """Length of the header, protocol, source, target, and total length."""
    if frame[12:14] != IP_TYPE or len(frame) < 34 or frame[14] >> 4 != 4:
        return None
    length = (frame[14] & 0xF) * 4
    total = int.from_bytes(frame[16:18], "big") or len(frame) - 14
    if length < 20 or len(frame) < 14 + length or total < length:
        return None
    source, target = (str(IPv4Address(frame[at : at + 4])) for at in (26, 30))
    return length, frame[23], source, target, total


def echo_reply(frame: bytes) -> bytes | None:
    """The answer to an ICMP echo, None for any other frame."""
    header = ip_header(frame)
    if header is None or header[1] != ICMP or len(frame) < 14 + header[0] + 8:
        return None
    length, total = header[0], header[4]
    message = frame[14 + length : 14 + total]
    if message[:2] != b"\x08\0":
        return None
    answer = b"\0\0\0\0" + message[4:]
    answer = answer[:2] + checksum(answer).to_bytes(2, "big") + answer[4:]
    head = bytearray(frame[14 : 14 + length])
    head[12:16], head[16:20] = head[16:20], head[12:16]
    return frame[6:12] + frame[:6] + IP_TYPE + bytes(head) + answer


def dhcp_answer(payload: bytes, lease: Lease, mac: bytes, known: bool) -> bytes | None:
    """The frame that answers a client's message. `known`: the client has had this lease
    of us before; one that asks for another's lease is refused. None for no answer."""
    if len(payload) < FIXED + 4 or payload[FIXED : FIXED + 4] != MAGIC:
        return None
    options = read_options(payload[FIXED + 4 :])
    kind = int.from_bytes(options.get(KIND, b"")[:1], "big")
    router, granted = _packed(lease.router), _packed(lease.address)
    if kind == DISCOVER:
        return _reply(payload, OFFER, lease, mac)
    if kind == INFORM:
        return _reply(payload, ACK, lease, mac, address=bytes(4))
    if kind != REQUEST:
        return None
    server = options.get(SERVER, b"")
    if server and server != router:
        return None  # it has chosen another server
    wanted = options.get(ADDRESS, b"") or payload[12:16]
    if wanted == granted and (server or known):
        return _reply(payload, ACK, lease, mac)
    return _reply(payload, NAK, lease, mac, address=bytes(4))


def _packed(address: str) -> bytes:
    return IPv4Address(address).packed


def _reply(
    payload: bytes, kind: int, lease: Lease, mac: bytes, address: bytes | None = None
) -> bytes:
    client, router = payload[28:34], _packed(lease.router)
    granted = _packed(lease.address) if address is None else address
    options: list[tuple[int, bytes]] = [(KIND, bytes([kind])), (SERVER, router)]
    if kind != NAK:
        seconds = lease.seconds
        options += [(MASK, lease.network.netmask.packed), (ROUTER, router)]
        options += [(DNS, b"".join(map(_packed, lease.dns)))] if lease.dns else []
        if address is None:
            options += [
                (LEASE, struct.pack("!I", seconds)),
                (RENEW, struct.pack("!I", seconds // 2)),
                (REBIND, struct.pack("!I", seconds * 7 // 8)),
            ]
    fixed = (
        bytes([REPLY_OP]) + payload[1:3] + b"\0" + payload[4:8] + b"\0\0"
        + payload[10:12] + (payload[12:16] if kind == ACK else bytes(4)) + granted
        + router + bytes(4) + client + bytes(10 + 64 + 128)
    )  # fmt: skip
    bootp = fixed + MAGIC + packed_options(options)
    datagram = struct.pack("!4H", SERVER_PORT, CLIENT_PORT, 8 + len(bootp), 0) + bootp
    return client + mac + IP_TYPE + ip_packet(router, b"\xff" * 4, UDP, datagram)


def acknowledged_reset(frame: bytes, acknowledge: int) -> bytes:
    """A reset that refuses a SYN, with the acknowledgement without which the client
    would not believe it (RFC 9293 section 3.10.7.3)."""
    header = ip_header(frame)
    if header is None:
        return frame
    at = 14 + header[0]
    segment = bytearray(frame[at : 14 + header[4]])
    if len(segment) < 20:
        return frame
    segment[8:12] = acknowledge.to_bytes(4, "big")
    segment[13] |= 0x10
    segment[16:18] = b"\0\0"
    pseudo = frame[26:34] + bytes([0, TCP]) + len(segment).to_bytes(2, "big")
    total = checksum(pseudo + bytes(segment))
    segment[16:18] = total.to_bytes(2, "big")
    return frame[:at] + bytes(segment)
