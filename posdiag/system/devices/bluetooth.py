"""Which Bluetooth adapters and devices does BlueZ know (org.bluez, by D-Bus)?

Only the device that was asked for becomes an answer. Our own discovery is stopped
whatever happens; that of another program goes on.
"""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from posdiag.model.questions.base import Unknown
from posdiag.model.questions.devices import (
    AskBluetooth,
    Bluetooth,
    BluetoothAdapter,
    BluetoothDevice,
)
from posdiag.model.questions.meter import Meter
from posdiag.system.core.dbus import BusError, Service, system_bus
from posdiag.system.core.files import rfkill

BLUEZ = "org.bluez"
ADAPTER, DEVICE = f"{BLUEZ}.Adapter1", f"{BLUEZ}.Device1"
MANAGER = "org.freedesktop.DBus.ObjectManager"
POLL = 0.5  # seconds between two polls while discovering
CALL_TIME = 5.0
MOST = 2000  # objects of BlueZ; a busy shopping street has some hundred
NAME = 100  # characters of a device's name
SYS = Path("/sys/class")
DAEMON = ("/usr/libexec/bluetooth/bluetoothd", "/usr/lib/bluetooth/bluetoothd")

Objects = dict[str, dict[str, dict[str, Any]]]


async def bluetooth(
    question: AskBluetooth, meter: Meter, sys: Path = SYS
) -> Bluetooth | Unknown:
    async with system_bus(CALL_TIME) as bus:
        service = Service(bus, BLUEZ) if bus is not None else None
        try:
            if service is None or not await service.owner():
                return not_running(sys)
            return await _ask(service, question, sys)
        except BusError as error:
            why = "no-rights" if error.denied else "trouble"
            return Unknown(why, f"bluetoothd: {error.name}")


def not_running(sys: Path, daemons: tuple[str, ...] = DAEMON) -> Bluetooth | Unknown:
    """Without BlueZ only the kernel knows whether there is an adapter."""
    if not any(Path(daemon).exists() for daemon in daemons):
        return Unknown("no-tool", "sudo apt install bluez")
    if not any((sys / "bluetooth").glob("hci*")):
        return Bluetooth(())  # systemd starts the daemon for an adapter alone
    return Unknown("no-service", "sudo systemctl start bluetooth")


async def _ask(service: Service, question: AskBluetooth, sys: Path) -> Bluetooth:
    objects = await _objects(service)
    adapters = {p: i[ADAPTER] for p, i in objects.items() if ADAPTER in i}
    listed = tuple(
        BluetoothAdapter(
            path.rpartition("/")[2][:40],
            _on(found),
            blocked(sys, path.rpartition("/")[2], str(found.get("PowerState", ""))),
        )
        for path, found in sorted(adapters.items())
    )
    usable = [path for path, found in sorted(adapters.items()) if _on(found)]
    device = _device(objects, question.address) if question.address else None
    connected = device is not None and device.connected
    if not question.seconds or connected or not usable:
        return Bluetooth(listed, device)
    searched = await _search(service, usable[0], question)
    device = _device(await _objects(service), question.address)
    return Bluetooth(listed, device, searched)


async def _search(service: Service, adapter: str, question: AskBluetooth) -> bool:
    """Discover until the device is found or the time is up; False where discovery could
    not be started."""
    with suppress(BusError):  # no filter of ours: classic and LE, at any distance
        await service.call(adapter, ADAPTER, "SetDiscoveryFilter", "a{sv}", {})
    try:
        await service.call(adapter, ADAPTER, "StartDiscovery")
    except BusError as error:
        if error.name != "InProgress":  # ours, of a moment ago
            return False
    loop = asyncio.get_running_loop()
    ends = loop.time() + question.seconds
    try:
        while loop.time() < ends:
            await asyncio.sleep(POLL)
            device = _device(await _objects(service), question.address)
            if device is not None and (device.connected or device.rssi is not None):
                break
    finally:
        with suppress(BusError):
            await asyncio.shield(service.call(adapter, ADAPTER, "StopDiscovery"))
    return True


async def _objects(service: Service) -> Objects:
    """Adapters and devices with their properties; what has another form is left out."""
    found = await service.call("/", MANAGER, "GetManagedObjects")
    return read_objects(found)


def read_objects(found: object) -> Objects:
    if not isinstance(found, dict):
        return {}
    kept: Objects = {}
    for path, interfaces in list(found.items())[:MOST]:
        if not isinstance(interfaces, dict):
            continue
        own = {
            name: interfaces[name]
            for name in (ADAPTER, DEVICE)
            if isinstance(interfaces.get(name), dict)
        }
        if own:
            kept[str(path)] = own
    return kept


def _device(objects: Objects, address: str) -> BluetoothDevice | None:
    """The device of that address; of several adapters' the one that is connected, else
    paired."""
    found = [
        BluetoothDevice(
            str(values.get("Alias") or values.get("Name") or "")[:NAME],
            values.get("Paired") is True,
            values.get("Connected") is True,
            values.get("Blocked") is True,
            _level(values.get("RSSI")),
        )
        for interfaces in objects.values()
        if (values := interfaces.get(DEVICE)) is not None
        and str(values.get("Address", "")).upper() == address.upper()
    ]
    found.sort(key=lambda device: (not device.connected, not device.paired))
    return found[0] if found else None


def _level(value: object) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return int(str(value)) if whole and -128 < int(str(value)) < 20 else None


def _on(adapter: dict[str, Any]) -> bool:
    return adapter.get("Powered") is True


def blocked(sys: Path, adapter: str, state: str) -> Literal["", "soft", "hard"]:
    """By rfkill in sysfs, else by BlueZ's PowerState (5.65 and newer)."""
    switch = rfkill(sys / "bluetooth" / adapter)
    return switch or ("soft" if state == "off-blocked" else "")
