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
    where there never was one; `sent` and `received` count since the tunnel is up, with
    keep-alives and handshakes."""

    handshake: float | None
    sent: int
    received: int


@dataclass(frozen=True, slots=True)
class Wireguard:
    """The peers, and the networks that any of them takes packets for (CIDR). `spoken`
    False: the interface is a tunnel of another kind."""

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
    """A device that BlueZ knows. `rssi` is in dBm, None where it was not heard while
    somebody searched."""

    name: str
    paired: bool
    connected: bool
    blocked: bool = False
    rssi: int | None = None


@dataclass(frozen=True, slots=True)
class Bluetooth:
    """The adapters, and the one device that was asked for. `searched`: a search ran for
    the whole time, so that who was not heard did not make itself heard."""

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
    """What came after one question, in hexadecimal. `question` is the n of ESC/POS's
    `DLE EOT n`, 0 for StarPRNT's."""

    question: int
    reply: str


@dataclass(frozen=True, slots=True)
class PrinterDialogue:
    """How a printer was reached, and what it said.

    `state`: "open"; "missing": no such port; "gone": unplugged meanwhile; "refused",
    "silent", "unreachable": the TCP connection. `unasked` came before any question
    (hexadecimal). `baudrate` is the one at which it answered, 0 for none.
    """

    state: Literal["open", "missing", "gone", "refused", "silent", "unreachable"]
    replies: tuple[PrinterReply, ...] = ()
    unasked: str = ""
    baudrate: int = 0


@dataclass(frozen=True, slots=True)
class AskPrinter(Repeatable[PrinterDialogue]):
    """Ask a printer for its status, by ESC/POS and, where that is met by silence, by
    StarPRNT. Nothing is printed.

    `port` is a serial port, anything that pyserial's `serial_for_url` opens, or a USB
    printer's device; else it is `address`:`tcp`. Where nothing is understood at
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
result code within the time, after which we hung up."""


@dataclass(frozen=True, slots=True)
class Dialled:
    """What became of a call. `state` is of the modem: it answers, is silent, sends what
    is no answer, is not there, went away. `tone` is of the exchange: heard, none, or
    the modem cannot tell. `seconds` passed from the number to the result."""

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
    """One reader. `card`: none in it, one that answers, one that does not (upside down,
    dirty, broken), or the reader itself does not tell. `atr` is the card's Answer To
    Reset (ISO/IEC 7816-3, hexadecimal), which names no holder; nothing else of it is
    read."""

    name: str
    card: Literal["none", "answers", "mute", "untold"]
    atr: str = ""


@dataclass(frozen=True, slots=True)
class CardReaders:
    """Not `running`: the PC/SC service is off, so that no program finds a reader."""

    readers: tuple[CardReader, ...] = ()
    running: bool = True


@dataclass(frozen=True, slots=True)
class AskReaders(Repeatable[CardReaders]):
    """The PC/SC readers of this machine. No connection to a card is made. Unknown:
    `no-tool` without the system's PC/SC library."""
