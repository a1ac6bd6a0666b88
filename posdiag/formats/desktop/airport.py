"""Parse `system_profiler SPAirPortDataType -json` of macOS: Wi-Fi adapters, connection
and access points in range.

Pure; no text makes this raise, and no type inside the JSON is taken for granted. (Since
macOS 14.4 the `airport` program has no output any more.) The connection is judged by
the adapter's state, never by a name: without location permission macOS withholds names
("<redacted>") and addresses.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from posdiag.formats.dot11.channels import band_in_text, centre, frequency
from posdiag.formats.dot11.elements import STANDARDS, Standard
from posdiag.model.questions.wifi_answers import (
    AccessPoint,
    Akm,
    Protocol,
    Radio,
    RadioChannel,
    WifiLink,
)

MAX_POINTS = 1_000
MAX_CHANNELS = 300
PREFIX = "airport_security_mode_"  # Apple's own "pairport_..." lacks the "s"
CHANNEL = re.compile(r"\s*(\d{1,3})\s*(?:,\s*([+-]1|20|40|80|160))?")
WIDTH = re.compile(r"(20|40|80|160|320)\s*MHz", re.IGNORECASE)
LEVEL = re.compile(r"(-?\d{1,3})\s*(?:dBm)?\s*(?:/\s*(-?\d{1,3}))?")
REDACTED = re.compile(r"<[^>]*redacted[^>]*>", re.IGNORECASE)
MAC = re.compile(r"[0-9a-f]{1,2}(:[0-9a-f]{1,2}){5}", re.IGNORECASE)

Security = tuple[tuple[Protocol, ...], tuple[Akm, ...]]
# After PREFIX; the strings are keys of Apple's own SPAirPortReporter.
MODES: dict[str, Security] = {
    "none": (("open",), ()),
    "open": (("open",), ()),
    "wep": (("wep",), ()),
    "wep40": (("wep",), ()),
    "wep128": (("wep",), ()),
    "8021x": (("wep",), ()),
    "wpa_personal": (("wpa",), ("psk",)),
    "wpa_personal_mixed": (("wpa", "rsn"), ("psk",)),
    "wpa2_personal_mixed": (("wpa", "rsn"), ("psk",)),
    "wpa2_personal": (("rsn",), ("psk",)),
    "wpa3_transition": (("rsn",), ("psk", "sae")),
    "wpa3_personal": (("rsn",), ("sae",)),
    "wpa_enterprise": (("wpa",), ("802.1x",)),
    "wpa_enterprise_mixed": (("wpa", "rsn"), ("802.1x",)),
    "wpa2_enterprise_mixed": (("wpa", "rsn"), ("802.1x",)),
    "wpa2_enterprise": (("rsn",), ("802.1x",)),
    "wpa3_enterprise": (("rsn",), ("802.1x",)),
    "wpa2_wpa3_enterprise": (("rsn",), ("802.1x",)),
    "owe": (("rsn",), ("owe",)),
}


@dataclass(frozen=True, slots=True)
class MacAdapter:
    """One adapter: its connection, the access points in range (first the one that it is
    joined to), its capabilities. `redacted`: names are withheld."""

    name: str
    link: WifiLink
    points: tuple[AccessPoint, ...]
    radio: Radio
    redacted: bool = False


def adapters(text: str) -> tuple[MacAdapter, ...] | None:
    """Every Wi-Fi adapter; None if it is no such report."""
    try:
        report = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(report, dict) or "SPAirPortDataType" not in report:
        return None
    sections = map(_dict, _list(report["SPAirPortDataType"]))
    listed = (
        _dict(adapter)
        for section in sections
        for adapter in _list(section.get("spairport_airport_interfaces"))
    )
    # awdl0, llw0 and p2p0 share the radio and have no network of their own.
    own = (one for one in listed if re.fullmatch(r"en\d{1,3}", _text(one.get("_name"))))
    return tuple(_adapter(one) for one in own)


def _dict(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value[:MAX_POINTS] if isinstance(value, list) else []


def _text(value: object) -> str:
    """A string or a number as text, else ""."""
    if isinstance(value, str):
        return value[:500]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    return str(value)[:40] if abs(value) < 1e9 else ""


def _adapter(report: Mapping[str, object]) -> MacAdapter:
    name = _text(report.get("_name"))
    state = _text(report.get("spairport_status_information"))
    connected = state.endswith("_connected")
    current = _current(report.get("spairport_current_network_information"))
    seen = list(_neighbours(report))
    names = [_text(network.get("_name")) for network in seen]
    own = _text(current.get("_name"))
    redacted = any(map(REDACTED.search, (own, *names))) or (connected and not own)
    points = [_point(network, joined=False) for network in seen]
    if connected and current:
        points.insert(0, _point(current, joined=True))
    return MacAdapter(
        name,
        _link(current) if connected else WifiLink("disconnected"),
        tuple(points),
        Radio(
            name,
            driver=_text(report.get("spairport_wireless_card_type"))[:120],
            blocked="soft" if state.endswith("_off") else None,
            country=_country(_text(report.get("spairport_wireless_country_code"))),
            channels=_channels(report.get("spairport_supported_channels")),
        ),
        redacted,
    )


def _neighbours(report: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """Under one key while connected, under another while not."""
    for key in (
        "spairport_airport_other_local_wireless_networks",
        "spairport_airport_local_wireless_networks",
    ):
        for network in _list(report.get(key)):
            if isinstance(network, dict):
                yield network


def _current(value: object) -> Mapping[str, object]:
    """The present network. In some versions its name is the key of an inner object."""
    current = _dict(value)
    if current and all(isinstance(inner, dict) for inner in current.values()):
        name, inner = next(iter(current.items()))
        return {"_name": str(name), **_dict(inner)}
    return current


def _name(network: Mapping[str, object]) -> str:
    name = _text(network.get("_name"))
    return "" if REDACTED.search(name) else name.encode("utf-8", "replace").hex()


def _bssid(network: Mapping[str, object]) -> str:
    """Only before macOS 11; without leading zeros."""
    address = _text(network.get("spairport_network_bssid"))
    if not MAC.fullmatch(address):
        return ""
    return ":".join(part.zfill(2) for part in address.lower().split(":"))


def parse_channel(text: str) -> tuple[int, int | None, int | None]:
    """Frequency, width and centre: "36 (5GHz, 80MHz)"; "11,-1" and "36,80" of old."""
    match = CHANNEL.match(text)
    if not match:
        return 0, None, None
    primary = frequency(int(match[1]), band_in_text(text)) or 0
    width = WIDTH.search(text)
    if width:
        return primary, int(width[1]), centre(primary, int(width[1]))
    if match[2] in ("+1", "-1") and primary:
        return primary, 40, primary + 10 * int(match[2])
    wide = int(match[2]) if match[2] else None
    return primary, wide, centre(primary, wide)


def levels(text: str) -> tuple[float | None, float | None]:
    """Signal and noise of "-52 dBm / -90 dBm"; 0 is not measured."""
    match = LEVEL.match(text.strip())
    if not match:
        return None, None
    signal, noise = (int(part) if part else 0 for part in match.groups())
    return (
        float(signal) if -120 <= signal < 0 else None,
        float(noise) if -120 <= noise < 0 else None,
    )


def security(mode: str) -> Security:
    """Protocols and key managements; () for an unknown mode."""
    return MODES.get(mode.partition(PREFIX)[2], ((), ()))


def _standard(phymode: str) -> Standard | None:
    words = re.findall(r"be|ax|ac|[nagb]", phymode.lower().rpartition("802.11")[2])
    return next((s for s in reversed(STANDARDS) if s in words), None)


def _point(network: Mapping[str, object], *, joined: bool) -> AccessPoint:
    primary, width, middle = parse_channel(
        _text(network.get("spairport_network_channel"))
    )
    protocols, akms = security(_text(network.get("spairport_security_mode")))
    return AccessPoint(
        _bssid(network),
        _name(network),
        primary,
        signal=levels(_text(network.get("spairport_signal_noise")))[0],
        width=width,
        centre=middle,
        protocols=protocols,
        akms=akms,
        country=_country(_text(network.get("spairport_network_country_code"))),
        standard=_standard(_text(network.get("spairport_network_phymode"))),
        joined=joined,
    )


def _link(current: Mapping[str, object]) -> WifiLink:
    primary, width, _ = parse_channel(_text(current.get("spairport_network_channel")))
    signal, noise = levels(_text(current.get("spairport_signal_noise")))
    rate = re.match(r"\d{1,6}(\.\d+)?", _text(current.get("spairport_network_rate")))
    return WifiLink(
        "connected",
        _name(current),
        _bssid(current),
        frequency=primary or None,
        width=width,
        signal=signal,
        noise=noise,
        transmit_rate=float(rate[0]) if rate else None,
    )


def _country(text: str) -> str:
    return text.upper() if re.fullmatch(r"[A-Za-z]{2}|00", text) else ""


def _channels(value: object) -> tuple[RadioChannel, ...]:
    """ "36 (5GHz)", or plain numbers in older versions, without radar and no-IR."""
    found = (parse_channel(_text(entry))[0] for entry in _list(value)[:MAX_CHANNELS])
    return tuple(RadioChannel(primary) for primary in dict.fromkeys(found) if primary)


def ports(text: str) -> frozenset[str]:
    """Wi-Fi devices of `networksetup -listallhardwareports`."""
    found: set[str] = set()
    wireless = False
    for line in text.split("\n", 2_000)[:2_000]:
        label, _, value = line[:200].partition(":")
        if label.strip() == "Hardware Port":
            wireless = value.strip().lower() in ("wi-fi", "wifi", "airport", "wlan")
        elif label.strip() == "Device" and wireless and value.strip():
            found.add(value.strip())
    return frozenset(found)
