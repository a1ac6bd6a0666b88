"""A terminal by Bluetooth: BlueZ as python-dbusmock plays it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.bluez_mock import ADDRESS, BUS, DEVICE, Bluez, bluez_on, system_bus
from tests.lab.devices.case import SLOW, Case, Rig, Setup, add

PROFILE = f"[connection]\nkind = 'bluetooth'\n[bluetooth]\naddress = '{ADDRESS}'\n"
Prepare = Callable[[Bluez], None]


def on_a_bus(prepare: Prepare) -> Setup:
    @contextmanager
    def setup() -> Iterator[Rig]:
        with system_bus() as address, bluez_on(address) as bluez:
            prepare(bluez)
            yield Rig(PROFILE, environment={BUS: address})

    return setup


def off(bluez: Bluez) -> None:
    bluez.adapter()
    bluez.set("/org/bluez/hci0", "Adapter1", "Powered", False)


def stranger(bluez: Bluez) -> None:
    bluez.adapter()
    bluez.device()


def paired(bluez: Bluez) -> None:
    stranger(bluez)
    bluez.pair()


def connected(bluez: Bluez) -> None:
    paired(bluez)
    bluez.set(DEVICE, "Device1", "Connected", True)


def refused(bluez: Bluez) -> None:
    paired(bluez)
    bluez.set(DEVICE, "Device1", "Blocked", True)


CASES: dict[str, tuple[str | None, Prepare, str]] = {
    "connected": ("", connected, "The terminal is connected."),
    "no-adapter": ("bluetooth.no-adapter", lambda bluez: None, "No adapter."),
    "off": ("bluetooth.off", off, "The adapter is switched off."),
    "stranger": ("bluetooth.not-paired", stranger, "Near, and not paired."),
    "refused": ("bluetooth.not-paired", refused, "On the block list."),
    "away": ("bluetooth.not-found", Bluez.adapter, "Nobody of that address."),
    "near": (None, paired, "Paired and heard: no proof, and no fault."),
}
for name, (expected, prepare, says) in CASES.items():
    add(Case(f"bluetooth-{name}", expected, on_a_bus(prepare), says, SLOW))
