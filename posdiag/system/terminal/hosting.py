"""This machine as the router of a terminal: ARP, DHCP and the way to the uplink.

All in this process and on a packet socket: no address, route, forwarding or filter of
the kernel is set, so that nothing is left whatever ends us. What may pass is decided
here, frame by frame: IPv4 to hosts beyond the uplink and to its name servers; neither
this machine nor private networks, but for the hosts that the profile names.
"""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, ip_address

from posdiag.formats.address import SHARED, is_private
from posdiag.formats.traffic.frames import (
    ARP_TYPE,
    ICMP,
    TCP,
    UDP,
    Lease,
    acknowledged_reset,
    arp_answer,
    dhcp_answer,
    echo_reply,
    ip_header,
)
from posdiag.formats.traffic.layers import ACK, RST, SYN
from posdiag.system.terminal.passt import Passt, PasstOrder
from posdiag.system.terminal.port import Frame

PREFIX = b"\x02\x70"  # local hardware addresses that stand for what was asked for
NEIGHBOURS = 32  # addresses that are answered for
SYNS = 512
DHCP_PORTS = (67, 68)


@dataclass(frozen=True, slots=True)
class HostOrder:
    """`own` are this machine's addresses, `reachable` those of the profile's hosts,
    `servers` the uplink's name servers, `network` the uplink's subnet."""

    lease: Lease
    uplink: str = ""
    terminal: str = ""  # hardware address, "" for the first device
    own: tuple[str, ...] = ()
    reachable: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    network: str = ""


@dataclass(slots=True)
class Hosting:
    """What is told to the one terminal, and carried for it."""

    order: HostOrder
    refused: int = 0
    _mac: bytes = b""
    _known: bool = False
    _neighbours: dict[bytes, bytes] = field(default_factory=dict)
    _gateway: bytes = b""  # the hardware address that the terminal sends by
    _syns: dict[bytes, int] = field(default_factory=dict)
    _passt: Passt | None = None

    def fileno(self) -> int:
        return self._passt.fileno() if self._passt else -1

    def frame(self, frame: Frame) -> list[bytes]:
        data = frame.data
        if not self._serves(data[6:12]):
            return []
        if data[12:14] == ARP_TYPE:
            return self._arp(data)
        header = ip_header(data)
        if header is None:
            return []
        if header[1] == UDP and self._port(data, header[0], 2) == DHCP_PORTS[0]:
            return self._dhcp(data, header[0])
        return self._carry(frame, header)

    def back(self) -> list[bytes]:
        """What passt has for the terminal: its own ARP is dropped, its resets mended,
        and all of it comes from the gateway that the terminal knows."""
        found = []
        for data in self._passt.receive() if self._passt else ():
            header = ip_header(data)
            if header is None or not self._gateway:
                continue
            frame = self._mac + self._gateway + data[12:]
            found.append(self._mended(frame, header))
        return found

    def _serves(self, mac: bytes) -> bool:
        """One terminal is served: the one that is named, else the first to speak."""
        if mac[:1] and mac[0] & 1:
            return False
        if not self._mac:
            wanted = self.order.terminal
            if wanted and mac.hex(":") != wanted.lower():
                return False
            self._mac = mac
        return mac == self._mac

    # --- ARP and DHCP ------------------------------------------------------------

    def _arp(self, data: bytes) -> list[bytes]:
        """Answer questions about others alone: one about its own address (a probe or an
        announcement) must find nobody."""
        if len(data) < 42 or data[14:22] != b"\0\1\x08\0\6\4\0\1":
            return []
        sender, target = data[28:32], data[38:42]
        if sender in (bytes(4), target):
            return []
        if target not in self._neighbours:
            if len(self._neighbours) >= NEIGHBOURS:
                return []
            self._neighbours[target] = PREFIX + target
        return [arp_answer(data, self._neighbours[target])]

    def _dhcp(self, data: bytes, length: int) -> list[bytes]:
        lease = self.order.lease
        mac = PREFIX + IPv4Address(lease.router).packed
        answer = dhcp_answer(data[14 + length + 8 :], lease, mac, self._known)
        if answer is None or answer[:6] != self._mac:
            return []
        self._known = True
        return [answer]

    # --- the way out -------------------------------------------------------------

    def _carry(
        self, frame: Frame, header: tuple[int, int, str, str, int]
    ) -> list[bytes]:
        data, (length, protocol, source, target, _) = frame.data, header
        if data[:6] not in self._neighbours.values() and data[:2] != PREFIX:
            return []
        neighbours = map(str, map(IPv4Address, self._neighbours))
        if is_private(target) and target in neighbours:
            reply = echo_reply(data)
            if reply is not None:
                return [reply]
        port = self._port(data, length, 2)
        if not self._allowed(target, protocol, port):
            self.refused += 1
            return []
        self._gateway = data[:6]
        if self._passt is None:
            self._passt = Passt.start(self._passt_order(source, data[2:6]))
        if protocol == TCP:
            self._note_syn(data, length)
        self._passt.send(frame.complete())
        return []

    def _allowed(self, target: str, protocol: int, port: int) -> bool:
        """See the head of this module. A name server may be asked wherever the uplink's
        LAN has it, or by the name of the gateway that the terminal has."""
        if protocol not in (TCP, UDP, ICMP):
            return False
        found = ip_address(target)
        if target in self.order.own or found.is_loopback or found.is_multicast:
            return False
        if found.is_unspecified or found.is_link_local or int(found) >> 28 == 0xF:
            return False
        if target in self.order.reachable:
            return True
        if port == 53 and protocol in (TCP, UDP):
            return target in self.order.servers or self._asks_server(target)
        return not is_private(target) and found not in SHARED

    def _asks_server(self, target: str) -> bool:
        found = IPv4Address(target)
        if not is_private(target) and found not in SHARED:
            return True
        if found.packed in self._neighbours and not self._in_uplink(found):
            return True
        return self._in_uplink(found)

    def _in_uplink(self, address: IPv4Address) -> bool:
        network = self.order.network
        return bool(network) and address in IPv4Network(network, strict=False)

    def _passt_order(self, source: str, gateway: bytes) -> PasstOrder:
        """A fixed gateway that is not the uplink's answers names as a router does."""
        router = IPv4Address(gateway)
        forward = "" if self._in_uplink(router) else str(router)
        return PasstOrder(
            source, str(router), self.order.uplink, forward, self.order.servers
        )

    def _note_syn(self, data: bytes, length: int) -> None:
        at = 14 + length
        if len(data) >= at + 14 and data[at + 13] & (SYN | ACK) == SYN:
            ends = data[at : at + 4] + data[30:34]
            if len(self._syns) >= SYNS:
                del self._syns[next(iter(self._syns))]
            sequence = int.from_bytes(data[at + 4 : at + 8], "big")
            self._syns[ends] = (sequence + 1) % (1 << 32)

    def _mended(self, frame: bytes, header: tuple[int, int, str, str, int]) -> bytes:
        at = 14 + header[0]
        if header[1] != TCP or len(frame) < at + 20:
            return frame
        ends = frame[at + 2 : at + 4] + frame[at : at + 2] + frame[26:30]
        if frame[at + 13] & (RST | ACK) == RST and ends in self._syns:
            return acknowledged_reset(frame, self._syns.pop(ends))
        if frame[at + 13] & SYN:
            self._syns.pop(ends, None)
        return frame

    @staticmethod
    def _port(data: bytes, length: int, at: int) -> int:
        return int.from_bytes(data[14 + length + at : 14 + length + at + 2], "big")
