"""DHCP on a packet socket, without touching the interface (RFC 2131).

Discovery lists all servers that offer; `obtain` goes through the whole exchange
(DISCOVER, OFFER, REQUEST, ACK). No DHCP client of the system is used: each has other
options and scripts, and what they change is hard to take back.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import asdict
from ipaddress import IPv4Address
from typing import Any

from posdiag.formats import dhcp
from posdiag.model.questions.lan import Offer
from posdiag.system.link.packet_socket import ETH_P_IP, PacketSocket

FIRST_WAIT, LONGEST_WAIT = 1.5, 4.0  # seconds to the next try, doubled each time
MAX_OFFERS = 32


def discover(sock: PacketSocket, seconds: float) -> dict[str, Any]:
    """All offers within `seconds` of our DISCOVER; a second one is sent only where the
    first got no offer, since packets get lost."""
    xid = _new_xid()
    frame = dhcp.request_frame(
        sock.mac, xid, dhcp.DISCOVER, [(dhcp.CLIENT_ID, b"\1" + sock.mac)]
    )
    start = time.monotonic()
    found: dict[tuple[str, str, str], dict[str, Any]] = {}
    for until in (start + seconds / 3, start + seconds):
        if not found:
            sock.send(frame)
        for offer in _replies(sock, xid, until, dhcp.OFFER):
            if len(found) < MAX_OFFERS:
                key = (offer.server, offer.address, offer.mac)
                found.setdefault(key, asdict(offer))
    return {"offers": list(found.values()), "seconds": time.monotonic() - start}


def obtain(interface: str, seconds: float) -> Offer | None:
    """The lease that a server acknowledged; None if none did in time. OSError without
    the rights for it."""
    sock = PacketSocket(interface, ETH_P_IP)
    end = time.monotonic() + seconds
    xid, wait = _new_xid(), FIRST_WAIT
    while (left := end - time.monotonic()) > 0:
        sock.send(dhcp.request_frame(sock.mac, xid, dhcp.DISCOVER))
        until = time.monotonic() + min(wait, left)
        offer = next(_replies(sock, xid, until, dhcp.OFFER), None)
        if offer is not None and (lease := _request(sock, xid, offer, end)):
            return lease
        wait = min(wait * 2, LONGEST_WAIT)
    return None


def _request(sock: PacketSocket, xid: int, offer: Offer, end: float) -> Offer | None:
    options = [
        (dhcp.ADDRESS, IPv4Address(offer.address).packed),
        (dhcp.SERVER, IPv4Address(offer.server).packed),
    ]
    for _ in range(2):
        sock.send(dhcp.request_frame(sock.mac, xid, dhcp.REQUEST, options))
        until = min(time.monotonic() + FIRST_WAIT, end)
        lease = next(_replies(sock, xid, until, dhcp.ACK), None)
        if lease is not None and lease.address == offer.address:
            return lease
    return None


def _replies(sock: PacketSocket, xid: int, until: float, kind: int) -> Iterator[Offer]:
    for frame in sock.listen(until):
        found = dhcp.parse_reply(frame, xid, sock.mac, kind)
        if found is not None:
            sock.received += len(frame) - dhcp.ETHERNET_HEADER
            yield found


def _new_xid() -> int:
    return int.from_bytes(os.urandom(4))
