"""Which Wi-Fi adapters are there, and what are they doing? (Linux, nl80211)

Raises OSError where the kernel refuses; the caller says what that means.
"""

import fcntl
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from posdiag.system.wifi.nl80211 import messages as nl
from posdiag.system.wifi.nl80211.transport import (
    Attributes,
    Family,
    attribute,
    attributes,
    entries,
    number,
)

START_DIRECT, STOP_DIRECT = 89, 90
IFNAME, WDEV = 4, 153
DIRECT = 10  # interface type: Wi-Fi Direct (P2P), which has no network interface
BAND_FREQUENCIES, FREQUENCY, DISABLED = 1, 1, 2  # nested in BANDS
BSS_BSSID, BSS_FREQUENCY, BSS_ELEMENTS = 1, 2, 6  # nested in BSS
SIOCGIFFLAGS, SIOCSIFFLAGS, UP = 0x8913, 0x8914, 1
REQUEST = struct.Struct("=16sH14x")  # struct ifreq: a name and its flags


@dataclass(frozen=True, slots=True)
class Held:
    """A network interface of an adapter. `frequency`: it is in use there."""

    name: str
    index: int
    up: bool
    frequency: int | None = None


@dataclass(frozen=True, slots=True)
class Adapter:
    """`frequencies` are those that the country's rules allow. `direct` are the Wi-Fi
    Direct devices on it, which supplicants keep open for nothing most of the time."""

    number: int
    interfaces: tuple[Held, ...]
    monitor: bool
    frequencies: tuple[int, ...]
    direct: tuple[bytes, ...] = ()

    @property
    def in_use(self) -> Held | None:
        used = [held for held in self.interfaces if held.up and held.frequency]
        return used[0] if used else None


def adapters(family: Family) -> list[Adapter]:
    """Those that can listen first, of them those that are not in use."""
    held: dict[int, list[Held]] = {}
    direct: dict[int, tuple[bytes, ...]] = {}
    for one in family.ask(nl.GET_INTERFACE, dump=True):
        index, phy = number(one.get(nl.IFINDEX)), number(one.get(nl.WIPHY))
        if phy is not None and number(one.get(nl.IFTYPE)) == DIRECT and WDEV in one:
            direct[phy] = (*direct.get(phy, ()), one[WDEV])
        if index is None or phy is None:
            continue
        name = one.get(IFNAME, b"").rstrip(b"\0").decode("ascii", "replace")
        frequency = number(one.get(nl.FREQUENCY))
        held.setdefault(phy, []).append(Held(name, index, is_up(name), frequency))
    found = [
        _adapter(family, phy, tuple(all), direct.get(phy, ()))
        for phy, all in sorted(held.items())
    ]
    found.sort(key=lambda a: (not a.monitor, a.in_use is not None))
    return found


def _adapter(
    family: Family, phy: int, interfaces: tuple[Held, ...], direct: tuple[bytes, ...]
) -> Adapter:
    kinds: set[int] = set()
    frequencies: list[int] = []
    for part in nl.wiphy(family, phy):
        kinds |= nl.flags(part.get(nl.IFTYPES, b""))
        frequencies += _frequencies(part)
    allowed = tuple(dict.fromkeys(frequencies))
    return Adapter(phy, interfaces, nl.MONITOR in kinds, allowed, direct)


def _frequencies(part: Attributes) -> Iterator[int]:
    for _, band in entries(part.get(nl.BANDS, b"")):
        for _, channel in entries(attributes(band).get(BAND_FREQUENCIES, b"")):
            said = attributes(channel)
            frequency = number(said.get(FREQUENCY))
            if frequency and DISABLED not in said:
                yield frequency


@dataclass(frozen=True, slots=True)
class Remembered:
    """An access point that the kernel has heard lately."""

    bssid: bytes
    frequency: int
    elements: bytes


def remembered(family: Family, adapter: Adapter) -> list[Remembered]:
    found = []
    for held in adapter.interfaces:
        with suppress(OSError):
            for bss in nl.heard(family, held.index):
                frequency = number(bss.get(BSS_FREQUENCY))
                if frequency:
                    bssid, body = bss.get(BSS_BSSID, b""), bss.get(BSS_ELEMENTS, b"")
                    found.append(Remembered(bssid, frequency, body))
    return found


# --- interfaces up and down --------------------------------------------------------


def is_up(name: str) -> bool:
    try:
        return bool(_flags(name) & UP)
    except OSError:
        return False


def switch(name: str, up: bool) -> None:
    flags = _flags(name)
    _flags(name, flags | UP if up else flags & ~UP)


def start_direct(family: Family, wdev: bytes) -> None:
    family.ask(START_DIRECT, attribute(WDEV, wdev))


def _flags(name: str, value: int | None = None) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        command = SIOCGIFFLAGS if value is None else SIOCSIFFLAGS
        request = REQUEST.pack(name.encode()[:15], value or 0)
        flags: int = REQUEST.unpack(fcntl.ioctl(control, command, request))[1]
        return flags


def stop_direct(family: Family, wdev: bytes) -> bool:
    """Was it open, and is it closed now?"""
    try:
        family.ask(STOP_DIRECT, attribute(WDEV, wdev))
    except OSError:
        return False
    return True
