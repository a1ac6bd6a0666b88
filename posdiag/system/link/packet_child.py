"""The child process of `packet_probes`: DHCP and ARP on a packet socket.

Each line of stdin is a request in JSON, each line of stdout an answer; requests are
served concurrently. It ends with its stdin. Frames are untrusted: they are
filtered by their bytes first, at most `MAX_FRAMES` are read, and the loop ends by the
clock whatever arrives.
"""

import json
import os
import sys
import threading
import time
from typing import Any

from posdiag.system.link.dhcp_client import discover
from posdiag.system.link.packet_socket import (
    ARPHRD_ETHER,
    ETH_P_ALL,
    ETH_P_ARP,
    ETH_P_IP,
    PacketSocket,
)

ARP_BYTES, ECHO_BYTES = 28, 28
PROBES = 3  # RFC 5227 PROBE_NUM
FORWARD_WAIT = 0.5  # seconds a router gets to send its ICMP error
MAX_FOUND = 32


class ArpProbing:
    """ARP probes (RFC 5227) and, on request, whether each host that answers
    forwards."""

    def __init__(self, wire: PacketSocket, addresses: list[str], beyond: str) -> None:
        self._wire = wire
        self._addresses = addresses[:256]
        self._beyond = beyond if wire.address else ""
        self._id = int.from_bytes(os.urandom(2))
        self._found: dict[tuple[str, str], bool | None] = {}

    def run(self, seconds: float) -> dict[str, Any]:
        # Imported before the clock starts: it takes longer than an ARP exchange.
        from scapy.layers import inet, l2  # noqa: F401

        start = time.monotonic()
        step = seconds / (PROBES + 1)
        for number in range(PROBES):
            for address in self._addresses:
                self._probe(address)
            self._retest()
            last = number == PROBES - 1
            until = start + (seconds if last else (number + 1) * step)
            self._receive(until)
        if self._untested():
            self._retest()
            self._receive(time.monotonic() + FORWARD_WAIT)
        replies = [
            {"address": a, "mac": m, "forwards": f} for (a, m), f in self._found.items()
        ]
        return {"replies": replies}

    def _probe(self, address: str) -> None:
        from scapy.layers.l2 import ARP, Ether

        mac = self._wire.mac.hex(":")
        frame = Ether(src=mac, dst="ff:ff:ff:ff:ff:ff") / ARP(
            op=1,
            hwsrc=mac,
            psrc="0.0.0.0",  # noqa: S104 - RFC 5227
            pdst=address,
        )
        self._wire.send(bytes(frame), ARP_BYTES)

    def _receive(self, until: float) -> None:
        for frame in self._wire.listen(until):
            if frame[12:14] == b"\x08\x06":
                self._take_arp(frame)
            elif frame[12:14] == b"\x08\x00" and self._untested():
                self._take_error(frame)

    def _take_arp(self, frame: bytes) -> None:
        from scapy.layers.l2 import ARP

        if len(frame) < 42 or frame[14:20] != b"\0\1\x08\0\6\4":
            return
        arp = ARP(frame[14:42])
        key = str(arp.psrc), str(arp.hwsrc)
        if key[0] not in self._addresses or key[1] == self._wire.mac.hex(":"):
            return
        if key in self._found or len(self._found) >= MAX_FOUND:
            return
        self._wire.received += ARP_BYTES
        self._found[key] = False if self._beyond else None
        self._test_forwarding(key[1])

    def _untested(self) -> set[str]:
        """MACs that have not yet been seen to forward."""
        return {mac for (_, mac), forwards in self._found.items() if forwards is False}

    def _retest(self) -> None:
        for mac in self._untested():
            self._test_forwarding(mac)

    def _test_forwarding(self, mac: str) -> None:
        from scapy.layers.inet import ICMP, IP
        from scapy.layers.l2 import Ether

        if not self._beyond:
            return
        frame = (
            Ether(src=self._wire.mac.hex(":"), dst=mac)
            / IP(src=self._wire.address, dst=self._beyond, ttl=1)
            / ICMP(id=self._id)
        )
        self._wire.send(bytes(frame), ECHO_BYTES)

    def _take_error(self, frame: bytes) -> None:
        """ "Time exceeded" or "unreachable" about our echo, from a host under test."""
        from scapy.layers.inet import ICMP, IP, ICMPerror, IPerror

        mac = frame[6:12].hex(":")
        if frame[23:24] != b"\1" or mac not in self._untested():
            return
        packet = IP(frame[14:])
        if not (packet.haslayer(ICMPerror) and packet.haslayer(IPerror)):
            return
        about = packet[ICMPerror].id, packet[IPerror].dst
        if packet[ICMP].type in (3, 11) and about == (self._id, self._beyond):
            self._wire.received += len(frame) - 14
            for key in self._found:
                if key[1] == mac:
                    self._found[key] = True


def carry_out(request: dict[str, Any]) -> dict[str, Any]:
    """The answer to one request, or its `unknown` reason."""
    # scapy looks for a route as it builds a packet and warns of what it does not find.
    import logging

    logging.getLogger("scapy").setLevel(logging.CRITICAL)
    arp = request["do"] == "arp"
    protocol = ETH_P_ARP if arp and not request["beyond"] else ETH_P_ALL
    try:
        wire = PacketSocket(request["interface"], protocol if arp else ETH_P_IP)
    except OSError:  # no such interface, or no rights after all
        return {"unknown": "trouble", "sent": 0, "received": 0}
    if wire.hardware != ARPHRD_ETHER:
        return {"unknown": "unsupported", "sent": 0, "received": 0}
    if arp:
        probing = ArpProbing(wire, request["addresses"], request["beyond"])
        answer = probing.run(request["seconds"])
    else:
        answer = discover(wire, request["seconds"])
    unknown = "trouble" if wire.flooded else ""
    return {"unknown": unknown, "sent": wire.sent, "received": wire.received, **answer}


def main() -> None:
    """Serve requests until there are no more."""
    writing = threading.Lock()

    def serve(request: dict[str, Any]) -> None:
        answer = {**carry_out(request), "number": request["number"]}
        with writing:
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()

    for line in sys.stdin:
        threading.Thread(target=serve, args=(json.loads(line),), daemon=True).start()
    os._exit(0)  # the parent is gone: pending answers are of no use
