"""One dialogue with a modem: its commands within the time that is left, and the results
that decide on the next ones. Times are seconds.
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

RESTORE_TIME = 0.8
SLOW = 0.5  # seconds an answer, above which extras are left out
REGISTRATIONS = ("+CEREG", "+CGREG", "+CREG")


@dataclass(slots=True)
class Talk:
    """`ends` is a time of the event loop. `errors` is the former setting of error
    codes, None where it was not changed. Not `whole`: a command got no answer in
    time."""

    client: AtClient
    question: AskModem
    ends: float
    pin: PinUse = "not-asked"
    whole: bool = True
    errors: int | None = None

    @property
    def slow(self) -> bool:
        """Are answers so late that there is time for the essential commands only?"""
        taken = [e.seconds for e in self.client.exchanges] or [self.client.latency]
        return sum(taken) / len(taken) > SLOW

    @property
    def left(self) -> float:
        return self.ends - asyncio.get_running_loop().time()

    async def ask(
        self, command: str, timeout: float = ANSWER_TIME, logged_as: str = ""
    ) -> AtExchange:
        """One command, if there is time left for it."""
        if self.left < 0.2:
            self.whole = False
            return AtExchange(logged_as or command)
        timeout = min(timeout, self.left)
        reply = await self.client.ask(command, timeout, logged_as=logged_as)
        if not reply.result:
            self.whole = False
        return reply

    async def ask_extra(self, command: str) -> AtExchange:
        """One command that a slow modem is not sent."""
        if self.slow or self.left < ANSWER_TIME:
            return AtExchange(command)
        return await self.ask(command)

    async def restore(self, command: str) -> None:
        """Send a command that restores a setting, also when the time is up."""
        with contextlib.suppress(PortGone):
            await self.client.ask(command, RESTORE_TIME)

    async def number_errors(self) -> None:
        """Have errors reported by number; remember the former setting (27.007: none by
        default)."""
        reply = await self.ask("AT+CMEE?")
        rows = values(reply.lines, "+CMEE")
        before = number(rows[-1][0]) if rows else None
        if before not in (1, 2) and (await self.ask("AT+CMEE=1")).ok:
            self.errors = before or 0

    def registrations(self) -> list[Registration]:
        """The registrations reported so far, the oldest first."""
        found = (
            registration.registration(e.lines, e.command[2:-1])
            for e in self.client.exchanges
            if e.command[2:-1] in REGISTRATIONS
        )
        return [one for one in found if one is not None]
