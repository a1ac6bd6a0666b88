"""This machine's clock, and its offset from a time server's.

SNTP client mode (RFC 4330). Our transmit timestamp is a random number: servers only
copy it back, so it does not disclose our time and proves that the reply is to us.
"""

import asyncio
import secrets
import time

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.machine import AskTime, WallClock
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wire import AskNetworkTime, TimeReply
from posdiag.system.wire.datagrams import open_datagrams
from posdiag.system.wire.sockets import Trouble

PORT = 123
REQUEST = bytes([4 << 3 | 3]) + bytes(39)  # leap 0, version 4, mode 3 (client)
SERVER, UNSYNCHRONISED = 4, 3
EPOCH = 2_208_988_800  # seconds from 1900 to 1970
DATAGRAMS = 20  # read at most
NOTHING = TimeReply(None)


async def wall_clock(question: AskTime, meter: Meter) -> WallClock:
    return WallClock(time.time())


async def ask(question: AskNetworkTime, meter: Meter) -> TimeReply | Unknown:
    return await exchange(question.address, PORT, question.timeout, meter)


async def exchange(
    address: str, port: int, timeout: float, meter: Meter
) -> TimeReply | Unknown:
    """One request to one server; answers to anything else are not believed."""
    opened = open_datagrams(address, port, "", meter)
    if isinstance(opened, Unknown):
        return opened
    if isinstance(opened, Trouble):
        return NOTHING
    loop = asyncio.get_running_loop()
    cookie = secrets.token_bytes(8)
    try:
        begun, started = loop.time(), time.time()
        if await opened.send(REQUEST + cookie) is not None:
            return NOTHING
        for _ in range(DATAGRAMS):
            data = await opened.receive(begun + timeout, len(REQUEST) + 8)
            if data is None or isinstance(data, Trouble):
                return NOTHING
            # The wall clock may be stepped meanwhile; the loop's cannot.
            found = parse(data, cookie, started, started + loop.time() - begun)
            if found is not None:
                return found
    finally:
        opened.close()
    return NOTHING


def parse(data: bytes, cookie: bytes, sent: float, back: float) -> TimeReply | None:
    """The reply in a datagram; None if it is not one to our request.

    `sent` and `back` are our own clock's seconds when the request left and the answer
    came. A server that is not synchronised, or sends a kiss of death, has no offset.
    """
    if len(data) < 48 or data[0] & 7 != SERVER or data[24:32] != cookie:
        return None
    stratum = data[1]
    got, answered = _seconds(data[32:40]), _seconds(data[40:48])
    if (
        data[0] >> 6 == UNSYNCHRONISED
        or not 1 <= stratum <= 15
        or got is None
        or answered is None
    ):
        return TimeReply(None)
    return TimeReply(((got - sent) + (answered - back)) / 2)


def _seconds(stamp: bytes) -> float | None:
    """Seconds since 1970 of an NTP timestamp; None for the empty one."""
    whole = int.from_bytes(stamp[:4], "big")
    fraction = int.from_bytes(stamp[4:], "big")
    if not whole:
        return None
    if whole < 1 << 31:  # RFC 4330 section 3: counted from 2036 on
        whole += 1 << 32
    return float(whole - EPOCH) + fraction / 2**32
