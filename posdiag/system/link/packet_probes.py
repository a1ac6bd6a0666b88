"""Which DHCP servers offer a lease, and which hosts answer ARP for an address?

Both are measured by a child process (`packet_child`), because scapy costs 40 MB and
half a second that a run without a use for it should not pay. One child serves a whole
run: requests carry a number, and are answered in any order. Without the right to open
a packet socket no child is started.
"""

import asyncio
import contextlib
from dataclasses import asdict
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
from posdiag.system.core.rights import RUN_AS_ROOT, missing_rights
from posdiag.system.process.json_child import JsonChild

# Seconds for the child to start and to import scapy: 0.5, but 2.4 were measured with
# nothing compiled and another program busy.
GRACE = 5.0
MODULE = "posdiag.system.link.packet_child"
LINE = 256_000  # bytes of one answer: 32 offers are far below


class PacketProbes:
    """The child of one run: started with the first request, killed with the loop."""

    def __init__(self) -> None:
        self._child: JsonChild | None = None
        self._reader: asyncio.Task[None] | None = None
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._starting: asyncio.Lock | None = None
        self._last = 0

    async def discover_dhcp(
        self, question: DiscoverDhcp, meter: Meter
    ) -> Offers | Unknown:
        answer = await self._request("dhcp", question, meter)
        if isinstance(answer, Unknown):
            return answer
        return Offers(tuple(_offer(o) for o in answer["offers"]), answer["seconds"])

    async def probe_arp(self, question: ProbeArp, meter: Meter) -> ArpReplies | Unknown:
        answer = await self._request("arp", question, meter)
        if isinstance(answer, Unknown):
            return answer
        return ArpReplies(tuple(ArpReply(**reply) for reply in answer["replies"]))

    async def _request(
        self, task: str, question: DiscoverDhcp | ProbeArp, meter: Meter
    ) -> Any | Unknown:
        """The child's answer; Unknown where it has none in time."""
        if missing_rights():
            return Unknown("no-rights", RUN_AS_ROOT)
        self._starting = self._starting or asyncio.Lock()
        try:
            async with self._starting:
                child = await self._running_child()
        except OSError:  # no memory, no process to spare
            return Unknown("trouble")
        self._last += 1
        number = self._last
        answered = asyncio.get_running_loop().create_future()
        self._waiting[number] = answered
        child.send({**asdict(question), "do": task, "number": number})
        try:
            async with asyncio.timeout(question.seconds + GRACE):
                answer = await answered
        except TimeoutError:
            return Unknown("trouble")
        finally:
            del self._waiting[number]
        if answer is None:
            return Unknown("trouble")
        meter.add(answer["sent"], answer["received"])
        return Unknown(answer["unknown"]) if answer["unknown"] else answer

    async def _running_child(self) -> JsonChild:
        if self._child is None:
            self._child = await JsonChild.start(MODULE, limit=LINE)
            self._reader = asyncio.create_task(self._read(self._child))
        return self._child

    async def _read(self, child: JsonChild) -> None:
        """Hand out answers until the child or the loop ends, or the child writes what
        is no answer."""
        try:
            with contextlib.suppress(ValueError):
                while answer := await child.receive():
                    future = self._waiting.get(answer["number"])
                    if future is not None and not future.done():
                        future.set_result(answer)
        finally:
            self._child = None
            for future in self._waiting.values():
                if not future.done():
                    future.set_result(None)
            await child.end()


def _offer(fields: dict[str, Any]) -> Offer:
    lists = {name: tuple(fields[name]) for name in ("routers", "dns")}
    return Offer(**{**fields, **lists})
