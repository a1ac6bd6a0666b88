"""Which connection of which device does a segment belong to?"""

from collections.abc import Mapping
from ipaddress import IPv4Address

from posdiag.formats.traffic.connections.flow import Flow
from posdiag.formats.traffic.device import Device, Ends
from posdiag.formats.traffic.lan import Lan
from posdiag.formats.traffic.layers import ACK, SYN, TCP, Segment

MOST = 4096  # connections of all devices
UNREACHABLE = b"\3"  # ICMP type (RFC 792)


class Connections:
    """TCP connections by their ends; each is kept by the device that opened it."""

    def __init__(self, devices: Mapping[str, Device], lan: Lan) -> None:
        self._devices, self._lan = devices, lan
        self._owners: dict[Ends, str] = {}

    def segment(self, packet: Segment, device: Device | None, now: float) -> None:
        source, target = packet.source, packet.target
        ports = packet.source_port, packet.target_port
        there: Ends = source, ports[0], target, ports[1]
        back: Ends = target, ports[1], source, ports[0]
        opening = packet.flags & (SYN | ACK) == SYN
        if opening and device is not None:
            self._open(there, device, now)
        elif device is not None and not {there, back} & self._owners.keys():
            self._join(there, packet, device, now)
        if (flow := self._flow(there)) is not None:
            flow.from_terminal(packet, now)
        elif (flow := self._flow(back)) is not None:
            flow.from_host(packet, now)

    def _flow(self, ends: Ends) -> Flow | None:
        device = self._devices.get(self._owners.get(ends, ""))
        return device.flows.get(ends) if device else None

    def _open(self, ends: Ends, device: Device, now: float) -> None:
        known = device.flows.get(ends)
        if known is None or known.over:
            self._keep(ends, Flow(ends[2], ends[3], now), device)

    def _join(self, ends: Ends, packet: Segment, device: Device, now: float) -> None:
        """A connection whose beginning was not seen: the device on the LAN that talks
        to one beyond it is taken for the client."""
        if packet.payload and self._lan.beyond(packet.target):
            port = packet.target_port
            flow = Flow(packet.target, port, now, joined=True, accepted=True)
            self._keep(ends, flow, device)

    def _keep(self, ends: Ends, flow: Flow, device: Device) -> None:
        device.keep(ends, flow)
        self._owners[ends] = device.mac
        while len(self._owners) > MOST:
            del self._owners[next(iter(self._owners))]

    def icmp(self, packet: Segment) -> None:
        """Destination unreachable about a connection attempt."""
        if packet.payload[:1] != UNREACHABLE or len(packet.payload) < 36:
            return
        about = packet.payload[8:]
        header = (about[0] & 0xF) * 4
        if about[0] >> 4 != 4 or about[9] != TCP or len(about) < header + 4:
            return
        source, target = (str(IPv4Address(about[i : i + 4])) for i in (12, 16))
        ports = about[header : header + 4]
        ends = source, int.from_bytes(ports[:2]), target, int.from_bytes(ports[2:])
        flow = self._flow(ends)
        if flow is not None and not flow.accepted:
            flow.unreachable = True
