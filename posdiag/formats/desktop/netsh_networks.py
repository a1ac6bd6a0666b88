"""Parse `netsh wlan show networks mode=bssid` of Windows: access points in range.

Pure; no text makes this raise. The list is the cache of Windows' own scans; no option
of `netsh` begins one.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from posdiag.formats.desktop.netsh_words import (
    NUMBER,
    RATE,
    STANDARD,
    WHOLE,
    Line,
    channel_of,
    clean_names,
    lines,
    mac,
    name_bytes,
    security,
    signal_of,
)
from posdiag.formats.dot11.channels import centre
from posdiag.formats.dot11.elements import STANDARDS
from posdiag.model.questions.wifi_answers import AccessPoint

MAX_POINTS = 1_000
SSID = re.compile(r"ssid\s*\d{1,5}")
BSSID = re.compile(r"(ap )?bssid\s*\d{0,5}")
# "34 (13 %)": of 255, as the BSS Load element counts.
LOAD = re.compile(r"(\d{1,3})\s*\(\s*\d{1,3}\s*%\s*\)")
AUTHENTICATION = frozenset({"authentication", "身份验证", "验证", "驗證", "身份驗證"})
ENCRYPTION = frozenset({"encryption", "加密"})


@dataclass(slots=True)
class _Network:
    """The lines of one name: above the first access point, and of each of them."""

    adapter: str
    name: str
    head: list[Line] = field(default_factory=list)
    points: list[list[Line]] = field(default_factory=list)


def points(text: str) -> dict[str, tuple[AccessPoint, ...]]:
    """Access points by adapter name; "" if the output does not name it. `bssid` is ""
    and `frequency` 0 if a driver lists names only."""
    networks = list(_networks(lines(text)))
    names = clean_names([network.name for network in networks])
    found: dict[str, list[AccessPoint]] = {}
    for network, name in zip(networks, names, strict=True):
        own = found.setdefault(network.adapter, [])
        own += _read(network, name_bytes(name).hex())
        del own[MAX_POINTS:]
    return {adapter: tuple(own) for adapter, own in found.items()}


def adapters(text: str) -> tuple[str, ...]:
    """The adapters that have a list here, empty or not."""
    return tuple(
        line.plain
        for line in lines(text)
        if line and line.indent == 0 and line.plain and not SSID.fullmatch(line.word)
    )


def _networks(found: Sequence[Line | None]) -> Iterator[_Network]:
    adapter = ""
    network: _Network | None = None
    for line in found:
        if line is None:
            continue
        if line.indent == 0 and SSID.fullmatch(line.word):
            if network:
                yield network
            network = _Network(adapter, line.value)
        elif line.indent == 0 and line.plain:
            adapter = line.plain
        elif network and BSSID.fullmatch(line.word) and mac(line.value):
            network.points.append([line])
        elif network and network.points:
            network.points[-1].append(line)
        elif network:
            network.head.append(line)
    if network:
        yield network


def _read(network: _Network, name: str) -> list[AccessPoint]:
    head = [line.plain for line in network.head]  # type, authentication, encryption
    authentication, encryption = (*head[1:3], "", "")[:2]
    for line in network.head:
        if line.word in AUTHENTICATION:
            authentication = line.plain
        elif line.word in ENCRYPTION:
            encryption = line.plain
    protocols, akms, secret = security(authentication, encryption)
    base = AccessPoint("", name, 0, protocols=protocols, akms=akms, ciphers=secret)
    if not network.points:
        return [base]
    return [_point(base, block) for block in network.points[:MAX_POINTS]]


def _point(base: AccessPoint, block: Sequence[Line]) -> AccessPoint:
    point = replace(base, bssid=mac(block[0].value))
    rest = block[1:]
    number, width = channel_of([n for n in rest if not BSSID.fullmatch(n.word)])
    point = replace(
        _load(point, rest),
        frequency=number or 0,
        width=width,
        centre=centre(number or 0, width),
        signal=signal_of(rest)[0],
    )
    standards = (STANDARD.fullmatch(line.plain) for line in rest)
    word = next((match[1].lower() for match in standards if match), "")
    standard = next((known for known in STANDARDS if known == word), None)
    return replace(point, standard=standard, basic=_basic(rest))


def _load(point: AccessPoint, block: Sequence[Line]) -> AccessPoint:
    """The stations stand on the line above the utilisation."""
    for number, line in enumerate(block):
        match = LOAD.fullmatch(line.plain)
        if match and int(match[1]) <= 255:
            above = block[number - 1].plain if number else ""
            stations = int(above) if WHOLE.fullmatch(above) else None
            return replace(point, utilisation=int(match[1]) / 255, stations=stations)
    return point


def _basic(block: Sequence[Line]) -> tuple[float, ...]:
    """The first of the two lists of rates; the unit stands in both labels."""
    for line in block:
        rates = line.plain.split()
        if RATE.search(line.label) and all(NUMBER.fullmatch(rate) for rate in rates):
            return tuple(float(rate) for rate in rates[:32])
    return ()
