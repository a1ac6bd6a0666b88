"""How is a modem spoken to on its AT port?

One command at a time. An answer ends with a result code; one that comes late, after we
gave up and asked something else, is sorted out by the name in its lines. ERROR to a
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
SETTLE = 0.04  # seconds of silence before a command: what was on its way has come
PROVISIONAL = 0.6  # seconds in which a late answer may turn out to be another's
KNOCKS = (1.0, 1.2, 1.8)  # seconds to listen after each bare AT
NOISE = 8  # bytes that no echo of ours explains
LATE = 12.0  # seconds in which an answer that we gave up may still come
FLOOD, REST = 4096, 0.02  # bytes at once, after which the others get some seconds
MOST_LINES = 64  # of one answer
MOST_UNASKED = 40


@dataclass(slots=True)
class _Pending:
    """A command whose answer we gave up waiting for; `until` it may still come."""

    exchange: AtExchange
    name: str
    until: float
    lines: list[str] = field(default_factory=list)


class AtClient:
    """A dialogue. `exchanges` and `unasked` hold all of it, masked; `heard` counts the
    bytes that came, `latency` is the time of the first answer."""

    def __init__(self, port: Port, secrets: tuple[str, ...] = ()) -> None:
        self.exchanges: list[AtExchange] = []
        self.unasked: list[str] = []
        self.heard = 0
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
        """What is there where no modem answers."""
        return "noise" if self.heard > NOISE else "silent"

    async def wake(self, knocks: tuple[float, ...] = KNOCKS) -> bool:
        """Does a modem answer? `knocks` are the seconds to listen after each bare AT.
        Raises `PortGone`. Then `latency` is how long it took, at most."""
        loop = asyncio.get_running_loop()
        begun, sent = loop.time(), 0
        for listen in knocks:
            await self._port.write(b"AT\r")
            sent += 1
            if await self._hear_result(listen):
                break
        else:
            return False
        self.latency = loop.time() - begun
        for _ in range(sent - 1):  # each knock has an answer of its own on its way
            if not await self._hear_result(self.latency + SETTLE):
                break
        return True

    async def ask(
        self, command: str, timeout: float = ANSWER_TIME, *, kept: str = ""
    ) -> AtExchange:
        """Send one command; its answer, or what came of it within `timeout`. `kept` is
        what stands for a command that must not be kept. Raises `PortGone`."""
        await self._drain()
        loop = asyncio.get_running_loop()
        begun = loop.time()
        self._sent.add(command.upper())
        await self._port.write(command.encode("ascii", "replace") + b"\r")
        self._late = [pending for pending in self._late if pending.until > begun]
        lines, result = await self._collect(command, begun + timeout)
        exchange = AtExchange(
            masked(kept or command, self._secrets),
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

    def answer(self, asked: AtExchange) -> AtExchange:
        """What became of an exchange since: a late answer completes it."""
        for now in reversed(self.exchanges):
            if now.command == asked.command:
                return now
        return asked

    async def watch(self, seconds: float) -> list[str]:
        """The lines that come unasked within that time, masked."""
        loop = asyncio.get_running_loop()
        ends, found = loop.time() + seconds, list[str]()
        while (left := ends - loop.time()) > 0:
            line = await self._line(left)
            if line is not None:
                found.append(masked(line, self._secrets))
                self._put_aside(line)
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
            self.heard += len(data)
            self._lines += self._splitter.feed(data)
        return self._lines.pop(0)

    async def _hear_result(self, seconds: float) -> bool:
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
        """Take what is still on its way; a port that never falls silent is left."""
        for _ in range(25):
            line = await self._line(SETTLE)
            if line is None:
                return
            result = final(line, numeric=self._numeric)
            if result and self._late:
                self._complete(self._late.pop(0), result)
            elif not self._of_late(line) and not result:
                self._put_aside(line)

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
            elif not self._of_late(line):
                self._keep(line, name, own)
        return own, held

    def _keep(self, line: str, name: str, own: list[str]) -> None:
        """A line without the name: information of a command that answers bare
        (`AT+CGMM`), else nobody's."""
        if unasked(line) or not name or len(own) >= MOST_LINES:
            self._put_aside(line)
        else:
            own.append(line)

    def _of_late(self, line: str) -> bool:
        """Does it belong to a command that was given up?"""
        for pending in self._late:
            if pending.name and answers(line, pending.name):
                pending.lines.append(line)
                return True
        return False

    def _complete(self, pending: _Pending, result: str) -> None:
        known = pending.exchange
        lines = tuple(masked(t, self._secrets) for t in pending.lines[:MOST_LINES])
        told = AtExchange(
            known.command, lines, masked(result, self._secrets), known.seconds
        )
        self.exchanges = [told if e is known else e for e in self.exchanges]

    def _put_aside(self, line: str) -> None:
        if len(self.unasked) < MOST_UNASKED:
            self.unasked.append(masked(line, self._secrets))
