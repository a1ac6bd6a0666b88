"""Access points from the kernel's scan cache (nl80211, GET_SCAN). Pure."""

from collections.abc import Iterable, Mapping

from posdiag.formats.dot11.elements import Elements, parse_elements, ssid_of
from posdiag.model.questions.wifi_answers import AccessPoint, Protocol
from posdiag.system.wifi.nl80211.transport import Attributes, number

BSSID, FREQUENCY, CAPABILITY, ELEMENTS, SIGNAL, STATUS = 1, 2, 5, 6, 7, 9
SEEN_MS_AGO, BEACON, LAST_SEEN = 10, 11, 15
ASSOCIATED = 1
PRIVACY = 0x10

MAX_POINTS = 1000
SLACK = 0.1  # seconds: kernel and drivers count in ticks


def address(data: bytes | None) -> str:
    return ":".join(f"{octet:02x}" for octet in data) if data and len(data) == 6 else ""


def access_point(bss: Attributes, now: float) -> AccessPoint | None:
    """One entry; `now` is CLOCK_BOOTTIME in seconds."""
    bssid, frequency = address(bss.get(BSSID)), number(bss.get(FREQUENCY))
    if not bssid or not frequency:
        return None
    beacon = bss.get(BEACON, b"")
    elements = parse_elements(frequency, bss.get(ELEMENTS, b""), beacon)
    signal = number(bss.get(SIGNAL), signed=True)
    name = elements.ssid or b""
    suites = [suites for suites in (elements.rsn, elements.wpa) if suites]
    known = elements != Elements()
    return AccessPoint(
        bssid=bssid,
        ssid=name.hex(),
        frequency=frequency,
        signal=None if signal is None else signal / 100,
        age=_age(bss, now),
        width=elements.width.width if elements.width else None,
        centre=elements.width.centre if elements.width else None,
        protocols=_protocols(elements, bss) if known else (),
        akms=tuple(dict.fromkeys(akm for s in suites for akm in s.akms)),
        ciphers=tuple(dict.fromkeys(cipher for s in suites for cipher in s.ciphers)),
        group=suites[0].group if suites else None,
        pmf=elements.rsn.pmf if elements.rsn else None,
        wps=elements.wps if known else None,
        stations=elements.stations,
        utilisation=elements.utilisation,
        country=elements.country,
        standard=elements.standard,
        basic=elements.basic,
        vendors=elements.vendors,
        utf8=elements.utf8,
        joined=number(bss.get(STATUS)) == ASSOCIATED,
        hidden=_is_hidden(elements.ssid, ssid_of(beacon)),
    )


def _is_hidden(answered: bytes | None, beacon: bytes | None) -> bool | None:
    """Do its beacons leave the name out? None without a beacon."""
    if answered == b"":
        return True
    return None if beacon is None else beacon == b""


def _age(bss: Attributes, now: float) -> float | None:
    """Seconds since its last frame, by the finer of two timestamps."""
    last = number(bss.get(LAST_SEEN))
    if last:
        return max(0.0, now - last / 1e9)
    ago = number(bss.get(SEEN_MS_AGO))
    return None if ago is None else ago / 1000


def _protocols(elements: Elements, bss: Attributes) -> tuple[Protocol, ...]:
    offers: Mapping[Protocol, object] = {"wpa": elements.wpa, "rsn": elements.rsn}
    kept = tuple(name for name, suites in offers.items() if suites)
    private = (number(bss.get(CAPABILITY)) or 0) & PRIVACY
    return kept or (("wep",) if private else ("open",))


def points(
    entries: Iterable[Attributes], now: float, oldest: float | None = None
) -> tuple[AccessPoint, ...]:
    """All of them, the strongest first. With `oldest` only those received within so
    many seconds, and the one that this machine is joined to: drivers need not report
    each of its beacons."""
    found = [point for bss in entries if (point := access_point(bss, now))]
    named = {point.bssid for point in found if point.ssid}
    kept = [
        point
        for point in found
        # A hidden AP that answered to its name has a second entry without it.
        if (point.ssid or point.bssid not in named)
        and (oldest is None or point.joined or (point.age or 0.0) <= oldest + SLACK)
    ]
    kept.sort(key=lambda p: (-(p.signal or -999.0), p.bssid, p.frequency))
    return tuple(kept[:MAX_POINTS])
