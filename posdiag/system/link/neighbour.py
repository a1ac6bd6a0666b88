"""Is a neighbour alive (ARP, NDP)?

The kernel is made to resolve the address and its neighbour table is polled. A cached
MAC proves nothing: with rights the kernel is made to probe it again; without, any reply
of the neighbour counts.
"""

import asyncio
import contextlib
import socket
import time
from collections.abc import Iterable, Iterator
from ipaddress import IPv6Network, ip_address, ip_network
from itertools import islice

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.lan import (
    MAX_SWEEP,
    AskNeighbour,
    AskSweep,
    Neighbour,
    Sweep,
)
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import Ping
from posdiag.system.link.neighbour_table import (
    FAILED,
    NOT_NEEDED,
    REACHABLE,
    VALID,
    Entry,
    Link,
    look_up_link,
    look_up_table,
    probe_again,
)
from posdiag.system.link.netlink import query_kernel
from posdiag.system.wire.icmp.errors import keep_errors, read_errors
from posdiag.system.wire.icmp.ping import ping
from posdiag.system.wire.sockets import DISCARD, bind_to_device, endpoint

POLL = 0.05
FIRST_POLLS = (0.002, 0.004, 0.008, 0.016, 0.03)
FRESH = 1.0  # seconds: confirmed since this run began, or near enough
AT_ONCE = 64
SWEEP_PAUSE = 0.12
ARP, NDP = 28, 72  # bytes of one request or reply
KERNEL_TRIES = 3  # mcast_solicit, ucast_solicit


class ResolutionTrigger:
    """Sends empty datagrams that make the kernel resolve, and reads the ICMP errors."""

    def __init__(self, family: int, device: str, meter: Meter) -> None:
        self._six = family == socket.AF_INET6
        self._device = device
        self._meter = meter
        self._sock = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        with contextlib.suppress(OSError):  # before Linux 5.7 only root may bind
            bind_to_device(self._sock, device)
        keep_errors(self._sock)
        if not self._six:
            # On the link itself, even for an address outside the subnet.
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_DONTROUTE, 1)

    def __enter__(self) -> "ResolutionTrigger":
        return self

    def __exit__(self, *_: object) -> None:
        self._sock.close()

    def send(self, address: str) -> None:
        target = endpoint(address, DISCARD, self._device)
        if target is None:
            return
        for _ in range(2):  # the first may report the error of an earlier one
            with contextlib.suppress(OSError):
                self._sock.sendto(b"", target[1])
                return

    def refusals(self) -> set[str]:
        """Senders of ICMP errors about our datagrams: they are alive."""
        found = {e.error.by for e in read_errors(self._sock) if not e.local}
        self._meter.add(received=len(found) * (96 if self._six else 56))
        return found


def _waits() -> Iterator[float]:
    yield from FIRST_POLLS
    while True:
        yield POLL


async def neighbour(question: AskNeighbour, meter: Meter) -> Neighbour | Unknown:
    address = question.address.partition("%")[0]
    link = await query_kernel(lambda route: look_up_link(route, question.interface))
    if isinstance(link, Unknown):
        return link
    if link is None or not link.up:
        return Neighbour(address, "failed")
    if not link.resolves or address in link.own:
        return Neighbour(address, "not-needed", "")
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with ResolutionTrigger(family, question.interface, meter) as trigger:
        return await _NeighbourProbe(question, address, link, trigger, meter).run()


class _NeighbourProbe:
    """One running `AskNeighbour`."""

    def __init__(
        self,
        question: AskNeighbour,
        address: str,
        link: Link,
        trigger: ResolutionTrigger,
        meter: Meter,
    ) -> None:
        self._ask = question
        self._sent = 0
        self._address = address
        self._link = link
        self._trigger = trigger
        self._meter = meter
        self._bytes = NDP if ":" in address else ARP

    async def run(self) -> Neighbour | Unknown:
        deadline = time.monotonic() + self._ask.timeout
        entry = await self._entry()
        if isinstance(entry, Unknown):
            return entry
        if entry.state & NOT_NEEDED:
            return Neighbour(self._address, "not-needed", entry.mac)
        if entry.state & REACHABLE and entry.age < FRESH:
            return self._alive(entry, probed=False)
        echo: asyncio.Task[bool] | None = None
        if not (entry.state & VALID and await self._probe_again()):
            if entry.state & REACHABLE:
                # Up to 45 s old, but we lack the rights to have it confirmed.
                return self._alive(entry, probed=False)
            self._send()
            if entry.state & VALID:
                echo = asyncio.create_task(self._echo())
        try:
            return await self._watch(deadline, bool(entry.state & VALID), echo)
        finally:
            if echo is not None:
                echo.cancel()
                await asyncio.gather(echo, return_exceptions=True)

    async def _watch(
        self, deadline: float, known: bool, echo: "asyncio.Task[bool] | None"
    ) -> Neighbour | Unknown:
        failed = False
        # What enters the table while we watch is fresh.
        fresh = not known
        entry = Entry()
        for wait in _waits():
            await asyncio.sleep(max(0.0, min(wait, deadline - time.monotonic())))
            found = await self._entry()
            if isinstance(found, Unknown):
                return found
            entry = found
            answered = self._address in self._trigger.refusals() or (
                echo is not None and echo.done() and echo.result()
            )
            proof = VALID if fresh else REACHABLE
            if answered or entry.state & proof:
                return self._alive(entry)
            fresh = fresh or not entry.state & VALID
            if time.monotonic() >= deadline:
                break
            if entry.state & FAILED:
                # Heavy loss may cost all three tries of the kernel.
                failed = True
                self._meter.add(sent=KERNEL_TRIES * self._bytes)
            if entry.state & FAILED or not entry.state:
                self._send()
        # A cached MAC that could not be confirmed proves neither alive nor failed.
        undecided = entry.mac and not failed
        return Neighbour(self._address, "pending" if undecided else "failed", entry.mac)

    def _send(self) -> None:
        self._sent += 1
        self._trigger.send(self._address)

    def _alive(self, entry: Entry, probed: bool = True) -> Neighbour:
        if probed:
            # Datagrams leave only now that there is somewhere to send them to.
            datagrams = self._sent * (48 if ":" in self._address else 28)
            self._meter.add(sent=self._bytes + datagrams, received=self._bytes)
        return Neighbour(self._address, "alive", entry.mac)

    async def _entry(self) -> Entry | Unknown:
        table = await query_kernel(lambda r: look_up_table(r, self._link.index))
        if isinstance(table, Unknown):
            return table
        return table.get(self._address, Entry())

    async def _probe_again(self) -> bool:
        index = self._link.index
        done = await query_kernel(lambda r: probe_again(r, index, [self._address]))
        return done is True

    async def _echo(self) -> bool:
        interface, timeout = self._ask.interface, self._ask.timeout
        question = Ping(self._address, 2, 0.5, timeout, device=interface)
        found = await ping(question, self._meter)
        return not isinstance(found, Unknown) and bool(found.answered)


async def sweep(question: AskSweep, meter: Meter) -> Sweep | Unknown:
    network = ip_network(question.network, strict=False)
    if isinstance(network, IPv6Network):
        return Unknown("unsupported")
    link = await query_kernel(lambda route: look_up_link(route, question.interface))
    if isinstance(link, Unknown):
        return link
    if link is None or not link.up or not link.resolves:
        return Sweep((), 0)
    hosts = (str(host) for host in network.hosts())
    addresses = list(islice((h for h in hosts if h not in link.own), MAX_SWEEP))
    return await _sweep(question, link, addresses, meter)


async def _sweep(
    question: AskSweep, link: Link, addresses: list[str], meter: Meter
) -> Sweep | Unknown:
    deadline = time.monotonic() + question.timeout
    before = await query_kernel(lambda r: look_up_table(r, link.index))
    if isinstance(before, Unknown):
        return before
    known = [a for a in addresses if before.get(a, Entry()).state & VALID]
    await query_kernel(lambda r: probe_again(r, link.index, known))
    alive: dict[str, Neighbour] = {}
    for start in range(0, len(addresses), AT_ONCE):
        # A socket for each batch: datagrams that wait for resolution fill its buffer.
        with ResolutionTrigger(socket.AF_INET, question.interface, meter) as trigger:
            for address in addresses[start : start + AT_ONCE]:
                trigger.send(address)
            await asyncio.sleep(SWEEP_PAUSE)
            refusing = trigger.refusals()
        await _gather(link, addresses, known, refusing, alive)
    while len(alive) < len(addresses) and time.monotonic() < deadline:
        await asyncio.sleep(min(0.15, max(0.0, deadline - time.monotonic())))
        await _gather(link, addresses, known, (), alive)
    # The kernel asks once a second, three times; a datagram follows each answer.
    tries = min(KERNEL_TRIES, 1 + int(question.timeout))
    dead = len(addresses) - len(alive)
    meter.add(sent=dead * tries * ARP + len(alive) * (ARP + 28))
    meter.add(received=len(alive) * ARP)
    found = sorted(alive.values(), key=lambda n: int(ip_address(n.address)))
    return Sweep(tuple(found), len(addresses))


async def _gather(
    link: Link,
    addresses: list[str],
    known: list[str],
    refusing: Iterable[str],
    alive: dict[str, Neighbour],
) -> None:
    """Add to `alive` the hosts that have answered by now."""
    table = await query_kernel(lambda r: look_up_table(r, link.index))
    if isinstance(table, Unknown):
        return
    answered = set(refusing)
    for address in addresses:
        entry = table.get(address, Entry())
        # A MAC that was not known before was learned since.
        proof = REACHABLE if address in known else VALID
        if address in answered or entry.state & proof:
            alive[address] = Neighbour(address, "alive", entry.mac)
