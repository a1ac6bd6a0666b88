"""What do `iw dev X scan dump`, `link` and `station dump` tell?

Its text is never translated but promises no form. What it prints of a foreign octet is
"\\x" and two digits. Pure; nothing raises on any text.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from posdiag.formats.dot11.channels import centre
from posdiag.model.questions.wifi_answers import (
    AccessPoint,
    Akm,
    Cipher,
    Pmf,
    Protocol,
    WifiLink,
)

MAX_POINTS = 1_000
MAX_LINES = 200_000
BSS = re.compile(r"BSS ([0-9a-f]{2}(?::[0-9a-f]{2}){5})\b(.*)")
ESCAPE = re.compile(r"\\x([0-9a-fA-F]{2})|\\(.)")
LEVEL = re.compile(r"-?\d{1,3}(?:\.\d+)?(?= dBm)")
SEEN = re.compile(r"\tlast seen: (\d{1,9}) ms ago")
WIDTH = re.compile(r"\b(20|40|80|160|320) ?MHz")
SUITES: dict[str, Akm] = {
    "PSK": "psk",
    "PSK/SHA-256": "psk-sha256",
    "FT/PSK": "ft-psk",
    "SAE": "sae",
    "FT/SAE": "ft-sae",
    "OWE": "owe",
    "IEEE 802.1X": "802.1x",
    "IEEE 802.1X/SHA-256": "802.1x-sha256",
    "FT/IEEE 802.1X": "ft-802.1x",
}
CIPHERS: dict[str, Cipher] = {
    "WEP-40": "wep40",
    "WEP-104": "wep104",
    "TKIP": "tkip",
    "CCMP": "ccmp",
    "CCMP-128": "ccmp",
    "CCMP-256": "ccmp-256",
    "GCMP-128": "gcmp",
    "GCMP": "gcmp",
    "GCMP-256": "gcmp-256",
}


def octets(name: str) -> bytes:
    """A name as `iw` prints it: printable ASCII, else escapes; blanks at either end
    are escaped too."""
    found, at = bytearray(), 0
    for match in ESCAPE.finditer(name):
        found += name[at : match.start()].encode("utf-8", "replace")
        hexadecimal, plain = match.groups()
        found += (
            bytes.fromhex(hexadecimal)
            if hexadecimal
            else plain.encode("utf-8", "replace")
        )
        at = match.end()
    found += name[at:].encode("utf-8", "replace")
    return bytes(found) if found.strip(b"\0") else b""


def points(text: str) -> tuple[AccessPoint, ...]:
    """Every access point of `scan` or `scan dump`."""
    return tuple(_point(block) for block in _blocks(text))


def _blocks(text: str) -> Iterator[list[str]]:
    block: list[str] = []
    count = 0
    for line in text.split("\n", MAX_LINES)[:MAX_LINES]:
        if BSS.match(line):
            if block:
                yield block
                count += 1
            block = [line[:1_000]]
            if count >= MAX_POINTS:
                return
        elif block:
            block.append(line[:1_000])
    if block:
        yield block


def _after(block: Sequence[str], label: str) -> str:
    """The value of the first line with this label, "" for none."""
    for line in block:
        bare = line.strip(" \t\r").removeprefix("* ")
        if bare.startswith(f"{label}:"):
            return bare[len(label) + 1 :].removeprefix(" ")
    return ""


def _number(text: str) -> float | None:
    match = re.match(r"-?\d{1,9}(\.\d{1,6})?", text)
    return float(match[0]) if match else None


def _point(block: Sequence[str]) -> AccessPoint:
    match = BSS.match(block[0])
    primary = int(_number(_after(block, "freq")) or 0)
    seen = next(filter(None, map(SEEN.match, block)), None)
    level = LEVEL.match(_after(block, "signal"))
    point = AccessPoint(
        match[1] if match else "",
        octets(_after(block, "SSID")).hex(),
        primary,
        signal=float(level[0]) if level else None,
        age=int(seen[1]) / 1000 if seen else None,
        country=_after(block, "Country")[:2].strip(),
        wps=any(line.startswith("\tWPS:") for line in block),
        joined="associated" in (match[2] if match else ""),
    )
    return _load(_width(_security(point, block), block), block)


def _load(point: AccessPoint, block: Sequence[str]) -> AccessPoint:
    load = re.match(r"(\d{1,3})/255", _after(block, "channel utilisation"))
    if not load or int(load[1]) > 255:
        return point
    stations = _number(_after(block, "station count"))
    return replace(
        point,
        utilisation=int(load[1]) / 255,
        stations=None if stations is None else int(stations),
    )


def _width(point: AccessPoint, block: Sequence[str]) -> AccessPoint:
    """80 MHz and more by the VHT element, 40 by the HT element's second channel."""
    told = _after(block, "channel width")  # "0 (20 or 40 MHz)", "1 (80 MHz)"
    wide = None if told.startswith("0") else WIDTH.search(told)
    beside = _after(block, "secondary channel offset")
    if wide:
        width = int(wide[1])
        return replace(point, width=width, centre=centre(point.frequency, width))
    if beside.startswith(("above", "below")):
        shift = 10 if beside.startswith("above") else -10
        return replace(point, width=40, centre=point.frequency + shift)
    if beside.startswith("no"):
        return replace(point, width=20, centre=point.frequency)
    return point


def _security(point: AccessPoint, block: Sequence[str]) -> AccessPoint:
    parts = {
        "wpa": _element(block, "\tWPA:"),
        "rsn": _element(block, "\tRSN:"),
    }
    protocols: list[Protocol] = [
        protocol for protocol in ("wpa", "rsn") if parts[protocol]
    ]
    if not protocols:
        private = "Privacy" in _after(block, "capability")
        return replace(point, protocols=("wep",) if private else ("open",))
    lines = [*parts["wpa"], *parts["rsn"]]
    pairs = [w for w in _words(lines, "Pairwise ciphers") if w in CIPHERS]
    groups = [w for w in _words(lines, "Group cipher") if w in CIPHERS]
    return replace(
        point,
        protocols=tuple(protocols),
        akms=tuple(dict.fromkeys(_suites(lines))),
        ciphers=tuple(dict.fromkeys(CIPHERS[word] for word in pairs)),
        group=CIPHERS[groups[0]] if groups else None,
        pmf=_pmf(parts["rsn"]) if parts["rsn"] else None,
    )


def _element(block: Sequence[str], head: str) -> list[str]:
    """The lines of one element: its own and the further indented ones below."""
    found: list[str] = []
    for line in block:
        if line.startswith(head):
            found.append(line.removeprefix(head))
        elif found and line.startswith("\t\t"):
            found.append(line)
        elif found:
            break
    return found


def _words(lines: Sequence[str], label: str) -> list[str]:
    values = (_after([line], label) for line in lines)
    return [word for value in values for word in value.split()]


def _suites(lines: Sequence[str]) -> Iterator[Akm]:
    """Names of suites hold blanks: "IEEE 802.1X PSK FT/PSK"."""
    for line in lines:
        told = _after([line], "Authentication suites").strip()
        while told:
            name = next((n for n in ORDER if (told + " ").startswith(n + " ")), None)
            if name is None:
                yield "other"
                told = told.partition(" ")[2].strip()
            else:
                yield SUITES[name]
                told = told[len(name) :].strip()


ORDER = sorted(SUITES, key=len, reverse=True)


def _pmf(lines: Sequence[str]) -> Pmf:
    told = " ".join(_after([line], "Capabilities") for line in lines)
    if "MFP-required" in told:
        return "required"
    return "capable" if "MFP-capable" in told else "no"


def link(text: str, stations: str = "") -> WifiLink | None:
    """`iw dev X link`, with `iw dev X station dump` where that could be had."""
    lines = text.split("\n", 500)[:500]
    if lines[0].startswith("Not connected"):
        return WifiLink("disconnected")
    head = re.match(r"Connected to ([0-9a-f]{2}(:[0-9a-f]{2}){5})\b", lines[0])
    if not head:
        return None
    place = _number(_after(lines, "freq"))
    rates = [_after(lines, label) for label in ("rx bitrate", "tx bitrate")]
    width = WIDTH.search(rates[1])
    level = LEVEL.match(_after(lines, "signal"))
    told = stations.split("\n", 500)[:500]
    average = LEVEL.search(re.sub(r"\[[^\]]*\]", "", _after(told, "signal avg")))
    allowed = _after(told, "authorized").strip()
    return WifiLink(
        "connected" if allowed != "no" else "associated",
        octets(_after(lines, "SSID")).hex(),
        head[1],
        frequency=int(place) if place else None,
        width=int(width[1]) if width else None,
        signal=float(level[0]) if level else None,
        average=float(average[0]) if average else None,
        receive_rate=_number(rates[0]),
        transmit_rate=_number(rates[1]),
        sent=_whole(told, "tx packets"),
        retries=_whole(told, "tx retries"),
        failed=_whole(told, "tx failed"),
        beacons=_whole(told, "beacon rx"),
        beacons_lost=_whole(told, "beacon loss"),
        seconds=_number(_after(told, "connected time").strip()),
        authorized={"yes": True, "no": False}.get(allowed),
    )


def _whole(lines: Sequence[str], label: str) -> int | None:
    match = re.match(r"\s*(\d{1,18})", _after(lines, label))
    return int(match[1]) if match else None
