"""Which program manages a Wi-Fi adapter, and will it scan on our behalf? (D-Bus)

NetworkManager scans for the local user, who may not scan without it.
"""

from contextlib import suppress
from typing import Literal

from posdiag.system.core.dbus import BusError, Service, system_bus
from posdiag.system.wifi.managers.networkmanager import NM, WIRELESS, managed_device
from posdiag.system.wifi.managers.supplicant_socket import control_path
from posdiag.system.wifi.nl80211.radio import supplicant_listens

IWD = "net.connman.iwd"
CALL_TIME = 2.0

Program = Literal["NetworkManager", "wpa_supplicant", "iwd", ""]


async def managed_by(interface: str) -> Program:
    """The program's name, "" for none that we know."""
    async with system_bus(CALL_TIME) as bus:
        if bus is not None:
            with suppress(BusError):
                if await managed_device(Service(bus, NM), interface):
                    return "NetworkManager"
            if await Service(bus, IWD).owner():
                return "iwd"
    # The kernel lists the sockets of our own network namespace alone.
    if supplicant_listens(interface) or control_path(interface):
        return "wpa_supplicant"
    return ""


async def request_scan(interface: str, ssid: bytes) -> bool:
    """Ask NetworkManager for a scan, by name unless `ssid` is empty. False where it
    does not manage the adapter or refuses."""
    from dbus_fast import Variant

    options = {"ssids": Variant("aay", [b"", ssid])} if ssid else {}
    async with system_bus(CALL_TIME) as bus:
        with suppress(BusError):
            manager = Service(bus, NM) if bus is not None else None
            device = manager and await managed_device(manager, interface)
            if manager and device:
                await manager.call(device, WIRELESS, "RequestScan", "a{sv}", options)
                return True
    return False
