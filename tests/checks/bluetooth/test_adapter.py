"""Is there a Bluetooth adapter, switched on?"""

import pytest

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.devices import AskBluetooth, Bluetooth, BluetoothAdapter
from posdiag.model.site import Bluetooth as Table
from posdiag.model.site import Connection
from posdiag_checks.bluetooth.adapter import bluetooth_adapter
from tests.checks import machine as m
from tests.checks.running import FAIL, OK, SKIP, WARN, Case, of

row = of(bluetooth_adapter)
AT = m.site(connection=Connection(kind="bluetooth"))
NAMED = m.site(bluetooth=Table(address="00:1A:7D:DA:71:13"))
OFF = BluetoothAdapter("hci0", False)
FLIGHT = BluetoothAdapter("hci0", False, "soft")
SWITCH = BluetoothAdapter("hci0", False, "hard")


def has(*adapters: BluetoothAdapter) -> dict[type, Bluetooth]:
    return {AskBluetooth: Bluetooth(adapters)}


CASES = [
    row(name="not used here", status=SKIP, code="skip.not-configured"),
    row(name="on", status=OK, site=AT, facts={"adapter": "hci0"}),
    row(name="on, terminal named", status=OK, site=NAMED),
    row(name="none", status=FAIL, code="bluetooth.no-adapter", site=AT, change=has()),
    row(
        name="off",
        status=FAIL,
        code="bluetooth.off",
        site=AT,
        change=has(OFF),
        facts={"adapter": "hci0"},
    ),
    row(
        name="off, beside the way that the terminal uses",
        status=WARN,
        code="bluetooth.off",
        site=m.site(
            connection=Connection(kind="wifi"),
            bluetooth=Table(address="00:1A:7D:DA:71:13"),
        ),
        change=has(OFF),
    ),
    row(
        name="flight mode",
        status=FAIL,
        code="bluetooth.off",
        variant="blocked",
        site=AT,
        change=has(FLIGHT),
    ),
    row(
        name="a switch on the case",
        status=FAIL,
        code="bluetooth.off",
        variant="switch",
        site=AT,
        change=has(SWITCH),
    ),
    row(
        name="one of two works",
        status=OK,
        site=AT,
        change=has(OFF, BluetoothAdapter("hci1", True)),
        facts={"adapter": "hci1"},
    ),
    row(
        name="BlueZ is not installed",
        status=SKIP,
        code="skip.no-tool",
        site=AT,
        change={AskBluetooth: Unknown("no-tool", "sudo apt install bluez")},
        facts={"hint": "sudo apt install bluez"},
    ),
    row(
        name="BlueZ does not run",
        status=SKIP,
        code="skip.no-service",
        site=AT,
        change={AskBluetooth: Unknown("no-service", "sudo systemctl start bluetooth")},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_bluetooth_adapter(case: Case) -> None:
    case.verify()
