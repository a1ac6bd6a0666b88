"""A device on a pseudo-terminal, in a thread of its own.

`Simulated` is what it is: bytes come, bytes go. The port's name is that of the far
side, which any serial program can open. POSIX only.
"""

import contextlib
import os
import select
import threading
import time
from collections import deque
from typing import Protocol, Self

TICK = 0.005  # seconds
CHUNK = 4096
#: Delay in seconds, then what is sent; None unplugs the device.
Reply = tuple[float, bytes | None]


class Simulated(Protocol):
    """A device: bytes in, replies out, in order."""

    def receive(self, data: bytes) -> list[Reply]: ...

    def poll(self) -> list[Reply]:
        """What it says by itself, asked once every `TICK`."""
        ...


class PseudoTerminal:
    """Serves one device while it is entered; `name` is the port."""

    def __init__(self, device: Simulated) -> None:
        import pty
        import tty

        self._device = device
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.name = os.ttyname(self._slave)
        self._ending = threading.Event()
        self._out: deque[Reply] = deque()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        os.set_blocking(self._master, False)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ending.set()
        self._thread.join(2.0)
        self._unplug()

    def _serve(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            while not self._ending.is_set():
                ready, _, _ = select.select([self._master], [], [], TICK)
                if ready:
                    self._later(self._device.receive(os.read(self._master, CHUNK)))
                self._later(self._device.poll())
                if not self._send():
                    break
        self._unplug()

    def _later(self, replies: list[Reply]) -> None:
        now = time.monotonic()
        last = max(now, self._out[-1][0]) if self._out else now
        for delay, data in replies:
            last = max(last, now + delay)
            self._out.append((last, data))

    def _send(self) -> bool:
        """Send what is due; False once the device is unplugged."""
        while self._out and self._out[0][0] <= time.monotonic():
            due, data = self._out.popleft()
            if data is None:
                return False
            try:
                sent = os.write(self._master, data)
            except BlockingIOError:  # nobody reads: the driver's buffer is full
                sent = 0
            if sent < len(data):
                self._out.appendleft((due, data[sent:]))
                break
        return True

    def _unplug(self) -> None:
        for handle in (self._master, self._slave):
            if handle >= 0:
                with contextlib.suppress(OSError):
                    os.close(handle)
        self._master = self._slave = -1
