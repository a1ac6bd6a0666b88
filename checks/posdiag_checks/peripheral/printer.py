"""Does the receipt printer report that it is ready?

Silence is no fault: many printers report no status. A roll that is near its end is no
fault either.
"""

from posdiag.formats.address import is_address
from posdiag.formats.escpos import PrinterStatus, is_foreign, read_escpos, read_star
from posdiag.measure.names import resolve
from posdiag.model import (
    Context,
    Facts,
    Finding,
    check,
    known,
    ok,
    skip,
    state_of,
    unopened,
    warn,
)
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.devices import AskPrinter, PrinterDialogue
from posdiag.model.site import Printer

SILENT, NOISE = "skip.printer-silent", "skip.printer-noise"


@check("peripheral.printer", order=10, timeout=24)
async def peripheral_printer(ctx: Context) -> Finding:
    printer = ctx.site.printer
    if printer.host:
        return await _over_tcp(ctx, printer.host)
    if not printer.port:
        return skip("skip.not-configured")
    answer = await ctx.system.ask(AskPrinter(printer.port, printer.baudrate or 0))
    if isinstance(answer, Unknown):
        return unopened(printer.port, answer)
    return judge(answer, printer)


async def _over_tcp(ctx: Context, host: str) -> Finding:
    address = host
    if not is_address(host):
        resolved = await resolve(ctx, host)
        if not resolved.found:
            return warn("printer.offline", variant="name", place=host, confidence=0.8)
        address = resolved.addresses[0]
    asked = AskPrinter(address=address)
    return judge(known(await ctx.system.ask(asked)), ctx.site.printer)


def judge(talk: PrinterDialogue, printer: Printer) -> Finding:
    place = printer.host or printer.port or ""
    facts: Facts = {"place": place}
    if talk.state != "open":
        sure = 0.75 if talk.state == "refused" else 0.95
        state = state_of(place, talk.state)
        return warn("printer.offline", facts, variant=state, confidence=sure)
    status = read(talk)
    if status is None:
        return _unreadable(talk, facts)
    facts = {**facts, "protocol": status.protocol, "baudrate": talk.baudrate}
    if found := judge_status(status, facts):
        return found
    given = printer.baudrate
    if given and talk.baudrate and talk.baudrate != given:
        return warn("printer.error", {**facts, "told": given}, variant="baudrate")
    return ok("", facts, variant="near-end" if status.near_end else "")


def read(talk: PrinterDialogue) -> PrinterStatus | None:
    """The status by whichever protocol the replies fit."""
    replies = [(r.question, bytes.fromhex(r.reply)) for r in talk.replies]
    found = read_escpos([(number, reply) for number, reply in replies if number])
    for number, reply in replies:
        if found is None and number == 0:
            found = read_star(reply)
    return found


def _unreadable(talk: PrinterDialogue, facts: Facts) -> Finding:
    replies = [bytes.fromhex(r.reply) for r in talk.replies]
    place = facts["place"]
    if not any(replies):
        return skip(SILENT, place=place)
    if is_foreign(replies):
        return warn("printer.offline", facts, variant="foreign", confidence=0.85)
    return skip(NOISE, place=place)


def judge_status(status: PrinterStatus, facts: Facts) -> Finding | None:
    """The fault to fix first; with the cover open, the paper sensor sees nothing."""
    if status.cover_open:
        rivals = ("printer.no-paper",) if status.no_paper else ()
        return warn("printer.cover-open", facts, rivals=rivals)
    if status.no_paper:
        return warn("printer.no-paper", facts)
    for variant in ("cutter", "broken", "hot"):
        if getattr(status, variant):
            return warn("printer.error", facts, variant=variant)
    if status.error:
        return warn("printer.error", facts)
    if status.offline:
        return warn("printer.offline", facts, confidence=0.9)
    return None
