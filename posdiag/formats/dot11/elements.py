"""What does an access point say of itself in its beacons and probe responses?

Pure: the information elements of IEEE 802.11-2020 9.4.2 as they were on the air. They
are the work of strangers: what is damaged, cut short or absurd is taken as not said,
and nothing here raises.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from posdiag.formats.dot11.rsn import Suites, rsn, wpa
from posdiag.formats.dot11.width import Width, width

# Element ids; what comes behind id 255 is told apart by its next octet.
SSID = 0
RATES = 1
DS = 3
COUNTRY = 7
LOAD = 11
HT = 45
RSN = 48
MORE_RATES = 50
EXTENDED = 127
VHT = 191
VENDOR = 221
EXTENSION = 255
HE = 256 + 35
EHT = 256 + 108

MAX_ELEMENTS = 400  # of one frame; a frame has room for some 1150
MAX_VENDORS = 32
MAX_SSID = 32
MICROSOFT = bytes.fromhex("0050f2")
WPA_TYPE = 1
WPS_TYPE = 4
UTF8_BIT = 48
# "Rates" that name a feature which a station must have (table 9-92).
SELECTORS = range(122, 128)
DSSS = {1.0, 2.0, 5.5, 11.0}

Standard = Literal["b", "a", "g", "n", "ac", "ax", "be"]
Found = dict[int, bytes]


@dataclass(frozen=True, slots=True)
class Elements:
    """None: not said. `ssid` is b"" where the name is hidden; `basic` are Mbit/s."""

    ssid: bytes | None = None
    channel: int | None = None
    basic: tuple[float, ...] = ()
    country: str = ""
    stations: int | None = None
    utilisation: float | None = None
    rsn: Suites | None = None
    wpa: Suites | None = None
    wps: bool = False
    width: Width | None = None
    standard: Standard | None = None
    utf8: bool | None = None
    vendors: tuple[str, ...] = ()


def walk(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each element's id and body, up to the first that is cut short."""
    at = 0
    for _ in range(MAX_ELEMENTS):
        if at + 2 > len(data):
            return
        number, length = data[at], data[at + 1]
        body = data[at + 2 : at + 2 + length]
        if len(body) < length:
            return
        if number == EXTENSION and body:
            yield 256 + body[0], body[1:]
        elif number != EXTENSION:
            yield number, body
        at += 2 + length


def read(frequency: int, *frames: bytes) -> Elements:
    """The elements of a probe response and of a beacon of one access point.

    What the first frame says goes before what the others say. `frequency` in MHz.
    """
    found: Found = {}
    vendors: list[bytes] = []
    for frame in frames:
        for number, body in walk(frame):
            if number == VENDOR:
                vendors.append(body)
            else:
                found.setdefault(number, body)
    if not found and not vendors:
        return Elements()
    every, basic = _rates(found)
    stations, utilisation = _load(found.get(LOAD))
    return Elements(
        ssid=name(found.get(SSID)),
        channel=found[DS][0] if len(found.get(DS, b"")) == 1 else None,
        basic=basic,
        country=_country(found.get(COUNTRY, b"")),
        stations=stations,
        utilisation=utilisation,
        rsn=rsn(found[RSN]) if RSN in found else None,
        wpa=next((wpa(body[4:]) for body in vendors if _is(body, WPA_TYPE)), None),
        wps=any(_is(body, WPS_TYPE) for body in vendors),
        width=width(found, frequency),
        standard=_standard(found, every, frequency),
        utf8=_utf8(found.get(EXTENDED, b"")),
        vendors=_vendors(vendors),
    )


def name(body: bytes | None) -> bytes | None:
    """Access points hide their name by none, or by as many NULs as it has octets."""
    if body is None or len(body) > MAX_SSID:
        return None
    return body if body.strip(b"\0") else b""


def hides(beacon: bytes) -> bool | None:
    """Do these beacons leave the name out?"""
    found = next((body for number, body in walk(beacon) if number == SSID), None)
    said = name(found)
    return None if said is None else not said


def _is(body: bytes, kind: int) -> bool:
    return body[:3] == MICROSOFT and len(body) > 3 and body[3] == kind


def _rates(found: Found) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """All rates, and those that every station must know."""
    octets = found.get(RATES, b"") + found.get(MORE_RATES, b"")
    kept = [o for o in octets if not (o & 0x80 and o & 0x7F in SELECTORS) and o & 0x7F]
    every = {(o & 0x7F) / 2 for o in kept}
    basic = {(o & 0x7F) / 2 for o in kept if o & 0x80}
    return tuple(sorted(every)), tuple(sorted(basic))


def _load(body: bytes | None) -> tuple[int | None, float | None]:
    # Cisco's own, older element has the same id and four octets.
    if body is None or len(body) != 5:
        return None, None
    return int.from_bytes(body[:2], "little"), body[2] / 255


def _country(body: bytes) -> str:
    code = body[:2]
    return code.decode("ascii").upper() if len(code) == 2 and code.isalnum() else ""


def _standard(
    found: Found, rates: tuple[float, ...], frequency: int
) -> Standard | None:
    steps: tuple[tuple[int, Standard], ...] = (
        (EHT, "be"),
        (HE, "ax"),
        (VHT, "ac"),
        (HT, "n"),
    )
    for number, standard in steps:
        if number in found:
            return standard
    if not rates:
        return None
    if frequency > 4000:
        return "a"
    return "b" if set(rates) <= DSSS else "g"


def _utf8(body: bytes) -> bool | None:
    # The bit's absence says that the encoding is unspecified, not that it is another.
    at, bit = divmod(UTF8_BIT, 8)
    return True if len(body) > at and body[at] >> bit & 1 else None


def _vendors(bodies: list[bytes]) -> tuple[str, ...]:
    names = dict.fromkeys(body[:3].hex() for body in bodies if len(body) >= 3)
    return tuple(names)[:MAX_VENDORS]
