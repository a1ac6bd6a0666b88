"""Which DHCP servers offer, and who answers ARP for an address? (raw rights)

Both are done by a child process (`rawchild`), because scapy costs 40 MB and half a
second that a run without a use for it should not pay. One child serves a whole run: an
order is a line of JSON on its stdin, an answer a line on its stdout, in any order.
Without the right to open a packet socket no child is started.
"""

import asyncio
import contextlib
import json
import socket
from typing import Any

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.lan import (
    ArpReplies,
    ArpReply,
    DiscoverDhcp,
    Offer,
    Offers,
    ProbeArp,
)
from posdiag.model.questions.meter import Meter
from posdiag.system.core.rights import RUN_AS_ROOT
from posdiag.system.process.launcher import ROOT, child_command, child_environment

# Seconds for the child to start and to import scapy: 0.5, but 2.4 were measured with
# nothing compiled and another program busy.
GRACE = 5.0
MODULE = "posdiag.system.link.packet_child"
LINE = 256_000  # bytes of one answer: 32 offers are far below


def may_open_packet_socket() -> bool:
    try:
        socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()
    except OSError:
        return False
    return True


class Raw:
    """The child of one run; started with the first order, killed with the loop."""

    def __init__(self) -> None:
        self._child: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._starting: asyncio.Lock | None = None
        self._last = 0

    async def discover_dhcp(
        self, question: DiscoverDhcp, meter: Meter
    ) -> Offers | Unknown:
        order = {
            "do": "dhcp",
            "interface": question.interface,
            "seconds": question.seconds,
        }
        answer = await self._order(order, question.seconds + GRACE, meter)
        if isinstance(answer, Unknown):
            return answer
        return Offers(tuple(_offer(o) for o in answer["offers"]), answer["seconds"])

    async def probe_arp(self, question: ProbeArp, meter: Meter) -> ArpReplies | Unknown:
        order = {
            "do": "arp",
            "interface": question.interface,
            "addresses": question.addresses,
            "seconds": question.seconds,
            "beyond": question.beyond,
        }
        answer = await self._order(order, question.seconds + GRACE, meter)
        if isinstance(answer, Unknown):
            return answer
        return ArpReplies(tuple(ArpReply(**reply) for reply in answer["replies"]))

    async def _order(
        self, order: dict[str, Any], seconds: float, meter: Meter
    ) -> Any | Unknown:
        """The child's answer to one order; Unknown where it has none to give."""
        if not may_open_packet_socket():
            return Unknown("no-rights", RUN_AS_ROOT)
        self._starting = self._starting or asyncio.Lock()
        async with self._starting:
            child = await self._alive()
        if child is None or child.stdin is None:
            return Unknown("trouble")
        self._last += 1
        number = self._last
        answered = asyncio.get_running_loop().create_future()
        self._waiting[number] = answered
        try:
            child.stdin.write(json.dumps({**order, "number": number}).encode() + b"\n")
            async with asyncio.timeout(seconds):
                answer = await answered
        except (TimeoutError, OSError):
            return Unknown("trouble")
        finally:
            del self._waiting[number]
        if answer is None:
            return Unknown("trouble")
        meter.add(answer["sent"], answer["received"])
        return Unknown(answer["unknown"]) if answer["unknown"] else answer

    async def _alive(self) -> asyncio.subprocess.Process | None:
        if self._child is not None and self._child.returncode is None:
            return self._child
        try:
            self._child = await asyncio.create_subprocess_exec(
                *child_command(MODULE),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=LINE,
                env=child_environment(),
                cwd=ROOT,
            )
        except OSError:  # no memory, no process to spare
            return None
        self._reader = asyncio.create_task(self._read(self._child))
        return self._child

    async def _read(self, child: asyncio.subprocess.Process) -> None:
        """Hand out answers until the child ends, or kill it when the loop ends."""
        try:
            while child.stdout and (line := await child.stdout.readline()):
                answer = json.loads(line)
                future = self._waiting.get(answer["number"])
                if future is not None and not future.done():
                    future.set_result(answer)
        except ValueError:
            pass  # no line of ours: the child is of no more use
        finally:
            for future in self._waiting.values():
                if not future.done():
                    future.set_result(None)
            with contextlib.suppress(ProcessLookupError):
                child.kill()
            await child.wait()


def _offer(fields: dict[str, Any]) -> Offer:
    lists = {name: tuple(fields[name]) for name in ("routers", "dns")}
    return Offer(**{**fields, **lists})
