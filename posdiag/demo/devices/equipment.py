"""Which printer, telephone line, reader or Bluetooth shows which fault?

Printer and modem are on a pseudo-terminal, on which the real handlers find the cause.
Card reader, Bluetooth and the tunnel's own view are answers of a model.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from posdiag.demo.devices.line import DialUpModem, LineSettings
from posdiag.demo.devices.printer import PrinterSettings, SimulatedPrinter
from posdiag.demo.devices.terminal import PseudoTerminal, Simulated
from posdiag.model.questions.base import Question
from posdiag.model.questions.devices import (
    AskBluetooth,
    AskPrinter,
    AskReaders,
    AskWireguard,
    Bluetooth,
    BluetoothAdapter,
    BluetoothDevice,
    CardReader,
    CardReaders,
    DialLine,
    Wireguard,
)
from posdiag.model.questions.meter import Meter
from posdiag.model.site import Bluetooth as BluetoothTable
from posdiag.model.site import Connection, Data, Printer, Pstn, Reader, Site, Vpn
from posdiag.system.core.dispatch import Handler
from posdiag.system.devices import line, printer

READER, TERMINAL, NUMBER = "ACS ACR39U", "00:1A:7D:DA:71:13", "16300"
HERE = (BluetoothAdapter("hci0", True),)

PRINTERS: Mapping[str, PrinterSettings] = {
    "printer.offline": PrinterSettings(offline=True),
    "printer.no-paper": PrinterSettings(no_paper=True),
    "printer.cover-open": PrinterSettings(cover_open=True),
    "printer.error": PrinterSettings(cutter=True),
}
LINES: Mapping[str, LineSettings] = {
    "pstn.no-modem": LineSettings(silent=True),
    "pstn.no-dial-tone": LineSettings(tone=False),
    "pstn.busy": LineSettings(result="BUSY"),
    "pstn.no-carrier": LineSettings(result="NO CARRIER"),
}
BLUETOOTH: Mapping[str, Bluetooth] = {
    "bluetooth.no-adapter": Bluetooth(()),
    "bluetooth.off": Bluetooth((BluetoothAdapter("hci0", False, "soft"),)),
    "bluetooth.not-paired": Bluetooth(HERE, BluetoothDevice("A920", False, False)),
    "bluetooth.not-found": Bluetooth(HERE, None, searched=True),
}
OTHERS = ("vpn.down", "vpn.no-route", "reader.not-found", "data.over-quota")
EQUIPMENT = (*PRINTERS, *LINES, *BLUETOOTH, *OTHERS)
"""All faults that are shown here, by cause."""

ANSWERS: Mapping[type[Question[Any]], Any] = {
    AskReaders: CardReaders((CardReader("Virtual PCD 00 00", "none"),)),
    AskWireguard: Wireguard(spoken=False),
}


@contextmanager
def with_equipment(fault: str, site: Site) -> Iterator[Site]:
    """The site that has this piece of equipment, while it is there."""
    if fault in PRINTERS:
        with PseudoTerminal(SimulatedPrinter(PRINTERS[fault])) as terminal:
            yield replace(site, printer=Printer(port=terminal.name))
    elif fault in LINES:
        device: Simulated = DialUpModem(LINES[fault])
        with PseudoTerminal(device) as terminal:
            pstn = Pstn(port=terminal.name, number=NUMBER)
            yield replace(site, connection=Connection("pstn"), pstn=pstn)
    elif fault in BLUETOOTH:
        own = BluetoothTable(TERMINAL)
        yield replace(site, connection=Connection("bluetooth"), bluetooth=own)
    elif fault == "reader.not-found":
        yield replace(site, reader=Reader(READER))
    elif fault == "data.over-quota":
        yield replace(site, data=Data(100, 15_000, 30_000_000))
    else:
        yield replace(site, vpn=Vpn("wg0"))


def handlers(fault: str) -> dict[type[Question[Any]], Handler]:
    """What answers about equipment while this fault is shown."""
    told = {**ANSWERS, AskBluetooth: BLUETOOTH.get(fault, Bluetooth(HERE))}
    return {
        AskPrinter: printer.ask,
        DialLine: line.dial,
        **{question: _always(answer) for question, answer in told.items()},
    }


def _always(answer: Any) -> Callable[[Any, Meter], Any]:
    async def handler(question: Any, meter: Meter) -> Any:
        return answer

    return handler
