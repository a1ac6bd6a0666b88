"""A packet socket on one Ethernet interface (packet(7)); needs the rights for it."""

import fcntl
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from ipaddress import IPv4Address

from posdiag.formats.dhcp import ETHERNET_HEADER

ETH_P_IP, ETH_P_ARP, ETH_P_ALL = 0x0800, 0x0806, 0x0003
SIOCGIFHWADDR, SIOCGIFADDR = 0x8927, 0x8915
ARPHRD_ETHER = 1
# Not to this machine: a neighbour's frames, as a switch floods them; our own.
NOT_OURS = (socket.PACKET_OTHERHOST, socket.PACKET_OUTGOING)
MAX_FRAMES = 20_000  # that are read, whatever arrives


class PacketSocket:
    """`sent` and `received` count bytes at the IP layer.

    `mac` and `address` are the interface's own, `address` is "" for none. `flooded`:
    more frames came than are read, so that a missing answer proves nothing.
    """

    def __init__(self, interface: str, protocol: int) -> None:
        """OSError where there is no such interface, or without the rights."""
        self.sent = self.received = 0
        self.flooded = False
        self._sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        try:
            self._sock.bind((interface, protocol))
        except OSError:
            self._sock.close()
            raise
        name = struct.pack("256s", interface.encode()[:15])
        self.hardware, self.mac = struct.unpack_from(
            "=16xH6s", fcntl.ioctl(self._sock.fileno(), SIOCGIFHWADDR, name)
        )
        self.address = ""
        with (
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain,
            suppress(OSError),  # it has none
        ):
            found = fcntl.ioctl(plain.fileno(), SIOCGIFADDR, name)
            self.address = str(IPv4Address(found[20:24]))

    def send(self, frame: bytes, size: int = 0) -> None:
        """Send a frame of `size` bytes at the IP layer, by default all behind the
        Ethernet header. A full queue is a lost packet."""
        try:
            self._sock.send(frame)
        except OSError:
            return
        self.sent += size or len(frame) - ETHERNET_HEADER

    def listen(self, until: float) -> Iterator[bytes]:
        """The frames to this machine or to all that arrive until the monotonic time
        `until`."""
        for _ in range(MAX_FRAMES):
            left = until - time.monotonic()
            if left <= 0:
                return
            self._sock.settimeout(left)
            try:
                frame, address = self._sock.recvfrom(2048)
            except TimeoutError:
                return
            except OSError:  # the interface went down
                time.sleep(min(0.05, left))
                continue
            if address[2] not in NOT_OURS:
                yield frame
        self.flooded = True
