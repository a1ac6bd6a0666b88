"""Bytes to and from a device that is no serial port: a TCP connection, a USB printer.

Times are seconds.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable
from typing import Protocol

from posdiag.model.questions.meter import Meter
from posdiag.system.devices.serial import PortGone

WRITE_TIME = 4.0
MOST = 512  # bytes of one read
PACKET = 52  # bytes of IP and TCP headers


class Channel(Protocol):
    """Bytes to and from a printer; all raise `PortGone` once it is gone."""

    async def read(self, timeout: float) -> bytes: ...

    async def write(self, data: bytes) -> None: ...

    def close(self) -> None: ...


class TcpChannel:
    """A TCP connection."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, meter: Meter
    ) -> None:
        self._reader, self._writer, self._meter = reader, writer, meter

    async def read(self, timeout: float) -> bytes:
        try:
            async with asyncio.timeout(timeout):
                data = await self._reader.read(MOST)
        except TimeoutError:
            return b""
        except OSError:
            raise PortGone from None
        if not data:
            raise PortGone
        self._meter.add(received=len(data) + PACKET)
        return data

    async def write(self, data: bytes) -> None:
        try:
            self._writer.write(data)
            async with asyncio.timeout(WRITE_TIME):
                await self._writer.drain()
        except OSError:  # TimeoutError is one
            raise PortGone from None
        self._meter.add(sent=len(data) + PACKET)

    def close(self) -> None:
        self._writer.close()


class RawDevice:
    """A character device that is no tty, such as a USB printer's."""

    def __init__(self, handle: int) -> None:
        self._handle = handle

    async def read(self, timeout: float) -> bytes:
        loop = asyncio.get_running_loop()
        if not await self._ready(timeout, loop.add_reader, loop.remove_reader):
            return b""
        try:
            data = os.read(self._handle, MOST)
        except BlockingIOError:
            return b""
        except OSError:
            raise PortGone from None
        if not data:
            raise PortGone
        return data

    async def write(self, data: bytes) -> None:
        loop = asyncio.get_running_loop()
        if not await self._ready(WRITE_TIME, loop.add_writer, loop.remove_writer):
            raise PortGone
        try:
            os.write(self._handle, data)
        except OSError:
            raise PortGone from None

    async def _ready(
        self,
        timeout: float,
        add: Callable[[int, Callable[[], None]], None],
        remove: Callable[[int], bool],
    ) -> bool:
        ready = asyncio.Event()
        add(self._handle, ready.set)
        try:
            async with asyncio.timeout(timeout):
                await ready.wait()
        except TimeoutError:
            return False
        finally:
            remove(self._handle)
        return True

    def close(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._handle)
