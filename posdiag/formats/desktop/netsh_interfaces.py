"""Parse `netsh wlan show interfaces` and `show drivers` of Windows: Wi-Fi adapters and
their connections. Pure; no text makes this raise."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from posdiag.formats.desktop.netsh_words import (
    CONNECTED,
    DISCONNECTED,
    ENTERPRISE,
    GUID,
    HARDWARE,
    JOINING,
    NAME,
    NO,
    NUMBER,
    OFF,
    PERCENT,
    RATE,
    SOFTWARE,
    STANDARD,
    STATE,
    YES,
    Line,
    channel_of,
    ciphers,
    lines,
    mac,
    name_bytes,
    signal_of,
)
from posdiag.model.questions.base import Unknown
from posdiag.model.questions.wifi_answers import Radio, WifiLink

MAX_ADAPTERS = 64


@dataclass(frozen=True, slots=True)
class WindowsAdapter:
    """One adapter of `show interfaces`. `mac` is its own address."""

    name: str
    mac: str
    link: WifiLink | Unknown
    blocked: Literal["soft", "hard"] | None = None


def adapters(text: str) -> tuple[WindowsAdapter, ...]:
    """Every Wi-Fi adapter, in the order of the output."""
    found = lines(text)
    starts = _starts(found)
    blocked = _blocked(text)
    blocks = (
        [line for line in found[start:end] if line is not None]
        for start, end in pairwise((*starts, len(found)))
    )
    return tuple(
        WindowsAdapter(block[0].plain, _own_mac(block), _link(block), blocked)
        for block in blocks
        if block
    )


def _starts(found: Sequence[Line | None]) -> list[int]:
    """Where an adapter begins: two lines above its GUID, or at the word for "name"."""
    starts = {
        number - 2
        for number, line in enumerate(found)
        if line is not None and number >= 2 and GUID.fullmatch(line.plain)
    }
    starts |= {
        number
        for number, line in enumerate(found)
        if line is not None and line.indent and line.word in NAME
    }
    return sorted(starts)[:MAX_ADAPTERS]


def _own_mac(block: Sequence[Line]) -> str:
    return next((mac(line.value) for line in block if mac(line.value)), "")


def _state(block: Sequence[Line], bssid: str) -> tuple[str, bool]:
    """The state, and whether it is a known word. It is above the network's name;
    "Interface type" may be before it, so each value is tried."""
    names = [number for number, line in enumerate(block) if line.word == "ssid"]
    above = block[1 : names[0] if names else None]
    for line in sorted(above, key=lambda line: line.word not in STATE):
        word = line.plain.casefold()
        if word in CONNECTED:
            return "connected", True
        if word in DISCONNECTED:
            return "disconnected", True
        if word in JOINING:
            return "associated", True
    return ("connected" if bssid else ""), False


def _link(block: Sequence[Line]) -> WifiLink | Unknown:
    bssids = (mac(line.value) for line in block if line.word.endswith("bssid"))
    bssid = next((address for address in bssids if address), "")
    state, known = _state(block, bssid)
    if state == "disconnected":
        return WifiLink("disconnected")
    if not state:
        return Unknown("trouble", "netsh: the state is in a language without a table")
    name = next((line.value for line in block if line.word == "ssid"), "")
    link = WifiLink(
        "connected" if state == "connected" else "associated",
        name_bytes(name).hex(),
        bssid,
        authorized=True if known and state == "connected" else None,
    )
    # A network may be called "36", "5 GHz" or "80%". Its name and, below the signal,
    # the profile's name are not measurements.
    rest = [line for line in block if line.word != "ssid"]
    shares = (n for n, line in enumerate(rest) if PERCENT.fullmatch(line.plain))
    end = next(shares, len(rest)) + 1
    number, width = channel_of(rest[:end])
    signal, scale = signal_of(rest)
    link = replace(link, frequency=number, width=width, signal=signal, scale=scale)
    return _rates(link, rest[:end])


def _rates(link: WifiLink, block: Sequence[Line]) -> WifiLink:
    """Receive comes before transmit; the unit stands in both labels."""
    rates = [
        float(line.plain)
        for line in block
        if RATE.search(line.label) and NUMBER.fullmatch(line.plain)
    ]
    return replace(link, transmit_rate=rates[1] if len(rates) > 1 else None)


def _blocked(text: str) -> Literal["soft", "hard"] | None:
    """ "Radio status : Hardware On / Software Off", on two lines. For all adapters:
    flight mode and switches disable all of them."""
    kinds: tuple[tuple[Literal["soft", "hard"], re.Pattern[str]], ...] = (
        ("hard", HARDWARE),
        ("soft", SOFTWARE),
    )
    for kind, words in kinds:
        for raw in text.split("\n", 2_000)[:2_000]:
            match = words.fullmatch(raw[:200].rpartition(":")[2].strip())
            if match and match[1].strip().casefold() in OFF:
                return kind
    return None


def radios(text: str) -> tuple[Radio, ...]:
    """Capabilities of every adapter, from `show drivers`."""
    found: list[Radio] = []
    for header, block in _drivers(text):
        driver = next((line.plain for line in block if line.indent), "")
        modes = _modes(text, header)
        found.append(
            Radio(
                header,
                driver=driver[:120],
                ciphers=tuple(dict.fromkeys(c for m in modes for c in ciphers(m))),
                sae=_sae(modes),
                pmf=_answer(line for line in block if "802.11w" in line.word),
            )
        )
    return tuple(found)[:MAX_ADAPTERS]


def _drivers(text: str) -> Iterator[tuple[str, list[Line]]]:
    """Each adapter's name, which alone is not indented, and the lines below it."""
    name, block = "", list[Line]()
    for line in lines(text):
        if line is None:
            continue
        if line.indent == 0 and line.plain:
            if name:
                yield name, block
            name, block = line.plain, []
        else:
            block.append(line)
    if name:
        yield name, block


def _modes(text: str, name: str) -> list[str]:
    """This adapter's pairs of authentication and cipher: lines without a colon."""
    found: list[str] = []
    inside = False
    for raw in text.split("\n", 20_000)[:20_000]:
        line = raw.rstrip("\r")[:200]
        _, colon, value = line.partition(":")
        if colon and line == line.lstrip() and value.strip():
            inside = value.strip() == name
        elif inside and not colon and (ciphers(line) or STANDARD.search(line) is None):
            found.append(line.strip())
    return [line for line in found if line]


def _sae(modes: Sequence[str]) -> bool | None:
    """None without a list of modes."""
    if not any("WPA2" in mode.upper() for mode in modes):
        return None
    return any("WPA3" in mode.upper() and not ENTERPRISE.search(mode) for mode in modes)


def _answer(lines: Iterator[Line]) -> bool | None:
    for line in lines:
        if line.plain.casefold() in YES:
            return True
        if line.plain.casefold() in NO:
            return False
    return None
