"""Modems that misbehave in ways that the demonstration's does not need."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from posdiag.demo.devices.modem import OK, Manners, Modem, ModemSettings
from posdiag.demo.devices.terminal import PseudoTerminal, Reply


class Echo:
    """Sends back what it hears: a plug that joins both lines, or a log console."""

    def receive(self, data: bytes) -> list[Reply]:
        return [(0.0, data)]

    def poll(self) -> list[Reply]:
        return []


class Babble:
    """Bytes by the dozen, as a device at another speed or a GPS receiver sends them."""

    def __init__(self, text: bytes = b"", every: float = 0.02) -> None:
        self._text, self._every, self._last = text, every, 0.0
        self._dice = random.Random(7)

    def receive(self, data: bytes) -> list[Reply]:
        return []

    def poll(self) -> list[Reply]:
        if time.monotonic() - self._last < self._every:
            return []
        self._last = time.monotonic()
        return [(0.0, self._text or self._dice.randbytes(24))]


class BadContact(Modem):
    """The SIM is there at the first question, gone at the next, and so on."""

    turns = 0

    def _of_sim(self, command: str) -> tuple[str, ...]:
        if command == "AT+CPIN?":
            self.turns += 1
            self._sim = "READY" if self.turns % 2 else 13
        return super()._of_sim(command)


class BusyCard(Modem):
    """The SIM is busy for the first questions."""

    turns = 0

    def _of_sim(self, command: str) -> tuple[str, ...]:
        if command == "AT+CPIN?":
            self.turns += 1
            self._sim = 14 if self.turns < 4 else "READY"
        return super()._of_sim(command)


class Searcher(Modem):
    """Searches for a while, then is registered."""

    def __init__(self, seconds: float) -> None:
        super().__init__(ModemSettings(stat=2))
        self._until = time.monotonic() + seconds

    def _of_network(self, command: str) -> tuple[str, ...]:
        if time.monotonic() > self._until:
            self.settings = replace(self.settings, stat=1)
        return super()._of_network(command)


class Numeric(Modem):
    """Answers by numbers (`ATV0`)."""

    def _line(self, line: str) -> bytes:
        number = {OK: "0", "ERROR": "4"}.get(line)
        return f"{number}\r".encode() if number else super()._line(line)


class Muddled(Modem):
    """Breaks its answers into pieces, with unasked lines of the same name between."""

    def receive(self, data: bytes) -> list[Reply]:
        said: list[Reply] = []
        for delay, text in super().receive(data):
            for at in range(0, len(text or b""), 5):
                said.append((delay if not at else 0.002, (text or b"")[at : at + 5]))
        if b"CREG?" in data or b"CEREG?" in data:
            name = data.strip().decode()[2:-1]
            said.insert(1, (0.0, f"\r\n{name}: 1\r\n".encode()))
        return said


@contextmanager
def port_of(
    settings: ModemSettings | None = None, manners: Manners | None = None
) -> Iterator[tuple[str, Modem]]:
    """The port of a modem, and the modem."""
    modem = Modem(settings, manners)
    with PseudoTerminal(modem) as terminal:
        yield terminal.name, modem
