"""Wi-Fi adapters, their interfaces and their state (Linux, nl80211).

Raises OSError if the kernel refuses.
"""

import fcntl
import socket
import struct
from contextlib import suppress
from dataclasses import dataclass

from posdiag.system.wifi.nl80211 import messages as nl
from posdiag.system.wifi.nl80211.radio import channels, monitor
from posdiag.system.wifi.nl80211.transport import Attributes, Family, attribute, number

START_P2P, STOP_P2P = 89, 90
IFNAME, WDEV = 4, 153
P2P_DEVICE = 10  # interface type: Wi-Fi Direct, which has no network interface
SIOCGIFFLAGS, SIOCSIFFLAGS, UP = 0x8913, 0x8914, 1
REQUEST = struct.Struct("=16sH14x")  # struct ifreq: a name and its flags


@dataclass(frozen=True, slots=True)
class AdapterInterface:
    """A network interface of an adapter; `frequency` (MHz) if it is in use."""

    name: str
    index: int
    up: bool
    frequency: int | None = None


@dataclass(frozen=True, slots=True)
class Adapter:
    """One radio (wiphy). `monitor`: it supports monitor mode. `frequencies` (MHz) are
    those that the regulatory domain allows. `p2p_devices` are wdev ids of Wi-Fi Direct
    devices, which supplicants keep open, mostly unused."""

    number: int
    interfaces: tuple[AdapterInterface, ...]
    monitor: bool
    frequencies: tuple[int, ...]
    p2p_devices: tuple[bytes, ...] = ()

    @property
    def in_use(self) -> AdapterInterface | None:
        used = [i for i in self.interfaces if i.up and i.frequency]
        return used[0] if used else None


def adapters(family: Family) -> list[Adapter]:
    """All of them; first those with monitor mode, of these first the unused."""
    interfaces: dict[int, list[AdapterInterface]] = {}
    p2p: dict[int, tuple[bytes, ...]] = {}
    for one in family.ask(nl.GET_INTERFACE, dump=True):
        index, phy = number(one.get(nl.IFINDEX)), number(one.get(nl.WIPHY))
        if phy is not None and number(one.get(nl.IFTYPE)) == P2P_DEVICE and WDEV in one:
            p2p[phy] = (*p2p.get(phy, ()), one[WDEV])
        if index is None or phy is None:
            continue
        name = one.get(IFNAME, b"").rstrip(b"\0").decode("ascii", "replace")
        frequency = number(one.get(nl.FREQUENCY))
        held = AdapterInterface(name, index, is_up(name), frequency)
        interfaces.setdefault(phy, []).append(held)
    found = []
    for phy, own in sorted(interfaces.items()):
        parts = nl.wiphy(family, phy)
        allowed = tuple(c.frequency for c in channels(parts) if not c.disabled)
        monitors = monitor(parts) is True
        found.append(Adapter(phy, tuple(own), monitors, allowed, p2p.get(phy, ())))
    found.sort(key=lambda a: (not a.monitor, a.in_use is not None))
    return found


def cached_bss(family: Family, adapter: Adapter) -> list[Attributes]:
    """The scan caches of the adapter's interfaces."""
    found: list[Attributes] = []
    for interface in adapter.interfaces:
        with suppress(OSError):
            found += nl.scan_cache(family, interface.index)
    return found


# --- interfaces up and down --------------------------------------------------------


def is_up(name: str) -> bool:
    try:
        return bool(_flags(name) & UP)
    except OSError:
        return False


def set_up(name: str, up: bool) -> None:
    flags = _flags(name)
    _flags(name, flags | UP if up else flags & ~UP)


def start_p2p(family: Family, wdev: bytes) -> None:
    family.ask(START_P2P, attribute(WDEV, wdev))


def _flags(name: str, value: int | None = None) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        command = SIOCGIFFLAGS if value is None else SIOCSIFFLAGS
        request = REQUEST.pack(name.encode()[:15], value or 0)
        flags: int = REQUEST.unpack(fcntl.ioctl(control, command, request))[1]
        return flags


def stop_p2p(family: Family, wdev: bytes) -> bool:
    """True if it was open and is closed now."""
    try:
        family.ask(STOP_P2P, attribute(WDEV, wdev))
    except OSError:
        return False
    return True
