"""Modems: their AT port, what ModemManager knows of them, the ports of this machine.

Answers first, then the questions that they answer. Times are seconds. Nothing here
holds a PIN, an IMSI, an ICCID, an IMEI or a telephone number: lines of a dialogue are
masked before they become an answer (`posdiag.formats.at.private`).
"""

from dataclasses import dataclass
from typing import Literal

from posdiag.model.questions.base import Repeatable
from posdiag.model.site import Secret

NO_PIN = Secret("")
PortState = Literal["answers", "silent", "noise", "missing", "gone"]
"""What is behind a port: a modem that answers, nothing that answers, bytes that are no
answer, no such port, a port that vanished meanwhile."""

PinUse = Literal[
    "not-asked", "not-given", "accepted", "refused", "last-try", "tries-unknown"
]
"""What became of the PIN: not requested by the SIM, requested but not configured,
accepted, refused, withheld because one try is left or their number is not reported."""


@dataclass(frozen=True, slots=True)
class AtExchange:
    """One command and its response. `result` is the final result code as received, ""
    where none came within `seconds`. `lines` are the information responses."""

    command: str
    lines: tuple[str, ...] = ()
    result: str = ""
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return self.result == "OK"


@dataclass(frozen=True, slots=True)
class ModemDialogue:
    """The dialogue with a modem. `baudrate` is the one at which it answered; `unasked`
    are unsolicited result codes. Not `whole`: time ran out before all was asked."""

    port: str
    state: PortState
    baudrate: int = 0
    exchanges: tuple[AtExchange, ...] = ()
    unasked: tuple[str, ...] = ()
    pin: PinUse = "not-asked"
    whole: bool = True


@dataclass(frozen=True, slots=True)
class AskModem(Repeatable[ModemDialogue]):
    """Talk to the modem behind a port: SIM, registration, signal, data.

    `port` is anything that pyserial's `serial_for_url` opens. The PIN is sent once at
    most, only if the SIM requests it and more than one try is left. With `identify`
    it is only asked for maker and model. `seconds` is the time limit of the dialogue.
    """

    port: str
    baudrate: int = 115200
    pin: Secret = NO_PIN
    apn: str = ""
    identify: bool = False
    seconds: float = 13.0


@dataclass(frozen=True, slots=True)
class SerialPort:
    """One serial port. `vendor` and `product` are USB ids, None for another bus; `text`
    is the system's description."""

    name: str
    vendor: int | None = None
    product: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class SerialPorts:
    all: tuple[SerialPort, ...]


@dataclass(frozen=True, slots=True)
class AskSerialPorts(Repeatable[SerialPorts]):
    """The serial ports of this machine that belong to a device."""


@dataclass(frozen=True, slots=True)
class ManagedBearer:
    """A data connection (bearer) of ModemManager. `address` is "" where ModemManager
    does not know it (DHCP, PPP); `static`: it does. `servers` are its name servers.
    `error` is the last component of the D-Bus error of the last attempt."""

    apn: str = ""
    connected: bool = False
    static: bool = False
    address: str = ""
    interface: str = ""
    error: str = ""
    servers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ManagedModem:
    """A modem as ModemManager's D-Bus interface has it; numbers are its enumerations.

    `failed` is the reason of the state -1, `lock` the code that has to be entered.
    `rejection` is the cause of `NetworkRejection` (1.24 and later), None for none.
    Levels are dBm and dB, `quality` is %. `packets` is the packet service state.
    """

    port: str
    model: str = ""
    state: int = 0
    failed: int = 0
    lock: int = 1
    tries: int | None = None
    pin: PinUse = "not-asked"
    registration: int | None = None
    rejection: int | None = None
    operator: str = ""
    technologies: int = 0
    quality: int | None = None
    rssi: float | None = None
    rscp: float | None = None
    rsrp: float | None = None
    rsrq: float | None = None
    sinr: float | None = None
    packets: int = 0
    bearers: tuple[ManagedBearer, ...] = ()


@dataclass(frozen=True, slots=True)
class AskManagedModem(Repeatable[ManagedModem]):
    """The modem that ModemManager has on this port; "" for any. `unsupported` where it
    does not run or has none. The PIN is used as by `AskModem`."""

    port: str = ""
    pin: Secret = NO_PIN
