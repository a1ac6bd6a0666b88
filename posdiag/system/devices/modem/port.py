"""At which baud rate does the modem on a port answer, and which commands is it sent?

What matters comes first, so that a slow modem leaves out only extras. Settings that are
changed meanwhile (error codes, registration reports) are restored. No command of the
dialogue writes to the modem's memory, dials, or registers. Times are seconds.
"""

import asyncio
from dataclasses import replace
from pathlib import Path

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.modem import AskModem, ModemDialogue, PortState
from posdiag.system.devices.at import WAKE_TIMES, AtClient
from posdiag.system.devices.modem import card, data, network
from posdiag.system.devices.modem.talk import Talk
from posdiag.system.devices.ports import unavailable
from posdiag.system.devices.serial import NoPort, Port, PortGone, open_port

OTHER_RATES = (115200, 9600)


async def ask(question: AskModem, meter: Meter) -> ModemDialogue | Unknown:
    """At most `question.seconds`, and what it takes to open."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + question.seconds
    silent: ModemDialogue | None = None
    found = ModemDialogue(question.port, "missing")
    for baudrate in rates(question):
        port = await open_port(question.port, baudrate)
        if isinstance(port, NoPort):
            if silent is None and port.why != "missing":
                return unavailable(question.port, port)
            return silent or found
        try:
            waits = WAKE_TIMES if silent is None else WAKE_TIMES[:1]
            here = replace(question, baudrate=baudrate)
            found = await _talk(port, here, ends, waits)
        finally:
            port.close()
            await asyncio.sleep(0.1)  # until the thread has closed the port
        if found.state not in ("silent", "noise"):
            return found
        silent = silent or found
    return silent or found


def rates(question: AskModem) -> tuple[int, ...]:
    """Baud rates to try: USB modems and networks take any, a UART only its own."""
    uart = Path(question.port).name.startswith(("ttyS", "ttyAMA", "COM"))
    others = OTHER_RATES if uart and not question.identify else ()
    return tuple(dict.fromkeys((question.baudrate, *others)))


async def _talk(
    port: Port, question: AskModem, ends: float, waits: tuple[float, ...]
) -> ModemDialogue:
    pin = question.pin.reveal()
    client = AtClient(port, (pin,) if pin else ())
    talk = Talk(client, question, ends)
    state: PortState = "answers"
    try:
        if not await client.wake(waits):
            state = client.unanswered
        elif question.identify:
            await _identify(talk)
        else:
            await _examine(talk)
    except PortGone:
        state = "gone"
    return ModemDialogue(
        question.port,
        state,
        question.baudrate,
        tuple(client.exchanges),
        tuple(client.unasked),
        talk.pin,
        talk.whole,
    )


async def _identify(talk: Talk) -> None:
    for command in ("AT+CGMI", "AT+CGMM"):
        await talk.ask(command, 1.0)


async def _examine(talk: Talk) -> None:
    try:
        if not talk.slow:
            await talk.number_errors()
        if await card.examine(talk):
            await network.examine_registration(talk)
            await network.measure_signal(talk)
            await data.examine(talk)
        await talk.ask_extra("AT+CGMI")
        await talk.ask_extra("AT+CGMM")
        await talk.ask_extra("AT+CPIN?")  # a bad contact changes its mind
    finally:
        if talk.errors is not None:
            await talk.restore(f"AT+CMEE={talk.errors}")
