"""Find this site's modem and read its state.

It is behind the profile's port, else behind a USB port on which one answers. Where
ModemManager owns the modem, its port is not ours and ModemManager is asked.
"""

from collections.abc import Awaitable, Callable

from posdiag.model import Context, Finding, fail, skip, state_of, unmeasured, unopened
from posdiag.model.questions.base import Unknown, ask_all
from posdiag.model.questions.modem import (
    NO_PIN,
    AskManagedModem,
    AskModem,
    AskSerialPorts,
    ManagedModem,
    ModemDialogue,
)
from posdiag_checks.cellular import dialogue
from posdiag_checks.cellular import managed as manager
from posdiag_checks.cellular.modem import Modem

MOST_PORTS = 8  # USB ports that are tried
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
    """The finding of a check of this group about the modem of this site."""
    found = await modem(ctx)
    judged = found if isinstance(found, Finding) else judge(found)
    return ctx.of_line(
        "cellular", judged if isinstance(judged, Finding) else await judged
    )


async def modem(ctx: Context) -> Modem | Finding:
    """The modem of this site, or why there is none to examine."""
    settings, kind = ctx.site.cellular, ctx.site.connection.kind
    if settings.port is None and kind != "cellular":
        return skip("skip.not-configured")
    pin = settings.pin or NO_PIN
    managed = await ctx.system.ask(AskManagedModem(settings.port or "", pin))
    if isinstance(managed, ManagedModem):
        return manager.read(managed) or skip("skip.modem-untold")
    port = settings.port or await _search(ctx)
    return port if isinstance(port, Finding) else await _by_port(ctx, port)


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
            variant="" if answer.state == "silent" else state_of(port, answer.state),
            confidence=0.9,
        )
    return dialogue.read(answer)


async def _search(ctx: Context) -> str | Finding:
    """The USB port on which a modem answers. Only those of modem makers are tried: a
    printer behind an adapter would print the commands."""
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
