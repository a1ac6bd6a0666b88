"""Which modem, printer, telephone line, reader or Bluetooth shows which fault?

Printer and modems are on a pseudo-terminal, on which the real handlers find the cause.
Card reader, Bluetooth and the tunnel's own view are answers of a model.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from posdiag.demo.devices.line import DialUpModem, LineSettings
from posdiag.demo.devices.modem import Manners, Modem, ModemSettings
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
from posdiag.model.site import (
    Cellular,
    Connection,
    Data,
    Printer,
    Pstn,
    Reader,
    Site,
    Vpn,
)
from posdiag.system.core.dispatch import Handler
from posdiag.system.devices import line, printer

READER, TERMINAL, NUMBER = "ACS ACR39U", "00:1A:7D:DA:71:13", "16300"
HERE = (BluetoothAdapter("hci0", True),)

APN = "cmiot"
MODEMS: Mapping[str, tuple[ModemSettings, Manners]] = {
    "cellular.no-modem": (ModemSettings(), Manners(silent=True)),
    "cellular.no-sim": (ModemSettings(sim=10), Manners()),
    "cellular.sim-locked": (ModemSettings(sim="SIM PUK"), Manners()),
    "cellular.sim-failure": (ModemSettings(sim=13), Manners()),
    "cellular.not-registered": (ModemSettings(stat=2, rssi=99, rsrp=255), Manners()),
    "cellular.registration-denied": (ModemSettings(stat=3, cause=8), Manners()),
    "cellular.weak-signal": (ModemSettings(rssi=6, rsrp=24, rsrq=12), Manners()),
    "cellular.no-data": (ModemSettings(active=False, refusal=133), Manners()),
}
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
EQUIPMENT = (*MODEMS, *PRINTERS, *LINES, *BLUETOOTH, *OTHERS)
"""All faults that are shown here, by cause."""

ANSWERS: Mapping[type[Question[Any]], Any] = {
    AskReaders: CardReaders((CardReader("Virtual PCD 00 00", "none"),)),
    AskWireguard: Wireguard(spoken=False),
}


@contextmanager
def with_equipment(fault: str, site: Site) -> Iterator[Site]:
    """The site that has this piece of equipment, while it is there."""
    if fault in MODEMS:
        with PseudoTerminal(Modem(*MODEMS[fault])) as terminal:
            cellular = Cellular(port=terminal.name, apn=APN)
            yield replace(site, connection=Connection("cellular"), cellular=cellular)
    elif fault in PRINTERS:
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
    answers = {**ANSWERS, AskBluetooth: BLUETOOTH.get(fault, Bluetooth(HERE))}
    return {
        AskPrinter: printer.ask,
        DialLine: line.dial,
        **{question: _always(answer) for question, answer in answers.items()},
    }


def _always(answer: Any) -> Callable[[Any, Meter], Any]:
    async def handler(question: Any, meter: Meter) -> Any:
        return answer

    return handler
