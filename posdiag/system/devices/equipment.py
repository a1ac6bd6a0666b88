"""Which handler answers which question about the equipment of this machine?"""

from typing import Any

from posdiag.model.questions import devices as ask
from posdiag.model.questions.base import Question
from posdiag.system.core.dispatch import Handler


def handlers() -> dict[type[Question[Any]], Handler]:
    """For Linux. Heavy libraries are imported when a question is asked."""
    from posdiag.system.bus import bluez
    from posdiag.system.devices import line, printer, smartcard, wireguard

    return {
        ask.AskWireguard: wireguard.wireguard,
        ask.AskPrinter: printer.ask,
        ask.AskReaders: smartcard.readers,
        ask.DialLine: line.dial,
        ask.AskBluetooth: bluez.bluetooth,
    }
