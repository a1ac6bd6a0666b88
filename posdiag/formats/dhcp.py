"""DHCP over Ethernet: requests as frames, and what servers offer.

RFC 2131, RFC 2132, RFC 3396 (long options), RFC 8910 (captive portal). Anybody may
have sent a reply: every length is checked, and what does not fit is left out.
"""

import struct
from collections.abc import Iterable
from ipaddress import IPv4Address

from posdiag.formats.icmp import ip_packet
from posdiag.model.questions.lan import Offer

MAGIC = b"\x63\x82\x53\x63"
FIXED = 236  # bytes before the magic cookie
REQUEST_OP, REPLY_OP, ETHERNET, BROADCAST_FLAG = 1, 2, 1, 0x8000
DISCOVER, OFFER, REQUEST, ACK = 1, 2, 3, 5
PAD, END, OVERLOAD = 0, 255, 52
MASK, ROUTER, DNS, LEASE, KIND, SERVER, PORTAL = 1, 3, 6, 51, 53, 54, 114
ADDRESS, PARAMETERS, CLIENT_ID = 50, 55, 61
# Subnet mask, router, DNS, domain, NTP, lease, server, captive portal.
WANTED = bytes([MASK, ROUTER, DNS, 15, 42, LEASE, SERVER, PORTAL])
CLIENT_PORT, SERVER_PORT, UDP = 68, 67, 17
LEAST_BOOTP = 300  # bytes that old relays and servers insist on (RFC 1542 section 2.1)
ETHERNET_HEADER, MAX_LIST, MAX_TEXT = 14, 8, 512


def request_frame(
    mac: bytes, xid: int, kind: int, options: Iterable[tuple[int, bytes]] = ()
) -> bytes:
    """A broadcast Ethernet frame with a DHCP message of this kind from `mac`."""
    every = [(KIND, bytes([kind])), *options, (PARAMETERS, WANTED)]
    fixed = (REQUEST_OP, ETHERNET, 6, 0, xid, 0, BROADCAST_FLAG, mac)
    bootp = struct.pack("!4BIHH16x16s192x", *fixed) + MAGIC
    bootp = (bootp + packed_options(every)).ljust(LEAST_BOOTP, b"\0")
    # Over IPv4 a UDP checksum of 0 means that there is none (RFC 768).
    datagram = struct.pack("!4H", CLIENT_PORT, SERVER_PORT, 8 + len(bootp), 0) + bootp
    packet = ip_packet(bytes(4), b"\xff" * 4, UDP, datagram)
    return b"\xff" * 6 + mac + b"\x08\0" + packet


def packed_options(options: Iterable[tuple[int, bytes]]) -> bytes:
    """Options as they stand in a message, with the end mark."""
    parts = (bytes([code, len(value)]) + value for code, value in options)
    return b"".join(parts) + bytes([END])


def read_options(data: bytes) -> dict[int, bytes]:
    """Code and value; an option given in parts is put together."""
    found: dict[int, bytes] = {}
    at = 0
    while at < len(data) and data[at] != END:
        code = data[at]
        at += 1
        if code == PAD:
            continue
        if at >= len(data) or at + 1 + data[at] > len(data):
            break
        length = data[at]
        found[code] = (found.get(code, b"") + data[at + 1 : at + 1 + length])[:4096]
        at += 1 + length
    return found


def addresses(data: bytes, most: int = MAX_LIST) -> tuple[str, ...]:
    """The IPv4 addresses of an option, at most so many."""
    whole = min(len(data) // 4, most)
    return tuple(str(IPv4Address(data[i * 4 : i * 4 + 4])) for i in range(whole))


def _text(data: bytes) -> str:
    text = data[:MAX_TEXT].rstrip(b"\0").decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def udp_payload(frame: bytes, source: int, target: int) -> bytes:
    """The payload of a UDP datagram between these ports, b"" for any other frame."""
    if frame[12:14] != b"\x08\x00" or len(frame) < 42 or frame[23] != UDP:
        return b""
    at = ETHERNET_HEADER + (frame[14] & 0xF) * 4
    if frame[at : at + 4] != struct.pack("!HH", source, target):
        return b""
    return frame[at + 8 :]


def _all_options(payload: bytes) -> dict[int, bytes]:
    """With those that go on in the fields `file` and `sname` (option 52)."""
    options = read_options(payload[FIXED + 4 :])
    overload = options.get(OVERLOAD, b"\0")[:1]
    if overload in (b"\1", b"\3"):
        options = {**read_options(payload[108:236]), **options}
    if overload in (b"\2", b"\3"):
        options = {**read_options(payload[44:108]), **options}
    return options


def parse_reply(frame: bytes, xid: int, mac: bytes, kind: int = OFFER) -> Offer | None:
    """The DHCPOFFER or DHCPACK to our request `xid`, None for any other frame.

    A server that does not name itself is known by the source address of its datagram.
    """
    payload = udp_payload(frame, SERVER_PORT, CLIENT_PORT)
    if len(payload) < FIXED + 4 or payload[FIXED : FIXED + 4] != MAGIC:
        return None
    if payload[0] != REPLY_OP or payload[4:8] != xid.to_bytes(4):
        return None
    options = _all_options(payload)
    if payload[28:34] != mac or options.get(KIND) != bytes([kind]):
        return None
    lease = options.get(LEASE, b"")
    servers = addresses(options.get(SERVER, b"")) + addresses(frame[26:30])
    return Offer(
        server=servers[0],
        address=str(IPv4Address(payload[16:20])),
        mask="".join(addresses(options.get(MASK, b""))[:1]),
        routers=addresses(options.get(ROUTER, b"")),
        dns=addresses(options.get(DNS, b"")),
        lease=int.from_bytes(lease) if len(lease) == 4 else None,
        portal=_text(options.get(PORTAL, b"")),
        mac=frame[6:12].hex(":"),
    )
