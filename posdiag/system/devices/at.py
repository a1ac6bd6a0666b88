"""The dialogue with a modem on its AT port (V.250).

One command at a time. An answer ends with a result code; one that comes late, after its
timeout and behind another command, is recognised by the name in its lines. ERROR to a
bare AT proves a modem as well as OK does. Times are seconds.

    port = await open_port(name, baudrate)
    at = AtClient(port)
    if await at.wake():
        reply = await at.ask("AT+CSQ")
    port.close()
"""

import asyncio
from dataclasses import dataclass, field
from typing import Literal

from posdiag.formats.at.framing import (
    Splitter,
    answers,
    final,
    name_of,
    unasked,
    without_echo,
)
from posdiag.formats.at.private import masked
from posdiag.model.questions.modem import AtExchange
from posdiag.system.devices.serial import Port

ANSWER_TIME = 3.0  # V.250 sets no limit; makers name 0.3 s for most commands
SETTLE = 0.04  # seconds of silence before a command: pending lines have arrived
PROVISIONAL = 0.6  # seconds in which a late answer may turn out to be another's
WAKE_TIMES = (1.0, 1.2, 1.8)  # seconds to wait after each bare AT
NOISE = 8  # bytes received, above which it is not just an echo of ours
LATE = 12.0  # seconds in which an answer may come after its timeout
FLOOD, REST = 4096, 0.02  # bytes at once, after which the loop gets some seconds
MOST_LINES = 64  # of one answer
MOST_UNASKED = 40


@dataclass(slots=True)
class _Pending:
    """A command that timed out; its answer may still come `until`."""

    exchange: AtExchange
    name: str
    until: float
    lines: list[str] = field(default_factory=list)


class AtClient:
    """`exchanges` and `unasked` (unsolicited lines) hold the whole dialogue, masked;
    `received` counts bytes, `latency` is the time of the first answer."""

    def __init__(self, port: Port, secrets: tuple[str, ...] = ()) -> None:
        self.exchanges: list[AtExchange] = []
        self.unasked: list[str] = []
        self.received = 0
        self.latency = 0.0
        self._sent: set[str] = set()
        self._port = port
        self._secrets = secrets
        self._splitter = Splitter()
        self._lines: list[str] = []
        self._late: list[_Pending] = []
        self._numeric = False

    @property
    def unanswered(self) -> Literal["noise", "silent"]:
        """The state of a port on which no modem answers."""
        return "noise" if self.received > NOISE else "silent"

    async def wake(self, waits: tuple[float, ...] = WAKE_TIMES) -> bool:
        """Does a modem answer? `waits` are the seconds after each bare AT. Raises
        `PortGone`. Then `latency` is an upper bound of the response time."""
        loop = asyncio.get_running_loop()
        begun, sent = loop.time(), 0
        for wait in waits:
            await self._port.write(b"AT\r")
            sent += 1
            if await self._read_result(wait):
                break
        else:
            return False
        self.latency = loop.time() - begun
        for _ in range(sent - 1):  # each of them has an answer of its own coming
            if not await self._read_result(self.latency + SETTLE):
                break
        return True

    async def ask(
        self, command: str, timeout: float = ANSWER_TIME, *, logged_as: str = ""
    ) -> AtExchange:
        """Send one command; its answer as far as it came within `timeout`. `logged_as`
        replaces a command that holds a secret. Raises `PortGone`."""
        await self._drain()
        loop = asyncio.get_running_loop()
        begun = loop.time()
        self._sent.add(command.upper())
        await self._port.write(command.encode("ascii", "replace") + b"\r")
        self._late = [pending for pending in self._late if pending.until > begun]
        lines, result = await self._collect(command, begun + timeout)
        exchange = AtExchange(
            masked(logged_as or command, self._secrets),
            tuple(masked(line, self._secrets) for line in lines[:MOST_LINES]),
            masked(result, self._secrets),
            round(loop.time() - begun, 3),
        )
        if not result:
            self._late.append(
                _Pending(exchange, name_of(command), loop.time() + LATE, lines)
            )
        self.exchanges.append(exchange)
        return exchange

    async def watch(self, seconds: float) -> list[str]:
        """The unsolicited lines within that time, masked."""
        loop = asyncio.get_running_loop()
        ends, found = loop.time() + seconds, list[str]()
        while (left := ends - loop.time()) > 0:
            line = await self._line(left)
            if line is not None:
                found.append(masked(line, self._secrets))
                self._add_unsolicited(line)
        return found

    # -- lines ----------------------------------------------------------------------

    async def _line(self, timeout: float) -> str | None:
        """The next line, None after `timeout`."""
        loop = asyncio.get_running_loop()
        ends = loop.time() + timeout
        while not self._lines:
            left = ends - loop.time()
            if left <= 0:
                return None
            data = await self._port.read(left)
            await asyncio.sleep(REST if len(data) > FLOOD else 0)
            self.received += len(data)
            self._lines += self._splitter.feed(data)
        return self._lines.pop(0)

    async def _read_result(self, seconds: float) -> bool:
        loop = asyncio.get_running_loop()
        ends = loop.time() + seconds
        while (left := ends - loop.time()) > 0:
            line = await self._line(left)
            if line is None:
                return False
            if final(line):
                return True
            if without_echo(line, "AT") in ("0", "4"):
                self._numeric = True
                return True
        return False

    async def _drain(self) -> None:
        """Read pending lines; gives up on a port that never falls silent."""
        for _ in range(25):
            line = await self._line(SETTLE)
            if line is None:
                return
            result = final(line, numeric=self._numeric)
            if result and self._late:
                self._complete(self._late.pop(0), result)
            elif not self._is_late(line) and not result:
                self._add_unsolicited(line)

    async def _collect(self, command: str, ends: float) -> tuple[list[str], str]:
        """The lines and the result code of the command that was just sent."""
        loop = asyncio.get_running_loop()
        name, own = name_of(command), list[str]()
        held = ""  # a result code that may belong to an earlier command
        until = ends
        while (left := until - loop.time()) > 0:
            line = await self._line(left)
            if line is None:
                break
            line = without_echo(line, command)
            if not line or line.upper() in self._sent:  # an echo, maybe a late one
                continue
            result = final(line, numeric=self._numeric)
            if result:
                if held and self._late:
                    self._complete(self._late.pop(0), held)
                if own or not self._late:
                    return own, result
                held = result
                until = min(ends, loop.time() + PROVISIONAL)
            elif answers(line, name) and len(own) < MOST_LINES:
                own.append(line)
                until = ends
            elif not self._is_late(line):
                self._assign(line, name, own)
        return own, held

    def _assign(self, line: str, name: str, own: list[str]) -> None:
        """A line without the name: information of a command that answers bare
        (`AT+CGMM`), else unsolicited."""
        if unasked(line) or not name or len(own) >= MOST_LINES:
            self._add_unsolicited(line)
        else:
            own.append(line)

    def _is_late(self, line: str) -> bool:
        """Does it belong to a command that timed out?"""
        for pending in self._late:
            if pending.name and answers(line, pending.name):
                pending.lines.append(line)
                return True
        return False

    def _complete(self, pending: _Pending, result: str) -> None:
        known = pending.exchange
        lines = tuple(masked(t, self._secrets) for t in pending.lines[:MOST_LINES])
        completed = AtExchange(
            known.command, lines, masked(result, self._secrets), known.seconds
        )
        self.exchanges = [completed if e is known else e for e in self.exchanges]

    def _add_unsolicited(self, line: str) -> None:
        if len(self.unasked) < MOST_UNASKED:
            self.unasked.append(masked(line, self._secrets))
