"""Does an address answer ICMP echo requests (RFC 792, RFC 4443)?

Sends echo requests on a schedule, whether or not answers come, and matches each answer
by identifier, number and source. Needs a raw socket or the "ping socket" of
`net.ipv4.ping_group_range`; with neither the answer is Unknown.

The few bytes of ICMP are packed by `formats.icmp`, without a library: what makes this
probe useful is the socket around them (error queue, unfragmentable probes larger than
the remembered path MTU, the kernel's arrival times), which no packet library reaches
without root.
"""

import asyncio
import errno
import os
import socket
import time
from dataclasses import replace

from posdiag.formats.address import bare
from posdiag.formats.icmp import REPLY4, REPLY6, REQUEST4, REQUEST6, pack, parse
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import Echoes, IcmpError, Ping
from posdiag.system.wire.icmp import errors
from posdiag.system.wire.icmp.sockets import open_echo_socket, set_ttl
from posdiag.system.wire.sockets import IP_HEADER, Peer, bind_to_device, endpoint

HINT = "sudo sysctl -w net.ipv4.ping_group_range='0 2147483647'"

MAX_ERRORS = 64
GRACE = 0.2  # seconds for a true reply after an ICMP error
# linux/in.h, linux/in6.h
IP_MTU_DISCOVER, IPV6_MTU_DISCOVER, IPV6_DONTFRAG = 10, 23, 62
PMTUDISC_DONT, PMTUDISC_PROBE = 0, 3
# These two are about one packet only; anything else may be left over from an
# earlier one and is worth a second try.
FINAL = (errno.EPERM, errno.EACCES)


def _set_options(sock: socket.socket, question: Ping) -> Unknown | None:
    errors.keep_errors(sock)
    errors.stamp_arrivals(sock)
    mode = PMTUDISC_PROBE if question.whole else PMTUDISC_DONT
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, mode)
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_DONTFRAG, int(question.whole))
    else:
        sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, mode)
    if question.ttl:
        set_ttl(sock, question.ttl)
    return bind_to_device(sock, question.device)


async def ping(question: Ping, meter: Meter) -> Echoes | Unknown:
    """Unknown without the rights for it, or to bind to the device."""
    unsent = Echoes(question.address, (None,) * question.count)
    found = endpoint(question.address, 0, question.device)
    if found is None:
        return unsent
    family, target = found
    identifier = int.from_bytes(os.urandom(2))
    opened = open_echo_socket(family, identifier)
    if opened is None:
        return Unknown("no-rights", HINT)
    sock, method = opened
    with sock:
        try:
            refused = _set_options(sock, question)
        except OSError:  # no such interface any more
            return replace(unsent, method=method)
        if refused:
            return refused
        return await PingRun(sock, target, identifier, question, method, meter).run()


class PingRun:
    """One running `Ping`."""

    def __init__(
        self,
        sock: socket.socket,
        target: Peer,
        identifier: int,
        question: Ping,
        method: str,
        meter: Meter,
    ) -> None:
        self._sock = sock
        self._target = target
        self._address = bare(target[0])
        self._ask = question
        self._raw = method == "raw"
        self._method = method
        self._meter = meter
        self._six = sock.family == socket.AF_INET6
        self._header = IP_HEADER[socket.AddressFamily(sock.family)]
        self._id = identifier
        self._sent: dict[int, errors.Sent] = {}
        self._trips: list[float | None] = [None] * question.count
        self._refused: set[int] = set()
        self._errors: list[tuple[int, IcmpError]] = []
        self._too_big: int | None = None
        self._settled = asyncio.Event()
        if not self._raw:
            # The kernel puts its own identifier in, known once the socket is bound.
            sock.bind(("::" if self._six else "0.0.0.0", 0))  # noqa: S104 - any source
            self._id = int(sock.getsockname()[1])

    async def run(self) -> Echoes:
        loop = asyncio.get_running_loop()
        loop.add_reader(self._sock, self._read)
        try:
            start = time.monotonic()
            for number in range(self._ask.count):
                pause = start + number * self._ask.interval - time.monotonic()
                if number and pause > 0:
                    await asyncio.sleep(pause)
                self._send(number)
            self._settle(all_sent=True)
            async with asyncio.timeout(self._ask.timeout):
                await self._settled.wait()
                if self._errors and not self._ask.ttl:
                    # An ICMP error is easily forged: a true reply may still follow.
                    await asyncio.sleep(GRACE)
        except TimeoutError:
            self._read()
        finally:
            loop.remove_reader(self._sock)
        return self._echoes()

    def _echoes(self) -> Echoes:
        """An error about a request that was answered as well is not believed."""
        return Echoes(
            self._ask.address,
            tuple(self._trips),
            tuple(e for number, e in self._errors if self._trips[number] is None),
            self._too_big,
            self._method,
        )

    def _send(self, number: int) -> None:
        kind = REQUEST6 if self._six else REQUEST4
        packet = pack(kind, self._id, number & 0xFFFF, self._ask.size)
        for _ in range(2):
            self._sent[number] = time.monotonic(), time.time()
            try:
                self._sock.sendto(packet, self._target)
            except OSError as error:
                self._read()  # consumes a pending error, and notes its MTU
                if error.errno in FINAL:
                    break
            else:
                self._meter.add(sent=self._header + len(packet))
                return
        self._refused.add(number)

    def _read(self) -> None:
        for queued in errors.read_errors(self._sock):
            self._take_error(queued)
        for _ in range(errors.BURST):
            try:
                data, extra, _, source = self._sock.recvmsg(65535, 256)
            except BlockingIOError:
                break
            except OSError:  # an ICMP error, reported a second time
                continue
            self._take_reply(data, source[0], errors.arrival(extra))
        self._settle(all_sent=len(self._sent) == self._ask.count)

    def _settle(self, all_sent: bool) -> None:
        waiting = (n for n in self._sent if n not in self._refused)
        if all_sent and all(self._trips[n] is not None for n in waiting):
            self._settled.set()

    def _take_reply(self, data: bytes, source: str, at: float | None) -> None:
        message = parse(data, with_ip=self._raw and not self._six)
        if message is None or bare(source) != self._address:
            return
        kind, identifier, number = message
        if kind != (REPLY6 if self._six else REPLY4) or identifier != self._id:
            return
        if number not in self._sent or self._trips[number] is not None:
            return
        self._trips[number] = errors.round_trip(self._sent[number], at)
        # A raw IPv4 socket hands over the IP header as well.
        header = 0 if self._raw and not self._six else self._header
        self._meter.add(received=header + len(data))

    def _take_error(self, queued: errors.QueuedError) -> None:
        if queued.local:
            self._too_big = queued.mtu or self._too_big
            return
        message = parse(queued.quoted, with_ip=False)
        if message is None or message[1] != self._id or message[2] not in self._sent:
            return
        error = queued.error
        if error.by != self._address and errors.is_own_address(error.by):
            return
        overhead = 2 * self._header + errors.ICMP_HEADER
        self._meter.add(received=overhead + len(queued.quoted))
        self._refused.add(message[2])
        size = self._ask.size + self._header + errors.ICMP_HEADER
        if queued.too_big and 0 < queued.mtu < size:
            self._too_big = min(queued.mtu, self._too_big or queued.mtu)
        if len(self._errors) < MAX_ERRORS:
            self._errors.append((message[2], error))
