"""Which routers answer on the path to an address, hop by hop?

UDP datagrams to the ports of traceroute with a small TTL; the answers come by the error
queue, so it needs no rights. Hops that stay silent to UDP are probed once more by ICMP
echo where the machine permits that: some networks drop the one and pass the other.
"""

import asyncio
import contextlib
import random
import socket
import time

from posdiag.formats.address import bare
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import Echoes, Hop, Hops, IcmpError, Ping, Trace
from posdiag.system.wire.icmp import errors
from posdiag.system.wire.icmp.ping import ping
from posdiag.system.wire.icmp.sockets import set_ttl
from posdiag.system.wire.sockets import (
    IP_HEADER,
    UDP_HEADER,
    Peer,
    endpoint,
    open_socket,
)

FIRST_PORT = 33434
PORTS = 500
PAYLOAD = bytes(8)  # some filters drop empty datagrams
PORT_UNREACHABLE = 3


async def trace(question: Trace, meter: Meter) -> Hops | Unknown:
    """Unknown without the rights to bind to the device."""
    ttls = range(question.first, question.last + 1)
    silent = Hops(tuple(Hop(ttl, None) for ttl in ttls))
    found = endpoint(question.address, 0, question.device)
    if found is None:
        return silent
    family, target = found
    try:
        sock = open_socket(family, socket.SOCK_DGRAM, question.device)
    except OSError:  # no such interface any more
        return silent
    if isinstance(sock, Unknown):
        return sock
    with sock:
        errors.stamp_arrivals(sock)
        return await TraceRun(sock, target, question, meter).run()


def hop_of(
    ttl: int, error: IcmpError, target: str, seconds: float | None = None
) -> Hop:
    """The hop behind an ICMP error about a probe with this TTL."""
    if error.by == target:
        plain = (error.type, error.code) == (errors.UNREACHABLE, PORT_UNREACHABLE)
        return Hop(ttl, error.by, seconds, "reached", None if plain else error)
    if error.type == errors.EXPIRED:
        return Hop(ttl, error.by, seconds, "expired")
    return Hop(ttl, error.by, seconds, "unreachable", error)


class TraceRun:
    """One running `Trace`."""

    def __init__(
        self, sock: socket.socket, target: Peer, question: Trace, meter: Meter
    ) -> None:
        self._sock = sock
        self._target = target
        self._address = bare(target[0])
        self._ask = question
        self._meter = meter
        self._header = IP_HEADER[socket.AddressFamily(sock.family)] + UDP_HEADER
        ttls = range(question.first, question.last + 1)
        self._hops = {ttl: Hop(ttl, None) for ttl in ttls}
        self._probes: dict[int, tuple[int, errors.Sent]] = {}  # TTL and time, by port
        # Not always the same port, so that a firewall's state from an earlier run,
        # and late answers to it, are not mistaken for this one's.
        self._port = FIRST_PORT + random.randrange(PORTS)  # noqa: S311 - no secret
        self._settled = asyncio.Event()

    async def run(self) -> Hops:
        loop = asyncio.get_running_loop()
        loop.add_reader(self._sock, self._read)
        echoes: list[asyncio.Task[None]] = []
        deadline = time.monotonic() + self._ask.timeout
        gap = self._ask.timeout / (self._ask.tries + 1)
        try:
            async with asyncio.timeout(self._ask.timeout):
                for number in range(self._ask.tries):
                    self._send()
                    if number == 0 and not self._probes:
                        break  # nothing gets out, so nothing can come back
                    if number == 1:
                        echoes = self._send_echoes(deadline - time.monotonic())
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(gap):
                            await self._settled.wait()
                            break
                else:
                    await self._settled.wait()
        except TimeoutError:
            self._read()
        finally:
            loop.remove_reader(self._sock)
            for task in echoes:
                task.cancel()
            await asyncio.gather(*echoes, return_exceptions=True)
        return Hops(tuple(self._hops.values()))

    def _silent(self) -> list[int]:
        """TTLs without an answer, but for those beyond where the target answered."""
        reached = [t for t, hop in self._hops.items() if hop.kind == "reached"]
        end = min(reached, default=self._ask.last)
        return [t for t, h in self._hops.items() if h.kind == "silent" and t <= end]

    def _send(self) -> None:
        for ttl in self._silent():
            port = self._port
            self._port += 1
            set_ttl(self._sock, ttl)
            for _ in range(2):  # the first may report the error of an earlier probe
                self._probes[port] = ttl, (time.monotonic(), time.time())
                try:
                    self._sock.sendto(
                        PAYLOAD, (self._target[0], port, *self._target[2:])
                    )
                except OSError:
                    del self._probes[port]
                else:
                    self._meter.add(sent=self._header + len(PAYLOAD))
                    break

    def _send_echoes(self, remaining: float) -> list[asyncio.Task[None]]:
        return [asyncio.create_task(self._echo(t, remaining)) for t in self._silent()]

    async def _echo(self, ttl: int, remaining: float) -> None:
        question = Ping(
            self._ask.address, timeout=remaining, ttl=ttl, device=self._ask.device
        )
        found = await ping(question, self._meter)
        if not isinstance(found, Echoes) or self._hops[ttl].kind != "silent":
            return
        if found.answered:
            self._keep(Hop(ttl, self._address, found.answered[0], "reached"))
        elif found.errors:
            self._keep(hop_of(ttl, found.errors[0], self._address))

    def _read(self) -> None:
        for queued in errors.read_errors(self._sock):
            self._take(queued)
        for _ in range(errors.BURST):
            try:
                data, source = self._sock.recvfrom(2048)
            except BlockingIOError:
                return
            except OSError:  # an ICMP error, reported a second time
                continue
            probe = self._probes.get(source[1])
            if probe and bare(source[0]) == self._address:
                self._meter.add(received=len(data) + self._header)
                trip = errors.round_trip(probe[1], None)
                self._keep(Hop(probe[0], self._address, trip, "reached"))

    def _take(self, queued: errors.QueuedError) -> None:
        probe = self._probes.get(queued.port)
        by = queued.error.by
        ours = by != self._address and errors.is_own_address(by)
        if probe is None or queued.local or ours:
            return
        ttl, sent = probe
        trip = errors.round_trip(sent, queued.at)
        # The headers of the error and those of the datagram that it quotes.
        self._meter.add(received=2 * self._header + len(queued.quoted))
        self._keep(hop_of(ttl, queued.error, self._address, trip))

    def _keep(self, hop: Hop) -> None:
        if self._hops[hop.ttl].kind == "silent":
            self._hops[hop.ttl] = hop
        if not self._silent():
            self._settled.set()
