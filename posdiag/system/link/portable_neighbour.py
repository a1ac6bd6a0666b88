"""Is there life on the link at an address, as far as `arp` and a datagram can tell?

An empty datagram makes the system resolve the address. Alive is whoever turns up in
the ARP table then, refuses the datagram, or answers a ping. An entry that was in the
table before is a memory and proves nothing: `arp` does not say how old it is. IPv4
only.
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
from posdiag.model.questions.lan import AskNeighbour, AskSweep, Neighbour, Sweep
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import Echoes, Ping
from posdiag.system.process.tools import TOOL_TIME, Tools
from posdiag.system.wire.icmp.ping_command import ping

DISCARD = 9  # RFC 863: the port to which the empty datagram goes
DATAGRAM, REFUSAL = 28, 56  # bytes: IPv4 and UDP headers; an ICMP error about them
POLLS = (0.05, 0.1, 0.2, 0.4)  # seconds between looks at the ARP table, then the last
MAX_SWEEP = 256  # addresses
AT_ONCE = 32  # addresses of a sweep between two pauses
PAUSE = 0.02  # seconds


def _send(address: str, device: str, meter: Meter) -> socket.socket:
    """Send the empty datagram; its socket hears a refusal. OSError for no way."""
    with contextlib.ExitStack() as undo:
        probe = undo.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        probe.setblocking(False)
        # On the link itself, even for an address outside the subnet.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_DONTROUTE, 1)
        bind = getattr(socket, "SO_BINDTODEVICE", None)
        if bind is not None:
            with contextlib.suppress(OSError):  # before Linux 5.7 only root may
                probe.setsockopt(socket.SOL_SOCKET, bind, device.encode())
        probe.connect((address, DISCARD))
        probe.send(b"")
        undo.pop_all()
    meter.add(sent=DATAGRAM)
    return probe


def _spoke(probe: socket.socket, meter: Meter) -> bool | None:
    """Whether the host itself answered; None: the system gave up resolving it."""
    try:
        meter.add(received=DATAGRAM + len(probe.recv(64)))
    except BlockingIOError:
        return False
    except ConnectionError:  # port unreachable, which only the host itself says
        meter.add(received=REFUSAL)
    except OSError:
        return None
    return True


async def _heard(tools: Tools, interface: str) -> Mapping[str, str] | Unknown:
    """Hardware addresses by address, as far as the ARP table knows this interface."""
    argv = ["arp", "-a"] if tools.os == "windows" else ["arp", "-an"]
    output = await tools.run(argv, TOOL_TIME)
    if isinstance(output, Unknown):
        return output
    entries = neighbours(output.out)
    return {e.address: e.mac for e in entries if e.interface in ("", interface)}


def _resolves(interface: str) -> bool:
    """False for loopback, tunnels and other links on which nobody must be asked for."""
    import psutil

    state = psutil.net_if_stats().get(interface)
    flags = set(state.flags.split(",")) if state else set()
    return not flags & {"noarp", "pointopoint", "pointtopoint", "loopback"}


async def neighbour(
    tools: Tools, question: AskNeighbour, meter: Meter
) -> Neighbour | Unknown:
    """The handler of `AskNeighbour`. `pending`: remembered, but it gave no proof."""
    address = question.address
    try:
        if ip_address(address).version == 6:
            return Unknown("unsupported")
    except ValueError:
        return Unknown("trouble", "not an address")
    if not _resolves(question.interface):
        return Neighbour(address, "not-needed")
    before = await _heard(tools, question.interface)
    if isinstance(before, Unknown):
        return before
    try:
        probe = _send(address, question.interface, meter)
    except OSError as error:
        if error.errno in (errno.EHOSTUNREACH, errno.EHOSTDOWN):
            return Neighbour(address, "failed")
        return Unknown("trouble", f"no way onto the link: {error}"[:200])
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
    """Look again and again until there is proof or the time is up."""
    address, polls = question.address, list(POLLS)
    deadline = time.monotonic() + question.timeout
    while True:
        left = deadline - time.monotonic()
        wait = polls.pop(0) if len(polls) > 1 else polls[0]
        await asyncio.sleep(max(0.0, min(left, wait)))
        spoke = _spoke(probe, meter)
        table = await _heard(tools, question.interface)
        if isinstance(table, Unknown):
            return table
        mac = table.get(address, "")
        echoed = echo is not None and echo.done() and _answered(echo.result())
        if spoke or echoed or (mac and mac != known):
            return Neighbour(address, "alive", mac or known)
        if spoke is None and not mac:
            return Neighbour(address, "failed")
        if left <= 0:
            return Neighbour(address, "pending" if known else "failed", known)


def _answered(echoes: Echoes | Unknown) -> bool:
    return isinstance(echoes, Echoes) and bool(echoes.answered)


async def sweep(tools: Tools, question: AskSweep, meter: Meter) -> Sweep | Unknown:
    """The handler of `AskSweep`. Who was remembered before must refuse the datagram."""
    try:
        network = ip_network(question.network, strict=False)
    except ValueError:
        return Unknown("trouble", "not a network")
    if network.version == 6 or network.num_addresses > MAX_SWEEP:
        return Unknown("unsupported")
    if not _resolves(question.interface):
        return Sweep((), 0)
    before = await _heard(tools, question.interface)
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
        proved = {host for host, probe in probes.items() if _spoke(probe, meter)}
    table = await _heard(tools, question.interface)
    if isinstance(table, Unknown):
        return table
    alive = (
        Neighbour(host, "alive", table[host])
        for host in hosts
        if host in proved or table.get(host, "") != before.get(host, "")
        if host in table
    )
    return Sweep(tuple(alive), len(hosts))
