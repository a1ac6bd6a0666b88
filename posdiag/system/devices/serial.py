"""Serial ports, opened, read and written without ever blocking.

By pyserial's `serial_for_url`, so that a port may also be `socket://host:port` or
`rfc2217://host:port`. All calls that may block are made in a daemon thread of the
port's own: a driver that hangs costs neither the run nor its end. Times are seconds.
"""

import asyncio
import contextlib
import errno
import os
import socket
import stat
import struct
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

T = TypeVar("T")
Why = Literal["missing", "busy", "no-rights", "unfit", "trouble"]

OPEN_TIME = 6.0  # seconds that opening may take; a socket:// that is filtered takes 5
WRITE_TIME = 2.0
TICK = 0.05  # seconds of one read in the thread
CHUNK, KEPT = 4096, 65_536  # bytes of one read, and bytes that wait to be taken
TIOCGEXCL = 0x80045440  # asm-generic/ioctls.h: is the terminal in exclusive mode?
MISSING = (
    *(errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ENOTDIR, errno.EIO),
    *(errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ETIMEDOUT),
)
BUSY = (errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK)
DENIED = (errno.EACCES, errno.EPERM)
UNFIT = (errno.ENOTTY, errno.EISDIR)


@dataclass(frozen=True, slots=True)
class NoPort:
    """Why a port could not be opened, `unfit` where that name is no serial port;
    `holder` is the program that has it, if known."""

    why: Why
    holder: str = ""
    detail: str = ""


class PortGone(Exception):
    """The device was unplugged, or the far end closed."""


class Port:
    """An open port. Use it in the event loop in which it was opened."""

    def __init__(self, name: str, device: Any) -> None:
        self.name = name
        self._device = device
        self._loop = asyncio.get_running_loop()
        self._came = asyncio.Event()
        self._data = bytearray()
        self._gone = self._closing = False
        self._thread = threading.Thread(target=self._pump, daemon=True)
        self._thread.start()

    async def read(self, timeout: float) -> bytes:
        """What has come, at most `KEPT` bytes; waits for the first of them. b"" after
        `timeout`. Raises `PortGone` once all is read."""
        if not self._data and not self._gone:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, timeout)):
                    await self._came.wait()
        data = bytes(self._data)
        self._data.clear()
        if not self._gone:
            self._came.clear()
        elif not data:
            raise PortGone
        return data

    async def write(self, data: bytes) -> None:
        """Raises `PortGone`, also where the device takes nothing for `WRITE_TIME`."""
        if self._gone:
            raise PortGone
        try:
            await in_daemon_thread(lambda: self._device.write(data), WRITE_TIME + 1.0)
        except _port_errors():  # TimeoutError is an OSError
            raise PortGone from None

    def close(self) -> None:
        """The thread closes the device, within a `TICK`."""
        self._closing = True

    # -- in the thread --------------------------------------------------------------

    def _pump(self) -> None:
        try:
            while not self._closing:
                data = self._device.read(1)
                if data:
                    waiting = 0
                    with contextlib.suppress(OSError):
                        waiting = self._device.in_waiting
                    if waiting:
                        data += self._device.read(min(waiting, CHUNK))
                    self._notify(self._take, data)
                # A flood: the driver holds the rest.
                if len(self._data) >= KEPT - CHUNK:
                    time.sleep(TICK)
        except _port_errors():
            pass
        finally:
            self._notify(self._end)
            with contextlib.suppress(*_port_errors()):
                self._device.close()

    def _notify(self, callback: Callable[..., None], *values: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(callback, *values)

    def _take(self, data: bytes) -> None:
        self._data += data[: max(0, KEPT - len(self._data))]
        self._came.set()

    def _end(self) -> None:
        self._gone = True
        self._came.set()


async def open_port(name: str, baudrate: int) -> Port | NoPort:
    """Open a port for ourselves alone. Never raises for the port's sake."""
    try:
        device = await in_daemon_thread(lambda: _open(name, baudrate), OPEN_TIME)
    except TimeoutError:
        return NoPort("trouble", detail="timeout")
    except ModuleNotFoundError as error:
        return NoPort("trouble", detail=str(error))
    except _port_errors() as error:
        trouble = error
        return await in_daemon_thread(
            lambda: _classify_open_error(name, trouble), OPEN_TIME
        )
    if device is None:
        holder = await in_daemon_thread(lambda: holder_of(name), OPEN_TIME)
        return NoPort("busy", holder)
    return Port(name, device)


def _open(name: str, baudrate: int) -> Any:
    """The device, or None where another program has it in exclusive mode."""
    import serial

    device = serial.serial_for_url(
        name,
        baudrate=baudrate,
        timeout=TICK,
        # pyserial's RFC 2217 client refuses a limit; ours bounds every write as well.
        write_timeout=None if name.lower().startswith("rfc2217:") else WRITE_TIME,
        do_not_open=True,
    )
    if os.name == "posix":
        device.exclusive = True  # flock: programs that ask will not disturb us
    device.open()
    # Root may open what another has claimed by TIOCEXCL, as ModemManager does.
    if _is_claimed(device):
        device.close()
        return None
    return device


def _is_claimed(device: Any) -> bool:
    if sys.platform != "linux":
        return False
    import fcntl

    try:
        state = fcntl.ioctl(device.fileno(), TIOCGEXCL, struct.pack("i", 0))
    except (OSError, ValueError, AttributeError):
        return False  # not a terminal
    return bool(struct.unpack("i", state)[0])


def _port_errors() -> tuple[type[Exception], ...]:
    """What pyserial raises for a port: OSError, ValueError for parameters, and where
    the driver refuses a setting termios.error, which is neither; TypeError where a
    device is closed under a reader, NotImplementedError where a handler of URLs lacks a
    setting."""
    known = (OSError, ValueError, TypeError, NotImplementedError)
    if os.name == "posix":
        import termios

        return (*known, termios.error)
    return known


def _classify_open_error(name: str, error: Exception) -> NoPort:
    # pyserial's own exceptions wrap those of the system.
    numbers = map(_number, (error, error.__context__))
    number = next((n for n in numbers if n is not None), None)
    # A serial server that is silent, or has a name without an address.
    away = isinstance(error.__context__, TimeoutError | socket.gaierror)
    if number in MISSING or away or (number is None and _is_absent(name)):
        return NoPort("missing")
    if number in BUSY:
        return NoPort("busy", holder_of(name))
    if number in DENIED:
        return NoPort("no-rights")
    if number in UNFIT or _is_unfit(name, number):
        return NoPort("unfit")
    return NoPort("trouble", detail=str(error)[:200])


def _number(error: BaseException | None) -> int | None:
    """The number of an error of the system; termios.error has it as its first value."""
    number = getattr(error, "errno", None)
    if number is None and type(error).__module__ == "termios":
        number = next(iter(getattr(error, "args", ())), None)
    return number if isinstance(number, int) else None


def _is_absent(name: str) -> bool:
    return name.startswith("/") and not Path(name).exists()


def _is_unfit(name: str, number: int | None) -> bool:
    """Is it a file that is no device, or a URL that pyserial itself refused (no such
    scheme or port number, a server that does not speak RFC 2217)?"""
    if "://" in name:
        return number is None
    with contextlib.suppress(OSError, ValueError):
        return not stat.S_ISCHR(os.stat(name).st_mode)
    return False


def holder_of(name: str) -> str:
    """The name of another program that has this port open; "" if unknown (the open
    files of other users' programs are not visible)."""
    try:
        wanted = os.path.realpath(name)
        own = str(os.getpid())
        for process in Path("/proc").iterdir():
            other = process.name.isdigit() and process.name != own
            if other and _has_open(process, wanted):
                return (process / "comm").read_text("utf-8", "replace").strip()[:40]
    except OSError:
        pass
    return ""


def _has_open(process: Path, wanted: str) -> bool:
    with contextlib.suppress(OSError):
        return wanted in map(os.readlink, (process / "fd").iterdir())
    return False


async def in_daemon_thread(work: Callable[[], T], timeout: float) -> T:
    """Run something that may block in a daemon thread. TimeoutError when it is late; it
    is then left to itself."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(value: T | None, error: Exception | None) -> None:
        if done.done():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(value)  # type: ignore[arg-type]

    def run() -> None:
        value: T | None = None
        trouble: Exception | None = None
        try:
            value = work()
        except Exception as error:  # noqa: BLE001 # handed on to the caller
            trouble = error
        with contextlib.suppress(RuntimeError):  # the loop has ended
            loop.call_soon_threadsafe(settle, value, trouble)

    threading.Thread(target=run, daemon=True).start()
    async with asyncio.timeout(timeout):
        return await done
