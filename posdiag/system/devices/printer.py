"""What status does a receipt printer report?

Over a serial port, a USB printer's device (usblp) or TCP. Only real-time status
requests are sent: never `DLE ENQ`, which resumes printing, or `DLE DC4`, which opens
the drawer. Times are seconds.
"""

import asyncio
import contextlib
import errno
import os
import stat
from dataclasses import replace

from posdiag.formats import escpos
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.devices import AskPrinter, PrinterDialogue, PrinterReply
from posdiag.model.questions.meter import Meter
from posdiag.system.devices.channels import MOST, Channel, RawDevice, TcpChannel
from posdiag.system.devices.ports import access_command, unavailable
from posdiag.system.devices.serial import NoPort, PortGone, open_port

RATES = (9600, 19200, 38400, 115200)
CONNECT_TIME = 4.0
UNASKED = 0.25  # for what a printer sends unsolicited when it is opened
ANSWER = 1.0  # for the first byte of an answer; the first question wakes some printers
REST = 0.08  # for the bytes after it
USB_PRINTERS = 180  # the major number of /dev/usb/lp*


async def ask(question: AskPrinter, meter: Meter) -> PrinterDialogue | Unknown:
    """Unknown: `no-rights`, `busy` (another program has the port), `trouble`."""
    if question.address:
        return await _over_tcp(question, meter)
    if _is_usb_printer(question.port):
        return await _over_usb(question.port)
    return await _over_serial(question)


async def _over_serial(question: AskPrinter) -> PrinterDialogue | Unknown:
    first: PrinterDialogue | None = None
    rates = dict.fromkeys((question.baudrate or RATES[0], *RATES))
    for rate in (question.baudrate,) if "://" in question.port else rates:
        port = await open_port(question.port, rate or RATES[0])
        if isinstance(port, NoPort):
            if first is None and port.why != "missing":
                return unavailable(question.port, port)
            return first or PrinterDialogue("missing")
        found = await _dialogue(port, patient=first is None)
        await asyncio.sleep(0.1)  # until the thread has closed the port
        if found.state == "gone" or _understood(found):
            return replace(found, baudrate=rate)
        first = first or found
    return first or PrinterDialogue("missing")


def _understood(found: PrinterDialogue) -> bool:
    replies = [(r.question, bytes.fromhex(r.reply)) for r in found.replies]
    star = any(escpos.read_star(reply) for number, reply in replies if number == 0)
    return star or escpos.read_escpos([r for r in replies if r[0]]) is not None


async def _over_tcp(question: AskPrinter, meter: Meter) -> PrinterDialogue | Unknown:
    try:
        async with asyncio.timeout(CONNECT_TIME):
            reader, writer = await asyncio.open_connection(
                question.address, question.tcp
            )
    except TimeoutError:
        return PrinterDialogue("silent")
    except OSError as error:
        refused = error.errno == errno.ECONNREFUSED
        return PrinterDialogue("refused" if refused else "unreachable")
    return await _dialogue(TcpChannel(reader, writer, meter), patient=True)


async def _over_usb(port: str) -> PrinterDialogue | Unknown:
    try:
        handle = os.open(port, os.O_RDWR | os.O_NONBLOCK)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EPERM):
            return Unknown("no-rights", access_command(port))
        if error.errno == errno.EBUSY:
            return Unknown("busy", "")
        return PrinterDialogue("missing")
    return await _dialogue(RawDevice(handle), patient=True)


async def _dialogue(channel: Channel, *, patient: bool) -> PrinterDialogue:
    """Ask, and close. Not `patient`: at another baud rate, where only an answer that is
    understood counts."""
    replies: list[PrinterReply] = []
    unasked = b""
    try:
        unasked = await _listen(channel, UNASKED)
        await _escpos(channel, replies, ANSWER if patient else ANSWER / 2)
        if not any(r.reply for r in replies):
            await channel.write(escpos.STAR_QUESTION)
            reply = await _listen(channel, ANSWER)
            replies.append(PrinterReply(0, reply.hex()))
    except PortGone:
        if not any(r.reply for r in replies):
            return PrinterDialogue("gone", tuple(replies), unasked.hex())
        # One that hangs up after its answer is still to be judged.
    finally:
        channel.close()
    return PrinterDialogue("open", tuple(replies), unasked.hex())


async def _escpos(
    channel: Channel, replies: list[PrinterReply], timeout: float
) -> None:
    """Each question once; once more where a single byte came, which may be chance."""
    for _ in range(2):
        for number in escpos.QUESTIONS:
            await channel.write(escpos.status_question(number))
            wait = timeout if number == 1 else timeout / 2
            reply = await _listen(channel, wait)
            replies.append(PrinterReply(number, reply.hex()))
            if len(reply) >= MOST:
                return
        whole = [
            r for r in replies if escpos.status_byte(bytes.fromhex(r.reply)) is not None
        ]
        if len(whole) != 1:
            return


async def _listen(channel: Channel, timeout: float) -> bytes:
    """What comes within `timeout`, and what directly follows it."""
    data = await channel.read(timeout)
    with contextlib.suppress(PortGone):  # the next write will notice
        while data and len(data) < MOST:
            more = await channel.read(REST)
            if not more:
                break
            data += more
    return data[:MOST]


def _is_usb_printer(port: str) -> bool:
    try:
        status = os.stat(port)
    except (OSError, ValueError):
        return False
    return stat.S_ISCHR(status.st_mode) and os.major(status.st_rdev) == USB_PRINTERS
