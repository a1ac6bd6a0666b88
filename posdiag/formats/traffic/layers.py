"""Which addresses, ports and payload does a frame hold? Link layer to UDP and TCP.

Ethernet with VLAN tags, the cooked captures of Linux, raw IP, and unencrypted 802.11
data frames. Every length is checked; a frame that is no IPv4, IPv6 or ARP, or is cut
off, is None. `missing` counts bytes that the capture left out (snap length).
"""

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

ETHERNET, RAW, RAW_OLD, COOKED, COOKED2 = 1, 101, 12, 113, 276
DOT11, DOT11_RADIOTAP = 105, 127
IPV4, IPV6, ARP = 0x0800, 0x86DD, 0x0806
VLANS = (0x8100, 0x88A8)
TCP, UDP, ICMP, ICMP6 = 6, 17, 1, 58
FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
LLC_SNAP = b"\xaa\xaa\x03\x00\x00\x00"
EXTENSIONS = (0, 43, 60)  # IPv6: hop by hop, routing, destination options
NO_MAC = ""


@dataclass(frozen=True, slots=True)
class Link:
    """A frame without its link layer. `target` "" is not known."""

    source: str
    target: str
    protocol: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Segment:
    """A UDP datagram, TCP segment or ICMP message and where it goes."""

    source: str
    target: str
    protocol: int
    source_port: int = 0
    target_port: int = 0
    payload: bytes = b""
    missing: int = 0
    sequence: int = 0
    acknowledged: int = 0
    flags: int = 0
    fragment: bool = False


@dataclass(frozen=True, slots=True)
class Arp:
    """An ARP message (RFC 826)."""

    asks: bool
    sender_mac: str
    sender: str
    target_mac: str
    target: str


def link_of(link: int, data: bytes) -> Link | None:
    """The frame's addresses and body; None for what carries neither IP nor ARP."""
    if link == ETHERNET:
        return _ethernet(data)
    if link == COOKED and len(data) >= 16:
        size, sender, protocol = struct.unpack_from(">H8sH", data, 4)
        kind = int.from_bytes(data[:2], "big")
        return _cooked(sender[:6] if size == 6 else b"", kind, protocol, data[16:])
    if link == COOKED2 and len(data) >= 20:
        (protocol,) = struct.unpack_from(">H", data)
        sender = data[12:18] if data[11] == 6 else b""
        return _cooked(sender, data[10], protocol, data[20:])
    if link in (RAW, RAW_OLD) and data:
        return Link(NO_MAC, NO_MAC, IPV6 if data[0] >> 4 == 6 else IPV4, data)
    if link == DOT11_RADIOTAP and len(data) >= 4:
        return _dot11(data[int.from_bytes(data[2:4], "little") :])
    return _dot11(data) if link == DOT11 else None


def _ethernet(data: bytes) -> Link | None:
    at = 12
    while int.from_bytes(data[at : at + 2], "big") in VLANS:
        at += 4
    if len(data) < at + 2:
        return None
    protocol = int.from_bytes(data[at : at + 2], "big")
    return Link(data[6:12].hex(":"), data[:6].hex(":"), protocol, data[at + 2 :])


def _cooked(sender: bytes, kind: int, protocol: int, body: bytes) -> Link:
    """The kind of packet says whether it was a broadcast (1); else the target of a
    cooked capture is not known."""
    target = "ff:ff:ff:ff:ff:ff" if kind == 1 else NO_MAC
    return Link(sender.hex(":") if len(sender) == 6 else NO_MAC, target, protocol, body)


def _dot11(data: bytes) -> Link | None:
    """IEEE 802.11 section 9.2.4.1.4: which of the three addresses is which."""
    if len(data) < 32 or data[0] & 0x0C != 0x08 or data[0] & 0x40 or data[1] & 0x40:
        return None  # no data, without data, or encrypted
    to_ds, from_ds = data[1] & 1, data[1] & 2
    if to_ds and from_ds:
        return None
    first, second, third = data[4:10], data[10:16], data[16:22]
    target, source = (third, second) if to_ds else (first, second)
    if from_ds:
        source = third
    at = 24 + (2 if data[0] & 0x80 else 0)
    if data[at : at + 6] != LLC_SNAP or len(data) < at + 8:
        return None
    protocol = int.from_bytes(data[at + 6 : at + 8], "big")
    return Link(source.hex(":"), target.hex(":"), protocol, data[at + 8 :])


def arp_of(body: bytes) -> Arp | None:
    """An ARP message for IPv4 over Ethernet."""
    if len(body) < 28 or body[:6] != b"\0\1\x08\0\6\4":
        return None
    operation = int.from_bytes(body[6:8], "big")
    if operation not in (1, 2):
        return None
    return Arp(
        operation == 1,
        body[8:14].hex(":"),
        str(IPv4Address(body[14:18])),
        body[18:24].hex(":"),
        str(IPv4Address(body[24:28])),
    )


def segment_of(protocol: int, body: bytes) -> Segment | None:
    """The transport layer of an IP packet."""
    if protocol == IPV4:
        return _ipv4(body)
    return _ipv6(body) if protocol == IPV6 else None


def _ipv4(body: bytes) -> Segment | None:
    if len(body) < 20 or body[0] >> 4 != 4:
        return None
    header = (body[0] & 0xF) * 4
    total = int.from_bytes(body[2:4], "big") or len(body)  # 0: a large GRO packet
    if header < 20 or total < header or len(body) < header:
        return None
    ends = str(IPv4Address(body[12:16])), str(IPv4Address(body[16:20]))
    fragment = int.from_bytes(body[6:8], "big") & 0x3FFF
    if fragment & 0x1FFF:  # the transport header went with the first fragment
        return Segment(ends[0], ends[1], body[9], fragment=True)
    return _transport(ends, body[9], body[header:total], total - header)


def _ipv6(body: bytes) -> Segment | None:
    if len(body) < 40 or body[0] >> 4 != 6:
        return None
    size, following = int.from_bytes(body[4:6], "big"), body[6]
    ends = str(IPv6Address(body[8:24])), str(IPv6Address(body[24:40]))
    payload = body[40 : 40 + size] if size else body[40:]
    length = size or len(payload)
    for _ in range(4):
        if following not in EXTENSIONS or len(payload) < 8:
            break
        skipped = (payload[1] + 1) * 8
        following, payload = payload[0], payload[skipped:]
        length = max(0, length - skipped)
    return _transport(ends, following, payload, length)


def _transport(
    ends: tuple[str, str], protocol: int, data: bytes, length: int
) -> Segment | None:
    if protocol == UDP:
        if len(data) < 8:
            return None
        source, target = struct.unpack_from(">HH", data)
        return Segment(ends[0], ends[1], UDP, source, target, data[8:])
    if protocol != TCP:
        return Segment(ends[0], ends[1], protocol, payload=data)
    if len(data) < 20:
        return None
    source, target, sequence, acknowledged = struct.unpack_from(">HHII", data)
    header = (data[12] >> 4) * 4
    if header < 20 or length < header:
        return None
    payload = data[header:]
    missing = length - header - len(payload)
    return Segment(
        source=ends[0],
        target=ends[1],
        protocol=TCP,
        source_port=source,
        target_port=target,
        payload=payload,
        missing=missing,
        sequence=sequence,
        acknowledged=acknowledged,
        flags=data[13] & 0x3F,
    )
