"""Has the modem a data connection, and if not, why? Times are seconds."""

from posdiag.formats.at import context
from posdiag.system.devices.modem.network import REGISTERED
from posdiag.system.devices.modem.talk import Talk

ACTIVATION_TIME = 8.0


async def examine(talk: Talk) -> None:
    addresses = await talk.ask("AT+CGPADDR")
    if talk.slow and context.contexts((), (), addresses.lines):
        return
    await talk.ask_extra("AT+CGATT?")
    defined = await talk.ask("AT+CGDCONT?")
    active = await talk.ask("AT+CGACT?")
    if not addresses.ok:
        addresses = await talk.ask("AT+CGPADDR=1")
    found = context.contexts(defined.lines, active.lines, addresses.lines)
    if any(c.address for c in found) or not _may_activate(talk):
        return
    dynamic = await talk.ask_extra("AT+CGCONTRDP")
    known = context.contexts(
        defined.lines, active.lines, addresses.lines, dynamic.lines
    )
    if not any(c.address for c in known):
        await _activate(talk, known)


def _may_activate(talk: Talk) -> bool:
    """Is it registered, so that the result of an activation means something?"""
    return any(r.stat in REGISTERED for r in talk.registrations())


async def _activate(talk: Talk, known: tuple[context.DataContext, ...]) -> None:
    """Try to activate a context that is not, and deactivate it again."""
    wanted = talk.question.apn
    idle = [c for c in known if c.active is False]
    idle.sort(key=lambda c: not (wanted and context.same_apn(c.apn, wanted)))
    if not idle or talk.left < 2.0:
        return
    cid = idle[0].id
    limit = min(ACTIVATION_TIME, talk.left - 1.5)
    tried = await talk.ask(f"AT+CGACT=1,{cid}", limit)
    if tried.ok:
        try:
            await talk.ask("AT+CGACT?")
            await talk.ask(f"AT+CGPADDR={cid}")
        finally:
            await talk.restore(f"AT+CGACT=0,{cid}")
    else:
        await talk.ask_extra("AT+CEER")
