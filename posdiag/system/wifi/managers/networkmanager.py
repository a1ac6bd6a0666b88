"""NetworkManager's D-Bus objects, and names for its numbers (nm-dbus-interface.h,
1.42)."""

from collections.abc import Mapping
from typing import Any

from posdiag.formats.desktop.percent_dbm import percent_to_dbm
from posdiag.model.questions.wifi_answers import EventKind
from posdiag.system.core.dbus import Service
from posdiag.system.wifi.managers.events import SeenNetwork

NM = "org.freedesktop.NetworkManager"
ROOT = "/org/freedesktop/NetworkManager"
SETTINGS = f"{ROOT}/Settings"
DEVICE, WIRELESS = f"{NM}.Device", f"{NM}.Device.Wireless"

STATES: Mapping[int, EventKind] = {70: "connected", 120: "given-up"}
"""States of a device (NMDeviceState) that end an attempt to join: keys are installed
and the lease is requested, or it failed."""

REASONS: Mapping[int, str] = {
    0: "none",
    1: "unknown",
    4: "config-failed",
    5: "ip-config-unavailable",
    6: "ip-config-expired",
    7: "no-secrets",
    8: "supplicant-disconnect",
    9: "supplicant-config-failed",
    10: "supplicant-failed",
    11: "supplicant-timeout",
    15: "dhcp-start-failed",
    16: "dhcp-error",
    17: "dhcp-failed",
    36: "removed",
    38: "connection-removed",
    39: "user-requested",
    40: "carrier",
    53: "ssid-not-found",
    60: "new-activation",
}
"""NMDeviceStateReason, those that occur in a join."""

PRIVACY = 1  # NM80211ApFlags


async def managed_device(manager: Service, interface: str) -> str:
    """The path of the interface's device; "" where NetworkManager does not run or does
    not manage the interface. Raises `BusError`."""
    if not await manager.owner():
        return ""
    device = await manager.call(ROOT, NM, "GetDeviceByIpIface", "s", interface)
    return str(device) if await manager.get(device, DEVICE, "Managed") else ""


def access_point(values: Mapping[str, Any]) -> SeenNetwork:
    """From its properties."""
    offers = "wep" if values["Flags"] & PRIVACY else "open"
    if values["WpaFlags"] or values["RsnFlags"]:
        offers = "wpa"
    signal = percent_to_dbm("networkmanager", values["Strength"])
    return SeenNetwork(offers, signal, (values["Frequency"],))
