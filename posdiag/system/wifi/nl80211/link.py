"""Link quality and channel load, from nl80211's GET_INTERFACE, GET_STATION and
GET_SURVEY. Pure."""

import struct
from collections.abc import Mapping, Sequence

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
WIDTHS: Mapping[int, int] = {
    0: 20,
    1: 20,
    2: 40,
    3: 80,
    4: 160,
    5: 160,
    6: 5,
    7: 10,
    13: 320,
}


def survey_channel(said: Attributes) -> SurveyChannel | None:
    """One channel of a survey; None without a frequency."""
    mhz = number(said.get(MHZ))
    if not mhz:
        return None
    active, busy, receive, transmit = (
        _seconds(said.get(key)) for key in (ACTIVE, BUSY, RECEIVE, TRANSMIT)
    )
    noise = number(said.get(NOISE), signed=True)
    return SurveyChannel(
        frequency=mhz,
        in_use=IN_USE in said,
        noise=_level(noise),
        active=active,
        busy=busy,
        receive=receive,
        transmit=transmit,
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
    said = attributes((station or {}).get(nl.STA_INFO, b""))
    authorized = _authorized(said.get(STA_FLAGS))
    name = interface.get(nl.SSID) or ssid_of(bss.get(ELEMENTS, b"")) or b""
    last = number(bss.get(SIGNAL), signed=True)  # 1/100 dBm
    signal = _level(number(said.get(STA_SIGNAL), signed=True))
    if signal is None and last is not None:
        signal = last / 100
    return WifiLink(
        state="associated" if authorized is False else "connected",
        ssid=name.hex(),
        bssid=address(bss.get(BSSID)),
        frequency=frequency,
        width=_width(number(interface.get(nl.CHANNEL_WIDTH))),
        signal=signal,
        average=_level(number(said.get(AVERAGE), signed=True)),
        noise=next((c.noise for c in channels if c.frequency == frequency), None),
        transmit_rate=_rate(said.get(TRANSMIT_RATE)),
        sent=number(said.get(SENT)),
        retries=number(said.get(RETRIES)),
        failed=number(said.get(FAILED)),
        beacons=number(said.get(BEACONS)),
        beacons_lost=number(said.get(BEACONS_LOST)),
        seconds=_whole(number(said.get(CONNECTED))),
        authorized=authorized,
    )


def _width(kind: int | None) -> int | None:
    return None if kind is None else WIDTHS.get(kind)


def _whole(seconds: int | None) -> float | None:
    return None if seconds is None else float(seconds)


def _rate(data: bytes | None) -> float | None:
    """Mbit/s."""
    said = attributes(data or b"")
    tenths = number(said.get(RATE_WIDE)) or number(said.get(RATE))
    return tenths / 10 if tenths else None


def _authorized(data: bytes | None) -> bool | None:
    """From two words: the flags that are known, and those that are set."""
    if data is None or len(data) != 8:
        return None
    mask, flags = struct.unpack("=II", data)
    return bool(flags & AUTHORIZED) if mask & AUTHORIZED else None
