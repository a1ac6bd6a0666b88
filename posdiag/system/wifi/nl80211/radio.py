"""Capabilities of a Wi-Fi adapter, from nl80211's GET_WIPHY (pure), /sys and /proc."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from posdiag.formats.dot11.rsn import CIPHERS, cipher_of
from posdiag.model.questions.wifi_answers import Cipher, RadioChannel
from posdiag.system.core.files import read_text, rfkill
from posdiag.system.wifi.nl80211 import messages as nl
from posdiag.system.wifi.nl80211.transport import (
    Attributes,
    attributes,
    entries,
    number,
)

BAND_FREQUENCIES = 1
MHZ, DISABLED, NO_IR, RADAR = 1, 2, 3, 5
SAE_IN_USERSPACE = 1 << 5
SAE_OFFLOAD = 38  # bit of the extended features
BIP = 6  # the cipher that protects management frames
MAX_CHANNELS = 500

SYS = Path("/sys/class")
LIMIT = 256 * 1024


def channels(parts: Sequence[Attributes]) -> tuple[RadioChannel, ...]:
    """By frequency."""
    found: dict[int, RadioChannel] = {}
    for part in parts:
        for _, band in entries(part.get(nl.BANDS, b"")):
            for _, body in entries(attributes(band).get(BAND_FREQUENCIES, b"")):
                attrs = attributes(body)
                mhz = number(attrs.get(MHZ))
                if mhz and len(found) < MAX_CHANNELS:
                    found[mhz] = RadioChannel(
                        mhz, DISABLED in attrs, NO_IR in attrs, RADAR in attrs
                    )
    return tuple(found[mhz] for mhz in sorted(found))


def _selectors(parts: Sequence[Attributes]) -> list[bytes] | None:
    data = next((part[nl.CIPHERS] for part in parts if nl.CIPHERS in part), None)
    if data is None:
        return None
    # A selector is in host byte order: 00-0F-AC:4 is 0x000FAC04.
    values = (number(data[i : i + 4]) or 0 for i in range(0, len(data) - 3, 4))
    return [value.to_bytes(4, "big") for value in values]


def ciphers(parts: Sequence[Attributes]) -> tuple[Cipher, ...]:
    """The supported ciphers for data."""
    found = _selectors(parts) or []
    named = (cipher_of(s) for s in found if s[3] in CIPHERS)
    return tuple(dict.fromkeys(named))


def pmf(parts: Sequence[Attributes]) -> bool | None:
    found = _selectors(parts)
    return None if found is None else any(s[3] == BIP for s in found)


def sae(parts: Sequence[Attributes]) -> bool | None:
    """Is SAE supported, by the supplicant or by the driver itself?"""
    attrs = {kind: data for part in parts for kind, data in part.items()}
    if nl.FEATURES not in attrs:
        return None
    at, bit = divmod(SAE_OFFLOAD, 8)
    extended = attrs.get(nl.EXT_FEATURES, b"")
    offload = len(extended) > at and bool(extended[at] >> bit & 1)
    return offload or bool((number(attrs[nl.FEATURES]) or 0) & SAE_IN_USERSPACE)


def monitor(parts: Sequence[Attributes]) -> bool | None:
    found = next((part[nl.IFTYPES] for part in parts if nl.IFTYPES in part), None)
    return None if found is None else nl.MONITOR in nl.flags(found)


def driver(interface: str, root: Path = SYS) -> str:
    link = root / "net" / interface / "device" / "driver"
    try:
        return link.readlink().name
    except OSError:
        return ""


def blocked(phy: str, root: Path = SYS) -> Literal["soft", "hard"] | None:
    return rfkill(root / "ieee80211" / phy)


def supplicant_listens(interface: str, proc: Path = Path("/proc/net/unix")) -> bool:
    """Has wpa_supplicant a control socket for this interface? Users may not read its
    folder, but the kernel's list of sockets."""
    ends = f"/wpa_supplicant/{interface}"
    return any(line.endswith(ends) for line in read_text(proc, LIMIT).splitlines())
