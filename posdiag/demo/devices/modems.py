"""Which modem shows which fault? One line for each cause of the group `cellular`.

The port is a pseudo-terminal, on which the real AT client finds the cause.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from posdiag.demo.devices.modem import Manners, Modem, ModemSettings
from posdiag.demo.devices.terminal import PseudoTerminal
from posdiag.model.site import Cellular, Connection, Site

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


@contextmanager
def with_modem(fault: str, site: Site) -> Iterator[Site]:
    """The site whose terminal uses this modem, while it is there."""
    with PseudoTerminal(Modem(*MODEMS[fault])) as terminal:
        yield replace(
            site,
            connection=Connection("cellular"),
            cellular=Cellular(port=terminal.name, apn=APN),
        )
