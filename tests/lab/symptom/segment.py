"""Who owns an address, and who hands out settings? Asked in the LAN by raw frames of
the switch itself, which has no address: no host there learns anything of it."""

from __future__ import annotations

import selectors
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address

SWITCH = "br0"
ETH_P_IP, ETH_P_ARP = 0x0800, 0x0806
BROADCAST = b"\xff" * 6
SERVER_ID = 54  # option of RFC 2132, 9.7
HEARD = 0.15  # seconds for the answers of all hosts of the LAN


@contextmanager
def _wire(protocol: int) -> Iterator[tuple[socket.socket, bytes]]:
    """A raw socket on the switch, and its hardware address."""
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
    with wire:
        wire.bind((SWITCH, protocol))
        yield wire, wire.getsockname()[4]


def _heard(wire: socket.socket, seconds: float) -> Iterator[bytes]:
    ends = time.monotonic() + seconds
    with selectors.DefaultSelector() as chooser:
        chooser.register(wire, selectors.EVENT_READ)
        while (left := ends - time.monotonic()) > 0:
            if chooser.select(left):
                yield wire.recv(2048)


def owners(address: str, seconds: float = HEARD) -> set[bytes]:
    """Hardware addresses that answer an ARP probe (RFC 5227) for the address."""
    wanted = ip_address(address).packed
    with _wire(ETH_P_ARP) as (wire, own):
        head = struct.pack(">HHHBBH", ETH_P_ARP, 1, ETH_P_IP, 6, 4, 1)
        wire.send(BROADCAST + own + head + own + bytes(4) + bytes(6) + wanted)
        return {
            reply[22:28]
            for reply in _heard(wire, seconds)
            if reply[20:22] == b"\0\2" and reply[28:32] == wanted
        }


def dhcp_servers(seconds: float = HEARD) -> set[bytes]:
    """Server identifiers of the offers to one DISCOVER (RFC 2131)."""
    number = struct.pack(">I", time.monotonic_ns() & 0xFFFFFFFF)
    found = set()
    with _wire(ETH_P_IP) as (wire, own):
        packet = _broadcast(_discover(number, own))
        wire.send(BROADCAST + own + struct.pack(">H", ETH_P_IP) + packet)
        for reply in _heard(wire, seconds):
            data = reply[42:]
            if reply[34:36] == b"\0\x43" and data[4:8] == number:
                found |= server_of(data)
    return found


def _discover(number: bytes, mac: bytes) -> bytes:
    """With the broadcast flag, so that every offer is heard."""
    head = struct.pack(">BBBB", 1, 1, 6, 0) + number + struct.pack(">HH", 0, 0x8000)
    options = b"\x63\x82\x53\x63" + b"\x35\x01\x01" + b"\xff"
    return head + bytes(16) + mac + bytes(10 + 192) + options


def _broadcast(message: bytes) -> bytes:
    """From no address to all, port 68 to 67."""
    udp = struct.pack(">HHHH", 68, 67, 8 + len(message), 0) + message
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0)
    ip += bytes(4) + BROADCAST[:4]
    words = sum(struct.unpack(">10H", ip))
    check = ~((words & 0xFFFF) + (words >> 16)) & 0xFFFF
    return ip[:10] + struct.pack(">H", check) + ip[12:] + udp


def server_of(message: bytes) -> set[bytes]:
    options = message[240:]
    while len(options) > 1 and options[0] != 255:
        if options[0] == SERVER_ID:
            return {options[2 : 2 + options[1]]}
        options = options[2 + options[1] :] if options[0] else options[1:]
    return set()
