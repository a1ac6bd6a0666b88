"""What do the information elements of a management frame announce?

Pure. IEEE 802.11-2020 9.4.2. Elements come from strangers: what is damaged, cut off or
absurd counts as absent, and no bytes make this raise.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

from posdiag.formats.dot11.rsn import MICROSOFT, Suites, parse_rsn, parse_wpa
from posdiag.formats.dot11.width import HT_OPERATION, Width, channel_width
from posdiag.model.questions.wifi_answers import Akm

# Element ids; those of id 255 are 256 plus their extension id.
SSID = 0
RATES = 1
DS = 3
COUNTRY = 7
BSS_LOAD = 11
HT = 45
RSN = 48
MORE_RATES = 50
MOBILITY_DOMAIN = 54
FAST_TRANSITION = 55
EXTENDED_CAPABILITIES = 127
VHT = 191
VENDOR = 221
EXTENSION = 255
HE = 256 + 35
EHT = 256 + 108

MAX_ELEMENTS = 400  # of one frame; a frame has room for some 1150
MAX_VENDORS = 32
MAX_SSID = 32
WPA_TYPE = 1
WPS_TYPE = 4
UTF8_BIT = 48
# BSS membership selectors: "rates" that demand a feature of stations (table 9-92).
SELECTORS = range(122, 128)
DSSS = {1.0, 2.0, 5.5, 11.0}

Standard = Literal["b", "a", "g", "n", "ac", "ax", "be"]
STANDARDS: tuple[Standard, ...] = get_args(Standard)
Found = dict[int, bytes]


@dataclass(frozen=True, slots=True)
class Elements:
    """None or empty: not announced. `ssid` is b"" where the name is hidden; `basic` are
    rates in Mbit/s, `utilisation` is 0-1, `vendors` are OUIs in hexadecimal."""

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


def iter_elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Id and body of each element, up to the first that is cut off."""
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


def parse_elements(frequency: int, *frames: bytes) -> Elements:
    """The elements of a probe response and of a beacon of one access point.

    An element of the first frame hides its like in later ones. `frequency` is the
    primary channel's centre in MHz.
    """
    found: Found = {}
    vendors: list[bytes] = []
    for frame in frames:
        for number, body in iter_elements(frame):
            if number == VENDOR:
                vendors.append(body)
            else:
                found.setdefault(number, body)
    if not found and not vendors:
        return Elements()
    rates, basic = _rates(found)
    stations, utilisation = _bss_load(found.get(BSS_LOAD))
    ouis = dict.fromkeys(body[:3].hex() for body in vendors if len(body) >= 3)
    return Elements(
        ssid=_ssid(found.get(SSID)),
        channel=found[DS][0] if len(found.get(DS, b"")) == 1 else None,
        basic=basic,
        country=_country(found.get(COUNTRY, b"")),
        stations=stations,
        utilisation=utilisation,
        rsn=parse_rsn(found[RSN]) if RSN in found else None,
        wpa=next((parse_wpa(b[4:]) for b in vendors if _is(b, WPA_TYPE)), None),
        wps=any(_is(body, WPS_TYPE) for body in vendors),
        width=channel_width(found, frequency),
        standard=_standard(found, rates, frequency),
        utf8=_utf8(found.get(EXTENDED_CAPABILITIES, b"")),
        vendors=tuple(ouis)[:MAX_VENDORS],
    )


def ssid_of(data: bytes) -> bytes | None:
    """The name in these elements: b"" where it is hidden, None where it is missing or
    too long."""
    return _ssid(next((b for number, b in iter_elements(data) if number == SSID), None))


def primary_channel(data: bytes) -> int | None:
    """The primary channel's number, by the DS or the HT operation element."""
    bodies = (b for n, b in iter_elements(data) if n in (DS, HT_OPERATION) and b)
    return next((body[0] for body in bodies), None)


def akms_of(data: bytes) -> tuple[Akm, ...]:
    """Key managements by the RSN element, else by the WPA element; () if unknown."""
    wpa: Suites | None = None
    for number, body in iter_elements(data):
        if number == RSN:
            return parse_rsn(body).akms
        if number == VENDOR and _is(body, WPA_TYPE) and wpa is None:
            wpa = parse_wpa(body[4:])
    return wpa.akms if wpa else ()


def _ssid(body: bytes | None) -> bytes | None:
    """Access points hide their name by none, or by as many NULs as it has octets."""
    if body is None or len(body) > MAX_SSID:
        return None
    return body if body.strip(b"\0") else b""


def _is(body: bytes, kind: int) -> bool:
    return body[:3] == MICROSOFT and len(body) > 3 and body[3] == kind


def _rates(found: Found) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """All rates, and the basic ones, in Mbit/s."""
    octets = found.get(RATES, b"") + found.get(MORE_RATES, b"")
    kept = [o for o in octets if not (o & 0x80 and o & 0x7F in SELECTORS) and o & 0x7F]
    every = {(o & 0x7F) / 2 for o in kept}
    basic = {(o & 0x7F) / 2 for o in kept if o & 0x80}
    return tuple(sorted(every)), tuple(sorted(basic))


def _bss_load(body: bytes | None) -> tuple[int | None, float | None]:
    # Cisco's older element has the same id and four octets.
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
    # A clear bit leaves the encoding unspecified; it does not exclude UTF-8.
    at, bit = divmod(UTF8_BIT, 8)
    return True if len(body) > at and body[at] >> bit & 1 else None
