"""A packet socket that sees every frame of an interface, and forwards frames unchanged.

With PACKET_VNET_HDR a frame that the kernel has put together from several segments
(GRO) or not yet cut up (TSO), and one whose checksum is left to the hardware, goes out
again as it came in. VLAN tags, which the kernel takes off, are put back. (packet(7),
linux/virtio_net.h)
"""

import contextlib
import fcntl
import socket
import struct
import time
from dataclasses import dataclass
from pathlib import Path

from posdiag.system.core.files import read_text
from posdiag.system.link.packet_socket import ARPHRD_ETHER, ETH_P_ALL, SIOCGIFHWADDR

SOL_PACKET = 263
ADD_MEMBERSHIP, AUXDATA, VNET_HDR, IGNORE_OUTGOING = 1, 8, 15, 23
MR_PROMISC = 1
SO_TIMESTAMPNS = 35
TP_STATUS_VLAN_VALID, TP_STATUS_VLAN_TPID_VALID = 1 << 4, 1 << 6
VNET = struct.Struct("=BBHHHH")  # flags, GSO type, header, segment, checksum from, at
NEEDS_CHECKSUM = 1
FRAME = 65_536 + 64  # bytes: the largest that GRO makes, and headers
BUFFER = 4 << 20  # bytes that wait in the kernel while we are not scheduled
ANCILLARY = 256


@dataclass(slots=True)
class Frame:
    """`offload` is the kernel's header of `data` (struct virtio_net_hdr); `age` the
    seconds since the kernel received it."""

    data: bytes
    offload: bytes
    age: float = 0.0

    def complete(self) -> bytes:
        """The frame with its transport checksum, as it stands on the wire."""
        flags, _, _, _, start, offset = VNET.unpack(self.offload)
        if not flags & NEEDS_CHECKSUM or start + offset + 2 > len(self.data):
            return self.data
        from posdiag.formats.icmp import checksum

        data = bytearray(self.data)
        total = checksum(bytes(data[start:])) or 0xFFFF
        data[start + offset : start + offset + 2] = total.to_bytes(2, "big")
        return bytes(data)


class BridgePort:
    """One interface. OSError where there is none such, or without the rights."""

    def __init__(self, interface: str) -> None:
        self.interface = interface
        self._sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        try:
            self._sock.setsockopt(SOL_PACKET, VNET_HDR, 1)
            self._sock.setsockopt(SOL_PACKET, AUXDATA, 1)
            self._sock.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            with contextlib.suppress(OSError):
                self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
            with contextlib.suppress(OSError):  # Linux 4.20; else by their type
                self._sock.setsockopt(SOL_PACKET, IGNORE_OUTGOING, 1)
            name = struct.pack("256s", interface.encode()[:15])
            found = fcntl.ioctl(self._sock.fileno(), SIOCGIFHWADDR, name)
            hardware, mac = struct.unpack_from("=16xH6s", found)
            self.hardware, self.mac = int(hardware), bytes(mac)
            index = socket.if_nametoindex(interface)
            member = struct.pack("iHH8s", index, MR_PROMISC, 0, b"")
            self._sock.setsockopt(SOL_PACKET, ADD_MEMBERSHIP, member)
            self._sock.bind((interface, ETH_P_ALL))
            self._sock.setblocking(False)
        except OSError:
            self._sock.close()
            raise

    @property
    def ethernet(self) -> bool:
        return self.hardware == ARPHRD_ETHER

    def fileno(self) -> int:
        return self._sock.fileno()

    def close(self) -> None:
        self._sock.close()

    def carrier(self) -> bool | None:
        """None for an interface that is down or does not report it."""
        text = read_text(Path("/sys/class/net", self.interface, "carrier"))
        return text == "1" if text else None

    def receive(self) -> Frame | None:
        """The next frame of others; None for none, BlockingIOError when empty. Other
        errors (the interface is down) are no frame either."""
        try:
            data, ancillary, _, address = self._sock.recvmsg(FRAME, ANCILLARY)
        except BlockingIOError:
            raise
        except OSError:
            return None
        if address[2] == socket.PACKET_OUTGOING or len(data) < VNET.size + 14:
            return None
        offload, frame, age = data[: VNET.size], data[VNET.size :], 0.0
        for level, kind, value in ancillary:
            if level == SOL_PACKET and kind == AUXDATA and len(value) >= 20:
                offload, frame = _restore_vlan_tag(offload, frame, value)
            elif level == socket.SOL_SOCKET and kind == SO_TIMESTAMPNS:
                seconds, nano = struct.unpack_from("=qq", value)
                age = max(0.0, time.time() - seconds - nano / 1e9)
        return Frame(frame, offload, age)

    def send(self, frame: Frame) -> bool:
        """A full queue is a lost packet."""
        try:
            self._sock.send(frame.offload + frame.data)
        except OSError:
            return False
        return True

    def send_plain(self, data: bytes) -> bool:
        """A frame of our own."""
        return self.send(Frame(data.ljust(60, b"\0"), bytes(VNET.size)))


def _restore_vlan_tag(
    offload: bytes, frame: bytes, auxiliary: bytes
) -> tuple[bytes, bytes]:
    """The frame with the VLAN tag that the kernel took off (struct tpacket_auxdata)."""
    status, _, _, _, _, tag, kind = struct.unpack_from("=IIIHHHH", auxiliary)
    if not status & TP_STATUS_VLAN_VALID:
        return offload, frame
    kind = kind if status & TP_STATUS_VLAN_TPID_VALID else 0x8100
    flags, gso, header, size, start, offset = VNET.unpack(offload)
    if flags & NEEDS_CHECKSUM:
        start += 4
    header += 4 if header else 0
    moved = VNET.pack(flags, gso, header, size, start, offset)
    return moved, frame[:12] + struct.pack(">HH", kind, tag) + frame[12:]
