"""Is the receipt printer ready, by its own word?"""

from typing import Any

import pytest

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.devices import AskPrinter, PrinterDialogue, PrinterReply
from posdiag.model.questions.wire import Lookup
from posdiag.model.site import Printer
from posdiag_checks.peripheral.printer import peripheral_printer
from tests.checks import machine as m
from tests.checks.running import OK, SKIP, UNOPENED, WARN, Case, of

row = of(peripheral_printer)
PORT = m.site(printer=Printer(port="/dev/ttyUSB0"))
RATE = m.site(printer=Printer(port="/dev/ttyUSB0", baudrate=9600))
HOST = m.site(printer=Printer(host="192.168.1.50"))
NAME = m.site(printer=Printer(host="till.example"))


def says(*bytes_of_four: int, **more: Any) -> dict[type, PrinterDialogue]:
    replies = tuple(
        PrinterReply(n, f"{byte:02x}") for n, byte in enumerate(bytes_of_four, start=1)
    )
    return {AskPrinter: PrinterDialogue("open", replies, **more)}


def reached(state: Any) -> dict[type, PrinterDialogue]:
    return {AskPrinter: PrinterDialogue(state)}


def heard(*texts: bytes) -> dict[type, PrinterDialogue]:
    replies = tuple(PrinterReply(n, t.hex()) for n, t in enumerate(texts, start=1))
    return {AskPrinter: PrinterDialogue("open", replies)}


CASES = [
    row(name="none in the profile", status=SKIP, code="skip.not-configured"),
    row(name="ready", status=OK, site=PORT, facts={"place": "/dev/ttyUSB0"}),
    row(
        name="little paper left",
        status=OK,
        variant="near-end",
        site=PORT,
        change=says(0x12, 0x12, 0x12, 0x1E),
    ),
    row(
        name="no paper",
        status=WARN,
        code="printer.no-paper",
        site=PORT,
        change=says(0x1A, 0x32, 0x12, 0x7E),
    ),
    row(
        name="cover open, which hides the paper",
        status=WARN,
        code="printer.cover-open",
        site=PORT,
        change=says(0x1A, 0x36, 0x12, 0x7E),
        rivals=("printer.no-paper",),
    ),
    row(
        name="cover open",
        status=WARN,
        code="printer.cover-open",
        site=PORT,
        change=says(0x1A, 0x16, 0x12, 0x12),
        rivals=(),
    ),
    row(
        name="cutter",
        status=WARN,
        code="printer.error",
        variant="cutter",
        site=PORT,
        change=says(0x1A, 0x52, 0x1A, 0x12),
    ),
    row(
        name="broken",
        status=WARN,
        code="printer.error",
        variant="broken",
        site=PORT,
        change=says(0x1A, 0x52, 0x32, 0x12),
    ),
    row(
        name="hot",
        status=WARN,
        code="printer.error",
        variant="hot",
        site=PORT,
        change=says(0x1A, 0x52, 0x52, 0x12),
    ),
    row(
        name="another error",
        status=WARN,
        code="printer.error",
        site=PORT,
        change=says(0x1A, 0x52, 0x12, 0x12),
    ),
    row(
        name="offline without a reason",
        status=WARN,
        code="printer.offline",
        site=PORT,
        change=says(0x1A, 0x12, 0x12, 0x12),
    ),
    row(
        name="it tells nothing of itself",
        status=SKIP,
        code="skip.printer-silent",
        site=PORT,
        change=reached("open"),
    ),
    row(
        name="it says what nobody understands",
        status=SKIP,
        code="skip.printer-noise",
        site=PORT,
        change=heard(b"\xf0\x81\xfe"),
    ),
    row(
        name="no such port",
        status=WARN,
        code="printer.offline",
        variant="missing",
        site=PORT,
        change=reached("missing"),
    ),
    row(
        name="the serial server does not answer",
        status=WARN,
        code="printer.offline",
        variant="away",
        site=m.site(printer=Printer(port="socket://192.0.2.9:2000")),
        change=reached("missing"),
    ),
    row(
        name="unplugged midway",
        status=WARN,
        code="printer.offline",
        variant="gone",
        site=PORT,
        change=reached("gone"),
    ),
    *(
        row(
            name=f"the port cannot be opened, {why}",
            status=SKIP,
            code=code,
            site=PORT,
            change={AskPrinter: Unknown(why, "fax")},
        )
        for why, code in UNOPENED.items()
    ),
    row(
        name="it answers at another speed than the profile's",
        status=WARN,
        code="printer.error",
        variant="baudrate",
        site=RATE,
        change=says(0x12, 0x12, 0x12, 0x12, baudrate=19200),
        facts={"baudrate": 19200, "told": 9600},
    ),
    row(
        name="the profile's speed is right",
        status=OK,
        site=RATE,
        change=says(0x12, 0x12, 0x12, 0x12, baudrate=9600),
    ),
    row(name="on the network", status=OK, site=HOST, facts={"place": "192.168.1.50"}),
    row(
        name="on the network, off",
        status=WARN,
        code="printer.offline",
        variant="silent",
        site=HOST,
        change=reached("silent"),
    ),
    row(
        name="on the network, not reachable",
        status=WARN,
        code="printer.offline",
        variant="unreachable",
        site=HOST,
        change=reached("unreachable"),
    ),
    row(
        name="on the network, taken by another",
        status=WARN,
        code="printer.offline",
        variant="refused",
        site=HOST,
        change=reached("refused"),
    ),
    row(
        name="that host is no printer",
        status=WARN,
        code="printer.offline",
        variant="foreign",
        site=HOST,
        change=heard(b"HTTP/1.1 400 Bad Request\r\n"),
    ),
    row(
        name="its name leads nowhere",
        status=WARN,
        code="printer.offline",
        variant="name",
        site=NAME,
    ),
    row(
        name="its name leads to it",
        status=OK,
        site=NAME,
        change={Lookup: m.zone({"till.example": ("192.168.1.50",)})},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_peripheral_printer(case: Case) -> None:
    case.verify()
