"""What does the modem behind a port say of SIM, registration, signal and data?

What matters comes first, so that a slow modem leaves out only extras. Settings that are
changed on the way (error codes, reports of registration) are put back. No command of
the dialogue writes to the modem's memory, dials, or registers. Times are seconds.
"""

import asyncio
import contextlib
import os
import shlex
import stat
from dataclasses import dataclass, replace
from pathlib import Path

from posdiag.formats.at import context, registration, sim
from posdiag.formats.at.framing import number, values
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.modem import (
    AskModem,
    AtExchange,
    ModemDialogue,
    PinUse,
    PortState,
)
from posdiag.system.devices.at import ANSWER_TIME, KNOCKS, AtClient
from posdiag.system.devices.serial import NoPort, Port, PortGone, open_port

SIM_TIME = 5.0  # a SIM may take seconds after power-up; phonesim takes two
TRIES_TIME = 1.5
ACTIVATION_TIME = 8.0
BUSY_TRIES, BUSY_PAUSE = 4, 0.8  # while the SIM is busy
SEARCH_TIME, SEARCH_PAUSE = 3.0, 0.6  # while the modem searches
PUT_BACK_TIME = 0.8
SLOW = 0.5  # seconds an answer, above which extras are left out
OTHER_RATES = (115200, 9600)
NOISE = 8  # bytes that no echo of ours explains
GROUP_MAY = stat.S_IRGRP | stat.S_IWGRP
REGISTRATIONS = ("+CEREG", "+CGREG", "+CREG")
REGISTERED = (1, 5)
SEARCHING = 2


async def ask(question: AskModem, meter: Meter) -> ModemDialogue | Unknown:
    """Answer `AskModem`. At most `question.seconds`, and what it takes to open."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + question.seconds
    silent: ModemDialogue | None = None
    found = ModemDialogue(question.port, "missing")
    for baudrate in rates(question):
        port = await open_port(question.port, baudrate)
        if isinstance(port, NoPort):
            return silent or _unopened(question, port)
        try:
            knocks = KNOCKS if silent is None else KNOCKS[:1]
            here = replace(question, baudrate=baudrate)
            found = await _talk(port, here, ends, knocks)
        finally:
            port.close()
            await asyncio.sleep(0.1)  # the thread lets go of the port
        if found.state not in ("silent", "noise"):
            return found
        silent = silent or found
    return silent or found


def rates(question: AskModem) -> tuple[int, ...]:
    """Speeds to try: USB modems and networks take any, a true serial port only one."""
    true_port = Path(question.port).name.startswith(("ttyS", "ttyAMA", "COM"))
    others = OTHER_RATES if true_port and not question.identify else ()
    return tuple(dict.fromkeys((question.baudrate, *others)))


def _unopened(question: AskModem, told: NoPort) -> ModemDialogue | Unknown:
    if told.why == "missing":
        return ModemDialogue(question.port, "missing")
    if told.why == "no-rights":
        return Unknown("no-rights", grant(question.port))
    if told.why == "busy":
        return Unknown("busy", told.holder)
    return Unknown("trouble", told.detail)


def grant(port: str) -> str:
    """The command that lets this user open the port: by its group, if that may."""
    group = "dialout"
    with contextlib.suppress(OSError, KeyError, ImportError):
        import grp

        told = Path(port).stat()
        if told.st_mode & GROUP_MAY != GROUP_MAY:
            return f"sudo chmod a+rw {shlex.quote(port)}"
        group = grp.getgrgid(told.st_gid).gr_name
    return f"sudo usermod -aG {group} {os.environ.get('USER', '$USER')}"


async def _talk(
    port: Port, question: AskModem, ends: float, knocks: tuple[float, ...]
) -> ModemDialogue:
    pin = question.pin.reveal()
    client = AtClient(port, (pin,) if pin else ())
    dialogue = _Dialogue(client, question, ends)
    state: PortState = "answers"
    try:
        if not await client.wake(knocks):
            state = "noise" if client.heard > NOISE else "silent"
        elif question.identify:
            await dialogue.identify()
        else:
            await dialogue.examine()
    except PortGone:
        state = "gone"
    return ModemDialogue(
        question.port,
        state,
        question.baudrate,
        tuple(client.exchanges),
        tuple(client.unasked),
        dialogue.pin,
        dialogue.whole,
    )


@dataclass(slots=True)
class _Dialogue:
    client: AtClient
    question: AskModem
    ends: float
    pin: PinUse = "not-asked"
    whole: bool = True
    errors: int | None = None  # the setting of error codes to go back to

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

    async def _put_back(self, command: str) -> None:
        """A setting as it was, also when the time is up."""
        with contextlib.suppress(PortGone):
            await self.client.ask(command, PUT_BACK_TIME)

    async def identify(self) -> None:
        for command in ("AT+CGMI", "AT+CGMM"):
            await self.ask(command, 1.0)

    async def examine(self) -> None:
        try:
            if not self.slow:
                await self._number_errors()
            if await self._sim():
                await self._registration()
                await self._signal()
                await self._data()
            await self.ask_extra("AT+CGMI")
            await self.ask_extra("AT+CGMM")
            await self.ask_extra("AT+CPIN?")  # a bad contact changes its mind
        finally:
            if self.errors is not None:
                await self._put_back(f"AT+CMEE={self.errors}")

    async def _number_errors(self) -> None:
        """Have errors told by number; remember the setting to go back to (27.007: none
        by default)."""
        asked = await self.ask("AT+CMEE?")
        told = values(asked.lines, "+CMEE")
        before = number(told[-1][0]) if told else None
        if before not in (1, 2) and (await self.ask("AT+CMEE=1")).ok:
            self.errors = before or 0

    # -- SIM ------------------------------------------------------------------------

    async def _sim(self) -> bool:
        """Is it worth asking for a network? (A SIM that is not known may work.)"""
        state = await self._sim_state()
        if state in ("absent", "failure", "wrong"):  # a bad contact changes its mind
            await self.client.watch(BUSY_PAUSE)
            state = await self._sim_state()
        if state == "busy":
            state = await self._settled("busy")
        if state == "pin":
            state = await self._unlock()
        if state == "unknown":  # does the card answer at all?
            await self.ask_extra("AT+CIMI")
        return state in ("ready", "unknown")

    async def _sim_state(self) -> sim.SimState:
        asked = await self.ask("AT+CPIN?", SIM_TIME)
        if asked.result == "ERROR" and self.slow and self.errors is None:
            await self._number_errors()
            asked = await self.ask("AT+CPIN?", SIM_TIME)
        return sim.sim_state(asked.lines, asked.result)

    async def _unlock(self) -> sim.SimState:
        """Send the PIN once, if that cannot lock the card."""
        pin = self.question.pin.reveal()
        tries = await self._tries()
        if not pin:
            self.pin = "not-given"
        elif tries is None:
            self.pin = "tries-unknown"
        elif tries <= 1:
            self.pin = "last-try"
        else:
            self.pin = "refused"
            asked = await self.ask(f'AT+CPIN="{pin}"', SIM_TIME, kept="AT+CPIN=***")
            if asked.ok or not asked.result:  # the answer may be lost
                state = await self._settled("pin", "busy")
                if asked.ok or state == "ready":
                    self.pin = "accepted"
                return state
        return "pin"

    async def _settled(self, *passing: sim.SimState) -> sim.SimState:
        """The state of the SIM once it is none of those that pass by themselves."""
        state = passing[0]
        for _ in range(BUSY_TRIES):
            await self.client.watch(BUSY_PAUSE)
            state = await self._sim_state()
            if state not in passing:
                break
        return state

    async def _tries(self) -> int | None:
        for command, name in sim.TRIES:
            asked = await self.ask(command, TRIES_TIME)
            found = sim.pin_tries(name, asked.lines)
            if found is not None:
                return found
        return None

    # -- network --------------------------------------------------------------------

    async def _registration(self) -> None:
        """Registration for packets and calls; a modem that searches, and was not
        refused, gets a moment."""
        until = asyncio.get_running_loop().time() + SEARCH_TIME
        found = await self._states()
        if not found.intersection(REGISTERED):
            await self._reasons()
        while found.isdisjoint(REGISTERED) and SEARCHING in found and not self._refused:
            left = min(until - asyncio.get_running_loop().time(), self.left - 6.0)
            if left <= 0:
                break
            await self.client.watch(min(SEARCH_PAUSE, left))
            found = await self._states()
        await self.ask_extra("AT+COPS?")

    async def _reasons(self) -> None:
        """Why it is not registered, as far as the modem tells."""
        await self.ask_extra("AT+CFUN?")
        for name in REGISTRATIONS:
            await self._reason(name)
        await self.ask_extra("AT+CEER")

    @property
    def _refused(self) -> bool:
        """Has a registration told a reject cause?"""
        told = (
            registration.registration(e.lines, e.command[2:-1])
            for e in self.client.exchanges
            if e.command[2:-1] in REGISTRATIONS
        )
        return any(r is not None and r.cause is not None for r in told)

    async def _states(self) -> set[int]:
        found: set[int] = set()
        for name in REGISTRATIONS:
            asked = await self.ask(f"AT{name}?")
            told = registration.registration(asked.lines, name)
            found |= {told.stat} if told is not None else set()
            if self.slow and found.intersection(REGISTERED):
                break
        return found

    async def _reason(self, name: str) -> None:
        """Have the registration told with its reject cause; put the setting back."""
        known = [e for e in self.client.exchanges if e.command == f"AT{name}?" and e.ok]
        told = values(known[-1].lines, name) if known else []
        mode = number(told[-1][0]) if told and len(told[-1]) > 1 else None
        if mode is None:
            return
        if mode not in (3, 5):
            if not (await self.ask_extra(f"AT{name}=3")).ok:
                return
            try:
                await self.ask(f"AT{name}?")
            finally:
                await self._put_back(f"AT{name}={mode}")

    async def _signal(self) -> None:
        await self.ask("AT+CSQ")
        await self.ask_extra("AT+CESQ")
        if not any(e.ok and e.command == "AT+CESQ" for e in self.client.exchanges):
            return
        if not (await self.ask_extra("AT+QCSQ")).ok:
            await self.ask_extra("AT^HCSQ?")

    # -- data -----------------------------------------------------------------------

    async def _data(self) -> None:
        shown = await self.ask("AT+CGPADDR")
        if self.slow and context.contexts((), (), shown.lines):
            return
        await self.ask_extra("AT+CGATT?")
        defined = await self.ask("AT+CGDCONT?")
        active = await self.ask("AT+CGACT?")
        if not shown.ok:
            shown = await self.ask("AT+CGPADDR=1")
        found = context.contexts(defined.lines, active.lines, shown.lines)
        if any(c.address for c in found) or not self._may_activate():
            return
        lent = await self.ask_extra("AT+CGCONTRDP")
        known = context.contexts(defined.lines, active.lines, shown.lines, lent.lines)
        if not any(c.address for c in known):
            await self._activate(known)

    def _may_activate(self) -> bool:
        """Is it registered for packets, so that an activation tells anything?"""
        states = [
            registration.registration(e.lines, e.command[2:-1])
            for e in self.client.exchanges
            if e.command[2:-1] in REGISTRATIONS
        ]
        return any(s is not None and s.stat in REGISTERED for s in states)

    async def _activate(self, known: tuple[context.DataContext, ...]) -> None:
        """Try to activate a context that is not, and deactivate it again."""
        wanted = self.question.apn
        idle = [c for c in known if c.active is False]
        idle.sort(key=lambda c: not (wanted and context.same_apn(c.apn, wanted)))
        if not idle or self.left < 2.0:
            return
        cid = idle[0].id
        limit = min(ACTIVATION_TIME, self.left - 1.5)
        tried = await self.ask(f"AT+CGACT=1,{cid}", limit)
        if tried.ok:
            try:
                await self.ask("AT+CGACT?")
                await self.ask(f"AT+CGPADDR={cid}")
            finally:
                await self._put_back(f"AT+CGACT=0,{cid}")
        else:
            await self.ask_extra("AT+CEER")
