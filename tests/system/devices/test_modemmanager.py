"""ModemManager's D-Bus interface, served by python-dbusmock and read by `mmcli` too."""

import asyncio
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from dbus_fast import Variant

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.meter import Meter
from posdiag.model.questions.modem import AskManagedModem, ManagedBearer, ManagedModem
from posdiag.model.site import Secret
from posdiag.system.devices.modem.modemmanager import ask
from tests.modem_manager import CARD, ManagerMock, modem_manager

BUS = "DBUS_SYSTEM_BUS_ADDRESS"
Act = Callable[[ManagerMock], Awaitable[Any]]
Ask = Callable[[Act], Any]


@pytest.fixture
def on_the_bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    def carry_out(act: Act) -> Any:
        async def run() -> Any:
            async with modem_manager(tmp_path) as mock:
                monkeypatch.setenv(BUS, mock.address)
                return await act(mock)

        return asyncio.run(run())

    return carry_out


async def asked(port: str = "", pin: str = "") -> ManagedModem | Unknown:
    return await ask(AskManagedModem(port, Secret(pin)), Meter())


async def mmcli(mock: ManagerMock, *options: str) -> dict[str, str]:
    """The key-value output of `mmcli`: the second reader."""
    child = await asyncio.create_subprocess_exec(
        *("mmcli", *options, "--output-keyvalue"),
        env={BUS: mock.address, "PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    told, _ = await child.communicate()
    rows = (line.partition(":") for line in told.decode().splitlines())
    return {key.strip(): value.strip() for key, _, value in rows}


def test_a_healthy_modem_is_read_as_mmcli_reads_it(on_the_bus: Ask) -> None:
    async def act(mock: ManagerMock) -> Any:
        await mock.modem()
        return await asked(), await mmcli(mock, "-m", "0"), await mock.calls()

    found, told, calls = on_the_bus(act)

    assert found == ManagedModem(
        port="cdc-wdm0",
        model="QUALCOMM EM05",
        state=11,
        lock=1,
        tries=3,
        registration=1,
        operator="CHINA MOBILE",
        technologies=1 << 14,
        quality=71,
        rssi=-67.0,
        rsrp=-97.0,
        rsrq=-11.0,
        sinr=9.4,
        packets=2,
        bearers=(ManagedBearer("cmiot", True, True, "10.23.45.67", "wwan0"),),
    )
    assert told["modem.generic.state"] == "connected"
    assert told["modem.3gpp.registration-state"] == "home"
    assert told["modem.3gpp.operator-name"] == found.operator
    assert told["modem.generic.signal-quality.value"] == str(found.quality)
    assert calls == ["Setup", "Setup"]  # and back


def test_a_rejection_is_read_in_any_state(on_the_bus: Ask) -> None:
    rejection = {"error": Variant("u", 15), "operator-id": Variant("s", "46000")}

    async def act(mock: ManagerMock) -> Any:
        await mock.modem(
            {"State": Variant("i", 7), "Bearers": Variant("ao", [])},
            {
                "RegistrationState": Variant("u", 2),
                "NetworkRejection": Variant("a{sv}", rejection),
            },
            bearer={},
        )
        return await asked(), await mmcli(mock, "-m", "0")

    found, told = on_the_bus(act)

    assert (found.state, found.registration, found.rejection) == (7, 2, 15)
    assert told["modem.generic.state"] == "searching"


def test_a_failed_modem_has_fewer_interfaces(on_the_bus: Ask) -> None:
    async def act(mock: ManagerMock) -> Any:
        failed = {
            "State": Variant("i", -1),
            "StateFailedReason": Variant("u", 2),
            "Sim": Variant("o", "/"),
            "Bearers": Variant("ao", []),
        }
        await mock.modem(failed, bearer={}, levels=False)
        return await asked(), await mmcli(mock, "-m", "0")

    found, told = on_the_bus(act)

    assert (found.state, found.failed, found.bearers) == (-1, 2, ())
    assert told["modem.generic.state-failed-reason"] == "sim-missing"


def test_the_port_decides_whose_modem_it_is(on_the_bus: Ask) -> None:
    async def act(mock: ManagerMock) -> Any:
        await mock.modem()
        return await asked("/dev/ttyUSB2"), await asked("/dev/ttyUSB9")

    mine, other = on_the_bus(act)

    assert mine.port == "/dev/ttyUSB2"
    assert other == Unknown("unsupported")


@pytest.mark.parametrize(
    ("pin", "tries", "state", "use", "sent"),
    [
        ("1234", 3, 11, "accepted", ["SendPin"]),
        ("9999", 3, 2, "refused", ["SendPin"]),
        ("1234", 1, 2, "last-try", []),
        ("", 3, 2, "not-given", []),
    ],
)
def test_the_pin_is_sent_once_and_never_the_last_time(
    on_the_bus: Ask, pin: str, tries: int, state: int, use: str, sent: list[str]
) -> None:
    async def act(mock: ManagerMock) -> Any:
        locked = {
            "State": Variant("i", 2),
            "UnlockRequired": Variant("u", 2),
            "UnlockRetries": Variant("a{uu}", {2: tries}),
        }
        await mock.modem(locked, levels=False)
        return await asked(pin=pin), await mock.calls(CARD)

    found, calls = on_the_bus(act)

    assert (found.pin, found.tries, found.state) == (use, tries, state)
    assert calls == sent


def test_no_bus_no_manager_and_no_modem_are_unsupported(
    on_the_bus: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(mock: ManagerMock) -> Any:
        return await asked()

    assert on_the_bus(act) == Unknown("unsupported")
    monkeypatch.setenv(BUS, "unix:path=/nowhere")
    assert asyncio.run(asked()) == Unknown("unsupported")
