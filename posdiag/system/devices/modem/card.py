"""Is the SIM readable, and may the PIN that it requires be sent? Times are seconds."""

from posdiag.formats.at import sim
from posdiag.model.questions.modem import PinUse
from posdiag.system.devices.modem.talk import Talk

SIM_TIME = 5.0  # a SIM may take seconds after power-up; phonesim takes two
TRIES_TIME = 1.5
BUSY_TRIES, BUSY_PAUSE = 4, 0.8  # while the SIM is busy

REFUSED: set[tuple[str, str]] = set()
"""Port and PIN of each that was refused in this process: a watch, or the guide, that
sent it in every run would use up the tries."""


async def examine(talk: Talk) -> bool:
    """Is it worth asking for a network? (A SIM that is not known may work.)"""
    state = await _sim_state(talk)
    if state in ("absent", "failure", "wrong"):  # a bad contact changes its mind
        await talk.client.watch(BUSY_PAUSE)
        state = await _sim_state(talk)
    if state == "busy":
        state = await _settle(talk, "busy")
    if state == "pin":
        state = await _unlock(talk)
    if state == "unknown":  # does the card answer at all?
        await talk.ask_extra("AT+CIMI")
    return state in ("ready", "unknown")


async def _sim_state(talk: Talk) -> sim.SimState:
    reply = await talk.ask("AT+CPIN?", SIM_TIME)
    if reply.result == "ERROR" and talk.slow and talk.errors is None:
        await talk.number_errors()
        reply = await talk.ask("AT+CPIN?", SIM_TIME)
    return sim.sim_state(reply.lines, reply.result)


async def _unlock(talk: Talk) -> sim.SimState:
    """Send the PIN once, if that cannot lock the card."""
    pin = talk.question.pin.reveal()
    key = (talk.question.port, pin)
    why = withheld(key, await _tries(talk))
    talk.pin = why or "refused"
    if why is not None:
        return "pin"
    REFUSED.add(key)
    reply = await talk.ask(f'AT+CPIN="{pin}"', SIM_TIME, logged_as="AT+CPIN=***")
    if not reply.ok and reply.result:
        return "pin"
    state = await _settle(talk, "pin", "busy")  # the answer may be lost
    if reply.ok or state == "ready":
        REFUSED.discard(key)
        talk.pin = "accepted"
    return state


def withheld(key: tuple[str, str], tries: int | None) -> PinUse | None:
    """Why a PIN, here with its port, is not sent; None: it may be."""
    if not key[1]:
        return "not-given"
    if key in REFUSED:
        return "refused"
    if tries is None:
        return "tries-unknown"
    return "last-try" if tries <= 1 else None


async def _settle(talk: Talk, *transient: sim.SimState) -> sim.SimState:
    """The state of the SIM once it is none of these transient ones."""
    state = transient[0]
    for _ in range(BUSY_TRIES):
        await talk.client.watch(BUSY_PAUSE)
        state = await _sim_state(talk)
        if state not in transient:
            break
    return state


async def _tries(talk: Talk) -> int | None:
    for command, name in sim.TRIES:
        reply = await talk.ask(command, TRIES_TIME)
        found = sim.pin_tries(name, reply.lines)
        if found is not None:
            return found
    return None
