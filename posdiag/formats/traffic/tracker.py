"""From frames to a survey: who is on the wire, and what does each device do?

Feed frames in order of time; `survey` is what is known so far. No I/O and no clock of
its own. Frames come from anybody: numbers of devices, connections and questions are
bounded, and nothing is kept of what is carried.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from posdiag.formats.address import is_private
from posdiag.formats.traffic.claims import Claims
from posdiag.formats.traffic.connections.index import Connections
from posdiag.formats.traffic.device import HOLDERS, Device
from posdiag.formats.traffic.lan import Lan
from posdiag.formats.traffic.layers import (
    ARP,
    ICMP,
    TCP,
    UDP,
    Arp,
    Link,
    Segment,
    arp_of,
    link_of,
    segment_of,
)
from posdiag.formats.traffic.messages import UNSET, dhcp_of, dns_of
from posdiag.model.questions.terminal import Mode, OwnSearch, TerminalSurvey

MAX_DEVICES = 256
BROADCAST = "ff:ff:ff:ff:ff:ff"
LAN_UDP = (53, 67, 68, 137, 138, 1900, 5353, 5355)


@dataclass(slots=True)
class Setting:
    """What is known beforehand. `own_macs` are this machine's hardware addresses, or
    how they begin; `wanted` is that of the terminal, which always finds room."""

    mode: Mode
    network: str = ""
    router: str = ""
    own: tuple[str, ...] = ()
    own_macs: tuple[str, ...] = ()
    wanted: str = ""
    phone: bool = False


@dataclass(slots=True)
class Tracker:
    """Tracks the devices on one or two sockets; `inside` is that of the terminal."""

    setting: Setting
    packets: int = 0
    lost: int = 0
    damaged: int = 0
    cut: bool = False
    carrier: bool | None = None
    replugged: bool = False
    copied: float | None = None
    now: float = 0.0
    devices: dict[str, Device] = field(default_factory=dict)
    claims: Claims = field(default_factory=Claims)
    searches: dict[str, OwnSearch] = field(default_factory=dict)
    servers: set[str] = field(default_factory=set)
    lan: Lan = field(init=False)
    connections: Connections = field(init=False)

    def __post_init__(self) -> None:
        self.lan = Lan(self.setting.network, self.setting.router)
        self.connections = Connections(self.devices, self.lan)

    def frame(self, link: int, data: bytes, now: float, inside: bool = False) -> None:
        """One frame at this time, seconds since the watch began."""
        self.packets += 1
        self.now = max(self.now, now)
        frame = link_of(link, data)
        if frame is None:
            self.damaged += 1
            return
        if frame.protocol == ARP:
            arp = arp_of(frame.body)
            if arp is not None:
                self._arp(arp, now, inside)
            return
        segment = segment_of(frame.protocol, frame.body)
        if segment is None:
            self._device(frame.source, now, inside)
            return
        self._packet(frame, segment, now, inside)

    # --- devices -----------------------------------------------------------------

    def _device(self, mac: str, now: float, inside: bool) -> Device | None:
        """The sender of a frame; None for us, groups and one too many."""
        if not mac or mac.startswith(self.setting.own_macs) or int(mac[:2], 16) & 1:
            return None
        device = self.devices.get(mac)
        if device is None:
            if len(self.devices) >= MAX_DEVICES and mac != self.setting.wanted:
                return None
            device = self.devices[mac] = Device(mac, now)
        device.frames += 1
        device.last = now
        device.inside = device.inside or inside
        return device

    # --- ARP ---------------------------------------------------------------------

    def _arp(self, arp: Arp, now: float, inside: bool) -> None:
        device = self._device(arp.sender_mac, now, inside)
        if device is None:
            return
        if arp.sender != UNSET:
            self.claims.note(arp.sender, device.mac, now)
            device.uses(arp.sender)
        if not arp.asks:
            self._take_answer(arp, device)
        elif arp.sender == UNSET:
            device.probed = arp.target
            device.booted(now)
        elif arp.sender == arp.target:
            if device.frames <= 2:
                device.booted(now)
        else:
            device.searched(arp.target, arp.sender, now)

    def _take_answer(self, arp: Arp, device: Device) -> None:
        """Whoever asked for this address has found a holder."""
        if arp.target_mac in self.setting.own_macs:
            self.own_answer(arp.sender, device.mac)
        asker = self.devices.get(arp.target_mac)
        search = asker.searches.get(arp.sender) if asker else None
        if search and device.mac not in search.holders[:HOLDERS]:
            search.holders.append(device.mac)

    # --- IP ----------------------------------------------------------------------

    def _packet(self, frame: Link, packet: Segment, now: float, inside: bool) -> None:
        device = self._device(frame.source or "", now, inside)
        if not frame.source:
            device = self._without_mac(packet, now)
        if device and self._is_own_address(device, packet):
            self.claims.note(packet.source, device.mac, now)
            device.uses(packet.source)
        if packet.fragment:
            return
        if packet.source == "::" and device and packet.protocol != UDP:
            device.booted(now)  # duplicate address detection (RFC 4862)
        self._crossing(frame, packet, device)
        if packet.protocol == TCP:
            self.connections.segment(packet, device, now)
        elif packet.protocol == UDP:
            self._udp(packet, device, now)
        elif packet.protocol == ICMP:
            self.connections.icmp(packet)

    def _without_mac(self, packet: Segment, now: float) -> Device | None:
        """Raw IP: a device is known by its private address."""
        if ":" in packet.source or not is_private(packet.source):
            return None
        key = packet.source
        if key not in self.devices and len(self.devices) >= MAX_DEVICES:
            return None
        device = self.devices.setdefault(key, Device(key, now))
        device.frames += 1
        device.last = now
        return device

    def _is_own_address(self, device: Device, packet: Segment) -> bool:
        """Is the source an address of the device itself and not one that it forwards
        for? A router has hosts beyond it."""
        if packet.source == UNSET or ":" in packet.source:
            return False
        if device.addresses:
            return packet.source == device.addresses[-1]
        local = self.lan.known(packet.source)
        return local or device.inside or is_private(packet.source)

    def _crossing(self, frame: Link, packet: Segment, device: Device | None) -> None:
        if ":" in packet.source:
            return
        if device and frame.target and self.lan.beyond(packet.target):
            device.crossed(frame.target, sent=True)
        if self.lan.beyond(packet.source):
            receiver = self.devices.get(frame.target)
            if receiver is not None:
                receiver.crossed(frame.source, sent=False)

    def _udp(self, packet: Segment, device: Device | None, now: float) -> None:
        ports = packet.source_port, packet.target_port
        if set(ports) <= {67, 68}:
            self._dhcp(packet, device, now)
        elif packet.target_port == 53 and device is not None:
            query = dns_of(packet.payload)
            if query and not query.rcode and query.kind in ("A", "AAAA"):
                device.query(query.name, packet.target, now)
        elif packet.source_port == 53:
            self._answer(packet, now)
        elif (
            device is not None
            and packet.target_port not in LAN_UDP
            and self.lan.beyond(packet.target)
        ):
            device.datagram(f"{packet.target}:{packet.target_port}")

    def _answer(self, packet: Segment, now: float) -> None:
        reply = dns_of(packet.payload)
        # Cooked captures do not say who received it: whoever used the address last.
        macs = self.claims.latest(packet.target)
        device = next((self.devices[m] for m in macs if m in self.devices), None)
        if reply and reply.rcode and device:
            device.reply(reply.name, packet.source, reply.rcode, reply.addresses, now)

    def _dhcp(self, packet: Segment, device: Device | None, now: float) -> None:
        found = dhcp_of(packet.payload, now)
        if found is None:
            return
        mac, from_server, message = found
        if from_server:
            if device is not None:
                self.servers.add(device.mac)
            device = self.devices.get(mac)
        if device is None or (not from_server and device.mac != mac):
            device = self.devices.get(mac)
        if device is None:
            return
        if message.kind in ("discover", "request") and not message.server:
            device.booted(now)
        if message.kind == "ack" and message.address:
            self.lan.granted(message.address, message.mask, message.router)
            device.uses(message.address)
            self.claims.note(message.address, device.mac, now)
        device.message(message)

    # --- what we asked -----------------------------------------------------------

    def own_search(self, address: str, control: bool = False) -> None:
        """We have asked for this address once more."""
        known = self.searches.get(address, OwnSearch(address, 0, control=control))
        self.searches[address] = OwnSearch(
            address, known.tries + 1, known.holders, known.control
        )

    def own_answer(self, address: str, mac: str) -> None:
        known = self.searches.get(address)
        if known and mac not in known.holders and len(known.holders) < HOLDERS:
            self.searches[address] = OwnSearch(
                address, known.tries, (*known.holders, mac), known.control
            )

    # --- what is told ------------------------------------------------------------

    def survey(self, makers: Mapping[str, str] | None = None) -> TerminalSurvey:
        """All that is known now."""
        makers = makers or {}
        return TerminalSurvey(
            mode=self.setting.mode,
            seconds=round(self.now, 3),
            stations=tuple(
                d.station(makers.get(mac, "")) for mac, d in self.devices.items()
            ),
            network=self.lan.network,
            router=self.lan.router,
            own=self.setting.own,
            own_macs=self.setting.own_macs,
            carrier=self.carrier,
            replugged=self.replugged,
            phone=self.setting.phone,
            claims=self.claims.conflicts(),
            servers=tuple(sorted(self.servers)),
            searches=tuple(self.searches.values()),
            packets=self.packets,
            lost=self.lost,
            damaged=self.damaged,
            cut=self.cut,
            copied=self.copied,
        )
