"""Does an address answer to ICMP echo (RFC 792, RFC 4443)?

Sends echo requests on a schedule, whether or not answers come, and matches each answer
by identifier, number and source. Needs a raw socket or the "ping socket" of
`net.ipv4.ping_group_range`; with neither the answer is Unknown.

The few bytes of ICMP are packed by `_linux_echo`, without a library: what makes this
probe useful is the socket around them (error queue, unfragmentable probes larger than
the remembered path MTU, the kernel's arrival times), which no packet library reaches
without root.
"""

import asyncio
import errno
import os
import socket
import time

from posdiag.formats.icmp import REPLY4, REPLY6, REQUEST4, REQUEST6, pack, parse
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import Echoes, IcmpError, Ping
from posdiag.system.core.rights import RUN_AS_ROOT
from posdiag.system.wire.icmp.errors import (
    BURST,
    V4_ERROR,
    V6_ERROR,
    Complaint,
    arrival,
    bind_to_device,
    complaints,
    is_ours,
    watch_errors,
    where,
)
from posdiag.system.wire.icmp.sockets import open_socket, set_ttl

HINT = "sudo sysctl -w net.ipv4.ping_group_range='0 2147483647'"

MAX_ERRORS = 64
# linux/in.h, linux/in6.h
IP_MTU_DISCOVER, IPV6_MTU_DISCOVER, IPV6_DONTFRAG = 10, 23, 62
PMTUDISC_DONT, PMTUDISC_PROBE = 0, 3
# These two the kernel says of one packet only; anything else may be left over from an
# earlier one and is worth a second try.
FINAL = (errno.EPERM, errno.EACCES)


def _set_options(sock: socket.socket, question: Ping) -> None:
    mode = PMTUDISC_PROBE if question.whole else PMTUDISC_DONT
    if sock.family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, mode)
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_DONTFRAG, int(question.whole))
    else:
        sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, mode)
    if question.ttl:
        set_ttl(sock, question.ttl)
    if question.device:
        bind_to_device(sock, question.device)


async def ping(question: Ping, meter: Meter) -> Echoes | Unknown:
    family, target = where(question.address, 0, question.device)
    identifier = int.from_bytes(os.urandom(2))
    opened = open_socket(family, identifier)
    if opened is None:
        return Unknown("no-rights", HINT)
    sock, method = opened
    with sock:
        try:
            watch_errors(sock)
            _set_options(sock, question)
        except PermissionError:  # SO_BINDTODEVICE before Linux 5.7
            return Unknown("no-rights", RUN_AS_ROOT)
        except OSError:  # no such interface any more
            return Echoes(question.address, (None,) * question.count, method=method)
        return await Volley(sock, target, identifier, question, method, meter).run()


class Volley:
    """One `Ping` under way."""

    def __init__(
        self,
        sock: socket.socket,
        target: tuple[str | int, ...],
        identifier: int,
        question: Ping,
        method: str,
        meter: Meter,
    ) -> None:
        self._sock = sock
        self._target = target
        self._ask = question
        self._raw = method == "raw"
        self._method = method
        self._meter = meter
        self._six = sock.family == socket.AF_INET6
        self._id = identifier
        self._sent: dict[int, tuple[float, float]] = {}
        self._trips: list[float | None] = [None] * question.count
        self._refused: set[int] = set()
        self._errors: list[IcmpError] = []
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
        except TimeoutError:
            self._read()
        finally:
            loop.remove_reader(self._sock)
        return Echoes(
            self._ask.address,
            tuple(self._trips),
            tuple(self._errors),
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
                self._read()  # takes a left-over error off, and the MTU if that is it
                if error.errno in FINAL:
                    break
            else:
                self._meter.add(sent=(40 if self._six else 20) + len(packet))
                return
        self._refused.add(number)

    def _read(self) -> None:
        for complaint in complaints(self._sock):
            self._take_complaint(complaint)
        for _ in range(BURST):
            try:
                data, extra, _, source = self._sock.recvmsg(65535, 256)
            except BlockingIOError:
                break
            except OSError:  # an ICMP error, reported a second time
                continue
            self._take_reply(data, source[0], arrival(extra))
        self._settle(all_sent=len(self._sent) == self._ask.count)

    def _settle(self, all_sent: bool) -> None:
        open_ = (n for n in self._sent if n not in self._refused)
        if all_sent and all(self._trips[n] is not None for n in open_):
            self._settled.set()

    def _take_reply(self, data: bytes, source: str, at: float | None) -> None:
        message = parse(data, with_ip=self._raw and not self._six)
        if message is None or source.partition("%")[0] != self._target[0]:
            return
        kind, identifier, number = message
        if kind != (REPLY6 if self._six else REPLY4) or identifier != self._id:
            return
        if number not in self._sent or self._trips[number] is not None:
            return
        before, wall = self._sent[number]
        trip = time.monotonic() - before
        if at is not None and 0 <= at - wall <= trip:  # no clock step in between
            trip = at - wall
        self._trips[number] = trip
        header = 40 if self._six else 0 if self._raw else 20
        self._meter.add(received=header + len(data))

    def _take_complaint(self, complaint: Complaint) -> None:
        if complaint.local:
            self._too_big = complaint.mtu or self._too_big
            return
        message = parse(complaint.quoted, with_ip=False)
        if message is None or message[1] != self._id or message[2] not in self._sent:
            return
        overhead = V6_ERROR + 40 if self._six else V4_ERROR + 20
        error = complaint.error
        if error.by != self._target[0] and is_ours(error.by):
            return
        self._meter.add(received=overhead + len(complaint.quoted))
        self._refused.add(message[2])
        size = self._ask.size + (48 if self._six else 28)
        if complaint.too_big and 0 < complaint.mtu < size:
            self._too_big = min(complaint.mtu, self._too_big or complaint.mtu)
        if len(self._errors) < MAX_ERRORS:
            self._errors.append(error)
