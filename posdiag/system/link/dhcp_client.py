"""Does a DHCP server give this machine an address? The whole exchange (DISCOVER, OFFER,
REQUEST, ACK; RFC 2131) on a packet socket, without touching the interface.

Runs in the child process of a join test. No DHCP client of the system is used: each has
other options and scripts, and what they change is hard to take back.
"""

import os
import time
from typing import Any

from posdiag.formats.dhcp import parse_offer
from posdiag.model.questions.lan import Offer
from posdiag.system.link.packet_child import ETH_P_IP, WANTED, Wire, text, udp_payload

ACK = 5
FIRST_WAIT, LONGEST_WAIT = 1.5, 4.0  # seconds to the next try, doubled each time


def prepare() -> None:
    """Import what takes long while something else is waited for."""
    from scapy.layers import dhcp, inet, l2  # noqa: F401


def obtain(interface: str, seconds: float) -> Offer | None:
    """What the server has acknowledged; None where nobody gave an address in time.
    OSError where this machine may not ask."""
    prepare()
    wire = Wire(interface, ETH_P_IP)
    end = time.monotonic() + seconds
    xid, wait = int.from_bytes(os.urandom(4)), FIRST_WAIT
    while (left := end - time.monotonic()) > 0:
        _send(wire, xid, [("message-type", "discover")])
        until = time.monotonic() + min(wait, left)
        offer = _hear(wire, xid, until, 2)
        if offer is not None and (given := _request(wire, xid, offer, end)):
            return given
        wait = min(wait * 2, LONGEST_WAIT)
    return None


def _request(wire: Wire, xid: int, offer: Offer, end: float) -> Offer | None:
    options = [
        ("message-type", "request"),
        ("requested_addr", offer.address),
        ("server_id", offer.server),
    ]
    for _ in range(2):
        _send(wire, xid, options)
        until = min(time.monotonic() + FIRST_WAIT, end)
        given = _hear(wire, xid, until, ACK)
        if given is not None and given.address == offer.address:
            return given
    return None


def _hear(wire: Wire, xid: int, until: float, kind: int) -> Offer | None:
    for frame in wire.listen(until):
        payload = udp_payload(frame, 67, 68)
        found = parse_offer(payload, xid, wire.mac, text(frame[6:12]), kind)
        if found is not None:
            return found
    return None


def _send(wire: Wire, xid: int, options: list[Any]) -> None:
    from scapy.layers.dhcp import BOOTP, DHCP
    from scapy.layers.inet import IP, UDP
    from scapy.layers.l2 import Ether

    frame = (
        Ether(src=text(wire.mac), dst="ff:ff:ff:ff:ff:ff")
        / IP(src="0.0.0.0", dst="255.255.255.255")  # noqa: S104 - RFC 2131, 4.1
        / UDP(sport=68, dport=67)
        / BOOTP(chaddr=wire.mac, xid=xid, flags=0x8000)
        / DHCP(options=[*options, ("param_req_list", WANTED), "end"])
    )
    wire.send(frame, len(frame) - 14)
