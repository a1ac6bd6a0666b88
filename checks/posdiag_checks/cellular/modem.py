"""The state of this site's modem, by its AT port or by ModemManager.

Levels are dBm and dB.
"""

from dataclasses import dataclass
from typing import Literal

from posdiag.formats.at.context import DataContext
from posdiag.formats.at.registration import Generation
from posdiag.formats.at.signal import Level
from posdiag.formats.at.sim import SimState
from posdiag.model import Finding, skip
from posdiag.model.questions.modem import PinUse

State = Literal["home", "roaming", "searching", "denied", "idle", "emergency", "none"]
"""Of registration. `idle`: neither registered nor searching; `none`: not reported."""

NO_LEVEL = Level()
REGISTERED: tuple[State, ...] = ("home", "roaming")


@dataclass(frozen=True, slots=True)
class Modem:
    """One modem. None, "" and `none` stand for unknown.

    `whole`: the dialogue was completed in time. `calls` and `packets` are the two
    registrations. `cause` is the reject cause (24.008, 24.301) of a refused
    registration, `session_cause` that of a refused connection, `refused` the modem's
    result code for it. `disabled`: this machine's own manager has switched it off.
    `flips`: the SIM was alternately readable and not. `percent` is a signal quality of
    unknown scale. `interface` is that of its data connection on this machine, as its
    manager names it, and `servers` are the name servers of that. `contexts` is None,
    and `addresses` False, where the modem does not report them.
    """

    port: str
    source: Literal["at", "modemmanager"] = "at"
    baudrate: int = 0
    model: str = ""
    whole: bool = True
    sim: SimState = "unknown"
    tries: int | None = None
    pin: PinUse = "not-asked"
    flips: bool = False
    radio_off: bool = False
    disabled: bool = False
    calls: State = "none"
    packets: State = "none"
    cause: int | None = None
    session_cause: int | None = None
    refused: str = ""
    technology: Generation = ""
    operator: str = ""
    level: Level = NO_LEVEL
    percent: int | None = None
    attached: bool | None = None
    interface: str = ""
    servers: tuple[str, ...] = ()
    contexts: tuple[DataContext, ...] | None = None
    addresses: bool = False

    @property
    def registered(self) -> bool:
        return self.packets in REGISTERED or self.calls in REGISTERED

    @property
    def address(self) -> str:
        """The address of the first context that has one."""
        return next((c.address for c in self.contexts or () if c.address), "")

    def unreported(self) -> Finding:
        """The skip where the modem does not report what a check needs."""
        return skip("skip.modem-untold" if self.whole else "skip.modem-late")
