"""Devices beside the network card: modems, printers, card readers, tunnels."""

from typing import Any

from posdiag.model.questions import devices as ask
from posdiag.model.questions.base import Question
from posdiag.model.questions.modem import AskManagedModem, AskModem, AskSerialPorts
from posdiag.system.core.dispatch import Handler


def portable_handlers() -> dict[type[Question[Any]], Handler]:
    """For any system: pyserial and sockets are the same everywhere."""
    from posdiag.system.devices import line, modem, ports, printer

    return {
        AskModem: modem.ask,
        AskSerialPorts: ports.list_ports,
        ask.AskPrinter: printer.ask,
        ask.DialLine: line.dial,
    }


def handlers() -> dict[type[Question[Any]], Handler]:
    """For Linux. Heavy libraries are imported when a question is asked."""
    from posdiag.system.devices import bluetooth, smartcard, wireguard
    from posdiag.system.devices.modem import modemmanager

    return {
        **portable_handlers(),
        AskManagedModem: modemmanager.ask,
        ask.AskWireguard: wireguard.wireguard,
        ask.AskReaders: smartcard.readers,
        ask.AskBluetooth: bluetooth.bluetooth,
    }
