"""Which handler answers which question about the equipment of this machine?"""

from typing import Any

from posdiag.model.questions import devices as ask
from posdiag.model.questions.base import Question
from posdiag.model.questions.modem import AskModem, AskSerialPorts
from posdiag.system.core.dispatch import Handler

Handlers = dict[type[Question[Any]], Handler]


def anywhere() -> Handlers:
    """What any system answers: pyserial and sockets are the same everywhere."""
    from posdiag.system.devices import line, modem, ports, printer

    return {
        AskModem: modem.ask,
        AskSerialPorts: ports.ports,
        ask.AskPrinter: printer.ask,
        ask.DialLine: line.dial,
    }


def handlers() -> Handlers:
    """For Linux. Heavy libraries are imported when a question is asked."""
    from posdiag.system.bus import bluez
    from posdiag.system.devices import smartcard, wireguard

    return {
        **anywhere(),
        ask.AskWireguard: wireguard.wireguard,
        ask.AskReaders: smartcard.readers,
        ask.AskBluetooth: bluez.bluetooth,
    }
