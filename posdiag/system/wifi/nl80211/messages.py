"""Requests to nl80211, and the kernel's numbers for them (linux/nl80211.h).

Unprivileged, but for `trigger` and `abort`, which need CAP_NET_ADMIN. All raise OSError
if the kernel refuses; `unknown` turns that into an answer.
"""

import errno
import socket
from collections.abc import Iterable

from posdiag.model.questions.base import Unknown
from posdiag.system.wifi.nl80211.transport import (
    Attributes,
    Family,
    attribute,
    attributes,
    entries,
)

GET_WIPHY, GET_INTERFACE, GET_STATION, DEL_STATION, GET_REG = 1, 5, 17, 20, 31
GET_SCAN, TRIGGER_SCAN, NEW_SCAN_RESULTS, SCAN_ABORTED = 32, 33, 34, 35
GET_SURVEY, ABORT_SCAN = 50, 114

WIPHY, WIPHY_NAME, IFINDEX, IFTYPE, MAC = 1, 2, 3, 5, 6
STA_INFO, BANDS, IFTYPES, ALPHA2, FREQUENCY = 21, 22, 32, 33, 38
SCAN_FREQUENCIES, SCAN_SSIDS, BSS, SSID, CIPHERS = 44, 45, 47, 52, 57
SURVEY, FEATURES, SCAN_FLAGS, CHANNEL_WIDTH = 84, 143, 158, 159
SPLIT_DUMP, EXT_FEATURES = 174, 217

FLUSH = 2  # drop cache entries that this scan does not find

STATION, MONITOR, P2P_CLIENT = 2, 6, 8  # interface types

# No such interface, not Wi-Fi, or the driver does not do this.
UNSUPPORTED = {
    errno.ENODEV, errno.ENOENT, errno.ENXIO, errno.EOPNOTSUPP, errno.EPROTONOSUPPORT,
    errno.EAFNOSUPPORT,
}  # fmt: skip
REFUSED = {errno.EPERM, errno.EACCES}


def unknown(error: OSError) -> Unknown:
    if error.errno in UNSUPPORTED:
        return Unknown("unsupported")
    return Unknown("no-rights" if error.errno in REFUSED else "trouble")


def kernel() -> Family:
    return Family("nl80211")


def index_of(interface: str) -> int:
    """OSError if there is no such interface."""
    try:
        return socket.if_nametoindex(interface)
    except (OSError, ValueError) as error:  # Python gives no errno here
        raise OSError(errno.ENODEV, interface) from error


def interface(family: Family, index: int) -> Attributes:
    """Attributes of a Wi-Fi interface. ENODEV if it is none."""
    found = family.ask(GET_INTERFACE, attribute(IFINDEX, index))
    if not found:
        raise OSError(errno.ENODEV, "no answer")
    return found[0]


def _dump_nested(
    family: Family, command: int, index: int, inner: int
) -> list[Attributes]:
    found = family.ask(command, attribute(IFINDEX, index), dump=True)
    return [attributes(one[inner]) for one in found if inner in one]


def scan_cache(family: Family, index: int) -> list[Attributes]:
    return _dump_nested(family, GET_SCAN, index, BSS)


def surveys(family: Family, index: int) -> list[Attributes]:
    return _dump_nested(family, GET_SURVEY, index, SURVEY)


def stations(family: Family, index: int) -> list[Attributes]:
    """The peers of an interface, each with its address at `MAC`."""
    return family.ask(GET_STATION, attribute(IFINDEX, index), dump=True)


def wiphy(family: Family, number: int) -> list[Attributes]:
    """Capabilities of an adapter, in several messages."""
    parts = attribute(WIPHY, number), attribute(SPLIT_DUMP, b"")
    return family.ask(GET_WIPHY, *parts, dump=True)


def regulatory(family: Family, number: int) -> Attributes:
    found = family.ask(GET_REG, attribute(WIPHY, number))
    return found[0] if found else {}


def trigger(
    family: Family,
    index: int,
    ssids: Iterable[bytes],
    frequencies: Iterable[int],
    flush: bool,
) -> None:
    """Begin a scan; passive without names. EBUSY while one is under way."""
    parts = [attribute(IFINDEX, index), attribute(SCAN_SSIDS, _encode_array(ssids))]
    if channels := _encode_array(frequencies):
        parts.append(attribute(SCAN_FREQUENCIES, channels))
    if flush:
        parts.append(attribute(SCAN_FLAGS, FLUSH))
    family.ask(TRIGGER_SCAN, *parts)


def _encode_array(values: Iterable[bytes | int]) -> bytes:
    """An array: attributes numbered from 1."""
    return b"".join(attribute(i, value) for i, value in enumerate(values, 1))


def abort(family: Family, index: int) -> None:
    """Abort our scan. ENOENT if there is none."""
    family.ask(ABORT_SCAN, attribute(IFINDEX, index))


def flags(body: bytes) -> set[int]:
    """The types of nested attributes without a value."""
    return {kind for kind, _ in entries(body)}
