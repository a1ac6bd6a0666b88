"""Is the SIM readable, and may the PIN that it requires be sent? Times are seconds."""

from posdiag.formats.at import sim
from posdiag.system.devices.modem.talk import Talk

SIM_TIME = 5.0  # a SIM may take seconds after power-up; phonesim takes two
TRIES_TIME = 1.5
BUSY_TRIES, BUSY_PAUSE = 4, 0.8  # while the SIM is busy


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
    tries = await _tries(talk)
    if not pin:
        talk.pin = "not-given"
    elif tries is None:
        talk.pin = "tries-unknown"
    elif tries <= 1:
        talk.pin = "last-try"
    else:
        talk.pin = "refused"
        reply = await talk.ask(f'AT+CPIN="{pin}"', SIM_TIME, logged_as="AT+CPIN=***")
        if reply.ok or not reply.result:  # the answer may be lost
            state = await _settle(talk, "pin", "busy")
            if reply.ok or state == "ready":
                talk.pin = "accepted"
            return state
    return "pin"


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
