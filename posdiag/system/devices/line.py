"""What does the telephone line do when a modem dials (ITU-T V.250)?

The number is dialled once. A dead exchange and endless ringing give no result code at
all, so a time limit of ours ends the call. The line is always hung up. Times are
seconds.
"""

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Literal

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.devices import Dialled, DialLine, DialResult
from posdiag.model.questions.meter import Meter
from posdiag.system.devices.at import AtClient
from posdiag.system.devices.ports import unavailable
from posdiag.system.devices.serial import NoPort, Port, PortGone, open_port

TONE_TIME = 8.0  # for a dial tone: modems wait 2 to 5 s
HANG_UP_TIME = 3.0
GUARD = 1.1  # of silence before and after the escape sequence (S12 is 1 s)
RELEASE = 1.5  # that an exchange gets to notice that we have hung up
CALL_DETECTION = "ATX4"  # report dial tone and busy tone; X3 where it is refused

DialTone = Literal["heard", "none", "untold"]
RESULTS: Mapping[str, DialResult] = {
    "BUSY": "busy",
    "NO CARRIER": "no-carrier",
    "NO ANSWER": "no-answer",
    "NO DIALTONE": "no-dial-tone",
    "ERROR": "refused",
}


async def dial(question: DialLine, meter: Meter) -> Dialled | Unknown:
    port = await open_port(question.port, question.baudrate)
    if isinstance(port, NoPort):
        if port.why == "missing":
            return Dialled("missing")
        return unavailable(question.port, port)
    number = question.number.reveal()
    client = AtClient(port, (number,) if number else ())
    try:
        if not await client.wake():
            return Dialled(client.unanswered)
        if not (await client.ask(CALL_DETECTION)).ok:
            await client.ask("ATX3")
        if not number:
            return Dialled("answers", tone=await _tone(client, port))
        return await _call(client, port, number, question.seconds)
    except PortGone:
        return Dialled("gone")
    finally:
        port.close()


async def _call(client: AtClient, port: Port, number: str, limit: float) -> Dialled:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    connected = False
    try:
        reply = await client.ask(f"ATDT{number}", limit, logged_as="ATDT***")
        connected = reply.result.startswith("CONNECT")
    finally:
        # Also where the run is interrupted: a line that is left open costs money.
        with contextlib.suppress(PortGone):
            await asyncio.shield(_hang_up(client, port, connected))
    seconds = round(loop.time() - begun, 1)
    result: DialResult = (
        "connect" if connected else RESULTS.get(reply.result, "nothing")
    )
    if result != "no-dial-tone":
        return Dialled("answers", result, "heard" if connected else "untold", seconds)
    # Exchanges refuse a number by the same code: is there a tone without any?
    await asyncio.sleep(RELEASE)
    return Dialled("answers", result, await _tone(client, port), seconds)


async def _tone(client: AtClient, port: Port) -> DialTone:
    """Lift, listen, and hang up: the semicolon keeps the modem from dialling."""
    reply = await client.ask("ATDT;", TONE_TIME)
    await _hang_up(client, port, reply.result.startswith("CONNECT"))
    if reply.ok:
        return "heard"
    return "none" if reply.result == "NO DIALTONE" else "untold"


async def _hang_up(client: AtClient, port: Port, connected: bool) -> None:
    if connected:
        await asyncio.sleep(GUARD)
        await port.write(b"+++")
        await asyncio.sleep(GUARD)
    else:
        await port.write(b"\r")  # any character ends a call that is being set up
    for _ in range(2):
        if (await client.ask("ATH", HANG_UP_TIME)).ok:
            return
