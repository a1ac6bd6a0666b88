"""BlueZ as python-dbusmock plays it, on a system bus of our own; bluetoothctl reads the
same bus beside us."""

import asyncio
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.devices import AskBluetooth, Bluetooth, BluetoothAdapter
from posdiag.model.questions.meter import Meter
from posdiag.system.devices.bluetooth import (
    blocked,
    bluetooth,
    not_running,
    read_objects,
)
from tests.bluez_mock import ADDRESS, BUS, DEVICE, Bluez, bluez_on, system_bus


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with system_bus() as address:
        monkeypatch.setenv(BUS, address)
        yield address


@pytest.fixture
def bluez(bus: str) -> Iterator[Bluez]:
    with bluez_on(bus) as found:
        yield found


def asked(seconds: float = 0.0, address: str = ADDRESS) -> Bluetooth | Unknown:
    return asyncio.run(bluetooth(AskBluetooth(address, seconds), Meter()))


def bluetoothctl(*command: str) -> str:
    done = subprocess.run(
        ["bluetoothctl", *command],
        capture_output=True,
        text=True,
        timeout=10,
        check=False,
    )
    return done.stdout


@pytest.mark.usefixtures("bluez")
def test_without_an_adapter() -> None:
    assert asked() == Bluetooth(())
    assert "Controller" not in bluetoothctl("list")


def test_an_adapter_that_is_on_and_one_that_is_off(bluez: Bluez) -> None:
    bluez.adapter()
    assert asked() == Bluetooth((BluetoothAdapter("hci0", True),))
    assert "till" in bluetoothctl("list")

    bluez.set("/org/bluez/hci0", "Adapter1", "Powered", False)

    assert asked(2.0) == Bluetooth((BluetoothAdapter("hci0", False),))
    assert "Powered: no" in bluetoothctl("show")


def test_a_terminal_from_stranger_to_connected(bluez: Bluez) -> None:
    bluez.adapter()
    unknown = asked(1.0)
    bluez.device()
    seen = asked(1.0, ADDRESS.lower())
    bluez.pair()
    bonded = asked(1.0)
    bluez.set(DEVICE, "Device1", "Connected", True)
    used = asked(1.0)

    assert isinstance(unknown, Bluetooth)
    assert (unknown.device, unknown.searched) == (None, True)
    assert isinstance(seen, Bluetooth)
    assert seen.device is not None
    assert (seen.device.name, seen.device.paired) == ("A920", False)
    assert isinstance(bonded, Bluetooth)
    assert bonded.device is not None
    assert (bonded.device.paired, bonded.device.connected) == (True, False)
    assert isinstance(used, Bluetooth)
    assert used.device is not None
    assert used.device.connected
    assert "Connected: yes" in bluetoothctl("info", ADDRESS)


def test_the_search_is_ended(bluez: Bluez) -> None:
    bluez.adapter()
    asked(0.6, "AA:AA:AA:AA:AA:AA")

    assert "Discovering: no" in bluetoothctl("show")


@pytest.mark.usefixtures("bus")
def test_where_bluez_does_not_run(tmp_path: Path) -> None:
    found = asked()

    installed = shutil.which("bluetoothctl") is not None
    assert installed
    assert found == Bluetooth(()) or isinstance(found, Unknown)


def test_what_the_kernel_tells_without_bluez(tmp_path: Path) -> None:
    daemon = tmp_path / "bluetoothd"
    without = not_running(tmp_path, (str(daemon),))
    daemon.touch()
    idle = not_running(tmp_path, (str(daemon),))
    (tmp_path / "bluetooth" / "hci0").mkdir(parents=True)
    stopped = not_running(tmp_path, (str(daemon),))

    assert without == Unknown("no-tool", "sudo apt install bluez")
    assert idle == Bluetooth(())
    assert stopped == Unknown("no-service", "sudo systemctl start bluetooth")


@pytest.mark.parametrize(
    ("soft", "hard", "state", "wanted"),
    [
        ("0", "0", "", ""),
        ("1", "0", "", "soft"),
        ("1", "1", "", "hard"),
        ("0", "0", "off-blocked", "soft"),
    ],
)
def test_rfkill(tmp_path: Path, soft: str, hard: str, state: str, wanted: str) -> None:
    switch = tmp_path / "bluetooth" / "hci0" / "rfkill3"
    switch.mkdir(parents=True)
    (switch / "soft").write_text(f"{soft}\n")
    (switch / "hard").write_text(f"{hard}\n")

    assert blocked(tmp_path, "hci0", state) == wanted


@given(
    st.dictionaries(
        st.text(max_size=5),
        st.dictionaries(
            st.sampled_from(["org.bluez.Device1", "org.bluez.Adapter1", "x"]),
            st.integers() | st.dictionaries(st.text(max_size=3), st.integers()),
        )
        | st.integers(),
    )
    | st.integers()
)
def test_any_reply_is_read(found: object) -> None:
    assert all(read_objects(found).values())
