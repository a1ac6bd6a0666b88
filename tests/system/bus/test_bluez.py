"""BlueZ as python-dbusmock plays it, on a system bus of our own; bluetoothctl reads the
same bus beside us."""

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.devices import AskBluetooth, Bluetooth, BluetoothAdapter
from posdiag.model.questions.meter import Meter
from posdiag.system.bus.bluez import blocked, bluetooth, not_running, read_objects
from tests.network_manager import CONFIG

BUS = "DBUS_SYSTEM_BUS_ADDRESS"
PYTHON = "/usr/bin/python3"  # Debian's, which has dbusmock
ADDRESS = "11:22:33:44:55:66"
PATH = f"/org/bluez/hci0/dev_{ADDRESS.replace(':', '_')}"


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A system bus without any service."""
    config = tmp_path / "bus.xml"
    config.write_text(CONFIG.format(path=tmp_path / "socket"), "ascii")
    argv = ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address"]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        address = daemon.stdout.readline().strip()
        monkeypatch.setenv(BUS, address)
        yield address
        daemon.kill()


@pytest.fixture
def bluez(bus: str) -> Iterator[None]:
    """bluetoothd, without an adapter."""
    argv = [PYTHON, "-m", "dbusmock", "--system", "--template", "bluez5"]
    environment = {**os.environ, BUS: bus}
    with subprocess.Popen(argv, env=environment, stdout=subprocess.DEVNULL) as mock:
        ends = time.monotonic() + 10
        while time.monotonic() < ends:
            if call("/", "org.freedesktop.DBus.Peer.Ping", check=False):
                break
            time.sleep(0.05)
        yield
        mock.kill()


def call(path: str, member: str, *arguments: str, check: bool = True) -> bool:
    argv = ["dbus-send", "--system", "--print-reply", "--dest=org.bluez", path, member]
    done = subprocess.run([*argv, *arguments], capture_output=True, check=check)
    return done.returncode == 0


def adapter() -> None:
    call("/", "org.bluez.Mock.AddAdapter", "string:hci0", "string:till")


def device() -> None:
    call(
        "/",
        "org.bluez.Mock.AddDevice",
        "string:hci0",
        f"string:{ADDRESS}",
        "string:A920",
    )


def paired() -> None:
    call(
        "/",
        "org.bluez.Mock.PairDevice",
        "string:hci0",
        f"string:{ADDRESS}",
        "int32:5898764",
    )


def set_property(path: str, interface: str, name: str, value: bool) -> None:
    call(
        path,
        "org.freedesktop.DBus.Properties.Set",
        f"string:org.bluez.{interface}",
        f"string:{name}",
        f"variant:boolean:{str(value).lower()}",
    )


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


@pytest.mark.usefixtures("bluez")
def test_an_adapter_that_is_on_and_one_that_is_off() -> None:
    adapter()
    assert asked() == Bluetooth((BluetoothAdapter("hci0", True),))
    assert "till" in bluetoothctl("list")

    set_property("/org/bluez/hci0", "Adapter1", "Powered", False)

    assert asked(2.0) == Bluetooth((BluetoothAdapter("hci0", False),))
    assert "Powered: no" in bluetoothctl("show")


@pytest.mark.usefixtures("bluez")
def test_a_terminal_from_stranger_to_connected() -> None:
    adapter()
    unknown = asked(1.0)
    device()
    seen = asked(1.0, ADDRESS.lower())
    paired()
    bonded = asked(1.0)
    set_property(PATH, "Device1", "Connected", True)
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


@pytest.mark.usefixtures("bluez")
def test_the_search_is_ended() -> None:
    adapter()
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
