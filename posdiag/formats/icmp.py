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
