"""ICMP echo messages (RFC 792, RFC 4443)."""

import struct

HEADER = struct.Struct("!BBHHH")
REQUEST4, REPLY4, REQUEST6, REPLY6 = 8, 0, 128, 129


def checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def ip_packet(
    source: bytes, target: bytes, protocol: int, payload: bytes, number: int = 0
) -> bytes:
    """An IPv4 packet without options (RFC 791); `number` is its identification."""
    size = 20 + len(payload)
    start = struct.pack("!BBHHHBB", 0x45, 0, size, number, 0, 64, protocol)
    total = checksum(start + bytes(2) + source + target)
    return start + total.to_bytes(2) + source + target + payload


def ip6_packet(source: bytes, target: bytes, protocol: int, payload: bytes) -> bytes:
    """An IPv6 packet without extension headers (RFC 8200)."""
    start = struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64)
    return start + source + target + payload


def pack(kind: int, identifier: int, number: int, size: int) -> bytes:
    payload = bytes(i & 0xFF for i in range(size))
    bare = HEADER.pack(kind, 0, 0, identifier, number) + payload
    # Over ICMPv6 the kernel fills the checksum in, as it covers addresses.
    total = checksum(bare) if kind == REQUEST4 else 0
    return HEADER.pack(kind, 0, total, identifier, number) + payload


def parse(data: bytes, with_ip: bool) -> tuple[int, int, int] | None:
    """Type, identifier and number of an echo message; None where it is none."""
    if with_ip:
        if not data or data[0] >> 4 != 4:
            return None
        data = data[(data[0] & 0xF) * 4 :]
    if len(data) < HEADER.size:
        return None
    kind, _, _, identifier, number = HEADER.unpack_from(data)
    return kind, identifier, number
