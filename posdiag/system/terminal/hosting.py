"""This machine as the router of a terminal: ARP, DHCP and forwarding to the uplink.

All in this process and on a packet socket: no address, route, forwarding or filter of
the kernel is set, so that nothing is left whatever ends us. Frames are filtered one by
one: IPv4 to hosts beyond the uplink and to its name servers; neither
this machine nor private networks, but for the hosts that the profile names.
"""

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

from posdiag.formats.address import SHARED, is_private
from posdiag.formats.traffic import frames
from posdiag.formats.traffic.layers import ACK, RST, SYN
from posdiag.system.terminal.passt import Passt, PasstConfig
from posdiag.system.terminal.port import Frame

NEIGHBOURS = 32  # addresses for which ARP is answered
SYNS = 512
DHCP_PORTS = (67, 68)


@dataclass(frozen=True, slots=True)
class HostingConfig:
    """`own` are this machine's addresses, `reachable` those of the profile's hosts,
    `servers` the uplink's name servers, `network` the uplink's subnet."""

    lease: frames.Lease
    uplink: str = ""
    terminal: str = ""  # hardware address, "" for the first device
    own: tuple[str, ...] = ()
    reachable: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()
    network: str = ""


@dataclass(slots=True)
class Hosting:
    """The router of one terminal."""

    config: HostingConfig
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
        if data[12:14] == frames.ARP_TYPE:
            return self._arp(data)
        header = frames.ip_header(data)
        if header is None:
            return []
        if header[1] == frames.UDP and _target_port(data, header[0]) == DHCP_PORTS[0]:
            return self._dhcp(data, header[0])
        return self._forward(frame, header)

    def frames_back(self) -> list[bytes]:
        """Frames from passt to the terminal: its ARP is dropped, its resets are
        completed, and their source is the gateway that the terminal knows."""
        found = []
        for data in self._passt.receive() if self._passt else ():
            header = frames.ip_header(data)
            if header is None or not self._gateway:
                continue
            frame = self._mac + self._gateway + data[12:]
            found.append(self._complete_reset(frame, header))
        return found

    def _serves(self, mac: bytes) -> bool:
        """One terminal is served: the configured one, else the first to send."""
        if mac[:1] and mac[0] & 1:
            return False
        if not self._mac:
            wanted = self.config.terminal
            if wanted and mac.hex(":") != wanted.lower():
                return False
            self._mac = mac
        return mac == self._mac

    # --- ARP and DHCP ------------------------------------------------------------

    def _arp(self, data: bytes) -> list[bytes]:
        """Answer requests for other addresses only: one for its own (a probe or an
        announcement) must stay unanswered."""
        if len(data) < 42 or data[14:22] != b"\0\1\x08\0\6\4\0\1":
            return []
        sender, target = data[28:32], data[38:42]
        if sender in (bytes(4), target):
            return []
        if target not in self._neighbours:
            if len(self._neighbours) >= NEIGHBOURS:
                return []
            self._neighbours[target] = frames.LENT + target
        return [frames.arp_answer(data, self._neighbours[target])]

    def _dhcp(self, data: bytes, length: int) -> list[bytes]:
        lease = self.config.lease
        mac = frames.LENT + IPv4Address(lease.router).packed
        answer = frames.dhcp_answer(data[14 + length + 8 :], lease, mac, self._known)
        if answer is None or answer[:6] != self._mac:
            return []
        self._known = True
        return [answer]

    # --- forwarding --------------------------------------------------------------

    def _forward(
        self, frame: Frame, header: tuple[int, int, str, str, int]
    ) -> list[bytes]:
        data, (length, protocol, source, target, _) = frame.data, header
        if data[:6] not in self._neighbours.values() and data[:2] != frames.LENT:
            return []
        neighbours = map(str, map(IPv4Address, self._neighbours))
        if is_private(target) and target in neighbours:
            reply = frames.echo_reply(data)
            if reply is not None:
                return [reply]
        port = _target_port(data, length)
        if not self._is_allowed(target, protocol, port):
            self.refused += 1
            return []
        self._gateway = data[:6]
        if self._passt is None:
            self._passt = Passt.start(self._passt_config(source, data[2:6]))
        if protocol == frames.TCP:
            self._note_syn(data, length)
        self._passt.send(frame.complete())
        return []

    def _is_allowed(self, target: str, protocol: int, port: int) -> bool:
        """See the head of this module. DNS may also go to any host of the uplink's LAN
        and to the gateway that the terminal has."""
        if protocol not in (frames.TCP, frames.UDP, frames.ICMP):
            return False
        found = IPv4Address(target)
        if target in self.config.own or found.is_loopback or found.is_multicast:
            return False
        if found.is_unspecified or found.is_link_local or int(found) >> 28 == 0xF:
            return False
        if target in self.config.reachable:
            return True
        if port == 53 and protocol in (frames.TCP, frames.UDP):
            near = found.packed in self._neighbours or self._in_uplink(found)
            if near or target in self.config.servers:
                return True
        return not is_private(target) and found not in SHARED

    def _in_uplink(self, address: IPv4Address) -> bool:
        network = self.config.network
        return bool(network) and address in IPv4Network(network, strict=False)

    def _passt_config(self, source: str, gateway: bytes) -> PasstConfig:
        """A fixed gateway that is not the uplink's answers names as a router does."""
        router = IPv4Address(gateway)
        forward = "" if self._in_uplink(router) else str(router)
        return PasstConfig(
            source, str(router), self.config.uplink, forward, self.config.servers
        )

    def _note_syn(self, data: bytes, length: int) -> None:
        at = 14 + length
        if len(data) >= at + 14 and data[at + 13] & (SYN | ACK) == SYN:
            ends = data[at : at + 4] + data[30:34]
            if len(self._syns) >= SYNS:
                del self._syns[next(iter(self._syns))]
            sequence = int.from_bytes(data[at + 4 : at + 8], "big")
            self._syns[ends] = (sequence + 1) % (1 << 32)

    def _complete_reset(
        self, frame: bytes, header: tuple[int, int, str, str, int]
    ) -> bytes:
        at = 14 + header[0]
        if header[1] != frames.TCP or len(frame) < at + 20:
            return frame
        ends = frame[at + 2 : at + 4] + frame[at : at + 2] + frame[26:30]
        if frame[at + 13] & (RST | ACK) == RST and ends in self._syns:
            return frames.acknowledged_reset(frame, self._syns.pop(ends))
        if frame[at + 13] & SYN:
            self._syns.pop(ends, None)
        return frame


def _target_port(data: bytes, length: int) -> int:
    return int.from_bytes(data[16 + length : 18 + length], "big")
