"""Which modem is this site's, and who tells about it?

The profile's port, else the only modem that answers on a USB port. Where ModemManager
owns the modem it is asked, as its port is not ours then.
"""

from collections.abc import Awaitable, Callable

from posdiag.model import Context, Finding, fail, skip, unmeasured, unopened
from posdiag.model.questions.base import Unknown, ask_all
from posdiag.model.questions.modem import (
    AskManagedModem,
    AskModem,
    AskSerialPorts,
    ManagedModem,
    ModemDialogue,
)
from posdiag.model.site import Secret
from posdiag_checks.cellular import dialogue
from posdiag_checks.cellular import managed as manager
from posdiag_checks.cellular.modem import Modem

NO_PIN = Secret("")
MOST_PORTS = 8  # USB ports that are knocked at
MAKERS = frozenset(
    (
        0x2C7C,  # Quectel
        0x1E0E,  # SIMCom
        0x12D1,  # Huawei
        0x19D2,  # ZTE
        0x2CB7,  # Fibocom
        0x2DEE,  # MeiG
        0x2DF3,  # Longsung
        0x1782,  # Unisoc (AirM2M, Luat)
        0x05C6,  # Qualcomm
        0x1199,  # Sierra
        0x1BC7,  # Telit
        0x1546,  # u-blox
        0x1E2D,  # Cinterion
        0x1C9E,  # Longcheer
        0x1BBB,  # Alcatel, TCL
        0x0BDB,  # Ericsson
        0x1410,  # Novatel
        0x0AF0,  # Option
    )
)
"""USB vendor ids (public lists of usb.org and of the Linux driver `option`)."""


Judge = Callable[[Modem], Finding | Awaitable[Finding]]


async def examine(ctx: Context, judge: Judge) -> Finding:
    """What a check of this group says of the modem of this site."""
    found = await modem(ctx)
    told = found if isinstance(found, Finding) else judge(found)
    told = told if isinstance(told, Finding) else await told
    return ctx.of_line("cellular", told)


async def modem(ctx: Context) -> Modem | Finding:
    """The modem of this site, or why there is none to examine."""
    settings, kind = ctx.site.cellular, ctx.site.connection.kind
    if settings.port is None and kind != "cellular":
        return skip("skip.not-configured")
    pin = settings.pin or NO_PIN
    managed = await ctx.system.ask(AskManagedModem(settings.port or "", pin))
    if isinstance(managed, ManagedModem):
        known = manager.read(managed)
        return known or skip("skip.modem-untold")
    port = settings.port
    if port is None:
        found = await _search(ctx)
        if isinstance(found, Finding):
            return found
        port = found
    return await _by_port(ctx, port)


async def _by_port(ctx: Context, port: str) -> Modem | Finding:
    settings = ctx.site.cellular
    answer = await ctx.system.ask(
        AskModem(port, settings.baudrate, settings.pin or NO_PIN, settings.apn or "")
    )
    if isinstance(answer, Unknown):
        return unopened(port, answer)
    if answer.state != "answers":
        return fail(
            "cellular.no-modem",
            port=port,
            baudrate=settings.baudrate,
            variant="" if answer.state == "silent" else answer.state,
            confidence=0.9,
        )
    return dialogue.read(answer)


async def _search(ctx: Context) -> str | Finding:
    """The USB port on which a modem answers. Only those of makers of modems are knocked
    at: a printer behind an adapter would print what it hears."""
    found = await ctx.system.ask(AskSerialPorts())
    if isinstance(found, Unknown):
        return unmeasured(found)
    taken = (ctx.site.printer.port, ctx.site.pstn.port)
    ports = [p.name for p in found.all if p.vendor in MAKERS and p.name not in taken]
    ports = ports[:MOST_PORTS]
    questions = [AskModem(name, identify=True) for name in ports]
    answers = await ask_all(ctx.system, questions)
    for name, answer in zip(ports, answers, strict=True):
        if isinstance(answer, ModemDialogue) and answer.state == "answers":
            return name
    held = [a for a in answers if isinstance(a, Unknown)]
    if held and len(held) == len(answers):
        return unopened(ports[0], held[0])
    return skip("skip.no-modem-port", ports=tuple(ports))
