"""Which signals end a run: SIGINT (Ctrl-C), SIGTERM, and SIGHUP where there is one?

After SIGHUP the terminal is gone, but files are still to be written. A process
that ignores SIGHUP (nohup) is not ended by it.
"""

import asyncio
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any, Self

STOPPING = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP")
    if hasattr(signal, name)
)
HANGUP = STOPPING[2:]


def stop_signals() -> tuple[signal.Signals, ...]:
    """The signals that end this process."""
    return tuple(
        number
        for number in STOPPING
        if number not in HANGUP or signal.getsignal(number) is not signal.SIG_IGN
    )


class Stop:
    """Listens for the signals while it is entered.

    The first asks for an early end, the second ends at once (KeyboardInterrupt); where
    the stop was `asked` for from the beginning, already the first does.
    """

    def __init__(self, *, asked: bool = False) -> None:
        self.asked = asked
        self._old: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in stop_signals():
                self._old[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        for number, old in self._old.items():
            signal.signal(number, old)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True


def on_stop(act: Callable[[], object]) -> None:
    """Call `act` at each of the signals for as long as the running loop does."""
    loop = asyncio.get_running_loop()
    for number in stop_signals():
        loop.add_signal_handler(number, act)
