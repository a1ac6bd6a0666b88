"""Is a neighbour alive, by the ARP table and a datagram? IPv4 only.

An empty datagram makes the system resolve the address. A host is alive that enters the
ARP table then, refuses the datagram, or answers a ping. An entry that was in the table
before proves nothing: `arp` does not show how old it is.
"""

import asyncio
import contextlib
import errno
import socket
import time
from collections.abc import Mapping
from ipaddress import ip_address, ip_network

from posdiag.formats.desktop.netstat import neighbours
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.lan import (
    MAX_SWEEP,
    AskNeighbour,
    AskSweep,
    Neighbour,
    Sweep,
)
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import Echoes, Ping
from posdiag.system.process.tools import TOOL_TIME, Tools
from posdiag.system.wire.icmp.ping_command import ping
from posdiag.system.wire.sockets import DISCARD, bind_to_device

DATAGRAM, REFUSAL = 28, 56  # bytes: IPv4 and UDP headers; an ICMP error about them
POLLS = (
    0.05,
    0.1,
    0.2,
    0.4,
)  # seconds between polls of the ARP table; the last repeats
AT_ONCE = 32  # addresses of a sweep between two pauses
PAUSE = 0.02  # seconds


def _send(address: str, device: str, meter: Meter) -> socket.socket:
    """Send the empty datagram; its socket receives a refusal. OSError: no route."""
    with contextlib.ExitStack() as undo:
        probe = undo.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        probe.setblocking(False)
        # On the link itself, even for an address outside the subnet.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_DONTROUTE, 1)
        with contextlib.suppress(OSError):  # where binding is not possible, do without
            bind_to_device(probe, device)
        probe.connect((address, DISCARD))
        probe.send(b"")
        undo.pop_all()
    meter.add(sent=DATAGRAM)
    return probe


def _read_reply(probe: socket.socket, meter: Meter) -> bool | None:
    """Whether the host itself answered; None: the system gave up resolving it."""
    try:
        meter.add(received=DATAGRAM + len(probe.recv(64)))
    except BlockingIOError:
        return False
    except ConnectionError:  # port unreachable, from the host itself
        meter.add(received=REFUSAL)
    except OSError:
        return None
    return True


async def _arp_table(tools: Tools, interface: str) -> Mapping[str, str] | Unknown:
    """The ARP table of this interface: hardware addresses by IP address."""
    argv = ["arp", "-a"] if tools.os == "windows" else ["arp", "-an"]
    output = await tools.run(argv, TOOL_TIME)
    if isinstance(output, Unknown):
        return output
    entries = neighbours(output.out)
    return {e.address: e.mac for e in entries if e.interface in ("", interface)}


def _resolves(interface: str) -> bool:
    """False for loopback, tunnels and other links without address resolution."""
    import psutil

    state = psutil.net_if_stats().get(interface)
    flags = set(state.flags.split(",")) if state else set()
    return not flags & {"noarp", "pointopoint", "pointtopoint", "loopback"}


async def neighbour(
    tools: Tools, question: AskNeighbour, meter: Meter
) -> Neighbour | Unknown:
    """`pending`: it was in the table before, without proof."""
    address = question.address
    try:
        if ip_address(address).version == 6:
            return Unknown("unsupported")
    except ValueError:
        return Unknown("trouble", "not an address")
    if not _resolves(question.interface):
        return Neighbour(address, "not-needed")
    before = await _arp_table(tools, question.interface)
    if isinstance(before, Unknown):
        return before
    try:
        probe = _send(address, question.interface, meter)
    except OSError as error:
        if error.errno in (errno.EHOSTUNREACH, errno.EHOSTDOWN):
            return Neighbour(address, "failed")
        return Unknown("trouble", f"no route onto the link: {error}"[:200])
    echo: asyncio.Task[Echoes | Unknown] | None = None
    if address in before:
        request = Ping(address, 2, 0.5, question.timeout, device=question.interface)
        echo = asyncio.create_task(ping(tools, request, meter))
    try:
        return await _watch(
            tools, question, probe, before.get(address, ""), echo, meter
        )
    finally:
        probe.close()
        if echo is not None:
            echo.cancel()
            await asyncio.gather(echo, return_exceptions=True)


async def _watch(
    tools: Tools,
    question: AskNeighbour,
    probe: socket.socket,
    known: str,
    echo: "asyncio.Task[Echoes | Unknown] | None",
    meter: Meter,
) -> Neighbour | Unknown:
    """Poll until there is proof or the time is up."""
    address, polls = question.address, list(POLLS)
    deadline = time.monotonic() + question.timeout
    while True:
        left = deadline - time.monotonic()
        wait = polls.pop(0) if len(polls) > 1 else polls[0]
        await asyncio.sleep(max(0.0, min(left, wait)))
        replied = _read_reply(probe, meter)
        table = await _arp_table(tools, question.interface)
        if isinstance(table, Unknown):
            return table
        mac = table.get(address, "")
        echoes = echo.result() if echo is not None and echo.done() else None
        echoed = isinstance(echoes, Echoes) and bool(echoes.answered)
        if replied or echoed or (mac and mac != known):
            return Neighbour(address, "alive", mac or known)
        if replied is None and not mac:
            return Neighbour(address, "failed")
        if left <= 0:
            return Neighbour(address, "pending" if known else "failed", known)


async def sweep(tools: Tools, question: AskSweep, meter: Meter) -> Sweep | Unknown:
    """A host that was in the table before must refuse the datagram."""
    try:
        network = ip_network(question.network, strict=False)
    except ValueError:
        return Unknown("trouble", "not a network")
    if network.version == 6 or network.num_addresses > MAX_SWEEP:
        return Unknown("unsupported")
    if not _resolves(question.interface):
        return Sweep((), 0)
    before = await _arp_table(tools, question.interface)
    if isinstance(before, Unknown):
        return before
    hosts = [str(host) for host in network.hosts()]
    with contextlib.ExitStack() as stack:
        probes: dict[str, socket.socket] = {}
        for number, host in enumerate(hosts):
            with contextlib.suppress(OSError):  # no room for one more unresolved
                probe = _send(host, question.interface, meter)
                if host in before:
                    probes[host] = stack.enter_context(probe)
                else:
                    probe.close()
            if number % AT_ONCE == AT_ONCE - 1:
                await asyncio.sleep(PAUSE)
        await asyncio.sleep(question.timeout)
        proved = {host for host, probe in probes.items() if _read_reply(probe, meter)}
    table = await _arp_table(tools, question.interface)
    if isinstance(table, Unknown):
        return table
    alive = (
        Neighbour(host, "alive", table[host])
        for host in hosts
        if host in proved or table.get(host, "") != before.get(host, "")
        if host in table
    )
    return Sweep(tuple(alive), len(hosts))
