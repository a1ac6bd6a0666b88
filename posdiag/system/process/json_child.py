"""Send requests to a child process of ours, and read its answers.

Each line in either direction is one JSON object. The bytes of a line are bounded here,
the time by the caller. Unlike asyncio's own subprocesses a child is not killed when its
`JsonChild` is garbage-collected: a join test has to survive this process.
"""

import asyncio
import json
import os
import signal
import subprocess
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from typing import Any

from posdiag.system.process.launcher import kill_group, start_child

REAP = 1.0  # seconds until a killed child is reaped


class JsonChild:
    """One running child. `end` or, once it has closed its output, `wait` reaps it."""

    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        requests: asyncio.WriteTransport,
        answers: asyncio.ReadTransport,
        lines: asyncio.StreamReader,
    ) -> None:
        self._process = process
        self._requests = requests
        self._answers = answers
        self._lines = lines

    @classmethod
    async def start(
        cls, module: str, *, limit: int, pass_on: Iterable[str] = ()
    ) -> "JsonChild":
        """`limit`: bytes of one answer. OSError where no process can be started."""
        loop = asyncio.get_running_loop()
        lines = asyncio.StreamReader(limit)
        process = start_child(module, pass_on=pass_on)
        with ExitStack() as undo:
            undo.callback(process.wait)
            undo.callback(kill_group, process.pid)
            answers, _ = await loop.connect_read_pipe(
                lambda: asyncio.StreamReaderProtocol(lines), process.stdout
            )
            requests, _ = await loop.connect_write_pipe(
                asyncio.BaseProtocol, process.stdin
            )
            undo.pop_all()
        return cls(process, requests, answers, lines)

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, request: Mapping[str, Any]) -> None:
        """Queue one line; of no effect once the child has ended."""
        self._requests.write(json.dumps(request).encode() + b"\n")

    async def receive(self) -> dict[str, Any] | None:
        """The next answer; None where it ended without one. ValueError for a line that
        is too long or no JSON object."""
        try:
            line = await self._lines.readline()
            answer = json.loads(line) if line else None
        except (ValueError, RecursionError):
            raise ValueError("sent too much, or what is not JSON") from None
        if answer is not None and not isinstance(answer, dict):
            raise ValueError("sent what is not a JSON object")
        return answer

    def close_input(self) -> None:
        """As the end of this process would."""
        self._requests.close()

    async def wait(self, seconds: float | None = None) -> bool:
        """Has it ended, within `seconds`?"""
        try:
            await asyncio.to_thread(self._process.wait, seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    async def end(self, grace: float = 0.0) -> None:
        """Kill the child and its process group. With `grace` (seconds) SIGTERM comes
        first, for a child that supervises others."""
        self.close_input()
        try:
            if grace:
                with suppress(ProcessLookupError):
                    os.kill(self.pid, signal.SIGTERM)
                await self.wait(grace)
        finally:
            if self._process.returncode is None:
                kill_group(self.pid)
            self._answers.close()
            await self.wait(REAP)
