"""Does this machine join that network with that passphrase? It leaves the present one
for the test, and returns to it whatever happens.

All is done by a child process (`child`), which neither Ctrl-C nor the end of this
process reaches: it returns when its input is closed. Should it die, a second one
carries out the restore plan that the first sent at its start.
"""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.wifi import JoinWifi
from posdiag.model.questions.wifi_answers import Joined
from posdiag.system.core.codec import decode
from posdiag.system.process.json_child import JsonChild
from posdiag.system.wifi.join.request import OfferWifi, to_json

MODULE = "posdiag.system.wifi.join.child"
LINE = 1_000_000  # bytes of one answer: 400 events are a tenth of it
START_TIME = 10.0  # seconds for the child to start and to come back after a failure
OPEN_TIME = 40.0
BACK_TIME = 25.0
CLOSE_TIME = 12.0  # seconds that a run waits at its end; the child goes on alone
BUS = "DBUS_SYSTEM_BUS_ADDRESS"


OnClient = Callable[[str, str], None]
"""A device came to our access point: its hardware address, and an `EventKind`."""


class _JoinChild:
    """One child from its request to its end."""

    def __init__(self, child: JsonChild, on_client: OnClient | None = None) -> None:
        self._child = child
        self._on_client = on_client
        self.plan: dict[str, Any] | None = None
        self.answer: asyncio.Future[dict[str, Any]] = (
            asyncio.get_running_loop().create_future()
        )
        self.after = ""
        self.reading = asyncio.create_task(self._read())

    @classmethod
    async def start(
        cls, request: dict[str, Any], on_client: OnClient | None = None
    ) -> "_JoinChild | None":
        try:
            child = await JsonChild.start(MODULE, limit=LINE, pass_on=[BUS])
        except OSError:  # no memory, no process to spare
            return None
        child.send(request)
        return cls(child, on_client)

    @property
    def pid(self) -> int:
        return self._child.pid

    def request_return(self) -> None:
        """Have it return to the former network, as the end of this process would."""
        self._child.close_input()

    async def _read(self) -> None:
        """Until the child has ended; then it is known whether it returned."""
        try:
            while message := await self._child.receive():
                self._take(message)
        except ValueError:  # no message of ours: it is of no more use
            self.request_return()
        finally:
            if not self.answer.done():
                self.answer.set_result({"unknown": "trouble"})
        await self._child.wait()
        self._child.close_input()

    def _take(self, message: dict[str, Any]) -> None:
        if "plan" in message:
            self.plan = message["plan"]
        self.after = message.get("after", self.after)
        if "client" in message and self._on_client is not None:
            self._on_client(message["client"], message["kind"])
        answered = bool({"joined", "opened", "unknown"} & set(message))
        if answered and not self.answer.done():
            self.answer.set_result(message)

    @property
    def died(self) -> bool:
        """It had left the network and ended without returning."""
        return self.reading.done() and self.plan is not None and not self.after


class Joiner:
    """Join tests of one run, one at a time."""

    def __init__(self) -> None:
        self._child: _JoinChild | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._busy = asyncio.Lock()

    async def join(self, question: JoinWifi, meter: Meter) -> Joined | Unknown:
        return _read(await self._ask(question, _seconds(question)))

    async def offer(self, request: OfferWifi, on_client: OnClient) -> Unknown | None:
        """Be the access point of that network until `close`; Unknown where it cannot be
        opened."""
        answer = await self._ask(request, OPEN_TIME, on_client)
        return None if "opened" in answer else _unknown(answer)

    async def _ask(
        self, request: JoinWifi, seconds: float, on_client: OnClient | None = None
    ) -> dict[str, Any]:
        async with self._busy:
            await self._return()
            child = await _JoinChild.start(to_json(request), on_client)
            if child is None:
                return {"unknown": "trouble"}
            self._child = child
            self._supervisor = asyncio.create_task(self._supervise(child))
            try:
                async with asyncio.timeout(seconds):
                    return await asyncio.shield(child.answer)
            except TimeoutError:
                return {"unknown": "trouble"}
            finally:
                if not child.answer.done():
                    child.request_return()

    async def _supervise(self, child: _JoinChild) -> None:
        """When the child has ended: restore the network in its place if it did not."""
        await asyncio.shield(child.reading)
        if child.died:
            other = await _JoinChild.start({"restore": child.plan})
            if other is not None:
                await asyncio.shield(other.reading)
                child.after = other.after

    async def _return(self) -> None:
        """Have the child return to the former network, and wait for it."""
        if self._child is None or self._supervisor is None:
            return
        self._child.request_return()
        await asyncio.shield(self._supervisor)

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
    return _unknown(answer)


def _unknown(answer: dict[str, Any]) -> Unknown:
    return Unknown(answer.get("unknown", "trouble"), answer.get("hint", ""))
