"""Does this machine get into that network with that passphrase? It leaves the present
one for the answer, and comes back whatever happens.

All is done by a child process (`joinchild`) in a session of its own, which neither
Ctrl-C nor the end of this process reaches: it comes back when its stdin ends. Should
the child die, a second one carries out the plan that the first has told at its start.
"""

import asyncio
import contextlib
import json
import os
import subprocess
from typing import Any

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wifi import JoinWifi
from posdiag.model.questions.wifi_answers import Joined
from posdiag.system.core.codec import decode
from posdiag.system.process.launcher import ROOT, child_command, child_environment
from posdiag.system.wifi.join.order import to_json

MODULE = "posdiag.system.wifi.join.child"
LINE = 1_000_000  # bytes of one answer: 400 events are a tenth of it
START_TIME = 10.0  # seconds for the child to start and to come back after a failure
BACK_TIME = 25.0
CLOSE_TIME = 12.0  # seconds that a run waits at its end; the child goes on alone
BUS = "DBUS_SYSTEM_BUS_ADDRESS"


def _spawn() -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        child_command(MODULE),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        env=child_environment(BUS),
        cwd=ROOT,
        start_new_session=True,
    )


class _Child:
    """One child from its order to its end.

    Not asyncio's own subprocess: when that is thrown away, it kills what still runs.
    """

    def __init__(
        self, process: "subprocess.Popen[bytes]", lines: asyncio.StreamReader
    ) -> None:
        loop = asyncio.get_running_loop()
        self._process = process
        self._lines = lines
        self.plan: dict[str, Any] | None = None
        self.answer: asyncio.Future[dict[str, Any]] = loop.create_future()
        self.after = ""
        self.reading = asyncio.create_task(self._read())

    @classmethod
    async def start(cls, order: dict[str, Any]) -> "_Child | None":
        lines = asyncio.StreamReader(limit=LINE)
        try:
            process = await asyncio.to_thread(_spawn)
        except OSError:  # no memory, no process to spare
            return None
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(lines), process.stdout
        )
        child = cls(process, lines)
        child.tell(json.dumps(order))
        return child

    @property
    def pid(self) -> int:
        return self._process.pid

    def tell(self, line: str) -> None:
        """An order is far shorter than what a pipe takes at once."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            with contextlib.suppress(OSError):
                os.write(self._process.stdin.fileno(), line.encode() + b"\n")

    def hang_up(self) -> None:
        """Close its stdin, as our death would: it comes back."""
        if self._process.stdin is not None:
            self._process.stdin.close()

    async def _read(self) -> None:
        """Until the child has ended; then it is known whether it came back."""
        try:
            while line := await self._lines.readline():
                self._take(json.loads(line))
        except ValueError:  # no line of ours: it is of no more use
            self.hang_up()
        finally:
            if not self.answer.done():
                self.answer.set_result({"unknown": "trouble"})
        await asyncio.to_thread(self._process.wait)
        self.hang_up()

    def _take(self, message: dict[str, Any]) -> None:
        if "plan" in message:
            self.plan = message["plan"]
        self.after = message.get("after", self.after)
        told = "joined" in message or "unknown" in message
        if told and not self.answer.done():
            self.answer.set_result(message)

    @property
    def died(self) -> bool:
        """It had left the network and ended without coming back."""
        return self.reading.done() and self.plan is not None and not self.after


class Joiner:
    """Join tests of one run, one at a time."""

    def __init__(self) -> None:
        self._child: _Child | None = None
        self._guard: asyncio.Task[None] | None = None
        self._busy = asyncio.Lock()

    async def join(self, question: JoinWifi, meter: Meter) -> Joined | Unknown:
        async with self._busy:
            await self._return()
            child = await _Child.start(to_json(question))
            if child is None:
                return Unknown("trouble")
            self._child = child
            self._guard = asyncio.create_task(self._stand_by(child))
            try:
                async with asyncio.timeout(_seconds(question)):
                    answer = await asyncio.shield(child.answer)
            except TimeoutError:
                answer = {"unknown": "trouble"}
            finally:
                if not child.answer.done():
                    child.tell("return")
            return _read(answer)

    async def _stand_by(self, child: _Child) -> None:
        """When the child has ended: come back in its place if it did not."""
        await asyncio.shield(child.reading)
        if child.died:
            other = await _Child.start({"do": "restore", "plan": child.plan})
            if other is not None:
                await asyncio.shield(other.reading)
                child.after = other.after

    async def _return(self) -> None:
        """Call the child back and wait until it is."""
        if self._child is None or self._guard is None:
            return
        self._child.tell("return")
        await asyncio.shield(self._guard)

    async def close(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_TIME):
                await self._return()


def _seconds(question: JoinWifi) -> float:
    tries = question.attempts * (question.attempt_timeout + 2)
    return START_TIME + tries + question.lease_timeout + BACK_TIME


def _read(answer: dict[str, Any]) -> Joined | Unknown:
    if "joined" in answer:
        with contextlib.suppress(ValueError):
            found: Joined = decode(answer["joined"], Joined)
            return found
    return Unknown(answer.get("unknown", "trouble"), answer.get("hint", ""))
