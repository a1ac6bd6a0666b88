"""Tunnels, Bluetooth, card readers, printers and telephone lines of this machine.

Answers first, then the questions that they answer. Times are seconds, sizes bytes.
"""

from dataclasses import dataclass
from typing import Literal

from posdiag.model.questions.base import Question, Repeatable
from posdiag.model.site import Secret

NO_NUMBER = Secret("")


@dataclass(frozen=True, slots=True)
class Peer:
    """One peer of a WireGuard interface. `handshake` is the age of the last one, None
    for none yet; `sent` and `received` count all bytes since the tunnel came up,
    keep-alives and handshakes included."""

    handshake: float | None
    sent: int
    received: int


@dataclass(frozen=True, slots=True)
class Wireguard:
    """The peers, and the allowed IPs of all of them (CIDR). Not `spoken`: the interface
    is a tunnel of another kind."""

    peers: tuple[Peer, ...] = ()
    allowed: tuple[str, ...] = ()
    spoken: bool = True


@dataclass(frozen=True, slots=True)
class BluetoothAdapter:
    """`blocked`: disabled by software (flight mode) or a hardware switch (rfkill)."""

    name: str
    powered: bool
    blocked: Literal["", "soft", "hard"] = ""


@dataclass(frozen=True, slots=True)
class BluetoothDevice:
    """A device that BlueZ knows. `rssi` is in dBm, None where it did not show up in a
    search."""

    name: str
    paired: bool
    connected: bool
    blocked: bool = False
    rssi: int | None = None


@dataclass(frozen=True, slots=True)
class Bluetooth:
    """The adapters, and the one device that was asked for. `searched`: a search ran for
    the whole time, so a device without an RSSI sent nothing."""

    adapters: tuple[BluetoothAdapter, ...]
    device: BluetoothDevice | None = None
    searched: bool = False


@dataclass(frozen=True, slots=True)
class AskWireguard(Repeatable[Wireguard]):
    """The peers of one interface: age of the handshake and traffic, never a key."""

    interface: str


@dataclass(frozen=True, slots=True)
class AskBluetooth(Repeatable[Bluetooth]):
    """Adapters, and the device of that hardware address, searched for up to `seconds`
    unless it is connected; 0: not searched for. Unknown: `no-tool` without BlueZ,
    `no-service` where it does not run although there is an adapter."""

    address: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class PrinterReply:
    """The reply to one status request, in hexadecimal. `question` is the n of ESC/POS's
    `DLE EOT n`, 0 for StarPRNT's."""

    question: int
    reply: str


@dataclass(frozen=True, slots=True)
class PrinterDialogue:
    """How a printer was reached, and its replies.

    `state`: "open"; "missing": no such port; "gone": unplugged meanwhile; "refused",
    "silent", "unreachable": the TCP connection. `unasked` came before any request
    (hexadecimal). `baudrate` is the one at which it answered, 0 for none.
    """

    state: Literal["open", "missing", "gone", "refused", "silent", "unreachable"]
    replies: tuple[PrinterReply, ...] = ()
    unasked: str = ""
    baudrate: int = 0


@dataclass(frozen=True, slots=True)
class AskPrinter(Repeatable[PrinterDialogue]):
    """Ask a printer for its status, by ESC/POS and, if that brings no reply, by
    StarPRNT. Nothing is printed.

    `port` is a serial port, anything that pyserial's `serial_for_url` opens, or a USB
    printer's device; else `address`:`tcp` is used. Where no reply can be parsed at
    `baudrate` (0: the usual ones), other rates are tried.
    """

    port: str = ""
    baudrate: int = 0
    address: str = ""
    tcp: int = 9100


DialResult = Literal[
    "not-dialled",
    "connect",
    "busy",
    "no-carrier",
    "no-answer",
    "no-dial-tone",
    "refused",
    "nothing",
]
"""The modem's result code; "refused": it answered ERROR to the number; "nothing": no
result code in time, and the call was ended."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """How a call ended. `state` is the modem's: it answers, is silent, sends bytes that
    are no answer, is not there, went away. `tone` is the exchange's dial tone;
    "untold": the modem cannot report it. `seconds` passed from dialling to the
    result."""

    state: Literal["answers", "silent", "noise", "missing", "gone"]
    result: DialResult = "not-dialled"
    tone: Literal["heard", "none", "untold"] = "untold"
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class DialLine(Question[Dialled]):
    """Dial a number once, by a dial-up modem, and hang up; without one, listen for a
    dial tone alone. Unknown: `no-rights`, `busy` (another program has the port)."""

    port: str
    baudrate: int = 115200
    number: Secret = NO_NUMBER
    seconds: float = 45.0


@dataclass(frozen=True, slots=True)
class CardReader:
    """One reader. `card`: none inserted, one that answers, one that does not (upside
    down, dirty, broken), or not reported by the reader. `atr` is the card's Answer To
    Reset (ISO/IEC 7816-3, hexadecimal), which names no holder; nothing else is read
    from it."""

    name: str
    card: Literal["none", "answers", "mute", "untold"]
    atr: str = ""


@dataclass(frozen=True, slots=True)
class CardReaders:
    """Not `running`: the PC/SC service is off, so no program finds a reader."""

    readers: tuple[CardReader, ...] = ()
    running: bool = True


@dataclass(frozen=True, slots=True)
class AskReaders(Repeatable[CardReaders]):
    """The PC/SC readers of this machine. No connection to a card is made. Unknown:
    `no-tool` without the system's PC/SC library."""
