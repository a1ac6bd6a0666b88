"""Is the terminal paired, connected, in range?"""

from typing import Any

import pytest

from posdiag.model.questions.devices import (
    AskBluetooth,
    Bluetooth,
    BluetoothAdapter,
    BluetoothDevice,
)
from posdiag.model.site import Bluetooth as Table
from posdiag.model.site import Connection
from posdiag_checks.bluetooth.terminal import bluetooth_terminal
from tests.checks import machine as m
from tests.checks.running import FAIL, OK, SKIP, Case, of

row = of(bluetooth_terminal)
ADDRESS = "00:1A:7D:DA:71:13"
AT = m.site(connection=Connection(kind="bluetooth"), bluetooth=Table(address=ADDRESS))
UNNAMED = m.site(connection=Connection(kind="bluetooth"))
HERE = (BluetoothAdapter("hci0", True),)


def device(searched: bool = True, **more: Any) -> dict[type, Bluetooth]:
    kept = {"name": "A920", "paired": True, "connected": False, **more}
    return {AskBluetooth: Bluetooth(HERE, BluetoothDevice(**kept), searched)}


CASES = [
    row(name="no address", status=SKIP, code="skip.not-configured", site=UNNAMED),
    row(
        name="connected",
        status=OK,
        site=AT,
        change=device(connected=True, searched=False),
        facts={"name": "A920"},
    ),
    row(
        name="connected without a bond",
        status=OK,
        site=AT,
        change=device(connected=True, paired=False),
    ),
    row(
        name="paired and heard",
        status=OK,
        variant="in-range",
        site=AT,
        change=device(rssi=-61),
        facts={"rssi": -61},
    ),
    row(
        name="heard, not paired",
        status=FAIL,
        code="bluetooth.not-paired",
        site=AT,
        change=device(paired=False, rssi=-50),
    ),
    row(
        name="blocked here",
        status=FAIL,
        code="bluetooth.not-paired",
        variant="blocked",
        site=AT,
        change=device(blocked=True),
    ),
    row(
        name="not known and not heard",
        status=FAIL,
        code="bluetooth.not-found",
        site=AT,
        change={AskBluetooth: Bluetooth(HERE, None, True)},
        facts={"mac": ADDRESS},
        rivals=("bluetooth.not-paired",),
    ),
    row(
        name="paired, not heard",
        status=FAIL,
        code="bluetooth.not-found",
        variant="paired",
        site=AT,
        change=device(),
    ),
    row(
        name="paired, and no search was possible",
        status=SKIP,
        code="skip.bluetooth-untold",
        site=AT,
        change=device(searched=False),
    ),
    row(
        name="not known, and no search was possible",
        status=SKIP,
        code="skip.bluetooth-untold",
        site=AT,
        change={AskBluetooth: Bluetooth(HERE)},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_bluetooth_terminal(case: Case) -> None:
    case.verify()


def test_only_a_connection_is_proof() -> None:
    connected = row(
        name="connected", status=OK, site=AT, change=device(connected=True)
    ).found
    near = row(name="near", status=OK, site=AT, change=device(rssi=-61)).found

    assert connected.proves is None  # all that the check can give
    assert near.proves == ()
