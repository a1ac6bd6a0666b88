"""Who looks after a Wi-Fi adapter, and will it scan for us? (D-Bus)

NetworkManager lets the user at the machine scan who may not do so himself.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

from posdiag.system.wifi.nl80211.radio import supplicant_listens

MANAGER = "org.freedesktop.NetworkManager"
MANAGER_PATH = "/org/freedesktop/NetworkManager"
DEVICE = f"{MANAGER}.Device"
WIRELESS = f"{DEVICE}.Wireless"
IWD = "net.connman.iwd"
DAEMON, DAEMON_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"
PROPERTIES = "org.freedesktop.DBus.Properties"

TIMEOUT = 2.0  # seconds for each call

# (destination, path, interface, member, signature, arguments) to its answer or None.
Call = Callable[..., Awaitable[Any]]


@asynccontextmanager
async def _bus() -> AsyncIterator[Call | None]:
    """Calls by way of the system bus; None where there is none that lets us in."""
    from dbus_fast import BusType, Message, MessageFlag, MessageType
    from dbus_fast.aio import MessageBus
    from dbus_fast.errors import AuthError, InvalidAddressError

    async def call(
        to: str, path: str, interface: str, member: str, signature: str = "", *body: Any
    ) -> Any:
        message = Message(
            destination=to,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=list(body),
            flags=MessageFlag.NO_AUTOSTART,
        )
        try:
            answer = await asyncio.wait_for(bus.call(message), TIMEOUT)
        except (TimeoutError, OSError, EOFError):
            return None
        if answer is None or answer.message_type is not MessageType.METHOD_RETURN:
            return None
        return answer.body[0] if answer.body else True

    try:
        bus = MessageBus(bus_type=BusType.SYSTEM)
        await asyncio.wait_for(bus.connect(), TIMEOUT)
    except (OSError, AuthError, InvalidAddressError, TimeoutError, EOFError):
        yield None
        return
    try:
        yield call
    finally:
        bus.disconnect()


async def _runs(call: Call, name: str) -> bool:
    owned = await call(DAEMON, DAEMON_PATH, DAEMON, "NameHasOwner", "s", name)
    return owned is True


async def _device(call: Call, interface: str) -> str | None:
    """NetworkManager's own name for the adapter, if it runs and looks after it."""
    if not await _runs(call, MANAGER):
        return None
    path = await call(
        MANAGER, MANAGER_PATH, MANAGER, "GetDeviceByIpIface", "s", interface
    )
    if not isinstance(path, str):
        return None
    managed = await call(MANAGER, path, PROPERTIES, "Get", "ss", DEVICE, "Managed")
    return path if getattr(managed, "value", None) is True else None


async def managed_by(
    interface: str,
) -> Literal["NetworkManager", "wpa_supplicant", "iwd", ""]:
    async with _bus() as call:
        if call is not None:
            if await _device(call, interface):
                return "NetworkManager"
            if await _runs(call, IWD):
                return "iwd"
    if supplicant_listens(interface) or _exists(interface):
        return "wpa_supplicant"
    return ""


def _exists(interface: str) -> bool:
    """/proc/net/unix shows the sockets of our own network namespace alone."""
    try:
        return Path("/run/wpa_supplicant", interface).is_socket()
    except OSError:
        return False


async def request_scan(interface: str, name: bytes) -> bool:
    """Ask NetworkManager for a scan. False where it does not run or refuses."""
    from dbus_fast import Variant

    options = {"ssids": Variant("aay", [b"", name])} if name else {}
    async with _bus() as call:
        path = call and await _device(call, interface)
        if not call or not path:
            return False
        done = await call(MANAGER, path, WIRELESS, "RequestScan", "a{sv}", options)
        return done is not None
