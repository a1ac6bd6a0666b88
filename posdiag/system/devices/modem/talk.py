"""One dialogue with a modem: its commands within the time that is left, and what was
found on the way that decides on the next. Times are seconds.
"""

import asyncio
import contextlib
from dataclasses import dataclass

from posdiag.formats.at import registration
from posdiag.formats.at.framing import number, values
from posdiag.formats.at.registration import Registration
from posdiag.model.questions.modem import AskModem, AtExchange, PinUse
from posdiag.system.devices.at import ANSWER_TIME, AtClient
from posdiag.system.devices.serial import PortGone

PUT_BACK_TIME = 0.8
SLOW = 0.5  # seconds an answer, above which extras are left out
REGISTRATIONS = ("+CEREG", "+CGREG", "+CREG")


@dataclass(slots=True)
class Talk:
    """`ends` is a time of the event loop. `errors` is the setting of error codes to go
    back to, None where it was not changed. Not `whole`: something that was asked got no
    answer in time."""

    client: AtClient
    question: AskModem
    ends: float
    pin: PinUse = "not-asked"
    whole: bool = True
    errors: int | None = None

    @property
    def slow(self) -> bool:
        """Does every answer take so long that only what decides can be asked?"""
        taken = [e.seconds for e in self.client.exchanges] or [self.client.latency]
        return sum(taken) / len(taken) > SLOW

    @property
    def left(self) -> float:
        return self.ends - asyncio.get_running_loop().time()

    async def ask(
        self, command: str, timeout: float = ANSWER_TIME, kept: str = ""
    ) -> AtExchange:
        """One command, if there is time left for it."""
        if self.left < 0.2:
            self.whole = False
            return AtExchange(kept or command)
        asked = await self.client.ask(command, min(timeout, self.left), kept=kept)
        if not asked.result:
            self.whole = False
        return asked

    async def ask_extra(self, command: str) -> AtExchange:
        """One command that a slow modem is not asked."""
        if self.slow or self.left < ANSWER_TIME:
            return AtExchange(command)
        return await self.ask(command)

    async def put_back(self, command: str) -> None:
        """A setting as it was, also when the time is up."""
        with contextlib.suppress(PortGone):
            await self.client.ask(command, PUT_BACK_TIME)

    async def number_errors(self) -> None:
        """Have errors told by number; remember the setting to go back to (27.007: none
        by default)."""
        asked = await self.ask("AT+CMEE?")
        told = values(asked.lines, "+CMEE")
        before = number(told[-1][0]) if told else None
        if before not in (1, 2) and (await self.ask("AT+CMEE=1")).ok:
            self.errors = before or 0

    def registrations(self) -> list[Registration]:
        """What was told of registrations so far, the oldest first."""
        told = (
            registration.registration(e.lines, e.command[2:-1])
            for e in self.client.exchanges
            if e.command[2:-1] in REGISTRATIONS
        )
        return [one for one in told if one is not None]
