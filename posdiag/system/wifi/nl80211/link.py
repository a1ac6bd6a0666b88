"""Link quality and channel load, from nl80211's GET_INTERFACE, GET_STATION and
GET_SURVEY. Pure."""

import struct
from collections.abc import Sequence

from posdiag.formats.dot11.elements import ssid_of
from posdiag.model.questions.wifi_answers import SurveyChannel, WifiLink
from posdiag.system.wifi.nl80211 import messages as nl
from posdiag.system.wifi.nl80211.bss import BSSID, ELEMENTS, SIGNAL, address
from posdiag.system.wifi.nl80211.bss import FREQUENCY as BSS_FREQUENCY
from posdiag.system.wifi.nl80211.transport import Attributes, attributes, number

# Of NL80211_ATTR_STA_INFO
STA_SIGNAL, TRANSMIT_RATE, SENT, RETRIES, FAILED, AVERAGE = 7, 8, 10, 11, 12, 13
CONNECTED, STA_FLAGS, BEACONS_LOST, BEACONS = 16, 17, 18, 29
RATE, RATE_WIDE = 1, 5
AUTHORIZED = 1 << 1

# Of NL80211_ATTR_SURVEY_INFO
MHZ, NOISE, IN_USE, ACTIVE, BUSY, RECEIVE, TRANSMIT = 1, 2, 3, 4, 5, 7, 8

# NL80211_ATTR_CHANNEL_WIDTH; 4 is 80+80
WIDTHS = {0: 20, 1: 20, 2: 40, 3: 80, 4: 160, 5: 160, 6: 5, 7: 10, 13: 320}


def survey_channel(attrs: Attributes) -> SurveyChannel | None:
    """One channel of a survey; None without a frequency."""
    mhz = number(attrs.get(MHZ))
    if not mhz:
        return None
    return SurveyChannel(
        frequency=mhz,
        in_use=IN_USE in attrs,
        noise=_level(number(attrs.get(NOISE), signed=True)),
        active=_seconds(attrs.get(ACTIVE)),
        busy=_seconds(attrs.get(BUSY)),
        receive=_seconds(attrs.get(RECEIVE)),
        transmit=_seconds(attrs.get(TRANSMIT)),
    )


def _seconds(data: bytes | None) -> float | None:
    milliseconds = number(data)
    return None if milliseconds is None else milliseconds / 1000


def _level(dbm: int | None) -> float | None:
    """Drivers that do not measure report 0."""
    return float(dbm) if dbm else None


def wifi_link(
    interface: Attributes,
    bss: Attributes | None,
    station: Attributes | None,
    channels: Sequence[SurveyChannel],
) -> WifiLink:
    """`bss` and `station` are those of the access point that we are joined to, `bss`
    None if there is none."""
    if bss is None:
        return WifiLink("disconnected")
    frequency = number(bss.get(BSS_FREQUENCY))
    attrs = attributes((station or {}).get(nl.STA_INFO, b""))
    authorized = _authorized(attrs.get(STA_FLAGS))
    name = interface.get(nl.SSID) or ssid_of(bss.get(ELEMENTS, b"")) or b""
    width = number(interface.get(nl.CHANNEL_WIDTH))
    connected = number(attrs.get(CONNECTED))
    last = number(bss.get(SIGNAL), signed=True)  # 1/100 dBm
    signal = _level(number(attrs.get(STA_SIGNAL), signed=True))
    if signal is None and last is not None:
        signal = last / 100
    return WifiLink(
        state="associated" if authorized is False else "connected",
        ssid=name.hex(),
        bssid=address(bss.get(BSSID)),
        frequency=frequency,
        width=WIDTHS.get(-1 if width is None else width),
        signal=signal,
        average=_level(number(attrs.get(AVERAGE), signed=True)),
        noise=next((c.noise for c in channels if c.frequency == frequency), None),
        transmit_rate=_rate(attrs.get(TRANSMIT_RATE)),
        sent=number(attrs.get(SENT)),
        retries=number(attrs.get(RETRIES)),
        failed=number(attrs.get(FAILED)),
        beacons=number(attrs.get(BEACONS)),
        beacons_lost=number(attrs.get(BEACONS_LOST)),
        seconds=None if connected is None else float(connected),
        authorized=authorized,
    )


def _rate(data: bytes | None) -> float | None:
    """Mbit/s."""
    attrs = attributes(data or b"")
    tenths = number(attrs.get(RATE_WIDE)) or number(attrs.get(RATE))
    return tenths / 10 if tenths else None


def _authorized(data: bytes | None) -> bool | None:
    """From two words: the flags that are known, and those that are set."""
    if data is None or len(data) != 8:
        return None
    mask, flags = struct.unpack("=II", data)
    return bool(flags & AUTHORIZED) if mask & AUTHORIZED else None
