"""The real ModemManager drives our modem, and its view gives the same causes as the AT
port of the same modem: neither the one nor the other was made to fit."""

import asyncio
from pathlib import Path

import pytest

from posdiag.demo.devices.modem import Manners, Modem, ModemSettings
from posdiag.demo.devices.terminal import PseudoTerminal
from posdiag.model import Finding, Status
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.modem import (
    AskManagedModem,
    AskModem,
    ManagedModem,
    ModemDialogue,
)
from posdiag.system.devices import modem as at_port
from posdiag.system.devices.modem import modemmanager
from posdiag_checks.cellular import dialogue, managed, registration, sim
from posdiag_checks.cellular.modem import Modem as Known
from tests.real_modem_manager import modem_manager_of

QUICK = Manners(latency=0.005)


def seen_by_manager(
    modem: Modem, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> ManagedModem | Unknown:
    async def look() -> ManagedModem | Unknown:
        async with modem_manager_of(folder, modem) as address:
            monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
            return await modemmanager.ask(AskManagedModem(), Meter())

    return asyncio.run(look())


def seen_at_the_port(modem: Modem) -> ModemDialogue | Unknown:
    with PseudoTerminal(modem) as terminal:
        return asyncio.run(at_port.ask(AskModem(terminal.name), Meter()))


def judged(known: Known | None) -> Finding:
    assert known is not None
    found = sim.judge(known)
    return registration.judge(known) if found.status is Status.OK else found


def test_it_drives_our_modem_to_registered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modem = Modem(manners=QUICK)

    found = seen_by_manager(modem, tmp_path, monkeypatch)

    assert isinstance(found, ManagedModem)
    assert (found.state, found.registration, found.technologies) == (8, 1, 1 << 14)
    assert found.model == "Quectel EC20F"
    assert found.operator in ("CHINA MOBILE", "46000")
    assert found.quality == 21 * 100 // 31
    assert len(modem.heard) > 60


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        (ModemSettings(), ""),
        (ModemSettings(sim=10), "cellular.no-sim"),
        (ModemSettings(sim="SIM PIN"), "cellular.sim-locked"),
        (ModemSettings(sim="SIM PUK"), "cellular.sim-locked"),
        (ModemSettings(stat=2), "cellular.not-registered"),
        (ModemSettings(stat=3), "cellular.registration-denied"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else "",
)
def test_both_ways_to_the_modem_name_one_cause(
    settings: ModemSettings, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_manager = seen_by_manager(Modem(settings, QUICK), tmp_path, monkeypatch)
    by_port = seen_at_the_port(Modem(settings, QUICK))

    assert isinstance(by_manager, ManagedModem)
    assert isinstance(by_port, ModemDialogue)
    assert judged(managed.read(by_manager)).code == code
    assert judged(dialogue.read(by_port)).code == code
