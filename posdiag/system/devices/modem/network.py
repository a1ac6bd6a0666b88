"""Is the modem registered, if not why, and how strong is the signal? Times are
seconds.
"""

import asyncio

from posdiag.formats.at import registration
from posdiag.formats.at.framing import number, values
from posdiag.system.devices.modem.talk import REGISTRATIONS, Talk

SEARCH_TIME, SEARCH_PAUSE = 3.0, 0.6  # while the modem searches
REGISTERED = (1, 5)
SEARCHING = 2


async def examine_registration(talk: Talk) -> None:
    """Registration for packets and calls; a modem that searches, and was not
    refused, gets `SEARCH_TIME`."""
    until = asyncio.get_running_loop().time() + SEARCH_TIME
    found = await _registration_states(talk)
    if not found.intersection(REGISTERED):
        await _request_causes(talk)
    while (
        found.isdisjoint(REGISTERED) and SEARCHING in found and not _is_rejected(talk)
    ):
        left = min(until - asyncio.get_running_loop().time(), talk.left - 6.0)
        if left <= 0:
            break
        await talk.client.watch(min(SEARCH_PAUSE, left))
        found = await _registration_states(talk)
    await talk.ask_extra("AT+COPS?")


async def _request_causes(talk: Talk) -> None:
    """Why it is not registered, as far as the modem reports it."""
    await talk.ask_extra("AT+CFUN?")
    for name in REGISTRATIONS:
        await _request_cause(talk, name)
    await talk.ask_extra("AT+CEER")


def _is_rejected(talk: Talk) -> bool:
    """Has a registration been reported with a reject cause?"""
    return any(r.cause is not None for r in talk.registrations())


async def _registration_states(talk: Talk) -> set[int]:
    found: set[int] = set()
    for name in REGISTRATIONS:
        reply = await talk.ask(f"AT{name}?")
        state = registration.registration(reply.lines, name)
        found |= {state.stat} if state is not None else set()
        if talk.slow and found.intersection(REGISTERED):
            break
    return found


async def _request_cause(talk: Talk, name: str) -> None:
    """Have the registration reported with its reject cause; restore the setting."""
    known = [e for e in talk.client.exchanges if e.command == f"AT{name}?" and e.ok]
    rows = values(known[-1].lines, name) if known else []
    mode = number(rows[-1][0]) if rows and len(rows[-1]) > 1 else None
    if mode is None:
        return
    if mode not in (3, 5):
        if not (await talk.ask_extra(f"AT{name}=3")).ok:
            return
        try:
            await talk.ask(f"AT{name}?")
        finally:
            await talk.restore(f"AT{name}={mode}")


async def measure_signal(talk: Talk) -> None:
    await talk.ask("AT+CSQ")
    await talk.ask_extra("AT+CESQ")
    if not any(e.ok and e.command == "AT+CESQ" for e in talk.client.exchanges):
        return
    if not (await talk.ask_extra("AT+QCSQ")).ok:
        await talk.ask_extra("AT^HCSQ?")
