"""Which DHCP servers offer, and who answers ARP for an address? (raw rights)

Both are done by a child process (`rawchild`), because scapy costs 40 MB and half a
second that a run without a use for it should not pay. The child gets its orders as JSON
on stdin and answers with JSON on stdout. Without the right to open a packet socket no
child is started.
"""

import asyncio
import contextlib
import json
import os
import socket
import sys
from typing import Any

from posdiag.system import Unknown
from posdiag.system._linux_errors import RUN_AS_ROOT
from posdiag.system.answers import ArpReplies, ArpReply, Offer, Offers
from posdiag.system.meter import Meter
from posdiag.system.questions import DiscoverDhcp, ProbeArp

# Seconds for the child to start and to import scapy: 0.5, but 2.4 were measured with
# nothing compiled and another program busy.
GRACE = 5.0
MODULE = "posdiag.system.rawchild"


def may_open_packet_socket() -> bool:
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()
    except OSError:
        return False
    return True


async def discover_dhcp(question: DiscoverDhcp, meter: Meter) -> Offers | Unknown:
    order = {
        "do": "dhcp",
        "interface": question.interface,
        "seconds": question.seconds,
    }
    answer = await _order(order, question.seconds + GRACE, meter)
    if isinstance(answer, Unknown):
        return answer
    return Offers(tuple(_offer(o) for o in answer["offers"]), answer["seconds"])


def _offer(fields: dict[str, Any]) -> Offer:
    lists = {name: tuple(fields[name]) for name in ("routers", "dns")}
    return Offer(**{**fields, **lists})


async def probe_arp(question: ProbeArp, meter: Meter) -> ArpReplies | Unknown:
    order = {
        "do": "arp",
        "interface": question.interface,
        "addresses": question.addresses,
        "seconds": question.seconds,
        "beyond": question.beyond,
    }
    answer = await _order(order, question.seconds + GRACE, meter)
    if isinstance(answer, Unknown):
        return answer
    return ArpReplies(tuple(ArpReply(**reply) for reply in answer["replies"]))


async def _order(order: dict[str, Any], seconds: float, meter: Meter) -> Any | Unknown:
    """The child's answer to one order; Unknown where it has none to give."""
    if not may_open_packet_socket():
        return Unknown("no-rights", RUN_AS_ROOT)
    try:
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", MODULE),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
    except OSError:  # no memory, no process to spare
        return Unknown("trouble")
    try:
        async with asyncio.timeout(seconds):
            output, _ = await child.communicate(json.dumps(order).encode())
    except TimeoutError:
        return Unknown("trouble")
    finally:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        await child.wait()
    if child.returncode != 0:
        return Unknown("trouble")
    answer = json.loads(output)
    meter.add(answer["sent"], answer["received"])
    return Unknown(answer["unknown"]) if answer["unknown"] else answer
